"""What was made lately and will be asked for again, in bounded memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Final, Generic, TypeVar

T = TypeVar("T")

ENTRY_BYTES: Final = 1_000
"""What a thing that is kept counts for besides its own size: its key, its headers."""


class Kept(Generic[T]):
    """Things under keys that say all that they depend on; what was not asked for the longest goes first.

    bytes_max: of all of them together; what alone is larger than a quarter of it is not kept. `found` and `missed`
    count what was asked for.
    """

    def __init__(self, bytes_max: int) -> None:
        self._bytes_max, self._bytes = bytes_max, 0
        self._held: OrderedDict[Hashable, tuple[T, int]] = OrderedDict()
        self._lock = Lock()
        self.found = self.missed = 0

    @property
    def size(self) -> int:
        """How much all that is kept counts for."""
        return self._bytes

    def get(self, key: Hashable) -> T | None:
        """What is kept under a key."""
        with self._lock:
            found = self._held.get(key)
            if found is None:
                self.missed += 1
                return None
            self.found += 1
            self._held.move_to_end(key)
            return found[0]

    def put(self, key: Hashable, thing: T, size: int) -> None:
        """Keep it for a while; `size` is in bytes."""
        size += ENTRY_BYTES
        if size > self._bytes_max // 4:
            return
        with self._lock:
            self._bytes += size - self._held.pop(key, (None, 0))[1]
            self._held[key] = (thing, size)
            while self._bytes > self._bytes_max:
                self._bytes -= self._held.popitem(last=False)[1][1]

"""What was made lately and will be asked for again, in bounded memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock


class Kept:
    """Bytes under keys that say all that they depend on; what was not asked for the longest goes first.

    bytes_max: of all contents together; what alone is larger than a quarter of it is not kept.
    """

    def __init__(self, bytes_max: int) -> None:
        self._bytes_max, self._bytes = bytes_max, 0
        self._held: OrderedDict[Hashable, bytes] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable) -> bytes | None:
        """What is kept under a key."""
        with self._lock:
            content = self._held.get(key)
            if content is not None:
                self._held.move_to_end(key)
            return content

    def put(self, key: Hashable, content: bytes) -> None:
        """Keep it for a while."""
        if len(content) > self._bytes_max // 4:
            return
        with self._lock:
            self._bytes += len(content) - len(self._held.pop(key, b""))
            self._held[key] = content
            while self._bytes > self._bytes_max:
                self._bytes -= len(self._held.popitem(last=False)[1])

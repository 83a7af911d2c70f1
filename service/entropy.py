"""Random bytes drawn many at once.

Each draw from the system lets other threads run, and with a busy writer it takes far longer to come back than to draw:
ids drawn one by one were a quarter of the whole cost of an append.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Final

AT_ONCE: Final = 8_192


class Entropy:
    """Gives so many random bytes, each byte once; safe for threads. `draw` is asked for AT_ONCE bytes at a time."""

    def __init__(self, draw: Callable[[int], bytes]) -> None:
        self._draw = draw
        self._lock = Lock()
        self._drawn = b""
        self._used = 0

    def __call__(self, size: int) -> bytes:
        """`size` bytes, at most AT_ONCE."""
        with self._lock:
            if self._used + size > len(self._drawn):
                self._drawn, self._used = self._draw(AT_ONCE), 0
            self._used += size
            return self._drawn[self._used - size : self._used]

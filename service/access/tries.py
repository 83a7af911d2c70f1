"""How often somebody may try to sign in with a token that is not one.

A token has 256 random bits, so nobody guesses one; the limit keeps those who try from costing anything. It is kept by
each process for itself, and by the client's address (see proxies.py).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from events.errors import OrglineError

TRIES_MAX: Final = 20
PERIOD_S: Final = 60
ADDRESSES_MAX: Final = 10_000


class TooManyTries(OrglineError):
    """Too many tokens in a short time were none."""

    code = "too-many-tries"

    def __init__(self, seconds: int) -> None:
        super().__init__(f"too many tokens from here were not known; wait {seconds} seconds, then try again")
        self.headers = [("retry-after", str(seconds))]


class Tries:
    """Counts the tries that failed, by address; `ticks` gives seconds that only grow."""

    def __init__(self, ticks: Callable[[], float]) -> None:
        self._ticks = ticks
        self._failed: dict[str, tuple[int, float]] = {}

    def check(self, address: str) -> None:
        """Raises TooManyTries where there were too many of late."""
        count, until = self._failed.get(address, (0, 0.0))
        left = until - self._ticks()
        if count >= TRIES_MAX and left > 0:
            raise TooManyTries(int(left) + 1)

    def failed(self, address: str) -> None:
        """One more has failed."""
        now = self._ticks()
        count, until = self._failed.get(address, (0, 0.0))
        if now >= until:
            count, until = 0, now + PERIOD_S
        if address not in self._failed and len(self._failed) >= ADDRESSES_MAX:
            self._failed = {each: kept for each, kept in self._failed.items() if kept[1] > now}
            if len(self._failed) >= ADDRESSES_MAX:
                self._failed.clear()
        self._failed[address] = count + 1, until

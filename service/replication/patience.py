"""How long to wait before asking again: ever longer, not at the same time as all others, as long as one is told."""

from __future__ import annotations

import time
from collections.abc import Callable
from random import Random
from typing import Final, TypeVar

from service.backoff import Backoff
from service.replication.remote import RemoteFailed

POLL_S_MIN: Final = 1
POLL_S_MAX: Final = 60
"""The time for which a head document is fresh: nobody needs to ask more seldom."""
POLL_GROWTH: Final = 1.5

T = TypeVar("T")


class Patience:
    """Waits between requests. `tries_max`: after so many failures in a row it gives up; None: never.

    `sleep` takes seconds; `tell` is given a line about each failure.
    """

    def __init__(
        self,
        *,
        tries_max: int | None = None,
        tell: Callable[[str], None] = lambda _: None,
        sleep: Callable[[float], None] = time.sleep,
        random: Random | None = None,
    ) -> None:
        self._tries_max = tries_max
        self._tell = tell
        self.wait = sleep
        self._random = random or Random()  # noqa: S311 - it spreads requests, and guards nothing
        self._idle_s: float = POLL_S_MIN

    def call(self, ask: Callable[[], T]) -> T:
        """What `ask` answers, tried again after each RemoteFailed: exponentially later, by jitter and Retry-After.

        Raises RemoteFailed where it gives up.
        """
        backoff = Backoff(self._random)
        while True:
            try:
                return ask()
            except RemoteFailed as failed:
                seconds = backoff.failed(failed.retry_after)
                if backoff.failures == self._tries_max:
                    raise
                self._tell(f"{failed.message}; next try in {seconds:.0f} s")
                self.wait(seconds)

    def poll(self, at_least: float = 0) -> None:
        """Wait before the next look: longer each time, until something new was found (`refresh`)."""
        self.wait(max(at_least, self._random.uniform(self._idle_s / 2, self._idle_s)))
        self._idle_s = min(POLL_S_MAX, self._idle_s * POLL_GROWTH)

    def refresh(self) -> None:
        """Something new was found: more may come soon."""
        self._idle_s = POLL_S_MIN

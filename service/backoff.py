"""When to ask another server again that failed: ever later, not at the same time as all others, as late as it asks."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from random import Random
from typing import Final

FAILURE_S_MIN: Final = 1
FAILURE_S_MAX: Final = 300
RETRY_AFTER_S_MAX: Final = 86_400
PASSING: Final = frozenset({408, 425, 429, *range(500, 600)})
"""Statuses that may be other ones in a while."""


class Backoff:
    """Counts failures in a row."""

    def __init__(self, random: Random | None = None) -> None:
        self.failures = 0
        self._random = random or Random()  # noqa: S311 - it spreads requests, and guards nothing

    def failed(self, retry_after: float = 0) -> float:
        """One more; how many seconds to wait now: about twice as long each time, and at least what is asked for."""
        self.failures += 1
        most = min(FAILURE_S_MAX, FAILURE_S_MIN * 2 ** min(self.failures, 30))
        return max(retry_after, self._random.uniform(most / 2, most))

    def succeeded(self) -> None:
        """What fails next is the first again."""
        self.failures = 0


def retry_after(header: str | None) -> float:
    """The seconds that a header Retry-After asks for (RFC 9110, section 10.2.3); 0 where it says nothing sensible."""
    if header is None:
        return 0
    if header.strip().isdecimal():
        seconds = float(header)
    else:
        try:
            then = parsedate_to_datetime(header)
            if then.tzinfo is None:
                then = then.replace(tzinfo=UTC)
            seconds = (then - datetime.now(UTC)).total_seconds()
        except (ValueError, OverflowError):  # the second from an absurd time zone
            return 0
    return min(max(seconds, 0), RETRY_AFTER_S_MAX)

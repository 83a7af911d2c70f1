"""Answers that are given again as they are, while nothing was recorded since.

Most who follow a feed ask for the same document with the same headers again and again. Such a request is answered
before any routing, from the answer to the last one like it, if the database has not changed since that was made:
SQLite tells so without a query (`Database.changes`). Which answers are kept is up to whoever makes them
(`Answer.lasts_until`).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Final, NamedTuple

from service.kept import Kept

DEPENDED_ON: Final = frozenset(
    (
        b"a-im",
        b"accept",
        b"accept-encoding",
        b"authorization",
        b"if-modified-since",
        b"if-none-match",
        b"orgline-position",
    )
)
"""The headers of requests that an answer may depend on."""


_ASKED: Final = "orgline_asked"


class Repeatable(NamedTuple):
    """An answer as it is sent. `changes`: how often the database had changed; `lasts_until`: by the clock, in µs.

    `route`: which one made it, such as /feeds/{document}.
    """

    route: str
    status: int
    headers: list[tuple[bytes, bytes]]
    content: bytes
    changes: int
    lasts_until: int


class Repeating:
    """The answers of one node. `changes` tells how often the database has changed, `clock` microseconds since 1970.

    `repeated` counts the answers that were given again, `made` those that were made anew and might be.
    """

    def __init__(self, changes: Callable[[], int], clock: Callable[[], int], bytes_max: int) -> None:
        self._changes, self._clock = changes, clock
        self._kept: Kept[Repeatable] = Kept(bytes_max)
        self.repeated = self.made = 0

    @property
    def size(self) -> int:
        """How much all that is kept counts for."""
        return self._kept.size

    def find(self, scope: Any) -> Repeatable | None:
        """The answer to a request (an ASGI scope), if it is still the same; else notes what `keep` needs to know."""
        if scope["query_string"]:
            return None
        key = scope["path"], *[header for header in scope["headers"] if header[0] in DEPENDED_ON]
        changes = self._changes()
        found = self._kept.get(key)
        if found is not None and found.changes == changes and self._clock() < found.lasts_until:
            self.repeated += 1
            return found
        scope[_ASKED] = key, changes
        return None

    def keep(
        self, scope: Any, status: int, headers: list[tuple[bytes, bytes]], content: bytes, lasts_until: int
    ) -> None:
        """Keep the answer to a request that `find` did not know."""
        asked: tuple[Hashable, int] | None = scope.get(_ASKED)
        if asked is not None:
            key, changes = asked
            self.made += 1
            # Clients choose how long their headers are, and so the key.
            size = len(content) + sum(len(header[1]) for header in scope["headers"]) + len(scope["path"])
            self._kept.put(
                key, Repeatable(scope.get("path_template", ""), status, headers, content, changes, lasts_until), size
            )

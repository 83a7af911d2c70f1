"""The words of a Dynamic Consistency Boundary event store (dcb.events): records, queries, conditions, appends.

What the log is given and what it may refuse; how it does its work is in `events/log.py`.
"""

from __future__ import annotations

from typing import Any

import msgspec

from events.errors import OrglineError
from events.event import Event


class Record(msgspec.Struct, frozen=True):
    """What a client appends: the body is kept byte for byte."""

    type: str
    tags: tuple[str, ...]
    body: bytes
    id: str


class QueryItem(msgspec.Struct, frozen=True):
    """Matches an event whose type is among `types` (or any, if none) and that bears all `tags`."""

    types: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    def matches(self, record: Record) -> bool:
        """Whether this record, not yet in the log, would match."""
        return (not self.types or record.type in self.types) and set(self.tags) <= set(record.tags)


class Query(msgspec.Struct, frozen=True):
    """Matches what one of its items matches."""

    items: tuple[QueryItem, ...]

    @classmethod
    def all(cls) -> Query:
        """The query that every event matches."""
        return cls((QueryItem(),))

    @property
    def single_tag(self) -> str | None:
        """The tag, where that is all that is asked: such a query is answered from the tag's head."""
        if len(self.items) == 1 and len(self.items[0].tags) == 1 and not self.items[0].types:
            return self.items[0].tags[0]
        return None

    def matches(self, record: Record) -> bool:
        """Whether this record, not yet in the log, would match."""
        return any(item.matches(record) for item in self.items)


class AppendCondition(msgspec.Struct, frozen=True):
    """Refuse the append if an event that matches exists after position `after` (None: at all)."""

    fail_if_events_match: Query
    after: int | None = None


class Append(msgspec.Struct, frozen=True):
    """One request to append: all of its records or none."""

    records: tuple[Record, ...]
    conditions: tuple[AppendCondition, ...] = ()
    recorded_by: str = ""
    assumes: tuple[AppendCondition, ...] = ()  # what its preparation took for granted: if not so, prepare it anew
    requires: frozenset[str] = frozenset()  # ids that must be known: in the log, or among the records
    context: Any = None  # handed to the follower, not stored


class Commit(msgspec.Struct, frozen=True):
    """One transaction that recorded something: how many requests and events, how long it took, in seconds.

    `began` is when the lock was asked for, in nanoseconds since 1970 UTC.
    """

    requests: int
    events: int
    began: int
    lock_wait_s: float
    commit_s: float  # from the lock on until all of it is durable


class Appended(msgspec.Struct):
    """What became of an append."""

    events: tuple[Event, ...]
    known: bool  # it had been appended before; nothing was written now
    answer: Any = None  # what the follower says of it
    commit: Commit | None = None  # which transaction recorded it, where a writer did

    @property
    def position(self) -> int:
        """The last position of the append."""
        return max(event.position for event in self.events)


class AppendConditionFailed(OrglineError):
    """Events that an append condition forbids exist."""

    code = "condition-failed"

    def __init__(self, message: str, *, condition: AppendCondition) -> None:
        super().__init__(message)
        self.condition = condition


class AssumptionFailed(OrglineError):
    """What the append was prepared on is no longer so; nothing was written."""

    code = "assumption-failed"


class IdConflict(OrglineError):
    """The id is known, with other content."""

    code = "id-conflict"


class PartlyKnown(OrglineError):
    """Some ids of an append are known, others are new."""

    code = "partly-known"

    def __init__(self, message: str, *, known: tuple[str, ...]) -> None:
        super().__init__(message)
        self.known = known


class UnknownEvent(OrglineError):
    """An id is mentioned that no event bears."""

    code = "unknown-event"

    def __init__(self, message: str, *, ids: tuple[str, ...]) -> None:
        super().__init__(message)
        self.ids = ids


class InvalidAppend(OrglineError):
    """The append makes no sense by itself."""

    code = "invalid-append"


class InvalidQuery(OrglineError):
    """The query makes no sense."""

    code = "invalid-query"


def type_tag(type_: str) -> str:
    """The tag that every event of this type bears."""
    return f"type/{type_}"

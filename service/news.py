"""The next events for those who listen: read and encoded once for all who have come to the same position.

Near the head that one read serves every filter, since it is cheaper to look at a few events than to ask the database
for each listener; who is far behind and wants only some events asks the database for those.
"""

from __future__ import annotations

from functools import cached_property
from typing import Final

import msgspec

from events import event as envelope
from events.dcb import Query, QueryItem, type_tag
from events.event import Event
from events.log import Log
from service.reads import Reads
from service.sharing import Shared

EVENTS_MAX: Final = 100
"""Of one batch, and so near the head is near."""
BATCH_BYTES_MAX: Final = 131_072
"""A batch that has come to this size takes no more events."""
EVERYTHING: Final = QueryItem()


class Told(msgspec.Struct, frozen=True):
    """One event as it is told; `tags` are all that it bears, that of its type included."""

    position: int
    type: str
    tags: frozenset[str]
    json: bytes

    def matches(self, wanted: QueryItem) -> bool:
        """Whether a query wants it."""
        return (not wanted.types or self.type in wanted.types) and self.tags.issuperset(wanted.tags)


class Batch(msgspec.Struct, frozen=True, dict=True):
    """Events in the order of the log; nothing else that is wanted lies up to `position`, the last one scanned."""

    events: tuple[Told, ...]
    position: int

    @cached_property
    def frames(self) -> bytes:
        """The events as server-sent events."""
        return b"".join(b"id: %d\ndata: %b\n\n" % (event.position, event.json) for event in self.events)

    def only(self, wanted: QueryItem) -> Batch:
        """Those events that a query wants."""
        if wanted == EVERYTHING:
            return self
        return Batch(tuple(event for event in self.events if event.matches(wanted)), self.position)


class News:
    """What lies after a position."""

    def __init__(self, log: Log, reads: Reads) -> None:
        self._log = log
        self._shared = Shared(reads)

    async def since(self, after: int, head: int, wanted: QueryItem = EVERYTHING) -> Batch:
        """The next events that are wanted after a position, up to the head that is known; at least one position on."""
        asked = EVERYTHING if head - after <= EVENTS_MAX else wanted
        batch = await self._shared((asked, after, head), self._read, asked, after, head)
        return batch.only(wanted)

    def _read(self, wanted: QueryItem, after: int, head: int) -> Batch:
        with self._log.database.snapshot() as connection:
            page = self._log.page(connection, Query((wanted,)), after=after, limit=EVENTS_MAX, upto=head)
        told: list[Told] = []
        size = 0
        for event in page.records:
            told.append(_told(event))
            size += len(told[-1].json)
            if size >= BATCH_BYTES_MAX:
                return Batch(tuple(told), event.position)
        return Batch(tuple(told), page.head)


def _told(event: Event) -> Told:
    return Told(
        event.position,
        event.type,
        frozenset((*envelope.tags_of_body(event.body), type_tag(event.type))),
        envelope.json(event),
    )

"""The log folded again from some position on, a few appends at a time, with the very code that appends use.

What was folded before is asked of the generation that it was written to, as an append asks; a working copy of what was
looked at last is kept from batch to batch, and given up before it grows large. So the log may be of any size.
"""

from __future__ import annotations

from collections.abc import Collection
from itertools import groupby
from operator import attrgetter
from typing import Final

import msgspec
import sqlalchemy as sa

from events.changes import Changes
from events.database import Database
from events.dcb import Query, QueryItem
from events.errors import OrglineError
from events.event import Event, RecordedFact
from events.facts import FACTS_MAX
from events.folding import Fold
from events.log import Log
from events.slots import Slots
from events.statements import Sql, Stored

KEPT_EVENTS_MAX: Final = 10_000
"""So many events are folded before the working copy is given up."""


class UnreadableLog(OrglineError):
    """The log is not as this program wrote it, so that nothing follows from it."""

    code = "unreadable-log"


class Replay:
    """Folds the log into one generation. `position` and `statements`: what that holds already.

    `database` and `sql` are those of the generation; the log may be in another database.
    """

    def __init__(
        self, log: Log, database: Database, sql: Sql, generation: int, position: int = 0, statements: int = 0
    ) -> None:
        self._log = log
        self._recorded = _Recorded(sql, database, log, generation)
        self.generation = generation
        self.position = position
        self._kept = 0
        self._is_written = True
        self._begin(statements)

    @property
    def changes(self) -> Changes:
        """What is to be written since the last `written`."""
        return self._fold.changes

    def head(self, connection: sa.Connection) -> int:
        """The last position of the log."""
        return self._log.head_on(connection).position

    def fold(self, connection: sa.Connection, state: sa.Connection, limit: int) -> tuple[Event, ...]:
        """Fold whole appends of together about `limit` events; these, nothing at the end of the log.

        `connection` reads the log, `state` the generation. Raises UnreadableLog.
        """
        if self._kept > KEPT_EVENTS_MAX and self._is_written:
            self._begin(self.changes.statements)
        events = self._next(connection, limit)
        if events:
            self._recorded.on(state, connection)
            appends = [tuple(group) for _, group in groupby(events, key=attrgetter("recorded_at"))]
            facts = {event.id: self._checked(event, place) for place, event in enumerate(events, self.position + 1)}
            self._fold.prepare(facts.values())
            for append in appends:
                self._fold.append(append, [facts[event.id] for event in append])
            self.position = events[-1].position
            self._kept += len(events)
            self._is_written = False
        return events

    def written(self) -> None:
        """The changes are in the database: begin to collect anew."""
        self._fold.changes = Changes(self.changes.statements)
        self._is_written = True

    def _begin(self, statements: int) -> None:
        self._fold = Fold(Slots(self._recorded), self._recorded, statements, equated=True)
        self._kept = 0
        self._is_written = True

    def _next(self, connection: sa.Connection, limit: int) -> tuple[Event, ...]:
        """The next events up to the end of an append."""
        events = self._page(connection, limit)
        if len(events) < limit:
            return events
        whole = tuple(event for event in events if event.recorded_at != events[-1].recorded_at)
        if whole:
            return whole
        events = self._page(connection, FACTS_MAX + 1)  # one append, larger than the limit
        return tuple(event for event in events if event.recorded_at == events[0].recorded_at)

    def _page(self, connection: sa.Connection, limit: int) -> tuple[Event, ...]:
        return self._log.page(connection, Query.all(), after=self.position, limit=limit).records

    def _checked(self, event: Event, place: int) -> RecordedFact:
        if event.position != place:
            raise UnreadableLog(f"log: event {place} is missing")
        return fact_of(event)


def fact_of(event: Event) -> RecordedFact:
    """The fact of an event. Raises UnreadableLog."""
    try:
        fact = event.fact
    except (msgspec.MsgspecError, KeyError) as error:
        raise UnreadableLog(f"event {event.position}: its body holds no fact that this program knows") from error
    if (fact.id, fact.type) != (event.id, event.type):
        raise UnreadableLog(f"event {event.position}: its body is that of another event")
    return fact


class _Recorded(Stored):
    """What was recorded before, on the connections that are at hand."""

    def __init__(self, sql: Sql, database: Database, log: Log, generation: int) -> None:
        self._sql, self._database, self._generation = sql, database, generation
        self._log = log

    def on(self, state: sa.Connection, log: sa.Connection) -> None:
        """Ask these from now on."""
        self._connection = state
        self._log_connection = log

    def fact(self, id_: str) -> RecordedFact:
        """The fact of an event."""
        found = self._log.by_id(self._log_connection, (id_,))
        if id_ not in found:
            raise UnreadableLog(f"log: no event bears the id {id_}, which another one names")
        return fact_of(found[id_])

    def position_of(self, id_: str) -> int:
        """The position of an event."""
        return self._log.by_id(self._log_connection, (id_,))[id_].position

    def bearing(self, tags: Collection[str], upto: int) -> list[RecordedFact]:
        """The facts of all events up to a position that bear one of these tags, in their order."""
        query = Query(tuple(QueryItem(tags=(tag,)) for tag in tags))
        return [fact_of(event) for event in self._log.page(self._log_connection, query, upto=upto).records]


def silent(done: int, total: int) -> None:
    """Progress that nobody is told of."""

"""The projection made anew from the log, and the proof that what is kept equals what the log says.

Both fold the whole log in memory, append by append, with the very code that appends use (`projection.Fold`), but from
nothing. `rebuild` writes the result as a new generation beside the old one and swaps them in one transaction; `verify`
compares it row by row with the current generation, and the log with its own hashes, ids and tags.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from events import merkle, tables
from events.changes import Changes, identifier_rows, name_rows
from events.database import Database
from events.dcb import Query, type_tag
from events.errors import OrglineError
from events.event import Event, RecordedFact
from events.folding import Fold, Lookups
from events.log import PAGE_MAX, Log, leaf_hash
from events.projection import VERSION
from events.slots import Nothing, Slots
from events.standing import Amendment
from events.statements import Sql

DIFFERENCES_MAX: Final = 20

Progress = Callable[[int, int], None]  # events done, events in all


def _silent(done: int, total: int) -> None:
    """Tell nobody."""


class UnreadableLog(OrglineError):
    """The log is not as this program wrote it, so that nothing follows from it."""

    code = "unreadable-log"


class Rebuilt(msgspec.Struct, frozen=True):
    """A new generation: its number, how many events were folded, how many statements it holds."""

    generation: int
    events: int
    statements: int


def rebuild(database: Database, progress: Progress = _silent) -> Rebuilt:
    """Make the projection anew; readers see the old one until the new one is there as a whole.

    The log is folded before the write lock is taken; what was appended meanwhile is folded under it. Raises
    UnreadableLog.
    """
    log = Log(database)
    fresh = _Fresh()
    with database.snapshot() as connection:
        fresh.take(log, connection, progress)
    with database.append_transaction() as connection:
        fresh.take(log, connection, progress)
        old = connection.execute(
            sa.select(tables.projection.c.generation).where(tables.projection.c.current.is_(sa.true()))
        ).scalar_one()
        new = old + 1
        Sql(database).write(connection, new, fresh.changes)
        connection.execute(sa.update(tables.projection).values(current=False))
        connection.execute(
            sa.insert(tables.projection).values(
                generation=new,
                current=True,
                version=VERSION,
                position=fresh.position,
                statements=fresh.changes.statements,
            )
        )
        for table in (*tables.STATE_TABLES, tables.projection):
            connection.execute(sa.delete(table).where(table.c.generation == old))
    return Rebuilt(new, fresh.position, fresh.changes.statements)


def verify(database: Database, progress: Progress = _silent) -> list[str]:
    """What differs between the log and itself, and between the log and the current generation; nothing if all is well.

    At most DIFFERENCES_MAX differences are named.
    """
    log = Log(database)
    fresh = _Fresh()
    differences: list[str] = []
    with database.snapshot() as connection:
        try:
            fresh.take(log, connection, progress)
        except UnreadableLog as error:
            return [error.message]
        generation, version = connection.execute(
            sa.select(tables.projection.c.generation, tables.projection.c.version).where(
                tables.projection.c.current.is_(sa.true())
            )
        ).one()
        if version != VERSION:
            differences.append(
                f"the projection is of version {version}, this program's is {VERSION}: run orgline rebuild"
            )
        for found in (
            _log_differences(connection, log, fresh),
            _state_differences(connection, generation, fresh.changes),
        ):
            for difference in found:
                differences.append(difference)
                if len(differences) >= DIFFERENCES_MAX:
                    return differences
    return differences


class _Fresh(Nothing, Lookups):
    """A fold of the log from nothing, in memory; and what the log's own tables ought to hold."""

    def __init__(self) -> None:
        self.position = 0
        self.ids: dict[str, int] = {}
        self.tags: dict[str, list[int]] = {}
        self.frontier = b""
        self.leaves: list[bytes] = []
        self._events: dict[str, Event] = {}
        self._fold = Fold(Slots(self), self, 0)

    @property
    def changes(self) -> Changes:
        return self._fold.changes

    def take(self, log: Log, connection: sa.Connection, progress: Progress) -> None:
        """Fold in what the log holds beyond what was folded before."""
        total = log.head_on(connection).position
        for _, group in groupby(_events(log, connection, self.position), key=lambda event: event.recorded_at):
            events = tuple(group)
            self._index(events)
            facts = [event.fact for event in events]
            self._fold.prepare(facts)
            self._fold.append(events, facts)
            progress(self.position, total)

    def roots(self, ids: Collection[str]) -> dict[str, str]:
        """The fold knows all roots itself."""
        return {}

    def amendments(self, root: str) -> list[Amendment]:
        """The fold knows all amendments itself."""
        return []

    def fact(self, id_: str) -> RecordedFact:
        """The fact of an event."""
        if id_ not in self._events:
            raise UnreadableLog(f"log: no event bears the id {id_}, which another one names")
        return self._events[id_].fact

    def _index(self, events: Sequence[Event]) -> None:
        leaves = [leaf_hash(event) for event in events]
        for event in events:
            fact = _fact(event)
            self.position += 1
            if event.position != self.position:
                raise UnreadableLog(f"log: event {self.position} is missing")
            self._events[event.id] = event
            self.ids[event.id] = event.position
            for tag in {*fact.tags, type_tag(event.type)}:
                self.tags.setdefault(tag, []).append(event.position)
        self.frontier = merkle.extend(self.frontier, len(self.leaves), leaves)
        self.leaves.extend(leaves)


def _fact(event: Event) -> RecordedFact:
    try:
        fact = event.fact
    except (msgspec.MsgspecError, KeyError) as error:
        raise UnreadableLog(f"event {event.position}: its body holds no fact that this program knows") from error
    if (fact.id, fact.type) != (event.id, event.type):
        raise UnreadableLog(f"event {event.position}: its body is that of another event")
    return fact


def _events(log: Log, connection: sa.Connection, after: int) -> Iterator[Event]:
    while True:
        page = log.page(connection, Query.all(), after=after, limit=PAGE_MAX)
        yield from page.records
        if len(page.records) < PAGE_MAX:
            return
        after = page.head


def _log_differences(connection: sa.Connection, log: Log, fresh: _Fresh) -> Iterator[str]:
    head = log.head_on(connection)
    if head.position != fresh.position or len(fresh.leaves) != fresh.position:
        yield f"log: the head says {head.position}, the last event is {fresh.position}, there are {len(fresh.leaves)}"
    if head.root_hash != merkle.root(fresh.frontier):
        yield f"log: the root hash is {head.root_hash.hex()}, that of the events is {merkle.root(fresh.frontier).hex()}"
    event, event_id, tagged, tag_head = tables.event, tables.event_id, tables.event_tag, tables.tag_head
    kept = connection.execute(sa.select(event.c.position, event.c.leaf_hash).order_by(event.c.position))
    for (position, leaf), expected in zip(kept, fresh.leaves, strict=False):
        if bytes(leaf) != expected:
            yield f"event {position}: the content does not have the leaf hash that is kept with it"
    yield from _unequal(
        "event_id",
        ((id_, position) for id_, position in fresh.ids.items()),
        connection.execute(sa.select(event_id.c.id, event_id.c.position)),
    )
    yield from _unequal(
        "event_tag",
        ((tag, position, n) for tag, positions in fresh.tags.items() for n, position in enumerate(positions, 1)),
        connection.execute(sa.select(tagged.c.tag, tagged.c.position, tagged.c.sequence)),
    )
    yield from _unequal(
        "tag_head",
        ((tag, len(positions), positions[-1]) for tag, positions in fresh.tags.items()),
        connection.execute(sa.select(tag_head.c.tag, tag_head.c.version, tag_head.c.last_position)),
    )


def _state_differences(connection: sa.Connection, generation: int, changes: Changes) -> Iterator[str]:
    expected: dict[sa.Table, list[tuple[Any, ...]]] = {
        tables.effect: changes.effect_rows(generation),
        tables.amendment: changes.amendment_rows(generation),
        tables.subject: changes.subject_rows(generation),
    }
    for table, rows in expected.items():
        kept = connection.execute(sa.select(table).where(table.c.generation == generation))
        yield from _unequal(table.name, rows, kept)
    yield from _unequal("statement", *_statements(connection, generation, changes))
    yield from _unequal(
        "name_word",
        _names(connection, generation),
        connection.execute(sa.select(tables.name_word).where(tables.name_word.c.generation == generation)),
    )


def _statements(
    connection: sa.Connection, generation: int, changes: Changes
) -> tuple[Iterable[tuple[Any, ...]], Iterable[tuple[Any, ...]]]:
    """Statements with their targets; their ids depend on what was folded together, and say nothing."""
    fresh_targets = _targets((row[2], row[1]) for row in changes.target_rows(generation))
    fresh = ((*row[2:], fresh_targets.get(row[1], ())) for row in changes.statement_rows(generation))
    statement, target = tables.statement, tables.statement_target
    kept_targets = _targets(
        tuple(row)
        for row in connection.execute(
            sa.select(target.c.statement, target.c.subject).where(target.c.generation == generation)
        )
    )
    rows = connection.execute(sa.select(statement).where(statement.c.generation == generation))
    kept = ((*row[2:], kept_targets.get(row[1], ())) for row in rows)
    return fresh, kept


def _names(connection: sa.Connection, generation: int) -> Iterator[tuple[Any, ...]]:
    """The words of names by the statements that are kept, which have been compared with the log themselves."""
    statement, target, subject = tables.statement, tables.statement_target, tables.subject
    targets = _targets(
        tuple(row)
        for row in connection.execute(
            sa.select(target.c.statement, target.c.subject).where(target.c.generation == generation)
        )
    )
    columns = (statement.c[name] for name in ("id", "subject", "property", "key", "value"))
    for id_, *rest in connection.execute(sa.select(*columns).where(statement.c.generation == generation)):
        slot_subject, property_, key, value = rest
        yield from name_rows(generation, id_, slot_subject, property_, key, value, targets.get(id_, ()))
    for row in connection.execute(sa.select(subject.c.kind, subject.c.id).where(subject.c.generation == generation)):
        yield from identifier_rows(generation, "/".join(row))


def _targets(pairs: Iterable[tuple[int, str]]) -> dict[int, tuple[str, ...]]:
    found: dict[int, set[str]] = {}
    for statement, subject in pairs:
        found.setdefault(statement, set()).add(subject)
    return {statement: tuple(sorted(subjects)) for statement, subjects in found.items()}


def _unequal(name: str, expected: Iterable[Sequence[Any]], kept: Iterable[Sequence[Any]]) -> Iterator[str]:
    missing = dict.fromkeys(tuple(_plain(value) for value in row) for row in expected)
    for row in kept:
        plain = tuple(_plain(value) for value in row)
        if plain in missing:
            del missing[plain]
        else:
            yield f"{name}: {_shown(plain)} is kept, but does not follow from the log"
    for row in missing:
        yield f"{name}: {_shown(row)} follows from the log, but is not kept"


def _plain(value: Any) -> Any:
    if isinstance(value, memoryview):
        return bytes(value)
    return value


def _shown(row: Sequence[Any]) -> str:
    text = ", ".join(str(value) for value in row if value is not None and not isinstance(value, bytes))
    return text if len(text) <= 300 else text[:300] + "…"

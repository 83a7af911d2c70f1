"""The state of a whole log, made at once: by positions, then by slots, then in the order of each table's keys.

1. Amendments and equations, which are few, are read in the order of the log (`Bulk.prepare`).
2. What each fact ever did to slots is noted in a scratch database, range of positions by range (`Bulk.read`).
3. That is sorted by slot; then what each slot ever said is written, range of subjects by range (`Bulk.tell`).
4. What belongs to others than the slot's subject (`statement_target`, `name_word`, `subject`) is sorted and written
   last (`Bulk.fill`).

Each step parts into shares that need nothing of one another. Every transaction is short.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, groupby, islice
from operator import attrgetter, itemgetter
from pathlib import Path
from typing import Any, Final, TypeAlias, TypeVar

import sqlalchemy as sa

from events import scratch as scratches
from events import tables
from events.changes import Changes, effect_columns, effect_of, word_rows
from events.database import Database
from events.dcb import Query, QueryItem, type_tag
from events.errors import OrglineError
from events.event import Event, RecordedFact
from events.folding import Fold, mentioned
from events.identities import Alias, Equation
from events.log import Log
from events.past import NO_AMENDMENTS, Aliases, Done, Past, done_by
from events.processes import Workers, cores
from events.projection import VERSION
from events.replaying import UnreadableLog, fact_of
from events.scratch import Scratch
from events.slots import Nothing, Slots
from events.standing import KINDS, Amendment
from events.vocabulary.identities import EQUATABLE, EQUATED

SHARE_EVENTS: Final = 4_000
"""Read, or told, as one share of the work."""
BATCH_EVENTS: Final = 500
"""Read at once."""
BATCH_SLOTS: Final = 500
"""Told and written at once."""
BATCH_ROWS: Final = 5_000
"""Written at once of the tables that come last."""
WITHDRAWN: Final = 0
"""The version of a generation that is being removed."""
KEPT_SLOTS_MAX: Final = 3_000
"""Slots that others look at, kept at hand."""
CACHE_KIB: Final = 8_192

T = TypeVar("T")
B = TypeVar("B", bound="Bulk")
R = TypeVar("R")


class Superseded(OrglineError):
    """The generation that was being made is gone: another rebuild has begun since."""

    code = "rebuild-under-way"


class Bulk:
    """The work of one process. register: the URL of the database that holds the log. target: that of the one whose
    `generation` is filled; its row in `projection` is there and not the current one.
    """

    def __init__(self, register: str, target: str, generation: int, scratch: Path) -> None:
        self.register = Database(register, cache_kib=CACHE_KIB, durable="in order")
        self.log = Log(self.register)
        self.target = self.register if target == register else Database(target, cache_kib=CACHE_KIB, durable="none")
        self.generation = generation
        self.scratch = Scratch(scratch)
        event, projection = tables.event, tables.projection
        self._append_end = self.register.prepare(
            "end of an append",
            sa.select(sa.func.max(event.c.position)).where(event.c.recorded_at == sa.bindparam("recorded_at")),
        )
        self._number = (
            sa.update(projection)
            .where(projection.c.generation == generation, projection.c.version == VERSION)
            .values(statements=projection.c.statements + sa.bindparam("more"))
            .returning(projection.c.statements)
        )

    def close(self) -> None:
        """Give back what its connections keep in memory. (What is asked next makes new ones.)"""
        for database in {self.register, self.target, self.scratch.database}:
            database.close()

    def statements(self) -> int:
        """The highest id of a statement."""
        projection = tables.projection
        with self.target.snapshot() as connection:
            found = sa.select(projection.c.statements).where(projection.c.generation == self.generation)
            return int(connection.execute(found).scalar_one())

    # 1

    def prepare(self, upto: int) -> None:
        """Note the amendments and the equations up to a position."""
        self.scratch.create()
        for events in self._pages(Query((QueryItem(types=tuple(KINDS)),)), 0, upto):
            with self.register.snapshot() as connection, self.scratch.database.snapshot() as scratch:
                ends = self._append_ends(connection, events)
                roots = self.scratch.roots(scratch, {event.fact.data.event for event in events})
            rows = []
            for event in events:
                aim = event.fact.data.event
                roots[event.id] = root = roots.get(aim, aim)
                rows.append((root, event.position, event.id, aim, KINDS[event.type], ends[event.recorded_at]))
            self.scratch.note((scratches.amendment, rows))
            with self._writing() as (connection, _):
                self.target.load(connection, tables.amendment, [(self.generation, *row[:-1]) for row in rows])
        self._identify(upto)

    def _identify(self, upto: int) -> None:
        """Fold what says who is one with whom: facts of that type and their amendments, which bear its tag too."""
        known = _Identifying()
        fold = Fold(Slots(known), known, 0, equated=False)
        found = chain.from_iterable(self._pages(Query((QueryItem(tags=(type_tag(EQUATED),)),)), 0, upto))
        for _, append in groupby(found, key=attrgetter("recorded_at")):
            events = tuple(append)
            with self.register.snapshot() as connection:
                (end,) = self._append_ends(connection, events).values()
            known.positions.update((event.id, event.position) for event in events)
            fold.identify(events, [fact_of(event) for event in events], end)
        changes = fold.changes
        equations, aliases = changes.equation_rows(self.generation), changes.alias_rows(self.generation)
        with self._writing() as (connection, _):
            self.target.load(connection, tables.equation, equations)
            self.target.load(connection, tables.alias, aliases)
        self.scratch.note((scratches.alias, [row[1:] for row in aliases]), (scratches.concern_heap, changes.concerns()))

    # 2

    def read(self, share: tuple[int, int]) -> int:
        """Note what the facts after one position up to another did to slots; how many events these are.

        Raises UnreadableLog.
        """
        after, upto = share
        for events in self._pages(Query.all(), after, upto):
            for place, event in enumerate(events, after + 1):
                if event.position != place:
                    raise UnreadableLog(f"log: event {place} is missing")
            after = events[-1].position
            self.take(events)
        if after != upto:
            raise UnreadableLog(f"log: event {after + 1} is missing")
        return upto - share[0]

    def take(self, events: Sequence[Event]) -> None:
        """Note what the facts of these events did to slots."""
        facts = {event.id: fact_of(event) for event in events}
        with self.register.snapshot() as connection, self.scratch.database.snapshot() as scratch:
            ends = self._append_ends(connection, events)
            amendments = self.scratch.amendments(scratch, facts)
            corrections = [each.id for told in amendments.values() for each, _ in told]
            facts.update((id_, fact_of(event)) for id_, event in self.log.by_id(connection, corrections).items())
            named = {id_ for fact in facts.values() for id_ in mentioned(fact)}
            roots = self.scratch.roots(scratch, named) if named else {}
            tags = {tag for fact in facts.values() for tag in fact.tags if tag.startswith(EQUATABLE)}
            aliases = self.scratch.aliases(scratch, tags)

        def standing_fact(id_: str) -> RecordedFact:
            fact = facts[id_]
            return fact.data.replacement if fact.type in KINDS else fact

        changes = Changes(0)
        done: list[Done] = []
        for event in events:
            end, fact = ends[event.recorded_at], facts[event.id]
            changes.mention(fact.tags, end)
            if event.type not in KINDS:
                of_root = amendments.get(event.id, NO_AMENDMENTS)
                told = [fact, *(facts[each.id] for each, _ in of_root)]
                done += done_by(event.id, end, of_root, standing_fact, roots, _aliases_of(told, aliases))
        self.scratch.note(
            (scratches.effect_heap, [effect_columns(*each) for each in done]),
            (scratches.concern_heap, changes.concerns()),
        )

    # 3

    def tell(self, share: tuple[str, str | None]) -> int:
        """Write what the slots of these subjects ever said; how many effects they rest on."""
        count = 0
        with self.scratch.database.snapshot() as asked, self.scratch.database.snapshot() as streamed:
            past = Past(
                lambda slot: self.scratch.done(asked, slot),
                lambda post: self.scratch.posts(asked, post),
                KEPT_SLOTS_MAX,
            )
            rows = self.scratch.effects(streamed, self.generation, share, BATCH_ROWS)
            slots = ((slot, list(of_slot)) for slot, of_slot in groupby(rows, key=itemgetter(1, 2, 3)))
            for batch in _batches(slots, BATCH_SLOTS):
                changes = Changes(0)
                for slot, of_slot in batch:  # they look at one another for the most part
                    past.know(slot, [Done(effect_of(slot, row[9]), row[5], row[6], row[7]) for row in of_slot])
                for slot, _ in batch:
                    past.tell(slot, changes)
                kept = [row for _, of_slot in batch for row in of_slot]
                count += len(kept)
                self._write(kept, changes)
        return count

    def _write(self, effects: list[tuple[Any, ...]], changes: Changes) -> None:
        generation, target = self.generation, self.target
        with self._writing(changes.statements) as (connection, statements):
            changes.number_from(statements - changes.statements)
            target.load(connection, tables.effect, effects)
            target.load(connection, tables.statement, changes.statement_rows(generation))
            target.load(connection, tables.anomaly, changes.anomaly_rows(generation))
        names = changes.name_rows(generation, known=changes.tags())
        self.scratch.note(
            (scratches.target_heap, [row[1:] for row in changes.target_rows(generation)]),
            (scratches.word_heap, [row[1:] for row in names]),
            (scratches.concern_heap, changes.concerns()),
        )

    # 4

    def fill(self, name: str) -> None:
        """Write one of the tables that come last, in the order of its keys."""
        with self.scratch.database.snapshot() as connection:
            for rows in _LAST[name](self, connection):
                with self._writing() as (writing, _):
                    self.target.load(writing, tables.metadata.tables[name], rows)
        self.close()

    def subjects(self, connection: sa.Connection) -> Iterator[list[tuple[Any, ...]]]:
        """The rows of `subject`, in the order of its key."""
        for concerns in self.scratch.concerns(connection, BATCH_ROWS):
            yield [(self.generation, *tag.split("/", 1), *told) for tag, *told in concerns]

    def targets(self, connection: sa.Connection) -> Iterator[list[tuple[Any, ...]]]:
        """The rows of `statement_target`, in the order of its key."""
        return self.scratch.in_order(connection, scratches.target_heap, self.generation, BATCH_ROWS)

    def words(self, connection: sa.Connection) -> Iterator[list[tuple[Any, ...]]]:
        """The rows of `name_word`, in the order of its key; those of identifiers are noted first."""
        for concerns in self.scratch.concerns(connection, BATCH_ROWS):
            identifiers = word_rows(
                self.generation, ((tag, tag.partition("/")[2], since) for tag, since, _ in concerns)
            )
            self.scratch.note((scratches.word_heap, [word[1:] for word in identifiers]))
        with self.scratch.database.snapshot() as noted:
            yield from self.scratch.in_order(noted, scratches.word_heap, self.generation, BATCH_ROWS)

    @contextmanager
    def _writing(self, statements: int = 0) -> Iterator[tuple[sa.Connection, int]]:
        """A transaction that writes to the generation, and the highest id of a statement with so many new ones.

        Raises Superseded.
        """
        with self.target.transaction() as connection:
            last = connection.execute(self._number, {"more": statements}).scalar()
            if last is None:
                raise Superseded("the generation that this rebuild was making is gone: another one has begun since")
            yield connection, last

    def _pages(self, query: Query, after: int, upto: int) -> Iterator[tuple[Event, ...]]:
        """The events that match, some at a time, each read in a snapshot of its own. Raises UnreadableLog."""
        while True:
            with self.register.snapshot() as connection:
                events = self.log.page(connection, query, after=after, upto=upto, limit=BATCH_EVENTS).records
            if not events:
                return
            yield events
            after = events[-1].position

    def _append_ends(self, connection: sa.Connection, events: Sequence[Event]) -> dict[int, int]:
        """For each recorded time the last position of that append, as far as it can lie outside of these events."""
        ends = {event.recorded_at: event.position for event in events}
        whole = events[-1].position - events[0].position == len(events) - 1
        for recorded_at in (events[-1].recorded_at,) if whole else ends:
            row = self._append_end.one(connection, recorded_at=recorded_at)
            assert row is not None
            ends[recorded_at] = row[0]
        return ends


_LAST: Final[dict[str, Callable[[Bulk, sa.Connection], Iterator[list[tuple[Any, ...]]]]]] = {
    tables.name_word.name: Bulk.words,
    tables.statement_target.name: Bulk.targets,
    tables.subject.name: Bulk.subjects,
}
"""The tables that are filled last, at one time: first the one that takes longest."""


Progress: TypeAlias = Callable[[int, int], None]  # events done, events in all


def shares_of(upto: int) -> list[tuple[int, int]]:
    """Ranges of positions: after one, up to another."""
    return [(at, min(at + SHARE_EVENTS, upto)) for at in range(0, upto, SHARE_EVENTS)]


def processes_for(upto: int, asked: int | None) -> int:
    """How many processes share the work on so many events."""
    return 1 if upto <= SHARE_EVENTS else asked or cores()


def make(
    own: B,
    workers: Workers[B],
    upto: int,
    progress: Progress,
    read: Callable[[B, tuple[int, int]], R],
    take: Callable[[R], int],
) -> None:
    """Fill the generation from the log up to a position.

    `read` is `Bulk.read`, or does that among other things; `take` is given what it returns, in the order of the
    positions, and says how many events that were. Each event is read, told and filed, about a third of the work each.
    """
    own.prepare(upto)
    done = 0
    for result in workers.each(read, shares_of(upto)):
        done += take(result)
        progress(done // 3, upto)
    own.scratch.sort_effects()
    shares = own.scratch.shares(SHARE_EVENTS)
    for number, _ in enumerate(workers.each(_tell, shares), 1):
        progress((upto + upto * number // len(shares)) // 3, upto)
    for number, _ in enumerate(workers.each(_fill, _LAST), 1):
        progress((2 * upto + upto * number // len(_LAST)) // 3, upto)


def _tell(bulk: Bulk, share: tuple[str, str | None]) -> int:
    return bulk.tell(share)


def _fill(bulk: Bulk, name: str) -> None:
    bulk.fill(name)


class _Identifying(Nothing):
    """What a fold of equations asks: nothing was recorded that it has not seen itself."""

    def __init__(self) -> None:
        self.positions: dict[str, int] = {}

    def roots(self, ids: Collection[str]) -> dict[str, str]:
        """None but those it knows."""
        return {}

    def amendments(self, root: str) -> list[Amendment]:
        """None but those it knows."""
        return []

    def fact(self, id_: str) -> RecordedFact:
        """None but those it knows."""
        raise UnreadableLog(f"log: no equation bears the id {id_}, which an amendment of one names")

    def position_of(self, id_: str) -> int:
        """The position of an event."""
        return self.positions[id_]

    def bearing(self, tags: Collection[str], upto: int) -> list[RecordedFact]:
        """Facts on others are not folded here."""
        return []

    def equations(self, subjects: Collection[str]) -> list[Equation]:
        """None but those it knows."""
        return []

    def aliases(self, subjects: Collection[str]) -> dict[str, Alias]:
        """None but those it knows."""
        return {}


def _aliases_of(facts: Iterable[RecordedFact], aliases: Aliases) -> Aliases:
    """Of these aliases those that one of the facts names."""
    return {tag: aliases[tag] for fact in facts for tag in fact.tags if tag in aliases} if aliases else aliases


def _batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    items = iter(items)
    while batch := list(islice(items, size)):
        yield batch

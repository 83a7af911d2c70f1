"""The history of a fact: the event that was recorded first, and all its corrections and retractions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any

import msgspec
import sqlalchemy as sa

from events import tables
from events.database import Database
from events.definitions import at_hand, may_rest_on_one
from events.event import Event
from events.log import Log
from events.prepared import InOrder
from events.queries.question import Moment
from events.queries.reading import Queries
from events.standing import KINDS, RETRACTED, Amendment, outcome


class Member(msgspec.Struct, frozen=True):
    """An event of the chain. `aims_at` is None for the root; `undone_by` is the standing retraction that aims at it.

    `stands`: whether it counts: of the root and the corrections the one whose fact stands, and each retraction that is
    not undone. A correction that a later one replaces does not count and is not undone.
    """

    event: Event
    aims_at: str | None
    stands: bool
    undone_by: str | None


class Chain(msgspec.Struct, frozen=True):
    """A fact's root, the event whose fact stands (None: withdrawn), and all events, in the order of their positions."""

    root: str
    stands: str | None
    members: list[Member]

    def stood(self, position: int) -> str | None:
        """The event whose fact stood once all up to a position, not before the root's, was known (None: withdrawn)."""
        return outcome(self.root, [each for each in self._amendments() if each.position <= position]).stands

    def once_retracted(self, id_: str) -> str | None:
        """The event whose fact would stand if this event of the chain were retracted now (None: nothing would)."""
        amendments = self._amendments()
        next_ = Amendment(self.members[-1].event.position + 1, "", id_, RETRACTED)
        return outcome(self.root, [*amendments, next_]).stands

    def member(self, id_: str) -> Member:
        """The event of the chain with this id."""
        return next(each for each in self.members if each.event.id == id_)

    def _amendments(self) -> list[Amendment]:
        return [
            Amendment(each.event.position, each.event.id, each.aims_at, KINDS[each.event.type])
            for each in self.members
            if each.aims_at is not None
        ]


def of(queries: Queries, log: Log, connection: sa.Connection, event_id: str, moment: Moment) -> Chain | None:
    """The chain, as known at a moment, that an event belongs to; None where no such event was known then."""
    root = _root(queries, connection, event_id, moment)
    amending = amendments(queries, connection, [root], moment).get(root, ())
    events = log.by_id(connection, [root, *(each.id for each in amending)])
    if root not in events or events[root].position > moment.position:
        return None
    found = outcome(root, amending)
    members = [Member(events[root], None, found.stands == root, found.undone.get(root))]
    members += [Member(events[each.id], each.event, found.counts(each), found.undone.get(each.id)) for each in amending]
    return Chain(root, found.stands, members)


def roots(database: Database, connection: sa.Connection, ids: Iterable[str], generation: int) -> dict[str, str]:
    """The root of each of these events that amends another one."""
    amendment = tables.amendment.c
    prepared = database.prepare(
        "roots of amendments",
        lambda: sa.select(amendment.id, amendment.root).where(
            amendment.generation == sa.bindparam("generation"), database.among(amendment.id, "ids")
        ),
    )
    return dict(prepared.all(connection, generation=generation, ids=database.listed(ids)))


def _root(queries: Queries, connection: sa.Connection, event_id: str, moment: Moment) -> str:
    """The root of an amendment that was known by then; of any other event its own id."""
    amendment = tables.amendment.c
    prepared = queries.database.prepare(
        "root of an amendment",
        lambda: sa.select(amendment.root).where(
            amendment.generation == sa.bindparam("generation"),
            amendment.id == sa.bindparam("id"),
            amendment.position <= sa.bindparam("position"),
        ),
    )
    row = prepared.one(connection, generation=moment.generation, id=event_id, position=moment.position)
    return event_id if row is None else str(row[0])


def standing(queries: Queries, connection: sa.Connection, ids: Iterable[str], moment: Moment) -> dict[str, Event]:
    """The events whose facts stood at a moment in the place of these, by their ids: the root itself or a correction of
    it, also for a correction that a statement names beside its root. Of a fact that was withdrawn the root. One read.
    """
    wanted = list(ids)
    if not wanted:
        return {}
    rows = queries.database.prepare("standing facts", lambda: _standing(queries.database)).all(
        connection,
        **queries.database.giving("asked", ("root",), ((id_,) for id_ in wanted)),
        generation=moment.generation,
        position=moment.position,
    )
    events, roots, amended = dict[str, Event](), dict[str, str](), dict[str, list[Amendment]]()
    for *recorded, root, aim, kind in rows:
        event = Event(*recorded)
        events[event.id] = event
        if root is not None:
            roots[event.id] = root
            amended.setdefault(root, []).append(Amendment(event.position, event.id, aim, kind))
    found = {}
    for id_ in wanted:
        root = roots.get(id_, id_)
        stands = outcome(root, amended[root]).stands if root in amended else root
        found[id_] = events[stands if stands in events else root if root in events else id_]
    at_hand(queries.database, connection, (event.body for event in found.values() if may_rest_on_one(event.type)))
    return found


def overtaken(queries: Queries, connection: sa.Connection, ids: Iterable[str], moment: Moment) -> set[str]:
    """Those of these events that count no more: facts that were corrected or withdrawn, corrections in whose place
    another one stands, amendments that were undone. One read.
    """
    database, wanted = queries.database, list(ids)
    rows = database.prepare("amendments around", lambda: _around(database)).all(
        connection,
        **database.giving("asked", ("id",), ((id_,) for id_ in wanted)),
        generation=moment.generation,
        position=moment.position,
    )
    amended, root_of = dict[str, list[Amendment]](), dict[str, str]()
    for root, *rest in rows:
        amended.setdefault(root, []).append(Amendment(*rest))
        root_of[rest[1]] = root
    found = set[str]()
    for id_ in wanted:
        root = root_of.get(id_, id_)
        known = amended.get(root, ())
        became = outcome(root, known)
        own = next((each for each in known if each.id == id_), None)
        if not (became.stands == root if own is None else became.counts(own)):
            found.add(id_)
    return found


def _around(database: Database) -> sa.Select[Any]:
    """All amendments of the facts that these events state or amend."""
    amendment, asked = tables.amendment, database.given("asked", id=sa.Text)
    generation: sa.BindParameter[int] = sa.bindparam("generation")
    one = amendment.alias("one")
    amending = InOrder(asked, one, sa.and_(one.c.generation == generation, one.c.id == asked.c.id))
    its_root = database.by_index(sa.select(one.c.root).select_from(amending), one, "ix_amendment_generation_id")
    told = (amendment.c[name] for name in ("root", "position", "id", "event", "kind"))
    return sa.select(*told).where(
        amendment.c.generation == generation,
        amendment.c.root.in_(sa.union_all(sa.select(asked.c.id), its_root)),
        amendment.c.position <= sa.bindparam("position"),
    )


def with_roots(
    queries: Queries, connection: sa.Connection, ids: Iterable[str], generation: int
) -> tuple[dict[str, Event], dict[str, str]]:
    """The events with these ids and those that they amend in the end, by id, and the id of the latter for each that
    amends one. One read.
    """
    rows = queries.database.prepare("events with roots", lambda: _with_roots(queries.database)).all(
        connection,
        **queries.database.giving("asked", ("root",), ((id_,) for id_ in ids)),
        generation=generation,
    )
    found = [(Event(*recorded), root) for *recorded, root in rows]
    events = {event.id: event for event, _ in found}
    at_hand(queries.database, connection, (event.body for event in events.values()))
    return events, {event.id: root for event, root in found if root is not None}


def _with_roots(database: Database) -> sa.CompoundSelect[Any]:
    """The events with these ids, each with its root, and the roots."""
    event, event_id, asked = tables.event, tables.event_id, database.given("asked", root=sa.Text)
    columns, its = tables.EVENT_COLUMNS, tables.amendment.c
    amends = sa.and_(its.generation == sa.bindparam("generation"), its.id == asked.c.root)
    by_id = InOrder(asked, event_id, event_id.c.id == asked.c.root)
    given = InOrder(by_id, event, event.c.position == event_id.c.position).outerjoin(tables.amendment, amends)
    to_root = InOrder(InOrder(asked, tables.amendment, amends), event_id, event_id.c.id == its.root)
    roots = InOrder(to_root, event, event.c.position == event_id.c.position)
    selected = (
        sa.select(*columns, its.root.label("root")).select_from(given),
        sa.select(*columns, sa.null().label("root")).select_from(roots),
    )
    by_its_id = "ix_amendment_generation_id"
    return sa.union_all(*(database.by_index(each, tables.amendment, by_its_id) for each in selected))


def _standing(database: Database) -> sa.CompoundSelect[Any]:
    """The events with these ids, and those that amend them, each with what it amends."""
    event, amendment, asked = tables.event, tables.amendment, database.given("asked", root=sa.Text)
    event_id, its = tables.event_id.c, amendment.c
    told = sa.select(*tables.EVENT_COLUMNS, its.root, its.event, its.kind)
    of_generation = its.generation == sa.bindparam("generation")
    with_id = InOrder(asked, tables.event_id, event_id.id == asked.c.root)
    named = InOrder(with_id, event, event.c.position == event_id.position)
    by_root = InOrder(asked, amendment, sa.and_(of_generation, its.root == asked.c.root))
    amending = InOrder(by_root, event, event.c.position == its.position)
    selected = told.select_from(named.outerjoin(amendment, sa.and_(of_generation, its.id == event_id.id)))
    return sa.union_all(
        database.by_index(selected, amendment, "ix_amendment_generation_id"),
        told.select_from(amending).where(its.position <= sa.bindparam("position")),
    )


def amendments(
    queries: Queries, connection: sa.Connection, roots: Iterable[str], moment: Moment
) -> Mapping[str, Sequence[Amendment]]:
    """The amendments of these roots that were known by then, by root, each in the order of their positions."""
    amendment, database = tables.amendment.c, queries.database
    prepared = database.prepare(
        "amendments of roots by then",
        lambda: sa.select(amendment.root, amendment.position, amendment.id, amendment.event, amendment.kind).where(
            amendment.generation == sa.bindparam("generation"),
            database.among(amendment.root, "roots"),
            amendment.position <= sa.bindparam("position"),
        ),
    )
    rows = prepared.all(
        connection, generation=moment.generation, roots=database.listed(roots), position=moment.position
    )
    found: dict[str, list[Amendment]] = {}
    for root, *rest in sorted(rows, key=itemgetter(1)):
        found.setdefault(root, []).append(Amendment(*rest))
    return found

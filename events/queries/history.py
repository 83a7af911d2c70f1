"""The history of a fact: the event that was recorded first, and all its corrections and retractions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
import sqlalchemy as sa

from events import tables
from events.database import Database
from events.event import Event
from events.log import Log
from events.queries.question import Moment
from events.queries.reading import Queries
from events.standing import Amendment, outcome


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


def of(queries: Queries, log: Log, connection: sa.Connection, event_id: str, moment: Moment) -> Chain | None:
    """The chain, as known at a moment, that an event belongs to; None where no such event was known then."""
    root = _root(queries, connection, event_id, moment)
    amendments = _amendments(queries, connection, root, moment)
    events = log.by_id(connection, [root, *(each.id for each in amendments)])
    if root not in events or events[root].position > moment.position:
        return None
    found = outcome(root, amendments)
    members = [Member(events[root], None, found.stands == root, found.undone.get(root))]
    members += [
        Member(events[each.id], each.event, found.counts(each), found.undone.get(each.id)) for each in amendments
    ]
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


def _amendments(queries: Queries, connection: sa.Connection, root: str, moment: Moment) -> Sequence[Amendment]:
    """The amendments of a root that were known by then, in the order of their positions."""
    amendment = tables.amendment.c
    prepared = queries.database.prepare(
        "amendments of a root by then",
        lambda: (
            sa.select(amendment.position, amendment.id, amendment.event, amendment.kind)
            .where(
                amendment.generation == sa.bindparam("generation"),
                amendment.root == sa.bindparam("root"),
                amendment.position <= sa.bindparam("position"),
            )
            .order_by(amendment.position)
        ),
    )
    rows = prepared.all(connection, generation=moment.generation, root=root, position=moment.position)
    return [Amendment(*row) for row in rows]

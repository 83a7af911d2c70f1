"""What was learned between two moments of our knowledge: what is said at the later one of some days, and was not at the
earlier one, or the other way round; and by which events.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any, Literal

import msgspec
import sqlalchemy as sa

from events import tables
from events.database import Slot
from events.dates import BEGINNING, Day, Period, iso
from events.queries.answers import POSSIBLE
from events.queries.concerning import Said, by_slot, concerning, said
from events.queries.question import Moment
from events.queries.reading import Queries, Stated


class Known(Said, kw_only=True):
    """A statement, and how certain it was on the days asked for."""

    certainty: str


class Learned(msgspec.Struct, kw_only=True):
    """What was said at the later moment and not at the earlier one, or the other way round, or differs between them."""

    change: Literal["appeared", "vanished", "differs"]
    subject: str
    property: str
    key: str
    before: Known | None
    after: Known | None
    events: tuple[str, ...]


class Elsewhere(msgspec.Struct, frozen=True):
    """What was learned about other days than those asked for: how many events taught that and nothing about these, and
    days, these among them, of which all that was learned tells something.
    """

    count: int
    days: str


def between(
    queries: Queries, connection: sa.Connection, tag: str, days: Period, before: Moment, after: Moment
) -> list[Learned] | None:
    """What was learned about these days between two moments, and by which events; None where no event that is known at
    the later one mentions the subject.
    """
    found = told(queries, connection, tag, days, before, after)
    return None if found is None else found[0]


def told(
    queries: Queries,
    connection: sa.Connection,
    tag: str,
    days: Period,
    before: Moment,
    after: Moment,
    *,
    elsewhere: bool = False,
) -> tuple[list[Learned], Elsewhere | None] | None:
    """The same, with what it leaves out where that is wanted and there is any."""
    subject = queries.found(connection, tag, after)
    if subject is None:
        return None
    tag = subject.tag
    statement = tables.statement.c
    earlier: sa.BindParameter[int] = sa.bindparam("earlier")
    later: sa.BindParameter[int] = sa.bindparam("later")
    forgotten = sa.and_(
        statement.recorded_from <= earlier, statement.recorded_to > earlier, statement.recorded_to <= later
    )
    new = sa.and_(
        statement.recorded_from > earlier,
        statement.recorded_from <= later,
        sa.or_(statement.recorded_to.is_(None), statement.recorded_to > later),
    )
    rows = concerning(
        queries,
        connection,
        tag,
        (before, after),
        "changed between moments",
        sa.or_(forgotten, new),
        earlier=before.position,
        later=after.position,
    )
    was = by_slot(stated for stated, since in rows if since <= before.position)
    now = by_slot(stated for stated, since in rows if since > before.position)
    found: list[Learned] = []
    for slot in sorted(was.keys() | now.keys()):
        found.extend(_differences(slot, was.get(slot, []), now.get(slot, []), days))
    slots = {(each.subject, each.property, each.key) for each in found}
    others = list(_others(was, now, days)) if elsewhere else []
    taught = _teachers(queries, connection, slots.union(slot for slot, _ in others), was, now, before, after)
    learned = [msgspec.structs.replace(each, events=taught[each.subject, each.property, each.key]) for each in found]
    more = {id_ for slot, _ in others for id_ in taught[slot]}.difference(*(each.events for each in learned))
    if not more:
        return learned, None
    first = min(days.first, *(day for _, day in others))
    last = max(days.last, *(day for _, day in others))
    return learned, Elsewhere(len(more), f"{iso(first)}/{iso(last)}")


def _others(
    was: Mapping[Slot, Sequence[Stated]], now: Mapping[Slot, Sequence[Stated]], days: Period
) -> Iterator[tuple[Slot, Day]]:
    """The slots of which something else is said at one of the moments, not of the days asked for; each with a day of
    which that is said.
    """
    for slot in was.keys() | now.keys():
        sides = was.get(slot, ()), now.get(slot, ())
        same = {_content(each) for each in sides[0]} & {_content(each) for each in sides[1]}
        for each in (*sides[0], *sides[1]):
            if _content(each) not in same and not _holds(each, days):
                yield slot, each.since_earliest if each.since_earliest > BEGINNING else each.until_latest - 1


def _differences(slot: Slot, was: Sequence[Stated], now: Sequence[Stated], days: Period) -> Iterator[Learned]:
    """What is in force on the days asked for at one moment only; of one slot, in order."""
    contents = {_content(each) for each in was} & {_content(each) for each in now}
    gone, new = (
        [each for each in side if _content(each) not in contents and _holds(each, days)] for side in (was, now)
    )
    for before, after in zip_longest(gone, new):
        yield Learned(
            change="appeared" if before is None else "vanished" if after is None else "differs",
            subject=slot[0],
            property=slot[1],
            key=slot[2],
            before=_known(before, days),
            after=_known(after, days),
            events=(),
        )


def _content(stated: Stated) -> tuple[Any, ...]:
    return (
        stated.value,
        stated.since_earliest,
        stated.since_latest,
        stated.until_earliest,
        stated.until_latest,
        stated.doubtful,
    )


def _holds(stated: Stated, days: Period) -> bool:
    return stated.certainty(days.first, days.last) is not None


def _known(stated: Stated | None, days: Period) -> Known | None:
    if stated is None:
        return None
    return Known(**said(stated), certainty=stated.certainty(days.first, days.last) or POSSIBLE)


def _teachers(
    queries: Queries,
    connection: sa.Connection,
    slots: Iterable[Slot],
    was: dict[Slot, list[Stated]],
    now: dict[Slot, list[Stated]],
    before: Moment,
    after: Moment,
) -> dict[Slot, tuple[str, ...]]:
    """By slot, the events recorded in between that its statements name, or that correct or retract what they name."""
    named: dict[Slot, set[str]] = {}
    for slot in slots:
        statements = [*was.get(slot, ()), *now.get(slot, ())]
        named[slot] = {id_ for each in statements for id_ in (*each.opened_by, *each.closed_by)}
    ids = queries.database.listed(sorted(set().union(*named.values())))
    event_id, amendment = tables.event_id.c, tables.amendment.c
    earlier: sa.BindParameter[int] = sa.bindparam("earlier")
    later: sa.BindParameter[int] = sa.bindparam("later")
    moments = {"earlier": before.position, "later": after.position}
    recorded = queries.database.prepare(
        "recorded between",
        lambda: sa.select(event_id.id).where(
            queries.database.among(event_id.id, "ids"), event_id.position > earlier, event_id.position <= later
        ),
    )
    amended = queries.database.prepare(
        "amended between",
        lambda: sa.select(amendment.root, amendment.id).where(
            amendment.generation == sa.bindparam("generation"),
            queries.database.among(amendment.root, "ids"),
            amendment.position > earlier,
            amendment.position <= later,
        ),
    )
    new = {row[0] for row in recorded.all(connection, ids=ids, **moments)}
    amending: dict[str, set[str]] = {}
    for root, id_ in amended.all(connection, generation=after.generation, ids=ids, **moments):
        amending.setdefault(root, set()).add(id_)
    return {
        slot: tuple(sorted((roots & new).union(*(amending.get(root, ()) for root in roots))))
        for slot, roots in named.items()
    }

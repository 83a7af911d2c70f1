"""What changed between two days in the world.

A change on a day means that what holds on that day did not hold, or was another value, on the day before. It is
definite where it falls between the two days (inclusive) in every completion of the partial dates, possible where it
does in some. Where more than two values of a slot compete for some days, the changes between them are told as possible;
where one value was set more than once about that time, only where its spells begin and end is told. Of very many values
that compete, each is told with the first NEIGHBOURS_MAX that it may have followed, and that may have followed it: the
answer would else grow with the square of their number.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final, Literal

import msgspec
import sqlalchemy as sa

from events import tables
from events.changes import effect_of
from events.database import SLOT_COLUMNS, Slot
from events.dates import END, Period
from events.queries import answers
from events.queries.answers import DEFINITE, POSSIBLE, Bounds
from events.queries.concerning import Said, by_slot, concerning, said, slot_of
from events.queries.meeting import Days, Meeting, meet, union
from events.queries.question import Moment
from events.queries.reading import STATED, Queries, Stated
from events.queries.selecting import recorded_then

NEIGHBOURS_MAX: Final = 20
"""Of one value: the values that it is told to have followed, or been followed by, where more than so many may."""


class Change(msgspec.Struct, kw_only=True):
    """What began (`after`), ended (`before`) or was replaced, between which days, and by which events.

    `key` names the slot within its property: its parts in the order of docs/facts.md, joined by a space.
    """

    change: Literal["began", "ended", "replaced"]
    subject: str
    property: str
    key: str
    on: Bounds | None
    certainty: str
    before: Said | None
    after: Said | None
    events: tuple[str, ...]


def between(
    queries: Queries, connection: sa.Connection, tag: str, window: Period, moment: Moment
) -> list[Change] | None:
    """What changed from the first to the last of these days, inclusive, in the order of the days; None where no event
    that is known mentions the subject.
    """
    subject = queries.found(connection, tag, moment)
    if subject is None:
        return None
    tag = subject.tag
    statement = tables.statement.c
    first: sa.BindParameter[int] = sa.bindparam("first")
    last: sa.BindParameter[int] = sa.bindparam("last")
    began = sa.and_(statement.since_earliest <= last, statement.since_latest >= first)
    undecided = sa.and_(statement.since_latest >= statement.until_earliest, statement.since_earliest < last)
    ended = sa.and_(sa.or_(statement.until_earliest <= last, undecided), statement.until_latest >= first)
    rows = concerning(
        queries,
        connection,
        tag,
        (moment,),
        "changed between days",
        sa.and_(sa.or_(began, ended), recorded_then(tables.statement)),
        first=window.first,
        last=window.last,
        position=moment.position,
    )
    properties = queries.definitions.refresh(connection).properties
    statements = [stated for stated, _ in rows]
    switches = [each for each in statements if properties[each.property_] != "value"]
    valued = {slot_of(each) for each in statements if properties[each.property_] == "value"}
    emptying = _emptying(queries, connection, valued, moment)
    found: list[tuple[Days, _Transition]] = []
    for slot, held in by_slot([*switches, *_whole(queries, connection, valued, moment)]).items():
        changes = _of_value(held, emptying[slot]) if slot in valued else _of_switch(held)
        found.extend((each.on, each) for each in changes if each.on[0] <= window.last and each.on[1] >= window.first)
    found.sort(key=lambda pair: (*pair[0], *pair[1].slot))
    return [each.told(window) for _, each in found]


class _Transition(msgspec.Struct, frozen=True):
    """From one statement of a slot to the next; `sure`: it happens in every completion, on one of these days."""

    before: Stated | None
    after: Stated | None
    on: Days
    sure: bool

    @property
    def slot(self) -> Slot:
        return slot_of(self.after or self.before)

    def told(self, window: Period) -> Change:
        subject, property_, key = self.slot
        inside = window.first <= self.on[0] and self.on[1] <= window.last
        events = self.after.opened_by if self.after is not None else ()
        if self.after is None and self.before is not None:
            events = self.before.closed_by
        return Change(
            change="began" if self.before is None else "ended" if self.after is None else "replaced",
            subject=subject,
            property=property_,
            key=key,
            on=answers.bounds(*self.on),
            certainty=DEFINITE if self.sure and inside else POSSIBLE,
            before=Said(**said(self.before)) if self.before is not None else None,
            after=Said(**said(self.after)) if self.after is not None else None,
            events=events,
        )


def _of_switch(held: Sequence[Stated]) -> Iterator[_Transition]:
    for each in held:
        yield _Transition(None, each, (each.since_earliest, min(each.since_latest, each.until_latest - 1)), _sure(each))
        if each.until_earliest < END:
            ended = (max(each.until_earliest, each.since_earliest + 1), each.until_latest)
            yield _Transition(each, None, ended, _sure(each))


def _of_value(held: Sequence[Stated], emptying: Sequence[Days] = ()) -> Iterator[_Transition]:
    """One value follows another on the days on which the one may end and the other begin. It is a clean change where
    neither has another neighbour there; else the value may also have come from none. It may go to none on the days on
    which a fact sets nothing (`emptying`). `held` is in the order of beginnings.
    """
    pairs, afters, befores = _neighbours(held)
    ended, begun = set(), set()
    for this, other in pairs:
        before, after = held[this], held[other]
        on = _both(_end(before), _beginning(after))
        alone = afters[this] == befores[other] == 1
        clean = alone and on == _end(before) == _beginning(after) and _sure(before) and _sure(after)
        if clean:
            ended.add(this)
            begun.add(other)
        if before.value != after.value:
            yield _Transition(before, after, on, clean)
    # By then a value was set; what is surely over before it has surely begun says nothing of when it began.
    begun_by = (each.since_latest for each in held if _sure(each) or each.since_latest < each.until_latest - 1)
    something = min(begun_by, default=END)
    empty = union(emptying)
    starts, stops = [first for first, _ in empty], [last for _, last in empty]
    for this, each in enumerate(held):
        first, last = _beginning(each)
        if befores[this] and not empty:
            last = min(last, something)
        if this not in begun and first <= last:
            yield _Transition(None, each, (first, last), not befores[this] and _sure(each))
        end = _end(each)
        start, stop = bisect_left(stops, end[0]), bisect_right(starts, end[1])
        if this not in ended and start < stop:
            days = _both(end, (starts[start], stops[stop - 1]))
            yield _Transition(each, None, days, not afters[this] and _sure(each))


def _neighbours(held: Sequence[Stated]) -> tuple[list[tuple[int, int]], list[int], list[int]]:
    """Which statement may follow which other one: pairs of places, in order; and of each how many may follow it, and
    how many it may follow. Of each the first NEIGHBOURS_MAX on either side are in pairs, but all are counted.
    """
    beginnings, ends = [_beginning(each) for each in held], [_end(each) for each in held]
    over = [this for this, (earliest, _) in enumerate(ends) if earliest < END]
    begin, end = Meeting(beginnings), Meeting([ends[this] for this in over])
    afters, befores = [0] * len(held), [end.count(days) for days in beginnings]
    pairs: set[tuple[int, int]] = set()
    for this in over:
        itself = meet(ends[this], beginnings[this])
        afters[this] = begin.count(ends[this]) - itself
        befores[this] -= itself
        others = (other for other in begin.of(ends[this]) if other != this)
        pairs.update((this, other) for other in islice(others, NEIGHBOURS_MAX))
    for this, days in enumerate(beginnings):
        others = (over[place] for place in end.of(days) if over[place] != this)
        pairs.update((other, this) for other in islice(others, NEIGHBOURS_MAX))
    return sorted(pairs), afters, befores


def _both(one: Days, other: Days) -> Days:
    """The days in both of two intervals that meet."""
    return max(one[0], other[0]), min(one[1], other[1])


def _end(stated: Stated) -> Days:
    # Where it surely never holds, it may be over on the day after the first possible one.
    surely_held = stated.since_latest < stated.until_earliest
    return stated.until_earliest if surely_held else stated.since_earliest + 1, stated.until_latest


def _beginning(stated: Stated) -> Days:
    return stated.since_earliest, stated.since_latest


def _sure(stated: Stated) -> bool:
    """Whether the statement holds on some day in every completion."""
    return not stated.doubtful and stated.since_latest < stated.until_earliest


def _whole(queries: Queries, connection: sa.Connection, slots: set[Slot], moment: Moment) -> list[Stated]:
    """All statements of these slots: what a value came from, or went to, may lie beyond the days that are asked for."""
    statement = tables.statement.c
    columns = (statement[name] for name in STATED)
    rows = _of_slots(queries, connection, slots, moment, tables.statement, columns)
    return [Stated(*row) for row in rows]


def _emptying(queries: Queries, connection: sa.Connection, slots: set[Slot], moment: Moment) -> dict[Slot, list[Days]]:
    """The days on which a fact may set each of these slots to nothing. No statement tells of them."""
    effect = tables.effect.c
    found: dict[Slot, list[Days]] = {slot: [] for slot in slots}
    columns = (effect.subject, effect.property, effect.key, effect.fact)
    for *slot, kept in _of_slots(queries, connection, slots, moment, tables.effect, columns):
        fact = effect_of((slot[0], slot[1], slot[2]), kept).fact
        if fact.value is None:
            found[slot[0], slot[1], slot[2]].append((fact.earliest, fact.latest))
    return found


def _of_slots(
    queries: Queries,
    connection: sa.Connection,
    slots: set[Slot],
    moment: Moment,
    table: sa.Table,
    columns: Iterable[sa.ColumnElement[Any]],
) -> Sequence[Sequence[Any]]:
    """The rows of these slots that were known."""
    database = queries.database

    def made() -> sa.Select[Any]:
        asked = database.slots()
        same = sa.and_(*(table.c[name] == asked.c[name] for name in SLOT_COLUMNS))
        return sa.select(*columns).select_from(asked.join(table, same)).where(recorded_then(table))

    arguments = database.slotted(moment.generation, sorted(slots))
    prepared = database.prepare(f"changed between days, {table.name}s", made)
    return prepared.all(connection, **arguments, position=moment.position) if slots else []

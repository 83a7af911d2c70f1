"""What changed: between two days in the world, and between two moments of our knowledge.

A change on a day means that what holds on that day did not hold, or was another value, on the day before. It is
definite where it falls between the two days (inclusive) in every completion of the partial dates, possible where it
does in some. Where more than two values of a slot compete for some days, the changes between them are told as possible;
where one value was set more than once about that time, only where its spells begin and end is told.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, zip_longest
from typing import Any, Final, Literal

import msgspec
import sqlalchemy as sa

from events import tables
from events.changes import SPAN_COLUMNS, effect_of, span_of
from events.database import SLOT_COLUMNS, Slot
from events.dates import END, Day, Period
from events.queries import answers
from events.queries.answers import DEFINITE, POSSIBLE, Bounds
from events.queries.question import Moment
from events.queries.reading import Queries, Stated
from events.queries.selecting import recorded_then

OWNING: Final = (
    "organisation",
    "changes",
)  # the properties by which plans, initiatives and targets name whom they concern


class Said(msgspec.Struct, kw_only=True):
    """A statement: its value (null where it says only that something holds), from when until when."""

    value: Any
    since: Bounds | None
    until: Bounds | None
    opened_by: tuple[str, ...]
    closed_by: tuple[str, ...]


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


def between(
    queries: Queries, connection: sa.Connection, tag: str, window: Period, moment: Moment
) -> list[Change] | None:
    """What changed from the first to the last of these days, inclusive, in the order of the days; None where no event
    that is known mentions the subject.
    """
    tag = queries.representative(connection, tag, moment)
    if not queries.mentioned(connection, tag, moment):
        return None
    statement = tables.statement.c
    first: sa.BindParameter[int] = sa.bindparam("first")
    last: sa.BindParameter[int] = sa.bindparam("last")
    began = sa.and_(statement.since_earliest <= last, statement.since_latest >= first)
    undecided = sa.and_(statement.since_latest >= statement.until_earliest, statement.since_earliest < last)
    ended = sa.and_(sa.or_(statement.until_earliest <= last, undecided), statement.until_latest >= first)
    rows = _concerning(
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
    valued = {_slot(each) for each in statements if properties[each.property_] == "value"}
    emptying = _emptying(queries, connection, valued, moment)
    found: list[tuple[tuple[Day, Day], _Transition]] = []
    for slot, held in _by_slot([*switches, *_whole(queries, connection, valued, moment)]).items():
        changes = _of_value(held, emptying[slot]) if slot in valued else _of_switch(held)
        found.extend((each.on, each) for each in changes if each.on[0] <= window.last and each.on[1] >= window.first)
    found.sort(key=lambda pair: (*pair[0], *pair[1].slot))
    return [each.told(window) for _, each in found]


def learned(
    queries: Queries, connection: sa.Connection, tag: str, days: Period, before: Moment, after: Moment
) -> list[Learned] | None:
    """What was learned about these days between two moments, and by which events; None where no event that is known at
    the later one mentions the subject.
    """
    tag = queries.representative(connection, tag, after)
    if not queries.mentioned(connection, tag, after):
        return None
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
    rows = _concerning(
        queries,
        connection,
        tag,
        (before, after),
        "changed between moments",
        sa.or_(forgotten, new),
        earlier=before.position,
        later=after.position,
    )
    was = _by_slot(stated for stated, since in rows if since <= before.position)
    now = _by_slot(stated for stated, since in rows if since > before.position)
    found: list[Learned] = []
    for slot in sorted(was.keys() | now.keys()):
        found.extend(_differences(slot, was.get(slot, []), now.get(slot, []), days))
    taught = _teachers(queries, connection, found, was, now, before, after)
    return [msgspec.structs.replace(each, events=taught[each.subject, each.property, each.key]) for each in found]


class _Transition(msgspec.Struct, frozen=True):
    """From one statement of a slot to the next; `sure`: it happens in every completion, on one of these days."""

    before: Stated | None
    after: Stated | None
    on: tuple[Day, Day]
    sure: bool

    @property
    def slot(self) -> Slot:
        return _slot(self.after or self.before)

    def told(self, window: Period) -> Change:
        subject, property_, key = self.slot
        inside = window.first <= self.on[0] and self.on[1] <= window.last
        events = self.after.span.opened_by if self.after is not None else ()
        if self.after is None and self.before is not None:
            events = self.before.span.closed_by
        return Change(
            change="began" if self.before is None else "ended" if self.after is None else "replaced",
            subject=subject,
            property=property_,
            key=key,
            on=answers.bounds(*self.on),
            certainty=DEFINITE if self.sure and inside else POSSIBLE,
            before=Said(**_said(self.before)) if self.before is not None else None,
            after=Said(**_said(self.after)) if self.after is not None else None,
            events=events,
        )


def _of_switch(held: Sequence[Stated]) -> Iterator[_Transition]:
    for each in held:
        span = each.span
        yield _Transition(None, each, (span.since_earliest, min(span.since_latest, span.until_latest - 1)), _sure(each))
        if span.until_earliest < END:
            ended = (max(span.until_earliest, span.since_earliest + 1), span.until_latest)
            yield _Transition(each, None, ended, _sure(each))


def _of_value(held: Sequence[Stated], emptying: Sequence[tuple[Day, Day]] = ()) -> Iterator[_Transition]:
    """One value follows another on the days on which the one may end and the other begin. It is a clean change where
    neither has another neighbour there; else the value may also have come from none. It may go to none on the days on
    which a fact sets nothing (`emptying`).
    """
    pairs = _neighbours(held)
    afters = Counter(pair[0] for pair in pairs)
    befores = Counter(pair[1] for pair in pairs)
    ended, begun = set(), set()
    for this, other, on in pairs:
        before, after = held[this], held[other]
        alone = afters[this] == befores[other] == 1
        clean = alone and on == _end(before) == _beginning(after) and _sure(before) and _sure(after)
        if clean:
            ended.add(this)
            begun.add(other)
        if before.span.value != after.span.value:
            yield _Transition(before, after, on, clean)
    # By then a value was set; what is surely over before it has surely begun says nothing of when it began.
    begun_by = (
        each.span.since_latest for each in held if _sure(each) or each.span.since_latest < each.span.until_latest - 1
    )
    something = min(begun_by, default=END)
    for this, each in enumerate(held):
        first, last = _beginning(each)
        if this in befores and not emptying:
            last = min(last, something)
        if this not in begun and first <= last:
            yield _Transition(None, each, (first, last), this not in befores and _sure(each))
        goes = [(max(_end(each)[0], first), min(_end(each)[1], last)) for first, last in emptying]
        goes = [on for on in goes if on[0] <= on[1]]
        if this not in ended and goes:
            days = min(on[0] for on in goes), max(on[1] for on in goes)
            yield _Transition(each, None, days, this not in afters and _sure(each))


def _neighbours(held: Sequence[Stated]) -> list[tuple[int, int, tuple[Day, Day]]]:
    """Which statement may follow which other one, and on which days; `held` is in the order of beginnings."""
    starts = [each.span.since_earliest for each in held]
    reached = list(accumulate((each.span.since_latest for each in held), max))
    pairs: list[tuple[int, int, tuple[Day, Day]]] = []
    for this, each in enumerate(held):
        earliest, latest = _end(each)
        if earliest >= END:
            continue
        for other in range(bisect_left(reached, earliest), bisect_right(starts, latest)):
            begun = held[other].span
            on = max(earliest, begun.since_earliest), min(latest, begun.since_latest)
            if other != this and on[0] <= on[1]:
                pairs.append((this, other, on))
    return pairs


def _end(stated: Stated) -> tuple[Day, Day]:
    span = stated.span
    surely_held = span.since_latest < span.until_earliest  # else it may be over on the day after the first possible one
    return span.until_earliest if surely_held else span.since_earliest + 1, span.until_latest


def _beginning(stated: Stated) -> tuple[Day, Day]:
    return stated.span.since_earliest, stated.span.since_latest


def _sure(stated: Stated) -> bool:
    """Whether the statement holds on some day in every completion."""
    return not stated.span.doubtful and stated.span.since_latest < stated.span.until_earliest


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
    span = stated.span
    return (
        span.value,
        span.since_earliest,
        span.since_latest,
        span.until_earliest,
        span.until_latest,
        span.doubtful,
    )


def _holds(stated: Stated, days: Period) -> bool:
    return stated.certainty(days.first, days.last) is not None


def _known(stated: Stated | None, days: Period) -> Known | None:
    if stated is None:
        return None
    return Known(**_said(stated), certainty=stated.certainty(days.first, days.last) or POSSIBLE)


def _said(stated: Stated) -> dict[str, Any]:
    span = stated.span
    return {
        "value": stated.data,
        "since": answers.bounds(span.since_earliest, span.since_latest),
        "until": answers.until(span),
        "opened_by": span.opened_by,
        "closed_by": span.closed_by,
    }


def _teachers(
    queries: Queries,
    connection: sa.Connection,
    found: Sequence[Learned],
    was: dict[Slot, list[Stated]],
    now: dict[Slot, list[Stated]],
    before: Moment,
    after: Moment,
) -> dict[Slot, tuple[str, ...]]:
    """By slot, the events recorded in between that its statements name, or that correct or retract what they name."""
    named: dict[Slot, set[str]] = {}
    for slot in {(each.subject, each.property, each.key) for each in found}:
        statements = [*was.get(slot, ()), *now.get(slot, ())]
        named[slot] = {id_ for each in statements for id_ in (*each.span.opened_by, *each.span.closed_by)}
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


def _concerning(
    queries: Queries,
    connection: sa.Connection,
    tag: str,
    moments: Sequence[Moment],
    name: str,
    condition: sa.ColumnElement[bool],
    **arguments: Any,
) -> list[tuple[Stated, int]]:
    """The statements of and about a subject, and of the plans, initiatives and targets that concern it, that meet a
    condition; each once, with the position since which it is known.
    """
    database, statement, target = queries.database, tables.statement, tables.statement_target
    generation: sa.BindParameter[int] = sa.bindparam("generation")
    columns = [statement.c[n] for n in ("id", "recorded_from", "subject", "property", "key", *SPAN_COLUMNS)]
    own = database.prepare(
        f"{name}, of",
        lambda: sa.select(*columns).where(
            statement.c.generation == generation, database.among(statement.c.subject, "subjects"), condition
        ),
    )
    about = database.prepare(
        f"{name}, about",
        lambda: (
            sa.select(*columns)
            .select_from(
                target.join(
                    statement,
                    sa.and_(statement.c.generation == target.c.generation, statement.c.id == target.c.statement),
                )
            )
            .where(target.c.generation == generation, database.among(target.c.subject, "subjects"), condition)
        ),
    )
    concerned = {each.subject for moment in moments for each in queries.about(connection, moment, [tag], OWNING)}
    arguments["generation"] = moments[-1].generation
    rows = own.all(connection, subjects=database.listed([tag, *sorted(concerned)]), **arguments)
    rows += about.all(connection, subjects=database.listed([tag]), **arguments)
    unique = {row[0]: row for row in rows}
    return [(Stated(row[2], row[3], row[4], span_of(row[5:])), row[1]) for row in unique.values()]


def _whole(queries: Queries, connection: sa.Connection, slots: set[Slot], moment: Moment) -> list[Stated]:
    """All statements of these slots: what a value came from, or went to, may lie beyond the days that are asked for."""
    statement = tables.statement.c
    columns = (statement[name] for name in ("subject", "property", "key", *SPAN_COLUMNS))
    rows = _of_slots(queries, connection, slots, moment, tables.statement, columns)
    return [Stated(row[0], row[1], row[2], span_of(row[3:])) for row in rows]


def _emptying(
    queries: Queries, connection: sa.Connection, slots: set[Slot], moment: Moment
) -> dict[Slot, list[tuple[Day, Day]]]:
    """The days on which a fact may set each of these slots to nothing. No statement tells of them."""
    effect = tables.effect.c
    found: dict[Slot, list[tuple[Day, Day]]] = {slot: [] for slot in slots}
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


def _by_slot(statements: Iterable[Stated]) -> dict[Slot, list[Stated]]:
    grouped: dict[Slot, list[Stated]] = {}
    for each in sorted(statements, key=lambda each: (each.span.since_earliest, each.span.since_latest)):
        grouped.setdefault(_slot(each), []).append(each)
    return grouped


def _slot(stated: Stated | None) -> Slot:
    assert stated is not None, "a change has a side"
    return stated.subject, stated.property_, stated.key

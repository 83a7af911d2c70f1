"""What changed, from the naive statements: between two days, in every completion, and between two moments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import msgspec

from tests.property import naive
from tests.property.naive import AFTER_ALL, BEFORE_ALL, Pair, Statement
from tests.property.oracle import Known, plain
from tests.property.replies import Days, about, certainty
from tests.property.table import Plain, SlotName

OWNING = ("organisation", "changes")

Value = str | None


class Move(msgspec.Struct, frozen=True, order=True):
    """A statement of an on/off slot that begins or ends: on which days, how certainly on one of those asked for."""

    slot: SlotName
    change: str
    on: Pair
    certainty: str
    value: str
    events: tuple[str, ...]


class Shifts(msgspec.Struct):
    """The changes of a value slot, each from a value to another one (None: no value).

    `possible`: those that come about on one of the days in some completion, `definite`: in all. `clear`: whether the
    statements tell them all, which they do not where facts of one day contradict one another or set one value twice;
    `exact`: whether they tell no others, as of two facts without an order between them, none of them doubtful.
    """

    possible: set[tuple[Value, Value]]
    definite: set[tuple[Value, Value]]
    clear: bool
    exact: bool


def slots(tag: str, *moments: Known) -> list[SlotName]:
    """The slots that changes of a subject are told of: its own, those about it, and those of the plans, initiatives
    and targets that concern it at one of the moments.
    """
    concerning = [slot for found in moments for slot, _ in about(found, tag)]
    subjects = {tag, *(slot[0] for slot in concerning if slot[1] in OWNING)}
    told = {slot for found in moments for slot in found.statements}
    return sorted(slot for slot in told if slot[0] in subjects or slot in concerning)


def switched(found: Known, slot: SlotName, days: Days) -> Iterator[Move]:
    """What begins and ends of an on/off slot on these days."""
    for each in found.statements[slot]:
        # Of two days before, or after, all the others, the one may lie before the other.
        lasting = [spell for spell in each.spells if spell[0] < spell[1] or spell[0] in (BEFORE_ALL, AFTER_ALL)]
        began = {since for since, _ in lasting}
        if each.sure_from is not None:  # the doubtful openings may be wrong
            first, last = each.sure_from
            late = [(max(since, day), until) for since, until in each.spells for day in range(first, last + 1)]
            began |= {since for since, until in late if since < until or since == AFTER_ALL}
        ended = {until for _, until in lasting}
        sure = not each.doubtful and bool(each.definite)
        told = (plain(each.value), sure)
        yield from _move(slot, "began", began, each.opened_by, *told, days)
        if each.until[0] < AFTER_ALL:
            yield from _move(slot, "ended", ended, each.closed_by, *told, days)


def _move(
    slot: SlotName, change: str, on: set[int], events: set[str], value: str, sure: bool, days: Days
) -> Iterator[Move]:
    if any(day in days for day in on):
        inside = all(day in days for day in on)
        how = "definite" if sure and inside else "possible"
        yield Move(slot, change, (min(on), max(on)), how, value, tuple(sorted(events)))


def shifted(found: Known, slot: SlotName, days: Days) -> Shifts:
    """What becomes of a value slot on these days."""
    values = found.values[slot]
    facts = values.slot.facts
    seen: list[set[tuple[Value, Value]]] = []
    for history in naive.histories(values):
        held = [None if last is None else facts[last].value for last in history]
        seen.append({(before, after) for day, (before, after) in _turns(held) if day in days})
    clear = len({fact.value for fact in facts}) == len(facts) and not naive.value_conflicts(values)
    return Shifts(
        set().union(*seen),
        set.intersection(*seen),
        clear,
        clear and len(facts) <= 2 and not values.slot.pairs and not any(fact.doubtful for fact in facts),
    )


def _turns(held: Sequence[Value]) -> Iterator[tuple[int, tuple[Value, Value]]]:
    for day, turn in zip(naive.WINDOW[1:], pairwise(held), strict=True):
        if turn[0] != turn[1]:
            yield day, turn


class Learned(msgspec.Struct):
    """Of what is in force on some days, what was said of a slot before and no more, and what is said now and was not:
    (value, since, until, certainty). `told_by`: the events of in between by which it was learned; `perhaps_by`: with
    those that may be named too, as they bear on the slot.
    """

    gone: list[tuple[str, Pair, Pair, str]]
    come: list[tuple[str, Pair, Pair, str]]
    told_by: set[str]
    perhaps_by: set[str]


def learned(
    before: Known, after: Known, slot: SlotName, between: Sequence[Plain], roots: dict[str, str], days: Days
) -> Learned:
    """What was learned of a slot; `between`: the events recorded in between."""
    was, now = before.statements.get(slot, []), after.statements.get(slot, [])
    common = [content(each) for each in was if content(each) in map(content, now)]
    gone, come = ([each for each in side if content(each) not in common] for side in (was, now))
    unlike = [each for each in was if each not in now] + [each for each in now if each not in was]
    return Learned(
        _in_force(gone, days),
        _in_force(come, days),
        _bearing(unlike, between, roots),
        _bearing(was + now, between, roots),
    )


def content(statement: Statement) -> tuple[str, Pair, Pair, bool]:
    """What a statement says, without by which events."""
    return statement.value or "", statement.since, statement.until, statement.doubtful


def _in_force(statements: Sequence[Statement], days: Days) -> list[tuple[str, Pair, Pair, str]]:
    sure = [(each, certainty([each], days)) for each in statements]
    return sorted((plain(each.value), each.since, _shown(each.until), how) for each, how in sure if how is not None)


def _shown(until: Pair) -> Pair:
    """The bounds of an end: an end of which nothing is known is not told apart from none."""
    return (AFTER_ALL, AFTER_ALL) if until == (BEFORE_ALL, AFTER_ALL) else until


def _bearing(statements: Sequence[Statement], between: Sequence[Plain], roots: dict[str, str]) -> set[str]:
    """The events that statements name, or that amend what they name."""
    named = set().union(*(each.opened_by | each.closed_by for each in statements))
    amending = {each["id"] for each in between if each["type"].startswith("fact.")}
    return {
        each["id"] for each in between if each["id"] in named or (each["id"] in amending and roots[each["id"]] in named)
    }

"""What a register says has changed, and has been learned, held against the naive answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from events.dates import period
from events.queries import changes, learned
from events.queries.answers import Bounds
from tests.property import moves, naive, oracle
from tests.property.comparing import bounds, in_text, same
from tests.property.naive import Pair
from tests.property.oracle import Known, plain
from tests.property.replies import Days
from tests.property.table import Plain, SlotName
from tests.registers import TestRegister


def compare_changes(register: TestRegister, found: Known, tag: str, window: Days, position: int) -> None:
    """What changed between two days: exactly on on/off slots; on value slots as far as statements tell it."""
    kept = found.representative(tag)
    days = period(f"{oracle.day_text(window[0])}/{oracle.day_text(window[-1])}")
    with register.database.snapshot() as connection:
        moment = register.queries.moments.at(connection, str(position))
        listed = changes.between(register.queries, connection, tag, days, moment)
    if listed is None:
        return
    about = f"of {tag} in {days.edtf} as known at {position}"
    slots = moves.slots(kept, found)
    same(f"changed slots {about}", {slot_of(each) for each in listed} - set(slots), set())
    switched = [move for slot in slots if slot not in found.values for move in moves.switched(found, slot, window)]
    told = [move_of(each) for each in listed if slot_of(each) not in found.values]
    same(f"what began and ended {about}", sorted(told), sorted(switched))
    for slot in slots:
        if slot in found.values:
            compare_shifts(moves.shifted(found, slot, window), [e for e in listed if slot_of(e) == slot], slot, about)


def compare_shifts(shifts: moves.Shifts, listed: Sequence[changes.Change], slot: SlotName, about: str) -> None:
    """What is told as definite comes about in every completion, what does in some is told; exactly, of two facts."""
    told: dict[str, set[Any]] = {"definite": set(), "possible": set()}
    for each in listed:
        sides = [None if side is None else in_text(side.value) for side in (each.before, each.after)]
        told[each.certainty].add((sides[0], sides[1]))
    possible, definite = (
        {tuple(None if side is None else plain(side) for side in turn) for turn in turns}
        for turns in (shifts.possible, shifts.definite)
    )
    same(f"definite changes of {slot} {about} that are not", told["definite"] - definite, set())
    if shifts.clear:
        every = told["definite"] | told["possible"]
        same(f"possible changes of {slot} {about} that are not told", possible - every, set())
        if shifts.exact:
            same(f"changes of {slot} {about} told that are not possible", every - possible, set())
            same(f"definite changes of {slot} {about} not told so", definite - told["definite"], set())


def slot_of(told: changes.Change | learned.Learned) -> SlotName:
    """The slot that something is told of."""
    return told.subject, told.property, told.key


def move_of(told: changes.Change) -> moves.Move:
    """The beginning or end that a change tells."""
    (side,) = [each for each in (told.before, told.after) if each is not None]
    value = in_text(side.value)
    return moves.Move(slot_of(told), told.change, bounds(told.on), told.certainty, value, tuple(sorted(told.events)))


def compare_learned(
    register: TestRegister,
    known: tuple[Known, Known],
    tag: str,
    asked: Days,
    between: Sequence[Plain],
    roots: dict[str, str],
) -> None:
    """What was learned between two moments about some days."""
    before, after = known
    kept = after.representative(tag)
    positions = len(roots) - len(between), len(roots)
    days = period(f"{oracle.day_text(asked[0])}/{oracle.day_text(asked[-1])}")
    with register.database.snapshot() as connection:
        moments = [register.queries.moments.at(connection, str(position)) for position in positions]
        listed = learned.between(register.queries, connection, tag, days, *moments)
    if listed is None:
        return
    about = f"of {tag} on {days.edtf} between {positions[0]} and {positions[1]}"
    slots = moves.slots(kept, before, after)
    same(f"learned slots {about}", {slot_of(each) for each in listed} - set(slots), set())
    for slot in slots:
        expected = moves.learned(before, after, slot, between, roots, asked)
        told = [each for each in listed if slot_of(each) == slot]
        gone = sorted(said(each.before) for each in told if each.before is not None)
        come = sorted(said(each.after) for each in told if each.after is not None)
        same(f"no longer said of {slot} {about}", gone, expected.gone)
        same(f"newly said of {slot} {about}", come, expected.come)
        for each in told:
            sides = (each.before is not None, each.after is not None)
            kind = {(True, False): "vanished", (False, True): "appeared", (True, True): "differs"}[sides]
            same(f"kind of what was learned of {slot} {about}", each.change, kind)
            same(f"events that taught {slot} {about}, missing", expected.told_by - set(each.events), set())
            same(f"events that taught {slot} {about}, foreign", set(each.events) - expected.perhaps_by, set())


def said(told: learned.Known) -> tuple[str, Pair, Pair, str]:
    """A statement as it was said at one moment."""
    return in_text(told.value), bounds(told.since), until(told.until), told.certainty


def until(told: Bounds | None) -> Pair:
    """The bounds of an end; none means that it may hold for ever."""
    return (naive.AFTER_ALL, naive.AFTER_ALL) if told is None else bounds(told)

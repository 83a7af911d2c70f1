"""The working copy of the slots: which slots lead to which, and what closings imply."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest

from events import facts
from events.dates import day
from events.held import Held, Slot
from events.slots import Nothing, Slots
from events.vocabulary import Effect, effects
from tests.histories import created, told, uid

EXISTENCE_A: Slot = ("organisation/a", "existence", "")
POST: Slot = ("organisation/a", "posts", "q")
APPOINTMENT: Slot = ("organisation/a", "appointments", "q p")
RELATION: Slot = ("organisation/b", "relations", "part_of organisation/a")
OF_POST: Slot = ("post/q", "relations", "accountable_to organisation/c")
TO_POST: Slot = ("organisation/c", "relations", "works_with post/q")
DUTY: Slot = ("organisation/a", "responsibilities", "r")

WORLD = [
    created("a", "2010-01-01"),
    told("post", "post.created", "2015-01-01", organisation="a", post="q"),
    told("appointed", "appointment.started", "2015-01-01", organisation="a", post="q", person="p"),
    told("relation", "relation.started", "2015-01-01", organisation="b", kind="part_of", target="a"),
    told("of-post", "relation.started", "2015-01-01", post="q", kind="accountable_to", target="c"),
    told("to-post", "relation.started", "2015-01-01", organisation="c", kind="works_with", target="post/q"),
    told("duty", "responsibility.gained", "2015-01-01", organisation="a", responsibility="r"),
    told("brand", "name.adopted", "2015-01-01", organisation="a", name="A", kind="brand"),
]
CLOSING = told("closing", "organisation.dissolved", "2020-01-01", organisation="a", reason="ceased")
ABOLITION = told("abolition", "post.abolished", "2018-01-01", organisation="a", post="q")


def effects_of(given: dict[str, Any]) -> list[Effect]:
    (fact,) = facts.decode(json.dumps(given).encode()).facts
    return effects(fact, given["id"], (given["id"],))


def put(slots: Slots, *given: dict[str, Any]) -> None:
    for each in given:
        for part, effect in enumerate(effects_of(each)):
            slots.put(effect, part, 1)


def take(slots: Slots, given: dict[str, Any]) -> None:
    for part, effect in enumerate(effects_of(given)):
        slots.take(effect, part)


def until(slots: Slots, slot: Slot) -> str | None:
    """The id of what ends the one statement of a slot."""
    (span,) = slots.fold(slot).spans
    return " ".join(span.closed_by) or None


class Kept(Nothing):
    """A source that holds what other slots hold, as a database would."""

    def __init__(self, slots: Slots) -> None:
        self._slots = {slot: slots[slot] for slot in slots}
        self.asked: list[Slot] = []

    def held(self, slots: Iterable[Slot]) -> dict[Slot, Held]:
        wanted = list(slots)
        self.asked.extend(wanted)
        return {
            slot: Held(dict(self._slots[slot].effects), list(self._slots[slot].statements))
            for slot in wanted
            if slot in self._slots
        }

    def slots_on(self, subject: str, properties: Iterable[str], beginning: str) -> list[Slot]:
        return [
            slot
            for slot in self._slots
            if slot[0] == subject and slot[1] in properties and slot[2].startswith(beginning)
        ]

    def slots_towards(self, target: str, property_: str) -> list[Slot]:
        return [
            slot
            for slot, held in self._slots.items()
            if slot[1] == property_ and any(target in effect.targets for effect, _ in held.effects.values())
        ]


def worlds() -> list[Slots]:
    """The world in the working copy, and the same behind an empty one."""
    here = Slots(Nothing())
    put(here, *WORLD)
    return [here, Slots(Kept(here))]


@pytest.mark.parametrize("n", [0, 1], ids=["in the working copy", "in its source"])
def test_what_depends_on_a_closing(n: int) -> None:
    slots = worlds()[n]
    assert slots.dependents(EXISTENCE_A) == {POST, APPOINTMENT, RELATION, OF_POST, TO_POST, DUTY}
    assert slots.dependents(POST) == {APPOINTMENT, OF_POST, TO_POST}
    assert slots.dependents(DUTY) == set()
    assert slots.dependents(("organisation/z", "existence", "")) == set()


@pytest.mark.parametrize("n", [0, 1], ids=["in the working copy", "in its source"])
def test_what_a_closing_implies(n: int) -> None:
    slots = worlds()[n]
    put(slots, CLOSING)
    for slot in (EXISTENCE_A, POST, APPOINTMENT, RELATION, OF_POST, TO_POST, DUTY):
        assert until(slots, slot) == uid("closing"), slot
        (span,) = slots.fold(slot).spans
        assert span.until_earliest == span.until_latest == day("2020-01-01")
    assert until(slots, ("organisation/a", "names", "brand A")) is None
    take(slots, CLOSING)
    for slot in (EXISTENCE_A, POST, APPOINTMENT, RELATION, OF_POST, TO_POST, DUTY):
        assert until(slots, slot) is None, slot


@pytest.mark.parametrize("n", [0, 1], ids=["in the working copy", "in its source"])
def test_what_an_abolished_post_implies(n: int) -> None:
    slots = worlds()[n]
    put(slots, ABOLITION)
    for slot in (POST, APPOINTMENT, OF_POST, TO_POST):
        assert until(slots, slot) == uid("abolition"), slot
    for slot in (RELATION, DUTY):
        assert until(slots, slot) is None, slot


def test_a_closing_without_a_post_leaves_relations_of_that_post() -> None:
    slots = Slots(Nothing())
    put(slots, *[each for each in WORLD if each["id"] != uid("post")], CLOSING)
    assert until(slots, APPOINTMENT) == uid("closing")
    assert until(slots, OF_POST) is None


def test_needs_are_what_folding_looks_at_first() -> None:
    slots = Slots(Nothing())
    needs = {effect.property: slots.needs(effect) for each in WORLD for effect in effects_of(each)}
    assert needs["appointments"] == [APPOINTMENT, EXISTENCE_A, POST]
    assert needs["responsibilities"] == [DUTY, EXISTENCE_A]
    assert needs["existence"] == [EXISTENCE_A]
    assert needs["names"] == [("organisation/a", "names", "brand A")]


def test_what_is_loaded_is_not_asked_for_again() -> None:
    here, _ = worlds()
    source = Kept(here)
    slots = Slots(source)
    slots.load([DUTY, DUTY])
    slots.load([DUTY, EXISTENCE_A])
    slots.fold(DUTY)
    assert source.asked == [DUTY, EXISTENCE_A]


def test_take_gives_back_what_was_put() -> None:
    slots = Slots(Nothing())
    (effect,) = effects_of(WORLD[6])
    assert slots.put(effect, 0, 41) == DUTY
    assert slots.take(effect, 0) == (DUTY, 41)
    assert slots[DUTY].effects == {}
    assert slots.fold(DUTY).spans == ()

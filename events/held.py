"""What slots hold and what follows from it: what they say, by their own facts and by those of the slots they look at.

It knows neither database nor time: `Reader` reads slots wherever they are held, and whatever moment they are held for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

import msgspec

from events.dates import Day
from events.state import Folded, SlotFact, Span, fold_switch, fold_value
from events.vocabulary import CLOSED_WITH_ORGANISATION, PROPERTIES, Effect

Slot = tuple[str, str, str]  # subject, property, key

EXISTENCE: Final = "existence"
POSTS: Final = "posts"
RELATIONS: Final = "relations"
APPOINTMENTS: Final = "appointments"
OBSERVATIONS: Final = "observations"
LINEAGE: Final = "lineage"
FUNDING: Final = "funding"
TARGETED: Final = frozenset({RELATIONS, POSTS, LINEAGE, FUNDING})  # these are found from their other end too
OWNER: Final = "organisation"
TITLE: Final = "title"
ONLOOKING: Final = (APPOINTMENTS, OBSERVATIONS, "parts")  # whether these fit depends on another slot of their subject
ONLOOKING_FROM_AFAR: Final = (LINEAGE, FUNDING)  # and these, on one of their other end
OWNED: Final = ("plan/", "initiative/", "target/")  # they belong to organisations, whose answers show them


class Statement(msgspec.Struct):
    """A span as it is kept: the version of a slot's statement that is current, and since when (a position)."""

    id: int
    span: Span
    targets: tuple[str, ...]
    recorded_from: int


class Misfit(msgspec.Struct, frozen=True):
    """Something odd about a slot: a stable code (see anomalies.py) and the roots of the facts concerned, the odd one
    first. `concerns`: the slot's subject and whom these facts concern besides; `earliest` and `latest`: the bounds of
    the odd fact.
    """

    code: str
    roots: tuple[str, ...]
    concerns: tuple[str, ...]
    earliest: Day
    latest: Day


class Held(msgspec.Struct):
    """What one slot holds: the effects of standing facts by (root, part), its current statements, and what is odd about
    it; each with the position since when it is so.
    """

    effects: dict[tuple[str, int], tuple[Effect, int]] = msgspec.field(default_factory=dict)
    statements: list[Statement] = msgspec.field(default_factory=list)
    misfits: dict[Misfit, int] = msgspec.field(default_factory=dict)


class Reader:
    """Reads what slots say."""

    def __getitem__(self, slot: Slot) -> Held:
        """What a slot holds."""
        raise NotImplementedError

    def slots_towards(self, target: str, property_: str) -> Iterable[Slot]:
        """The slots of this property whose other end is `target`."""
        raise NotImplementedError

    def looks_at(self, slot: Slot) -> list[Slot]:
        """The slots that say, besides its own facts, what holds in a slot and what is odd about it (of posts'
        relations only those that the slot's own words tell).
        """
        target = next((target_of(effect) for effect, _ in self[slot].effects.values()), None)
        return [*closers(slot), *watched(slot, target)]

    def fold(self, slot: Slot) -> Folded:
        """The statements of a slot by what stands now, with the ends that closings imply."""
        facts = [effect.fact for effect, _ in self[slot].effects.values()]
        if holds_value(slot[1], facts):
            return fold_value(facts)
        if facts and slot[1] in CLOSED_WITH_ORGANISATION:
            facts.extend(self._implied(slot))
        return fold_switch(facts)

    def begun(self, organisation: str) -> bool:
        """Whether anything opens the existence of this organisation (a tag)."""
        lives = self[organisation, EXISTENCE, ""].effects.values()
        return any(effect.fact.effect == "open" for effect, _ in lives)

    def _implied(self, slot: Slot) -> Iterable[SlotFact]:
        closings: dict[str, SlotFact] = {}
        for closer in closers(slot):
            closings.update(self.ends_of(closer))
        if slot[1] == RELATIONS:
            for end in _ends_of_relation(slot):
                if end.startswith("post/"):
                    closings.update(self._post_ends(end))
        return closings.values()

    def ends_of(self, slot: Slot) -> Mapping[str, SlotFact]:
        """The ends that follow for others from the ends of a slot, by root."""
        facts = (effect.fact for effect, _ in self[slot].effects.values())
        return {fact.root: _as_implied(fact) for fact in facts if fact.effect == "end"}

    def _post_ends(self, post: str) -> dict[str, SlotFact]:
        """What ends the post: its abolition, and the closing of an organisation on which it was open."""
        ends: dict[str, SlotFact] = {}
        for slot in self.slots_towards(post, POSTS):
            ends.update(self.ends_of(slot))
            closings = self.ends_of((slot[0], EXISTENCE, ""))
            for span in self.fold(slot).spans:
                # A closing that surely comes after another end finds the post gone already.
                ended = (closings[id_] for id_ in span.closed_by if id_ in closings)
                ends.update((fact.root, fact) for fact in ended if fact.earliest <= span.until_latest)
        return ends


def holds_value(property_: str, facts: Iterable[SlotFact]) -> bool:
    """Whether a property holds what the last fact set; of users' own properties the facts tell."""
    known = PROPERTIES.get(property_)
    return known == "value" if known is not None else any(fact.effect == "set" for fact in facts)


def target_of(effect: Effect) -> str | None:
    """The other end by which others find the effect's slot; None where they need not."""
    return effect.targets[0] if effect.property in TARGETED and effect.targets else None


def inputs(slot: Slot, targets: Iterable[str | None], posts: Callable[[str], Iterable[Slot]]) -> set[Slot]:
    """All slots that may say, besides its own facts, what holds in a slot and what is odd about it.

    `targets`: its other ends (`target_of`). `posts` gives the slots that say of a post (a tag) where it is.
    """
    found = {*closers(slot), *(each for target in targets for each in watched(slot, target))}
    if slot[1] == RELATIONS:
        for end in _ends_of_relation(slot):
            if end.startswith("post/"):
                for place in posts(end):
                    found.update((place, *closers(place)))
    return found


def owner_slots(subject: str) -> list[Slot]:
    """The slots of a plan, an initiative or a target that say which organisations it concerns."""
    return [(subject, "organisation", ""), (subject, "changes", "")] if subject.startswith(OWNED) else []


def closers(slot: Slot) -> list[Slot]:
    """The slots whose ends are ends of this one too, as far as its own words tell (posts' relations need a look-up)."""
    subject, property_, key = slot
    if property_ not in CLOSED_WITH_ORGANISATION:
        return []
    closers = [(subject, EXISTENCE, "")] if subject.startswith("organisation/") else []
    if property_ == RELATIONS:
        target = key.split(" ", 1)[1]
        if target.startswith("organisation/"):
            closers.append((target, EXISTENCE, ""))
    elif property_ == APPOINTMENTS:
        closers.append((subject, POSTS, key.split(" ", 1)[0]))
    return closers


def _ends_of_relation(slot: Slot) -> tuple[str, str]:
    return slot[0], slot[2].split(" ", 1)[1]


def is_watched(slot: Slot) -> bool:
    """Whether others look at whether the slot, of a target, an initiative or a plan, holds anything."""
    subject, property_, _ = slot
    if property_ == OWNER:
        return subject.startswith(("target/", "initiative/"))
    return property_ == TITLE and subject.startswith("plan/")


def watched(slot: Slot, target: str | None) -> list[Slot]:
    """The slots by which a slot's facts fit or do not (see anomalies.py). `target`: its other end, if it has one."""
    subject, property_, _ = slot
    if property_ == OBSERVATIONS:  # an appointment looks there for its closing already
        return [(subject, EXISTENCE, "")]
    if property_ == LINEAGE and target is not None:
        return [(target, EXISTENCE, "")]
    if property_ == FUNDING and target is not None:
        return [(target, OWNER, "")]
    if property_ in ("due", "status") and subject.startswith("target/"):
        return [(subject, OWNER, "")]
    if property_ in ("parts", "status") and subject.startswith("plan/"):
        return [(subject, TITLE, "")]
    return []


def _as_implied(fact: SlotFact) -> SlotFact:
    return msgspec.structs.replace(fact, value=None, implied=True, ends=None)

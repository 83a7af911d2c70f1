"""The slots of a register while facts are folded into them: what each holds, and which slots depend on which.

`Slots` is a working copy. It takes what it needs from a `Source` (the database; nothing while a whole log is folded
afresh) and keeps it, so that the appends of one transaction, or all of a log, are folded one after another without
asking again. It does no SQL and knows no transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final, Protocol

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


class Source(Protocol):
    """Where slots come from that are not in the working copy yet."""

    def held(self, slots: Iterable[Slot]) -> dict[Slot, Held]:
        """What these slots hold; those that hold nothing may be left out."""
        ...

    def slots_on(self, subject: str, properties: Iterable[str]) -> Iterable[Slot]:
        """The slots of this subject and these properties that hold effects."""
        ...

    def slots_towards(self, target: str, property_: str) -> Iterable[Slot]:
        """The slots of this property whose other end is `target`."""
        ...

    def onlookers(self, subjects: Iterable[str]) -> Iterable[tuple[str, Slot]]:
        """The slots that look at slots of these subjects (see `Slots.onlookers`), each with the one it looks at."""
        ...


class Nothing:
    """The source of a register that is folded from its beginning."""

    def held(self, slots: Iterable[Slot]) -> dict[Slot, Held]:
        """No slot holds anything yet."""
        return {}

    def slots_on(self, subject: str, properties: Iterable[str]) -> Iterable[Slot]:
        """There are none."""
        return ()

    def slots_towards(self, target: str, property_: str) -> Iterable[Slot]:
        """There are none."""
        return ()

    def onlookers(self, subjects: Iterable[str]) -> Iterable[tuple[str, Slot]]:
        """There are none."""
        return ()


class Slots:
    """The working copy."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._held: dict[Slot, Held] = {}
        self._on: dict[str, set[Slot]] = {}
        self._towards: dict[str, set[Slot]] = {}
        self._watched: set[str] = set()  # subjects whose onlookers have been asked for

    def __getitem__(self, slot: Slot) -> Held:
        held = self._held.get(slot)
        if held is None:
            self.load((slot,))
            held = self._held[slot]
        return held

    def __iter__(self) -> Iterator[Slot]:
        return iter(self._held)

    def load(self, slots: Iterable[Slot]) -> None:
        """Make sure that these slots are in the working copy."""
        missing = {slot for slot in slots if slot not in self._held}
        if missing:
            found = self._source.held(missing)
            for slot in missing:
                self._held[slot] = found.get(slot) or Held()

    def put(self, effect: Effect, part: int, position: int) -> Slot:
        """Let a fact take effect on its slot, as recorded by the append that ends at `position`."""
        slot = (effect.subject, effect.property, effect.key)
        self[slot].effects[effect.fact.root, part] = (effect, position)
        self._on.setdefault(effect.subject, set()).add(slot)
        target = target_of(effect)
        if target is not None:
            self._towards.setdefault(target, set()).add(slot)
        return slot

    def take(self, effect: Effect, part: int) -> tuple[Slot, int]:
        """Undo `put`; the slot, and the position since when the effect had been there."""
        slot = (effect.subject, effect.property, effect.key)
        _, position = self[slot].effects.pop((effect.fact.root, part))
        return slot, position

    def needs(self, effect: Effect) -> list[Slot]:
        """The slots that are looked at when this effect's slot is folded anew, as far as its own words tell."""
        own = (effect.subject, effect.property, effect.key)
        return [own, *_closers(own), *_watched(own, target_of(effect)), *owner_slots(effect.subject)]

    def looks_at(self, slot: Slot) -> list[Slot]:
        """The slots that say, besides its own facts, what holds in a slot and what is odd about it (of posts'
        relations only those that the slot's own words tell).
        """
        target = next((target_of(effect) for effect, _ in self[slot].effects.values()), None)
        return [*_closers(slot), *_watched(slot, target)]

    def fold(self, slot: Slot) -> Folded:
        """The statements of a slot by what stands now, with the ends that closings imply."""
        facts = [effect.fact for effect, _ in self[slot].effects.values()]
        if holds_value(slot[1], facts):
            return fold_value(facts)
        if facts and slot[1] in CLOSED_WITH_ORGANISATION:
            facts.extend(self._implied(slot))
        return fold_switch(facts)

    def dependents(self, slot: Slot) -> set[Slot]:
        """The slots whose ends may follow from this slot's facts."""
        subject, property_, key = slot
        if property_ == EXISTENCE:
            closed = set(self._slots_on(subject, CLOSED_WITH_ORGANISATION))
            closed |= self._slots_towards(subject, RELATIONS)
            for post in [each[2] for each in closed if each[:2] == (subject, POSTS)]:
                closed |= self._relations_of(f"post/{post}")
            return closed
        if property_ == POSTS:
            prefix = f"{key} "
            appointments = {each for each in self._slots_on(subject, (APPOINTMENTS,)) if each[2].startswith(prefix)}
            return appointments | self._relations_of(f"post/{key}")
        return set()

    def seen(self, slot: Slot) -> object:
        """What the onlookers of a slot see of it; None where it has none."""
        subject, property_, _ = slot
        if property_ == EXISTENCE:
            return self.begun(subject), self.fold(slot).spans
        return bool(self[slot].effects) if _is_watched(slot) else None

    def may_be_news(self, slot: Slot) -> bool:
        """Whether a further fact may change what the onlookers of a slot see."""
        return slot[1] == EXISTENCE or (_is_watched(slot) and not self[slot].effects)

    def begun(self, organisation: str) -> bool:
        """Whether anything opens the existence of this organisation (a tag)."""
        lives = self[organisation, EXISTENCE, ""].effects.values()
        return any(effect.fact.effect == "open" for effect, _ in lives)

    def watch(self, subjects: Iterable[str]) -> None:
        """Make sure that the onlookers of these subjects are known."""
        missing = set(subjects) - self._watched
        if missing:
            self._watched |= missing
            for subject, slot in self._source.onlookers(missing):
                (self._on if slot[0] == subject else self._towards).setdefault(subject, set()).add(slot)

    def onlookers(self, slots: Iterable[Slot]) -> set[Slot]:
        """The slots about which something may be odd, or no longer, when what is `seen` of these has changed."""
        slots = list(slots)
        self.watch(subject for subject, _, _ in slots)
        found: set[Slot] = set()
        for subject, _, _ in slots:
            found.update(slot for slot in self._on.get(subject, ()) if slot[1] in ONLOOKING)
            found.update(slot for slot in self._towards.get(subject, ()) if slot[1] in ONLOOKING_FROM_AFAR)
            if subject.startswith(("target/", "plan/")):
                found.update(((subject, "due", ""), (subject, "status", "")))
        return found

    def _implied(self, slot: Slot) -> Iterable[SlotFact]:
        closings: dict[str, SlotFact] = {}
        for closer in _closers(slot):
            closings.update(self._ends_of(closer))
        if slot[1] == RELATIONS:
            for end in _ends_of_relation(slot):
                if end.startswith("post/"):
                    closings.update(self._post_ends(end))
        return closings.values()

    def _ends_of(self, slot: Slot) -> dict[str, SlotFact]:
        facts = (effect.fact for effect, _ in self[slot].effects.values())
        return {fact.root: _as_implied(fact) for fact in facts if fact.effect == "end"}

    def _post_ends(self, post: str) -> dict[str, SlotFact]:
        """What ends the post: its abolition, and the closing of an organisation on which it was open."""
        ends: dict[str, SlotFact] = {}
        for slot in self._slots_towards(post, POSTS):
            ends.update(self._ends_of(slot))
            closings = self._ends_of((slot[0], EXISTENCE, ""))
            for span in self.fold(slot).spans:
                # A closing that surely comes after another end finds the post gone already.
                ended = (closings[id_] for id_ in span.closed_by if id_ in closings)
                ends.update((fact.root, fact) for fact in ended if fact.earliest <= span.until_latest)
        return ends

    def _relations_of(self, post: str) -> set[Slot]:
        return set(self._slots_on(post, (RELATIONS,))) | self._slots_towards(post, RELATIONS)

    def _slots_on(self, subject: str, properties: Iterable[str]) -> set[Slot]:
        wanted = frozenset(properties)
        own = {slot for slot in self._on.get(subject, ()) if slot[1] in wanted}
        return own | set(self._source.slots_on(subject, wanted))

    def _slots_towards(self, target: str, property_: str) -> set[Slot]:
        own = {slot for slot in self._towards.get(target, ()) if slot[1] == property_}
        return own | set(self._source.slots_towards(target, property_))


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
    found = {*_closers(slot), *(each for target in targets for each in _watched(slot, target))}
    if slot[1] == RELATIONS:
        for end in _ends_of_relation(slot):
            if end.startswith("post/"):
                for place in posts(end):
                    found.update((place, *_closers(place)))
    return found


def owner_slots(subject: str) -> list[Slot]:
    """The slots of a plan, an initiative or a target that say which organisations it concerns."""
    return [(subject, "organisation", ""), (subject, "changes", "")] if subject.startswith(OWNED) else []


def _closers(slot: Slot) -> list[Slot]:
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


def _is_watched(slot: Slot) -> bool:
    """Whether others look at whether the slot, of a target, an initiative or a plan, holds anything."""
    subject, property_, _ = slot
    if property_ == OWNER:
        return subject.startswith(("target/", "initiative/"))
    return property_ == TITLE and subject.startswith("plan/")


def _watched(slot: Slot, target: str | None) -> list[Slot]:
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

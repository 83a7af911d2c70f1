"""The slots of a register while facts are folded into them: a working copy, and which slots depend on which.

`Slots` takes what it needs from a `Source` (the database; nothing while a whole log is folded afresh) and keeps it, so
that the appends of one transaction, or all of a log, are folded one after another without asking again. It does no SQL
and knows no transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from events.held import (
    APPOINTMENTS,
    EXISTENCE,
    ONLOOKING,
    ONLOOKING_FROM_AFAR,
    POSTS,
    RELATIONS,
    Held,
    Reader,
    Slot,
    closers,
    is_watched,
    owner_slots,
    target_of,
    watched,
)
from events.vocabulary import CLOSED_WITH_ORGANISATION, Effect


class Source(Protocol):
    """Where slots come from that are not in the working copy yet."""

    def held(self, slots: Iterable[Slot]) -> dict[Slot, Held]:
        """What these slots hold; those that hold nothing may be left out."""
        ...

    def slots_on(self, subject: str, properties: Iterable[str], beginning: str) -> Iterable[Slot]:
        """The slots of this subject and these properties that hold effects, and whose key begins so."""
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

    def slots_on(self, subject: str, properties: Iterable[str], beginning: str) -> Iterable[Slot]:
        """There are none."""
        return ()

    def slots_towards(self, target: str, property_: str) -> Iterable[Slot]:
        """There are none."""
        return ()

    def onlookers(self, subjects: Iterable[str]) -> Iterable[tuple[str, Slot]]:
        """There are none."""
        return ()


class Slots(Reader):
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
        return [own, *closers(own), *watched(own, target_of(effect)), *owner_slots(effect.subject)]

    def dependents(self, slot: Slot) -> set[Slot]:
        """The slots whose ends may follow from this slot's facts."""
        subject, property_, key = slot
        if property_ == EXISTENCE:
            closed = self._slots_on(subject, CLOSED_WITH_ORGANISATION)
            closed |= self.slots_towards(subject, RELATIONS)
            for post in [each[2] for each in closed if each[:2] == (subject, POSTS)]:
                closed |= self._relations_of(f"post/{post}")
            return closed
        if property_ == POSTS:
            return self._slots_on(subject, (APPOINTMENTS,), f"{key} ") | self._relations_of(f"post/{key}")
        return set()

    def seen(self, slot: Slot) -> object:
        """What the onlookers of a slot see of it; None where it has none."""
        subject, property_, _ = slot
        if property_ == EXISTENCE:
            return self.begun(subject), self.fold(slot).spans
        return bool(self[slot].effects) if is_watched(slot) else None

    def may_be_news(self, slot: Slot) -> bool:
        """Whether a further fact may change what the onlookers of a slot see."""
        return slot[1] == EXISTENCE or (is_watched(slot) and not self[slot].effects)

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

    def _relations_of(self, post: str) -> set[Slot]:
        return self._slots_on(post, (RELATIONS,)) | self.slots_towards(post, RELATIONS)

    def _slots_on(self, subject: str, properties: Iterable[str], beginning: str = "") -> set[Slot]:
        wanted = frozenset(properties)
        own = {slot for slot in self._on.get(subject, ()) if slot[1] in wanted and slot[2].startswith(beginning)}
        return own | set(self._source.slots_on(subject, wanted, beginning))

    def slots_towards(self, target: str, property_: str) -> set[Slot]:
        """The slots of this property whose other end is `target`."""
        own = {slot for slot in self._towards.get(target, ()) if slot[1] == property_}
        return own | set(self._source.slots_towards(target, property_))

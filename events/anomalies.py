"""What does not fit together: facts are recorded all the same, and those who record and read them are told.

Impossible facts are refused before they come here (`events.facts`). What is odd about a slot follows from its facts
and those of the slots that it looks at (`Reader.looks_at`), and from nothing else: the order in which they came
plays no part, and a later fact may mend what was odd.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import Final

import msgspec

from events.dates import BEGINNING, END, Day, parse
from events.held import APPOINTMENTS, EXISTENCE, FUNDING, LINEAGE, OBSERVATIONS, OWNER, TITLE, Misfit, Reader, Slot
from events.state import Oddity, SlotFact
from events.vocabulary.acts import FULFILLED

DETAILS: Final = {
    "end-before-start": "ends before the start that it ends; neither is counted",
    "contradicted-follows": "is said to follow a fact that dates or other facts put later; that order is ignored",
    "end-without-start": "ends what nothing had started",
    "already-open": "starts what has been started already",
    "end-after-closing": "ends what had ended with the closing before",
    "conflict": "sets another value on the same day as another fact; both are possible",
    "outside-life": "lies outside the life of the organisation",
    "never-created": "leads to an organisation whose creation is not recorded",
    "from-does-not-fit": "says it was moved from a date that no earlier fact had set",
    "unannounced": "fulfils a plan that no fact has announced",
    "unowned": "is about what no organisation is recorded to own",
}
DATES_CACHED: Final = 4_096


class Anomaly(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something odd: a stable code, what it is in words, the slot in which it shows, and the ids of the facts
    concerned, the odd one first.
    """

    code: str
    detail: str
    subject: str
    property: str
    key: str
    events: tuple[str, ...]


def told(slot: Slot, code: str, roots: Sequence[str]) -> Anomaly:
    """What is odd about a slot, in words."""
    subject, property_, key = slot
    where = f"{property_} {key}" if key else property_
    detail = f"{where} of {subject}: {roots[0]} {DETAILS[code]}"
    return Anomaly(code, detail, subject, property_, key, tuple(roots))


def concerning(slot: Slot, misfits: Iterable[Misfit], roots: AbstractSet[str]) -> Iterator[Anomaly]:
    """Of what is odd about a slot, what concerns one of these facts."""
    for misfit in misfits:
        if not roots.isdisjoint(misfit.roots):
            yield told(slot, misfit.code, misfit.roots)


def misfits(slot: Slot, slots: Reader, oddities: Sequence[Oddity]) -> Sequence[Misfit]:
    """All that is odd about a slot; `oddities` are what its fold has found."""
    check = _CHECKS.get(slot[1])
    if check is None and not oddities:
        return ()
    odd = [(each.code, each.roots) for each in oddities]
    if check is not None:
        facts = [effect.fact for effect, _ in slots[slot].effects.values()]
        odd.extend((code, (fact.root,)) for code, fact in check(slot, facts, slots))
    if not odd:
        return ()
    return [_misfit(slot, slots, code, roots) for code, roots in sorted(set(odd))]


def _misfit(slot: Slot, slots: Reader, code: str, roots: tuple[str, ...]) -> Misfit:
    """The odd fact comes first; only where it is a closing of something else, it is not among the slot's own."""
    own = [effect for effect, _ in slots[slot].effects.values() if effect.fact.root in roots]
    odd = [effect.fact for effect in own if effect.fact.root == roots[0]] or [effect.fact for effect in own]
    return Misfit(
        code,
        roots,
        tuple(sorted({slot[0], *(target for effect in own for target in effect.targets)})),
        min([fact.earliest for fact in odd], default=BEGINNING),
        max([fact.latest for fact in odd], default=END),
    )


_Odd = Iterator[tuple[str, SlotFact]]


def _of_appointment(slot: Slot, facts: Sequence[SlotFact], slots: Reader) -> _Odd:
    openings = [fact for fact in facts if fact.effect == "open"]
    if not openings:
        return
    lives = slots.fold((slot[0], EXISTENCE, "")).spans
    for fact in openings:
        if lives and not any(
            life.since_earliest <= fact.latest and fact.earliest < life.until_latest for life in lives
        ):
            yield "outside-life", fact


def _of_lineage(slot: Slot, facts: Sequence[SlotFact], slots: Reader) -> _Odd:
    for result, _, _ in slots.looks_at(slot):
        if not slots.begun(result):
            yield from (("never-created", fact) for fact in facts)


def _of_due(slot: Slot, facts: Sequence[SlotFact], slots: Reader) -> _Odd:
    yield from _of_owned(slot, facts, slots)
    if any(fact.former is not None for fact in facts):
        by_date: dict[tuple[Day, Day], list[SlotFact]] = {}
        for fact in facts:
            if fact.value is not None:
                by_date.setdefault(_days(fact.value), []).append(fact)
        for fact in facts:
            if fact.former is not None:
                others = by_date.get(_days(fact.former), ())
                if not any(other.root != fact.root and other.earliest <= fact.latest for other in others):
                    yield "from-does-not-fit", fact


@lru_cache(DATES_CACHED)
def _days(date: str) -> tuple[Day, Day]:
    """The bounds of a date, which is EDTF as JSON."""
    parsed = parse(msgspec.json.decode(date))
    return parsed.earliest, parsed.latest


def _of_status(slot: Slot, facts: Sequence[SlotFact], slots: Reader) -> _Odd:
    if slot[0].startswith("plan/"):
        return _of_parts(slot, [fact for fact in facts if fact.value == FULFILLED], slots)
    # That a target is open is said by the fact that sets when it is due, and what is odd about that shows there.
    return _of_owned(slot, [fact for fact in facts if fact.value != '"open"'], slots)


def _of_parts(slot: Slot, facts: Sequence[SlotFact], slots: Reader) -> _Odd:
    if facts and not slots[slot[0], TITLE, ""].effects:
        yield from (("unannounced", fact) for fact in facts)


def _of_owned(slot: Slot, facts: Sequence[SlotFact], slots: Reader) -> _Odd:
    if facts and slot[0].startswith("target/") and not slots[slot[0], OWNER, ""].effects:
        yield from (("unowned", fact) for fact in facts)


def _of_funding(slot: Slot, facts: Sequence[SlotFact], slots: Reader) -> _Odd:
    for initiative in slots.looks_at(slot):
        if not slots[initiative].effects:
            yield from (("unowned", fact) for fact in facts)


_CHECKS: Final = {
    APPOINTMENTS: _of_appointment,
    OBSERVATIONS: _of_appointment,
    LINEAGE: _of_lineage,
    FUNDING: _of_funding,
    "due": _of_due,
    "status": _of_status,
    "parts": _of_parts,
}

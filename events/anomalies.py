"""What does not fit together: facts are recorded all the same, and those who record and read them are told.

Impossible facts are refused before they come here (`events.facts`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from typing import Final

import msgspec

from events.dates import BEGINNING, END, Day, day, parse
from events.event import RecordedFact
from events.slots import EXISTENCE, Slot, Slots
from events.state import Oddity

DETAILS: Final = {
    "end-before-start": "ends before the start that it ends; neither is counted",
    "contradicted-follows": "is said to follow a fact that the dates put later; that order is ignored",
    "end-without-start": "ends what nothing had started",
    "already-open": "starts what has been started already",
    "end-after-closing": "ends what had ended with the closing before",
    "conflict": "sets another value on the same day as another fact; both are possible",
    "outside-life": "lies outside the life of the organisation",
    "never-created": "leads to an organisation whose creation is not recorded",
    "from-does-not-fit": "says it was moved from a date that no earlier fact had set",
    "unannounced": "fulfils a plan that no fact has announced",
    "unowned": "names no organisation that owns it, and none is recorded",
}


class Anomaly(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something odd: a stable code, what it is in words, the subject, and the ids of the events concerned."""

    code: str
    detail: str
    subject: str
    events: tuple[str, ...]


def of_slot(slot: Slot, oddities: Iterable[Oddity], roots: AbstractSet[str]) -> Iterator[Anomaly]:
    """The oddities that the solver saw in a slot, as far as they concern these roots."""
    subject, property_, key = slot
    where = f"{property_} {key}" if key else property_
    for oddity in oddities:
        if not roots.isdisjoint(oddity.roots):
            detail = f"{where} of {subject}: {oddity.roots[0]} {DETAILS[oddity.code]}"
            yield Anomaly(oddity.code, detail, subject, oddity.roots)


def of_facts(facts: Iterable[tuple[str, RecordedFact]], slots: Slots) -> Iterator[Anomaly]:
    """What is odd about facts (root and what stands for it) by themselves, once they have been folded in."""
    for root, fact in facts:
        for check in _CHECKS.get(fact.type, ()):
            yield from check(root, fact, slots)
        if fact.fulfils is not None:
            yield from _unannounced(root, fact, slots)


def _anomaly(code: str, root: str, fact: RecordedFact, subject: str) -> Anomaly:
    return Anomaly(code, f"{fact.type} of {subject}: {root} {DETAILS[code]}", subject, (root,))


def _outside_life(root: str, fact: RecordedFact, slots: Slots) -> Iterator[Anomaly]:
    organisation = f"organisation/{fact.data.organisation}"
    lives = slots.fold((organisation, EXISTENCE, "")).spans
    earliest, latest = _bounds(fact)
    if lives and not any(life.since_earliest <= latest and earliest < life.until_latest for life in lives):
        yield _anomaly("outside-life", root, fact, organisation)


def _bounds(fact: RecordedFact) -> tuple[Day, Day]:
    effective = fact.effective
    assert effective is not None, "only facts of the register itself have no date"
    return (
        day(effective.earliest) if effective.earliest is not None else BEGINNING,
        day(effective.latest) if effective.latest is not None else END,
    )


def _never_created(root: str, fact: RecordedFact, slots: Slots) -> Iterator[Anomaly]:
    results = fact.data.results if fact.type == "organisation.split" else (fact.data.result,)
    for result in results:
        organisation = f"organisation/{result}"
        lives = slots[organisation, EXISTENCE, ""].effects.values()
        if not any(effect.fact.effect == "open" for effect, _ in lives):
            yield _anomaly("never-created", root, fact, organisation)


def _moved_from(root: str, fact: RecordedFact, slots: Slots) -> Iterator[Anomaly]:
    if fact.data.from_ is None:
        return
    target = f"target/{fact.data.target}"
    dues = slots[target, "due", ""].effects
    others = (effect.fact.value for (other, _), (effect, _) in dues.items() if other != root)
    if not any(value is not None and _same_date(msgspec.json.decode(value), fact.data.from_) for value in others):
        yield _anomaly("from-does-not-fit", root, fact, target)


def _same_date(one: str, other: str) -> bool:
    a, b = parse(one), parse(other)
    return (a.earliest, a.latest) == (b.earliest, b.latest)


def _unannounced(root: str, fact: RecordedFact, slots: Slots) -> Iterator[Anomaly]:
    assert fact.fulfils is not None
    plan = f"plan/{fact.fulfils.plan}"
    if not slots[plan, "title", ""].effects:
        yield _anomaly("unannounced", root, fact, plan)


def _unowned(root: str, fact: RecordedFact, slots: Slots) -> Iterator[Anomaly]:
    if fact.type.startswith("target."):
        subject, property_ = f"target/{fact.data.target}", "organisation"
    elif fact.data.initiative is not None:
        subject, property_ = f"initiative/{fact.data.initiative}", "stage"
    else:
        return
    if not slots[subject, property_, ""].effects:
        yield _anomaly("unowned", root, fact, subject)


_CHECKS: Final = {
    "appointment.started": (_outside_life,),
    "appointment.observed": (_outside_life,),
    "organisation.merged": (_never_created,),
    "organisation.split": (_never_created,),
    "organisation.replaced": (_never_created,),
    "target.set": (_unowned,),
    "target.moved": (_moved_from, _unowned),
    "target.closed": (_unowned,),
    "funding.committed": (_unowned,),
    "funding.awarded": (_unowned,),
}

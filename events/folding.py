"""One append after another taken into the slots: what stands, which slots that touches, what they say now.

It knows no database. What was recorded before it asks of a `Lookups`; what is to be written it collects in `Changes`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Protocol

from events import anomalies
from events.anomalies import Anomaly
from events.changes import Changes
from events.event import Event, RecordedFact
from events.slots import Slot, Slots, Source, Statement, owner_slots
from events.standing import KINDS, Amendment, standing
from events.state import Span
from events.vocabulary import Effect, effects


class Lookups(Source, Protocol):
    """What a fold asks of what was recorded before, besides the slots."""

    def roots(self, ids: Collection[str]) -> dict[str, str]:
        """The root of each of these ids that is an amendment's."""
        ...

    def amendments(self, root: str) -> list[Amendment]:
        """All amendments of a root."""
        ...

    def fact(self, id_: str) -> RecordedFact:
        """The fact of an event."""
        ...


class Fold:
    """Takes in one append after another and collects what is to be written."""

    def __init__(self, slots: Slots, lookups: Lookups, statements: int) -> None:
        self._slots = slots
        self._lookups = lookups
        self._facts: dict[str, RecordedFact] = {}
        self._roots: dict[str, str] = {}
        self._prepared: dict[str, list[Effect]] = {}
        self._amendments: dict[str, list[Amendment]] = {}
        self.changes = Changes(statements)

    def prepare(self, facts: Iterable[RecordedFact]) -> None:
        """Load in one go what folding these facts will look at."""
        facts = list(facts)
        mentioned = {id_ for fact in facts for id_ in _mentioned(fact)}
        if mentioned:
            self._roots.update(self._lookups.roots(mentioned))
        needed: list[Slot] = []
        for fact in facts:
            id_ = str(fact.id)
            effects_ = self._effects(id_, id_, fact)
            if not fact.follows and fact.ends is None:  # else they may name an amendment of this very commit
                self._prepared[id_] = effects_
            for effect in effects_:
                needed.extend(self._slots.needs(effect))
        self._slots.load(needed)

    def append(self, events: Sequence[Event], facts: Sequence[RecordedFact]) -> list[Anomaly]:
        """Fold one append in; the warnings about its facts."""
        position = events[-1].position
        touched: dict[Slot, None] = {}
        roots: set[str] = set()
        for event, fact in zip(events, facts, strict=True):
            if event.type in KINDS:  # before all else: a fact may follow a correction that comes later in its append
                self._roots[event.id] = self._roots.get(fact.data.event, fact.data.event)
        stated: list[tuple[str, RecordedFact]] = []
        for event, fact in zip(events, facts, strict=True):
            if event.type in KINDS:
                root = self._amend(event, fact, position, touched)
                if standing(root, self._amendments[root]) == event.id:
                    stated.append((root, self._standing_fact(event.id)))
            else:
                root = event.id
                stated.append((root, fact))
                self._put(self._effects(root, root, fact), position, touched)
            roots.add(root)
            self._facts[event.id] = fact
            self.changes.mention(fact.tags, position)
        found: list[Anomaly] = []
        for slot in touched:
            odd = self._refold(slot, position)
            found.extend(anomalies.of_slot(slot, odd, roots))
        found.extend(anomalies.of_facts(stated, self._slots))
        return found

    def _amend(self, event: Event, fact: RecordedFact, position: int, touched: dict[Slot, None]) -> str:
        aim: str = fact.data.event
        root = self._roots[event.id]
        amendments = self._amendments.get(root)
        if amendments is None:
            amendments = self._amendments[root] = self._lookups.amendments(root)
        before = standing(root, amendments)
        amendment = Amendment(event.position, event.id, aim, KINDS[event.type])
        amendments.append(amendment)
        self.changes.amendments.append((root, amendment))
        self._facts[event.id] = fact
        after = standing(root, amendments)
        if after != before:
            if before is not None:
                self._take(self._effects(root, before, self._standing_fact(before)), position, touched)
            if after is not None:
                effects_ = self._effects(root, after, self._standing_fact(after))
                self._slots.load(slot for effect in effects_ for slot in self._slots.needs(effect))
                self._put(effects_, position, touched)
        return root

    def _standing_fact(self, id_: str) -> RecordedFact:
        fact = self._facts.get(id_)
        if fact is None:
            fact = self._facts[id_] = self._lookups.fact(id_)
            self._roots.update(self._lookups.roots(set(_mentioned(fact)) - self._roots.keys()))
        return fact.data.replacement if fact.type in KINDS else fact

    def _effects(self, root: str, by: str, fact: RecordedFact) -> list[Effect]:
        ids = (root,) if by == root else (root, by)
        return effects(fact, root, ids, self._roots)

    def _put(self, effects_: Sequence[Effect], position: int, touched: dict[Slot, None]) -> None:
        for part, effect in enumerate(effects_):
            slot = self._slots.put(effect, part, position)
            self.changes.effect(effect, part, position)
            self._touch(slot, effect, touched)

    def _take(self, effects_: Sequence[Effect], position: int, touched: dict[Slot, None]) -> None:
        for part, effect in enumerate(effects_):
            slot, since = self._slots.take(effect, part)
            self.changes.end_effect(effect, part, since, position)
            self._touch(slot, effect, touched)

    def _touch(self, slot: Slot, effect: Effect, touched: dict[Slot, None]) -> None:
        touched[slot] = None
        if effect.fact.effect == "end" or effect.property == "posts":
            dependents = self._slots.dependents(slot)
            self._slots.load(dependents)
            touched.update(dict.fromkeys(sorted(dependents)))

    def _refold(self, slot: Slot, position: int) -> Sequence[Any]:
        held = self._slots[slot]
        folded = self._slots.fold(slot)
        targets = {id_: effect.targets for effect, _ in held.effects.values() for id_ in effect.fact.ids}
        wanted = dict.fromkeys((span, targets_of(span, targets)) for span in folded.spans)
        kept: list[Statement] = []
        gone: list[Statement] = []
        for each in held.statements:
            (kept if (each.span, each.targets) in wanted else gone).append(each)
        had = {(each.span, each.targets) for each in kept}
        new = [each for each in wanted if each not in had]
        if gone or new:
            for statement in gone:
                self.changes.end_statement(slot, statement, position)
            made = [self.changes.statement(slot, span, towards, position) for span, towards in new]
            held.statements = kept + made
            for owner_slot in owner_slots(slot[0]):
                for statement in self._slots[owner_slot].statements:
                    self.changes.concern(statement.targets, position)
        return folded.oddities


def targets_of(span: Span, targets: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Whom a span concerns besides its subject: what the effects that opened it concern, by event id."""
    if len(span.opened_by) == 1:
        return targets.get(span.opened_by[0], ())
    return tuple(sorted({target for id_ in span.opened_by for target in targets.get(id_, ())}))


def _mentioned(fact: RecordedFact) -> Iterable[str]:
    yield from fact.follows
    if fact.ends is not None:
        yield fact.ends
    if fact.type in KINDS:
        yield fact.data.event
        replacement = getattr(fact.data, "replacement", None)
        if replacement is not None:
            yield from replacement.follows
            if replacement.ends is not None:
                yield replacement.ends

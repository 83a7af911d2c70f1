"""One append after another taken into the slots: what stands, which slots that touches, what they say now.

It knows no database. What was recorded before it asks of a `Lookups`; what is to be written it collects in `Changes`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Protocol, TypeAlias

from events import anomalies
from events.anomalies import Anomaly
from events.changes import Changes
from events.event import Event, RecordedFact
from events.slots import Held, Misfit, Slot, Slots, Source, Statement, owner_slots
from events.standing import KINDS, Amendment, standing
from events.state import Span
from events.vocabulary import Effect, effects

Touched: TypeAlias = dict[Slot, object]
"""The slots that an append touches, each with what its onlookers saw of it before (`Slots.seen`)."""


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
        self._slots.watch(slot[0] for slot in needed if self._slots.may_be_news(slot))

    def append(self, events: Sequence[Event], facts: Sequence[RecordedFact]) -> list[Anomaly]:
        """Fold one append in; the warnings about its facts."""
        position = events[-1].position
        touched: Touched = {}
        roots: set[str] = set()
        for event, fact in zip(events, facts, strict=True):
            if event.type in KINDS:  # before all else: a fact may follow a correction that comes later in its append
                self._roots[event.id] = self._roots.get(fact.data.event, fact.data.event)
        for event, fact in zip(events, facts, strict=True):
            if event.type in KINDS:
                root = self._amend(event, fact, position, touched)
            else:
                root = event.id
                self._put(self._effects(root, root, fact), position, touched)
            roots.add(root)
            self._facts[event.id] = fact
            self.changes.mention(fact.tags, position)
        found: list[Anomaly] = []
        for slot in touched:
            found.extend(anomalies.concerning(slot, self._refold(slot, position), roots))
        self._look_again(touched, position)
        return found

    def _look_again(self, touched: Touched, position: int) -> None:
        """Fold anew the slots whose facts fit, or no longer, by what others now say."""
        news = [slot for slot, seen in touched.items() if seen is not None and self._slots.seen(slot) != seen]
        if news:
            onlookers = self._slots.onlookers(news) - touched.keys()
            self._slots.load(onlookers)
            for slot in sorted(onlookers):
                self._refold(slot, position)

    def _amend(self, event: Event, fact: RecordedFact, position: int, touched: Touched) -> str:
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

    def _put(self, effects_: Sequence[Effect], position: int, touched: Touched) -> None:
        for part, effect in enumerate(effects_):
            self._touch(effect, touched)
            self._slots.put(effect, part, position)
            self.changes.effect(effect, part, position)

    def _take(self, effects_: Sequence[Effect], position: int, touched: Touched) -> None:
        for part, effect in enumerate(effects_):
            self._touch(effect, touched)
            _, since = self._slots.take(effect, part)
            self.changes.end_effect(effect, part, since, position)

    def _touch(self, effect: Effect, touched: Touched) -> None:
        slot = (effect.subject, effect.property, effect.key)
        if slot not in touched:
            touched[slot] = self._slots.seen(slot)
        if effect.fact.effect == "end" or effect.property == "posts":
            dependents = self._slots.dependents(slot)
            self._slots.load(dependents)
            for dependent in sorted(dependents):
                touched.setdefault(dependent, None)

    def _refold(self, slot: Slot, position: int) -> Sequence[Misfit]:
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
        odd = anomalies.misfits(slot, self._slots, folded.oddities)
        if odd or held.misfits:
            self._note(slot, held, odd, position)
        return odd

    def _note(self, slot: Slot, held: Held, odd: Sequence[Misfit], position: int) -> None:
        """Keep what is odd about a slot, in place of what was."""
        for gone in held.misfits.keys() - set(odd):
            self.changes.end_misfit(slot, gone, held.misfits.pop(gone), position)
        for misfit in odd:
            if misfit not in held.misfits:
                held.misfits[misfit] = position
                self.changes.misfit(slot, misfit, position)


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

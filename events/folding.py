"""One append after another taken into the slots: what stands, which slots that touches, what they say now.

It knows no database. What was recorded before it asks of a `Lookups`; what is to be written it collects in `Changes`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, Protocol, TypeAlias

import msgspec

from events import anomalies
from events.anomalies import Anomaly
from events.changes import Changes
from events.event import Event, RecordedFact
from events.facts import tags_of
from events.held import Held, Misfit, Reader, Slot, Statement, owner_slots
from events.identities import Alias, Equation, Identities
from events.identities import Source as IdentitySource
from events.slots import Slots, Source
from events.standing import KINDS, Amendment, standing
from events.state import Span
from events.vocabulary import Effect, effects
from events.vocabulary.identities import EQUATABLE, Equated
from events.vocabulary.renaming import renamed

Moved: TypeAlias = Mapping[str, Alias | None]  # subject to who answered for it until now (None: itself)
_NONE: Final[Moved] = MappingProxyType({})

Touched: TypeAlias = dict[Slot, object]
"""The slots that an append touches, each with what its onlookers saw of it before (`Slots.seen`)."""


class Lookups(Source, IdentitySource, Protocol):
    """What a fold asks of what was recorded before, besides the slots and who is whom."""

    def roots(self, ids: Collection[str]) -> dict[str, str]:
        """The root of each of these ids that is an amendment's."""
        ...

    def amendments(self, root: str) -> list[Amendment]:
        """All amendments of a root."""
        ...

    def fact(self, id_: str) -> RecordedFact:
        """The fact of an event."""
        ...

    def position_of(self, id_: str) -> int:
        """The position of an event."""
        ...

    def bearing(self, tags: Collection[str], upto: int) -> list[RecordedFact]:
        """The facts of all events up to a position that bear one of these tags, in their order."""
        ...


class Fold:
    """Takes in one append after another and collects what is to be written.

    statements: the highest id of a statement so far. equated: whether there ever was an equation.
    """

    def __init__(self, slots: Slots, lookups: Lookups, statements: int, *, equated: bool) -> None:
        self._slots = slots
        self._lookups = lookups
        self._identities = Identities(lookups, equated=equated)
        self._facts: dict[str, RecordedFact] = {}
        self._roots: dict[str, str] = {}
        self._prepared: dict[str, list[Effect]] = {}
        self._amendments: dict[str, list[Amendment]] = {}
        self.changes = Changes(statements)

    def prepare(self, facts: Iterable[RecordedFact]) -> None:
        """Load in one go what folding these facts will look at."""
        facts = list(facts)
        named = {id_ for fact in facts for id_ in mentioned(fact)}
        if named:
            self._roots.update(self._lookups.roots(named))
        self._identities.load(tag for fact in facts for tag in fact.tags if tag.startswith(EQUATABLE))
        needed: list[Slot] = []
        changing: list[Slot] = []
        for fact in facts:
            id_ = str(fact.id)
            effects_ = self._effects(id_, id_, fact)
            if not fact.follows and fact.ends is None:  # else they may name an amendment of this very commit
                self._prepared[id_] = effects_
            for effect in effects_:
                needed.extend(self._slots.needs(effect))
                changing.append((effect.subject, effect.property, effect.key))
        self._slots.load(needed)
        # Of what is only looked at, such as the life of an organisation, the onlookers may be very many.
        self._slots.watch(slot[0] for slot in changing if self._slots.may_be_news(slot))

    def identify(self, events: Sequence[Event], facts: Sequence[RecordedFact], position: int) -> None:
        """Take in only what the facts of an append, which ends at `position`, say about who is one with whom."""
        self._equate(self._take_in(events, facts, position), {event.id: event.position for event in events}, position)

    def append(self, events: Sequence[Event], facts: Sequence[RecordedFact]) -> list[Anomaly]:
        """Fold one append in; the warnings about its facts."""
        position = events[-1].position
        before = self._take_in(events, facts, position)
        own = set(before)
        moved = self._equate(before, {event.id: event.position for event in events}, position)
        if moved:
            before |= {root: self._stands(root) for root in self._concerned(moved, position) if root not in before}
        touched = self._replace(before, moved, position)
        found: list[Anomaly] = []
        for slot in touched:
            found.extend(anomalies.concerning(slot, self._refold(slot, position), own))
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

    def _take_in(self, events: Sequence[Event], facts: Sequence[RecordedFact], position: int) -> dict[str, str | None]:
        """Note what is recorded. Returns the roots that it concerns, each with the id of what stood for it before."""
        before: dict[str, str | None] = {}
        for event, fact in zip(events, facts, strict=True):
            if event.type in KINDS:  # before all else: a fact may follow a correction that comes later in its append
                self._roots[event.id] = self._roots.get(fact.data.event, fact.data.event)
        for event, fact in zip(events, facts, strict=True):
            if event.type in KINDS:
                root = self._roots[event.id]
                self._know_amendments(root)
                before.setdefault(root, self._stands(root))
                amendment = Amendment(event.position, event.id, fact.data.event, KINDS[event.type])
                self._amendments[root].append(amendment)
                self.changes.amendments.append((root, amendment))
            else:
                before[event.id] = None
            self._facts[event.id] = fact
            self.changes.mention(fact.tags, position)
        return before

    def _equate(self, before: Mapping[str, str | None], own: Mapping[str, int], position: int) -> Moved:
        """Take in the equations among what changed; for whom somebody else answers now, and who did before."""
        subjects: dict[str, None] = {}
        for root, by in before.items():
            now = self._stands(root)
            for id_ in (by, now) if by != now else ():
                equated = None if id_ is None else self._fact(id_).data
                if not isinstance(equated, Equated):
                    continue
                subjects.update(dict.fromkeys(equated.members))
                if id_ == by:
                    self.changes.end_equation(self._identities.drop(root, equated.members), position)
                else:
                    at = own[root] if root in own else self._lookups.position_of(root)
                    equation = Equation(root, at, tuple(equated.members), equated.kept, position)
                    self._identities.add(equation)
                    self.changes.equation(equation)
        if not subjects:
            return {}
        moved = self._identities.settle(subjects, position)
        for subject, alias in moved.items():
            if alias is not None:
                self.changes.end_alias(subject, alias, position)
            now_alias = self._identities.alias(subject)
            if now_alias is not None:
                self.changes.alias(subject, now_alias)
            self.changes.concern((subject, *(each.representative for each in (alias, now_alias) if each)), position)
        self._prepared.clear()
        return moved

    def _concerned(self, moved: Moved, position: int) -> list[str]:
        """The roots of all facts up to a position that name a subject for whom somebody else answers now."""
        facts = self._lookups.bearing(moved.keys(), position)
        amending = {str(fact.id) for fact in facts if fact.type in KINDS}
        named = {id_ for fact in facts for id_ in mentioned(fact)} | amending
        self._roots.update(self._lookups.roots(named - self._roots.keys()))
        for fact in facts:
            self._facts.setdefault(str(fact.id), fact)
        for root in {self._roots[id_] for id_ in amending}:
            self._know_amendments(root)
        return list(dict.fromkeys(self._roots[id_] if (id_ := str(fact.id)) in amending else id_ for fact in facts))

    def _replace(self, before: Mapping[str, str | None], moved: Moved, position: int) -> Touched:
        """Let what stands now take effect in the place of what stood before; the slots that this touches."""
        changed: list[tuple[list[Effect], list[Effect]]] = []
        for root, by in before.items():
            now = self._stands(root)
            if by == now and not moved:
                continue
            gone = [] if by is None else self._effects(root, by, self._fact(by), moved)
            come = self._prepared.get(root) if now == root else None
            if come is None:
                come = [] if now is None else self._effects(root, now, self._fact(now))
            if gone != come:
                changed.append((gone, come))
        if moved or any(gone for gone, _ in changed):
            self._slots.load(slot for pair in changed for each in pair for e in each for slot in self._slots.needs(e))
        touched: Touched = {}
        for gone, come in changed:
            self._take(gone, position, touched)
            self._put(come, position, touched)
        return touched

    def _know_amendments(self, root: str) -> None:
        if root not in self._amendments:
            self._amendments[root] = self._lookups.amendments(root)

    def _stands(self, root: str) -> str | None:
        """The id of the event whose fact stands for a root; its amendments, if it has any, are at hand."""
        amendments = self._amendments.get(root)
        return standing(root, amendments) if amendments else root

    def _fact(self, id_: str) -> RecordedFact:
        """The fact of an event; of a correction the replacement."""
        fact = self._facts.get(id_)
        if fact is None:
            fact = self._facts[id_] = self._lookups.fact(id_)
            self._roots.update(self._lookups.roots(set(mentioned(fact)) - self._roots.keys()))
        return fact.data.replacement if fact.type in KINDS else fact

    def _effects(self, root: str, by: str, fact: RecordedFact, moved: Moved = _NONE) -> list[Effect]:
        """What a fact does; with `moved`, what it did while somebody else answered for those subjects."""
        ids = (root,) if by == root else (root, by)
        return effects(self._represented(fact, moved), root, ids, self._roots)

    def _represented(self, fact: RecordedFact, moved: Moved = _NONE) -> RecordedFact:
        """The fact as it reads where those who answer for its subjects stand in their place."""
        if not self._identities.equated or fact.effective is None:
            return fact
        tags = [tag for tag in fact.tags or tags_of(fact) if tag.startswith(EQUATABLE)]
        aliases = self._identities.of(tags)
        for tag in tags:
            if tag in moved:
                alias = moved[tag]
                aliases[tag] = tag if alias is None else alias.representative
        if not aliases:
            return fact
        return msgspec.structs.replace(fact, data=renamed(fact.kind, fact.data, aliases))

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
        if touched.get(slot) is None:
            touched[slot] = self._slots.seen(slot)
        if effect.fact.effect == "end" or effect.property == "posts":
            dependents = self._slots.dependents(slot)
            self._slots.load(dependents)
            for dependent in sorted(dependents):
                touched.setdefault(dependent, None)

    def _refold(self, slot: Slot, position: int) -> Sequence[Misfit]:
        held = self._slots[slot]
        wanted, odd = says(self._slots, slot)
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


def says(slots: Reader, slot: Slot) -> tuple[dict[tuple[Span, tuple[str, ...]], None], Sequence[Misfit]]:
    """What a slot says by what stands now: its spans, each with whom it concerns besides, and what is odd about it."""
    folded = slots.fold(slot)
    targets = {id_: effect.targets for effect, _ in slots[slot].effects.values() for id_ in effect.fact.ids}
    wanted = dict.fromkeys((span, targets_of(span.opened_by, targets)) for span in folded.spans)
    return wanted, anomalies.misfits(slot, slots, folded.oddities)


def targets_of(opened_by: Sequence[str], targets: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Whom a statement concerns besides its subject: what the effects that opened it concern, by event id."""
    if len(opened_by) == 1:
        return targets.get(opened_by[0], ())
    return tuple(sorted({target for id_ in opened_by for target in targets.get(id_, ())}))


def mentioned(fact: RecordedFact) -> Iterable[str]:
    """The ids of events that a fact names, or that its replacement does."""
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

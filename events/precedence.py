"""The facts of one slot, which orders between them count, and their bounds narrowed along these: pure, no clock.

What does not fit is left out and noted as an `Oddity`, never refused: facts come from the world.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from events.dates import Day


class SlotFact(msgspec.Struct, frozen=True, array_like=True):
    """One effect of one standing fact on one slot, with the bounds (inclusive days) of the day when it took effect.

    A fact that holds from A to B has two effects with one root: an opening, and an end whose `ends` is that same root.
    """

    root: str  # id of the event as first recorded; a correction replaces its content, not its identity
    effect: str  # "open" or "end" on an on/off slot, "set" on a value slot
    earliest: Day
    latest: Day
    ids: tuple[str, ...]  # events to name in statements: the root and its standing correction
    value: str | None = None  # canonical JSON: what is set (None: nothing), or of an opening or end the item's data
    rank: int = 0  # of two facts on a value slot the vocabulary puts the one with the lower rank first
    doubtful: bool = False  # the date is marked `?` or `%`; plays no part on an end
    follows: tuple[str, ...] = ()  # roots of facts that came before it in the world
    ends: str | None = None  # on an end: root of the opening that it ends
    implied: bool = False  # an end that comes with the closing of something else
    former: str | None = None  # on a value slot: what the fact says was set before, in canonical JSON


class Oddity(msgspec.Struct, frozen=True):
    """Facts that do not fit together: a stable code (listed at the head of events/state.py) and roots."""

    code: str
    roots: tuple[str, ...]


class Slot(msgspec.Struct):
    """The facts of a slot in an order of their own, their bounds as narrowed so far, and the orders that count."""

    facts: list[SlotFact]
    earliest: list[Day]
    latest: list[Day]
    after: list[list[int]]  # by node (index of a fact): the nodes that are known to come after it, direct ones only
    sequence: Sequence[int]  # all nodes, each before those that come after it
    oddities: set[Oddity]

    def noted(self) -> tuple[Oddity, ...]:
        return tuple(sorted(self.oddities, key=lambda oddity: (oddity.code, oddity.roots)))


def arranged(facts: Sequence[SlotFact]) -> Slot:
    """Settle which `ends` and `follows` count, and narrow the bounds along them.

    What `ends` says is settled first, so that a `follows` never undoes it. Then, each fact after all that it follows, a
    lower bound is handed on where it fits below the other's upper bound; where it does not, that `follows` is ignored.
    Last, upper bounds are handed back. No fact ever loses its last day: a lower bound is raised only to what lies at or
    below the upper bound, so that lower bounds never fall along the orders kept; and the upper bound handed back to a
    fact is at or above the lower bound of the later one, hence of this one. So all facts at their lower bounds at once
    are a completion, and so are all at their upper bounds.
    """
    facts = sorted(facts, key=_identity) if len(facts) > 1 else list(facts)
    oddities: set[Oddity] = set()
    linked = [fact for fact in facts if fact.follows or fact.ends]
    if linked:
        facts = _without_reversed(facts, oddities)
    slot = Slot(
        facts,
        [fact.earliest for fact in facts],
        [fact.latest for fact in facts],
        [[] for _ in facts],
        range(len(facts)),
        oddities,
    )
    if linked:
        _narrow(slot)
    return slot


def _identity(fact: SlotFact) -> tuple[object, ...]:
    """What tells two facts apart, root first: sorted by it, nothing depends on the order in which facts are given."""
    return (
        fact.root,
        fact.effect,
        fact.earliest,
        fact.latest,
        fact.value or "",
        fact.ids,
        fact.ends or "",
        fact.follows,
        fact.rank,
        fact.doubtful,
        fact.implied,
    )


def _without_reversed(facts: list[SlotFact], oddities: set[Oddity]) -> list[SlotFact]:
    """Leave out the facts of which one `ends` the other before that begins. (A closing that does so just ends less.)"""
    openings: dict[str, list[SlotFact]] = {}
    for fact in facts:
        if fact.effect == "open":
            openings.setdefault(fact.root, []).append(fact)
    reversed_roots = {
        (end.root, opening.root)
        for end in facts
        if end.effect == "end" and end.ends and not end.implied
        for opening in openings.get(end.ends, ())
        if end.latest < opening.earliest
    }
    left_out = {root for pair in reversed_roots for root in pair}
    oddities.update(Oddity("end-before-start", tuple(dict.fromkeys(pair))) for pair in reversed_roots)
    return [fact for fact in facts if fact.root not in left_out] if left_out else facts


def _narrow(slot: Slot) -> None:
    """Find the orders that count between the facts of the slot, and narrow the bounds along them (see `arranged`)."""
    facts, earliest, latest = slot.facts, slot.earliest, slot.latest
    nodes_of: dict[str, list[int]] = {}
    for node, fact in enumerate(facts):
        nodes_of.setdefault(fact.root, []).append(node)

    ends: list[tuple[int, int]] = []
    for node, fact in enumerate(facts):
        if fact.effect == "end" and fact.ends:
            for opening in nodes_of.get(fact.ends, ()):
                if facts[opening].effect == "open" and facts[opening].earliest <= fact.latest:
                    latest[opening] = min(latest[opening], fact.latest)
                    ends.append((opening, node))

    follows: list[tuple[int, int]] = []
    for node, fact in enumerate(facts):
        for root in fact.follows:
            named = nodes_of.get(root, [])
            # To follow a fact that opens and ends is to follow its opening; one that only ends here, its end.
            for other in [at for at in named if facts[at].effect != "end"] or named:
                if earliest[other] > latest[node]:
                    slot.oddities.add(Oddity("contradicted-follows", (fact.root, root)))
                elif root != fact.root:
                    follows.append((other, node))

    sequence = _sequence(len(facts), ends + follows)
    if len(sequence) < len(facts):
        # Orders that run in a circle, which corrections can bring about: none of them counts, for none is the culprit.
        backwards = _sequence(len(facts), [(later, node) for node, later in ends + follows])
        circling = set(range(len(facts))).difference(sequence, backwards)
        for node, later in follows:
            if node in circling and later in circling:
                slot.oddities.add(Oddity("contradicted-follows", (facts[later].root, facts[node].root)))
        follows = [(node, later) for node, later in follows if node not in circling or later not in circling]
        sequence = _sequence(len(facts), ends + follows)

    linked: list[list[int]] = [[] for _ in facts]
    for node, later in ends + follows:
        linked[node].append(later)
    for node in sequence:
        for later in linked[node]:
            if earliest[node] > latest[later]:
                # Never an `ends`: the upper bound of the opening is already at or below that of its end.
                slot.oddities.add(Oddity("contradicted-follows", (facts[later].root, facts[node].root)))
            else:
                slot.after[node].append(later)
                earliest[later] = max(earliest[later], earliest[node])
    for node in reversed(sequence):
        latest[node] = min([latest[node], *[latest[later] for later in slot.after[node]]])
    slot.sequence = sequence


def _sequence(count: int, edges: Sequence[tuple[int, int]]) -> list[int]:
    """The nodes 0 … count-1, each after all that an edge leads from to it; without those on circles and beyond them."""
    waiting_for = [0] * count
    linked: list[list[int]] = [[] for _ in range(count)]
    for node, later in edges:
        linked[node].append(later)
        waiting_for[later] += 1
    sequence = [node for node in range(count) if not waiting_for[node]]
    for node in sequence:
        for later in linked[node]:
            waiting_for[later] -= 1
            if not waiting_for[later]:
                sequence.append(later)
    return sequence

"""From the facts of one slot to its statements: pure functions, no database, no clock.

The rule: complete the partial dates of a slot's facts in every way that their bounds and their order allow. What holds
in every completion is definite, what holds in some is possible. The order in which facts were recorded plays no part.

An on/off slot is opened and ended (`fold_switch`); a value slot holds what the last fact set (`fold_value`). Both first
settle which orders between the facts count and narrow the bounds along them (`arranged`). The work is O(n log n) in the
facts of the slot and the orders between them, and beyond that about as long as the lists of events in the statements.

Oddities never stop a fold. In their `roots`, the odd fact comes first, then the one it does not fit:
`end-before-start` (an end lies before the opening that it `ends`: neither counts), `contradicted-follows` (by the dates
or by other `follows`: ignored), `end-without-start` (nothing is left for it to end), `already-open` (a further opening
before any end), `end-after-closing` (surely later than what closed the slot from outside); and `conflict` (different
values on one and the same day, none of them known to be the later one), which names all, sorted.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Sequence
from heapq import heapify, heappop, heappush
from itertools import chain, groupby, islice, pairwise
from typing import Final, Literal, Protocol

import msgspec

from events.dates import BEGINNING, END, Day
from events.precedence import Oddity, Slot, SlotFact, arranged

__all__ = ["Folded", "Oddity", "SlotFact", "Span", "certainty", "fold_switch", "fold_value"]


NAMED_MAX: Final = 100
"""The facts that a statement names as having ended it, the earliest of them: where many could have, the answer would
else grow with the square of their number.
"""


class Span(msgspec.Struct, frozen=True):
    """One statement: possible on since_earliest <= day < until_latest, definite on since_latest <= day < until_earliest
    (on no day if that is empty or `doubtful` is set). BEGINNING and END stand for "no bound".
    """

    value: str | None  # canonical JSON; on an on/off slot the data of its openings and ends, None if there is none
    since_earliest: Day
    since_latest: Day
    until_earliest: Day
    until_latest: Day
    doubtful: bool
    opened_by: tuple[str, ...]  # event ids, sorted, each once
    closed_by: tuple[str, ...]
    undecided: tuple[tuple[str, Day, Day], ...]  # root and own bounds of its facts where these are finite and differ


class Dated(Protocol):
    """What has the days of a span."""

    @property
    def since_earliest(self) -> Day: ...
    @property
    def since_latest(self) -> Day: ...
    @property
    def until_earliest(self) -> Day: ...
    @property
    def until_latest(self) -> Day: ...
    @property
    def doubtful(self) -> bool: ...


class Folded(msgspec.Struct, frozen=True):
    """What the facts of one slot amount to: statements in order of time (then of value), and what is odd about them."""

    spans: tuple[Span, ...]
    oddities: tuple[Oddity, ...]


def fold_switch(facts: Sequence[SlotFact]) -> Folded:
    """The statements of an on/off slot from all its facts ("open" and "end"), given in any order.

    The facts are read one after another in the order that makes sense (`_read`). Neighbours of one effect form a run,
    which counts as one, at the earliest of them; runs follow one another. Each run of openings gives one statement,
    unless that would hold on no day. The statement is doubtful if all its openings are; if only some are, they count
    for the first possible day but not for the first definite one.
    """
    if len(facts) == 1:
        return _alone(facts[0])
    plain = _opened_once(facts)
    if plain is not None:
        return plain
    slot = arranged(facts)
    facts = slot.facts
    effects = [fact.effect for fact in facts]
    runs = [list(run) for _, run in groupby(_read(slot, effects), key=effects.__getitem__)]
    starts = [min([slot.earliest[node] for node in run]) for run in runs]
    stops = [min([slot.latest[node] for node in run]) for run in runs]
    for this in range(1, len(runs)):
        starts[this] = max(starts[this], starts[this - 1])
    for this in range(len(runs) - 2, -1, -1):
        stops[this] = min(stops[this], stops[this + 1])
    # After the last run nothing more happens.
    starts.append(END)
    stops.append(END)
    spans = []
    for this, run in enumerate(runs):
        until_latest = stops[this + 1]
        if effects[run[0]] != "open" or starts[this] >= until_latest:
            continue
        openings = [facts[node] for node in run]
        ends = [facts[node] for node in runs[this + 1]] if this + 1 < len(runs) else []
        certain, since_latest = _trusted(slot, run)
        spans.append(
            Span(
                _merged([fact.value for fact in openings + ends if fact.value is not None]),
                starts[this],
                min(since_latest, until_latest),
                starts[this + 1],
                until_latest,
                not certain,
                _ids(openings),
                _ids(ends),
                _undecided(openings + ends),
            )
        )
    _note_misfits(slot, runs)
    return Folded(tuple(spans), slot.noted())


def fold_value(facts: Sequence[SlotFact]) -> Folded:
    """The statements of a value slot from all its facts ("set"), given in any order.

    A statement is one value over a gapless run of possible days. A run with several definite spans is cut at the start
    of each further one: there the statement before ends at the latest and the next begins at the earliest, so that the
    possible and the definite days of the pieces are together those of the run. Where no day is definite, since_latest
    is the day by which one of the facts has come (or the last possible day, if that is before), and until_earliest the
    first day on which another fact can have ended it, but no later than since_latest.

    A statement is doubtful if all its facts are; if only some are, its definite days begin no earlier than the
    latest day of the certain ones. Nothing (a value of None) yields no statement.
    """
    if len(facts) == 1:
        return _alone(facts[0])
    slot = arranged(facts)
    ranks, overtaken = _ranked(slot)
    last_until = _last_until(slot, overtaken)
    values = [fact.value for fact in slot.facts]
    _note_conflicts(slot, ranks, last_until)
    firsts = sorted([(day, node) for node, day in enumerate(slot.earliest) if day < last_until[node]])
    ancestors = _ancestors(slot)
    spans = []
    for run in _runs(slot, values, last_until):
        if run.value is None:
            continue
        cuts = [run.start, *[begin for begin, _ in run.definite[1:]], run.stop]
        for piece, (begin, stop) in enumerate(pairwise(cuts)):
            nodes = [node for node in run.nodes if slot.earliest[node] < stop and last_until[node] > begin]
            certain, settled = _trusted(slot, nodes)
            others = _others(firsts, values, run.value, begin, stop)
            if run.definite:
                since_latest, until_earliest = run.definite[piece]
                if 0 < certain < len(nodes):
                    since_latest = max(since_latest, settled)
            else:
                others = (node for node in others if not _precedes_all(slot, ranks, ancestors, node, nodes))
                first = next(others, None)
                since_latest, until_earliest = settled, END if first is None else slot.earliest[first]
                others = chain(() if first is None else (first,), others)
            if not run.definite or since_latest >= until_earliest:
                since_latest = min(since_latest, stop - 1 if stop < END else END)
                until_earliest = min(until_earliest, since_latest)
            opened = [slot.facts[node] for node in nodes]
            closing = (slot.facts[node] for node in others if slot.earliest[node] >= until_earliest)
            closed = list(islice(closing, NAMED_MAX))
            spans.append(
                Span(
                    run.value,
                    begin,
                    since_latest,
                    until_earliest,
                    stop,
                    not certain,
                    _ids(opened),
                    _ids(closed),
                    _undecided(opened + closed),
                )
            )
    spans.sort(key=lambda span: (span.since_earliest, span.value or ""))
    return Folded(tuple(spans), slot.noted())


def _others(
    firsts: Sequence[tuple[Day, int]], values: Sequence[str | None], value: str | None, begin: Day, stop: Day
) -> Iterator[int]:
    """The nodes that set another value from `begin` up to `stop` and including it, the earliest first, one by one: of
    many that compete few are named.
    """
    for place in range(bisect_left(firsts, (begin, -1)), bisect_left(firsts, (stop + 1, -1))):
        node = firsts[place][1]
        if values[node] != value:
            yield node


def certainty(spans: Iterable[Dated], first: Day, last: Day) -> Literal["definite", "possible"] | None:
    """How sure it is that what these statements of one switch, or of one value, say holds from `first` to `last`.

    "definite": on each of these days; "possible": perhaps on some of them; None: on none.
    """
    spans = sorted(spans, key=lambda span: span.since_latest)
    if len(spans) == 1:
        return certainty_of(spans[0], first, last)
    day = first
    for span in spans:
        if not span.doubtful and span.since_latest <= day < span.until_earliest:
            day = span.until_earliest
    if day > last:
        return "definite"
    if any(span.since_earliest <= last and first < span.until_latest for span in spans):
        return "possible"
    return None


def certainty_of(span: Dated, first: Day, last: Day) -> Literal["definite", "possible"] | None:
    """The same of one statement alone."""
    if span.since_latest <= first and last < span.until_earliest and not span.doubtful:
        return "definite"
    return "possible" if span.since_earliest <= last and first < span.until_latest else None


def _alone(fact: SlotFact) -> Folded:
    """What a slot's only fact amounts to: most slots have one, so this is worth a way of its own."""
    if fact.effect == "end":
        return Folded((), () if fact.implied else (Oddity("end-without-start", (fact.root,)),))
    if fact.effect == "set" and fact.value is None:
        return _NOTHING
    earliest, latest = fact.earliest, fact.latest
    span = Span(fact.value, earliest, latest, END, END, fact.doubtful, _ids((fact,)), (), _undecided((fact,)))
    return Folded((span,), ())


_NOTHING = Folded((), ())


def _opened_once(facts: Sequence[SlotFact]) -> Folded | None:
    """What one opening with one end amount to, and with any number of closings besides: most slots that have several
    facts. None where their order is not plain, or something about it odd.

    The opening is read first, since it can come before every end; all ends are one run.
    """
    openings = [fact for fact in facts if fact.effect == "open"]
    ends = [fact for fact in facts if fact.effect == "end"]
    stated = [fact for fact in ends if not fact.implied or fact.value is not None]
    if len(openings) != 1 or len(stated) > 1 or not ends or any(fact.follows for fact in facts):
        return None
    opening = openings[0]
    until_latest = min([fact.latest for fact in ends])
    if opening.earliest > until_latest or any(fact.earliest > until_latest for fact in stated):
        return None
    if opening.earliest == until_latest:
        return _NOTHING
    span = Span(
        _merged([fact.value for fact in (opening, *stated) if fact.value is not None]),
        opening.earliest,
        min(opening.latest, until_latest),
        max(opening.earliest, min([fact.earliest for fact in ends])),
        until_latest,
        opening.doubtful,
        _ids(openings),
        _ids(ends),
        _undecided((opening, *ends)),
    )
    return Folded((span,), ())


def _read(slot: Slot, effects: Sequence[str]) -> list[int]:
    """The nodes of an on/off slot in the order that makes sense.

    Of the facts that could come next (they lie no later than the upper bound of any that remains, and what they follow
    or end has been taken) one is taken that changes the slot, before one that does not; among these the one with the
    smaller upper bound, then lower bound, then root. There always is one: of the facts that remain, take one with the
    smallest upper bound; what it waits for has no greater one, and the first of these waits for nothing.
    """
    earliest, latest = slot.earliest, slot.latest
    waiting_for = [0] * len(effects)
    for later in chain.from_iterable(slot.after):
        waiting_for[later] += 1
    upcoming = [(earliest[node], node) for node, count in enumerate(waiting_for) if not count]
    heapify(upcoming)
    deadlines = sorted(latest, reverse=True)
    overdue: list[Day] = []
    ready: dict[bool, list[tuple[Day, Day, int]]] = {True: [], False: []}
    is_open = False
    taken: list[int] = []
    while len(taken) < len(effects):
        # The smallest upper bound of those that remain; `overdue` holds those of facts taken before their turn.
        while overdue and deadlines[-1] == overdue[0]:
            heappop(overdue)
            deadlines.pop()
        while upcoming and upcoming[0][0] <= deadlines[-1]:
            _, node = heappop(upcoming)
            heappush(ready[effects[node] == "open"], (latest[node], earliest[node], node))
        node = heappop(ready[not is_open] or ready[is_open])[2]
        is_open = effects[node] == "open"
        taken.append(node)
        heappush(overdue, latest[node])
        for later in slot.after[node]:
            waiting_for[later] -= 1
            if not waiting_for[later]:
                heappush(upcoming, (earliest[later], later))
    return taken


def _note_misfits(slot: Slot, runs: Sequence[Sequence[int]]) -> None:
    """Note the openings of what is open, and the ends of what is not."""
    opened = False
    for run in runs:
        first = slot.facts[run[0]]
        if first.effect == "open":
            opened = True
            for node in run[1:]:
                if slot.facts[node].root != first.root:
                    slot.oddities.add(Oddity("already-open", (slot.facts[node].root, first.root)))
            continue
        # A closing ends whatever is open, so an end on its day, or perhaps before it, is what it says.
        vacant = not opened
        for node in run:
            fact = slot.facts[node]
            if fact.implied:
                continue
            if opened and first.implied and slot.earliest[node] > slot.latest[run[0]]:
                slot.oddities.add(Oddity("end-after-closing", (fact.root, first.root)))
            elif vacant:
                slot.oddities.add(Oddity("end-without-start", (fact.root,)))
            else:
                vacant = True


def _ranked(slot: Slot) -> tuple[list[int], list[Day]]:
    """Narrow the bounds along the vocabulary's order too. Returns, by node, its rank, which is at least that of each
    fact it follows, and the day by which a fact that is known to come after it has come (END: none is sure to).

    Of two facts the one with the lower rank comes first, if its lower bound (as narrowed by then) fits below the
    other's upper bound. This never contradicts a `follows`, along which ranks do not fall and lower bounds stay below
    upper ones. So a fact needs to look only at the nearest fitting bound among all of lower, or of higher, rank.
    """
    earliest, latest, after = slot.earliest, slot.latest, slot.after
    ranks = [fact.rank for fact in slot.facts]
    for node in slot.sequence:
        for later in after[node]:
            ranks[later] = max(ranks[later], ranks[node])
    overtaken = [END] * len(ranks)
    if not any(after) and len(set(ranks)) < 2:
        return ranks, overtaken

    levels = [list(level) for _, level in groupby(sorted(slot.sequence, key=ranks.__getitem__), ranks.__getitem__)]
    lower: list[Day] = []
    for level in levels:
        for node in level:
            fitting = bisect_right(lower, latest[node])
            if fitting:
                earliest[node] = max(earliest[node], lower[fitting - 1])
            for later in after[node]:
                earliest[later] = max(earliest[later], earliest[node])
        for node in level:
            insort(lower, earliest[node])
    higher: list[Day] = []
    for level in reversed(levels):
        for node in reversed(level):
            # An upper bound is at or above this lower bound just where the order was kept on the way up.
            fitting = bisect_left(higher, earliest[node])
            overtaken[node] = min([END, *higher[fitting : fitting + 1], *[latest[later] for later in after[node]]])
            latest[node] = min(latest[node], overtaken[node])
        for node in level:
            insort(higher, latest[node])
    return ranks, overtaken


def _last_until(slot: Slot, overtaken: Sequence[Day]) -> list[Day]:
    """By node, the first day on which the fact cannot be the last one any more; before, from `earliest` on, it can.

    A fact can be the last one on a day unless another has surely come by then and surely later than it: one that is
    known to come after it, or one whose lower bound lies after its upper bound. Ranks need no look of their own: of two
    facts that may fall on one day, the one with the higher rank is known to come after the other.
    """
    others = sorted(zip(slot.earliest, slot.latest, strict=True))
    # The least upper bound among the last n of these, by n.
    soonest = [END]
    for _, latest in reversed(others):
        soonest.append(min(latest, soonest[-1]))
    return [
        min(overtaken[node], soonest[len(others) - bisect_right(others, (latest, END))])
        for node, latest in enumerate(slot.latest)
    ]


class _Run(msgspec.Struct, eq=False):
    """A gapless run of days on which one value is possible: from `start` to before `stop`."""

    value: str | None
    start: Day
    stop: Day
    nodes: list[int]  # the facts that can be the last one on some day of it
    live: int  # how many of them can be on the day the sweep has come to
    definite: list[tuple[Day, Day]]  # its definite days, half-open spans in order


def _runs(slot: Slot, values: Sequence[str | None], last_until: Sequence[Day]) -> list[_Run]:
    """One sweep over the days on which something begins or ceases to be possible; runs in the order of their start."""
    # Until the first upper bound it is possible that nothing has been set yet: one more node, with the value None.
    values = [*values, None]
    nothing_yet = len(last_until)
    # What begins has its node, what ceases the complement; the last entry stops the sweep.
    days = [(BEGINNING, nothing_yet), (min(slot.latest, default=END), ~nothing_yet), (END, nothing_yet)]
    for node, stop in enumerate(last_until):
        start = slot.earliest[node]
        if start < stop:
            days.append((start, node))
            days.append((stop, ~node))
    days.sort()
    found: list[_Run] = []
    current: dict[str | None, _Run] = {}
    only: _Run | None = None
    only_since = BEGINNING
    place = 0
    while days[place][0] < END:
        day = days[place][0]
        emptied: list[_Run] = []
        while days[place][0] == day:
            node = days[place][1]
            place += 1
            if node < 0:
                run = current[values[~node]]
                run.live -= 1
                if not run.live:
                    emptied.append(run)
                continue
            value = values[node]
            begun = current.get(value)
            if begun is None:
                begun = current[value] = _Run(value, day, END, [], 0, [])
                found.append(begun)
            begun.live += 1
            begun.nodes.append(node)
        for run in emptied:
            if not run.live:
                del current[run.value]
                run.stop = day
        alone = next(iter(current.values())) if len(current) == 1 else None
        if alone is not only:
            if only is not None:
                only.definite.append((only_since, day))
            only, only_since = alone, day
    if only is not None:
        only.definite.append((only_since, END))
    return found


def _note_conflicts(slot: Slot, ranks: Sequence[int], last_until: Sequence[Day]) -> None:
    """Note the different values that were set on one and the same day, where none is known to be the later one.

    A fact that another follows on that day can no longer be the last one on it, so those that still can are unordered.
    """
    together: dict[tuple[Day, int], list[SlotFact]] = {}
    for node, day in enumerate(slot.earliest):
        if day == slot.latest[node] < last_until[node]:
            together.setdefault((day, ranks[node]), []).append(slot.facts[node])
    for facts in together.values():
        if len({fact.value for fact in facts}) > 1:
            slot.oddities.add(Oddity("conflict", tuple(sorted({fact.root for fact in facts}))))


def _ancestors(slot: Slot) -> list[int]:
    """By node, the nodes that come before it along `follows`, as a set of bits."""
    ancestors = [0] * len(slot.facts)
    for node in slot.sequence:
        for later in slot.after[node]:
            ancestors[later] |= ancestors[node] | 1 << node
    return ancestors


def _precedes_all(slot: Slot, ranks: Sequence[int], ancestors: Sequence[int], node: int, nodes: Iterable[int]) -> bool:
    """Whether a fact is known to come before each of the others, so that it cannot have ended what they began."""
    return all(
        ancestors[other] >> node & 1 or (ranks[node] < ranks[other] and slot.earliest[node] <= slot.latest[other])
        for other in nodes
    )


def _trusted(slot: Slot, nodes: Iterable[int]) -> tuple[int, Day]:
    """How many of these facts are not doubtful, and the day by which one of them (of all, if none is) has come."""
    certain = [slot.latest[node] for node in nodes if not slot.facts[node].doubtful]
    return len(certain), min(certain or [slot.latest[node] for node in nodes])


def _ids(facts: Sequence[SlotFact]) -> tuple[str, ...]:
    if len(facts) == 1 and len(facts[0].ids) == 1:
        return facts[0].ids
    events = [event for fact in facts for event in fact.ids]
    return tuple(sorted(set(events)) if len(events) > 1 else events)


def _undecided(facts: Iterable[SlotFact]) -> tuple[tuple[str, Day, Day], ...]:
    bounds = [
        (fact.root, fact.earliest, fact.latest) for fact in facts if BEGINNING < fact.earliest < fact.latest < END
    ]
    return tuple(sorted(set(bounds))) if bounds else ()


def _merged(texts: Sequence[str]) -> str | None:
    """One JSON object from several, each member as the first that has it gives it; None from none."""
    if len(texts) < 2:
        return texts[0] if texts else None
    merged: dict[str, msgspec.Raw] = {}
    for text in reversed(texts):
        merged |= _decode_object(text)
    return _encode(merged).decode()


_decode_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_encode = msgspec.json.Encoder(order="deterministic").encode

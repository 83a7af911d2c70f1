"""The rule for statements, done by brute force: the oracle that the solvers of events/state.py are held against.

Every completion of a small slot is written out and looked at, day by day. Nothing here is clever, and nothing is
shared with the solvers but the type of the facts. Days are those of a small window: finite dates lie in FIRST … LAST,
a side without bound is a day before, or after, all of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise, permutations, product

import msgspec

from events.state import SlotFact

FIRST, LAST = 1, 6
BEFORE_ALL, STEADY, AFTER_ALL = 0, 7, 8  # on STEADY all that has a finite date has come, and nothing else has to
WINDOW = range(BEFORE_ALL, STEADY + 1)

Pair = tuple[int, int]  # of indexes of facts: the first comes before the second


class Slot(msgspec.Struct):
    """The facts that count, their bounds in the window narrowed to what some completion gives, and their orders."""

    facts: list[SlotFact]
    low: list[int]
    high: list[int]
    pairs: set[Pair]
    ignored: set[tuple[str, str]]  # roots: a `follows` that does not count, the one that follows first
    reversed: set[tuple[str, str]]  # roots: an end and the opening that it would end before its start


class Statement(msgspec.Struct):
    """`spells`: by completion of a switch's days, from when until when it holds (no day at all where they are equal);
    the n-th ones of a slot's statements belong together. `sure_from`: between which days the first of its certain
    openings comes, where it has doubtful ones too.
    """

    value: str | None
    since: tuple[int, int]
    until: tuple[int, int]
    doubtful: bool
    opened_by: set[str]
    closed_by: set[str]
    possible: set[int]
    definite: set[int]
    spells: tuple[Pair, ...] = ()
    sure_from: Pair | None = None


def into_window(day: int) -> int:
    return min(max(day, BEFORE_ALL), AFTER_ALL)


def arrange(facts: Sequence[SlotFact]) -> Slot:
    """Which facts and which orders count: the rule's words, one after the other."""
    facts = list(facts)
    turned = {
        (end.root, start.root)
        for end in facts
        for start in facts
        if (end.effect, start.effect, end.ends) == ("end", "open", start.root)
        and not end.implied
        and end.latest < start.earliest
    }
    facts = [fact for fact in facts if all(fact.root not in pair for pair in turned)]
    count = range(len(facts))
    low = [into_window(fact.earliest) for fact in facts]
    high = [into_window(fact.latest) for fact in facts]
    ending = {
        (i, j)
        for i in count
        for j in count
        if facts[i].effect == "open"
        and facts[j].effect == "end"
        and facts[j].ends == facts[i].root
        and low[i] <= high[j]
    }
    high = [min([high[i]] + [high[j] for j in count if (i, j) in ending]) for i in count]
    following = set()
    for j in count:
        for i in count:
            if facts[i].root in facts[j].follows and facts[i].root != facts[j].root:
                has_start = any(fact.root == facts[i].root and fact.effect != "end" for fact in facts)
                if facts[i].effect != "end" or not has_start:
                    following.add((i, j))
    contradicted = {(i, j) for i, j in following if low[i] > high[j]}
    following -= contradicted

    reach = reachable(len(facts), ending | following)
    circling = {i for i in count if (i, i) in reach}
    tangled = {
        i
        for i in count
        if i in circling or (any((c, i) in reach for c in circling) and any((i, c) in reach for c in circling))
    }
    circular = {(i, j) for i, j in following if i in tangled and j in tangled}
    following -= circular

    def floor(j: int) -> int:
        before = [floor(i) for i, k in ending | following if k == j]
        return max([low[j]] + [day for day in before if day <= high[j]])

    late = {(i, j) for i, j in following if floor(i) > high[j]}
    pairs = ending | (following - late)
    ignored = {(facts[j].root, facts[i].root) for i, j in contradicted | circular | late}
    slot = Slot(facts, low, high, pairs, ignored, turned)
    if pairs:
        narrow(slot)
    return slot


def reachable(count: int, pairs: set[Pair]) -> set[Pair]:
    reach = set(pairs)
    for k, i, j in product(range(count), repeat=3):
        if (i, k) in reach and (k, j) in reach:
            reach.add((i, j))
    return reach


def completions(slot: Slot) -> Iterator[tuple[int, ...]]:
    """Every choice of one day for each fact that its bounds and the orders allow."""
    ranges = [range(low, high + 1) for low, high in zip(slot.low, slot.high, strict=True)]
    for days in product(*ranges):
        if all(days[i] <= days[j] for i, j in slot.pairs):
            yield days


def narrow(slot: Slot) -> None:
    columns = list(zip(*completions(slot), strict=True))
    slot.low = [min(column) for column in columns]
    slot.high = [max(column) for column in columns]


# On/off slots


def read(slot: Slot) -> list[int]:
    """The facts in the order that makes sense, literally."""
    remaining = set(range(len(slot.facts)))
    taken: list[int] = []
    is_open = False
    while remaining:
        could_come = [
            i
            for i in remaining
            if all(slot.low[i] <= slot.high[j] for j in remaining)
            and not any(j in remaining for j, k in slot.pairs if k == i)
        ]
        changing = [i for i in could_come if (slot.facts[i].effect == "open") != is_open]
        chosen = min(changing or could_come, key=lambda i: (slot.high[i], slot.low[i], slot.facts[i].root))
        is_open = slot.facts[chosen].effect == "open"
        remaining.remove(chosen)
        taken.append(chosen)
    return taken


def switch_statements(slot: Slot) -> list[Statement]:
    """One statement for each run of openings that holds on some day, from all completions of the runs' days."""
    runs: list[list[int]] = []
    for i in read(slot):
        if runs and slot.facts[runs[-1][0]].effect == slot.facts[i].effect:
            runs[-1].append(i)
        else:
            runs.append([i])
    ranges = [range(min(slot.low[i] for i in run), min(slot.high[i] for i in run) + 1) for run in runs]
    chains = [days for days in product(*ranges) if list(days) == sorted(days)]
    statements = []
    for place, run in enumerate(runs):
        if slot.facts[run[0]].effect != "open":
            continue
        enders = runs[place + 1] if place + 1 < len(runs) else []
        certain = [i for i in run if not slot.facts[i].doubtful]
        sure_from = min(slot.high[i] for i in certain) if certain else BEFORE_ALL
        lives = [(days[place], days[place + 1] if enders else AFTER_ALL) for days in chains]
        holding = [{day for day in WINDOW if since <= day < until} for since, until in lives]
        possible = set().union(*holding)
        definite = {day for day in set.intersection(*holding) if day >= sure_from} if certain else set()
        if not possible:
            continue
        since = [since for since, _ in lives]
        until = [until for _, until in lives]
        since_latest = max(since)
        if certain and len(certain) < len(run):
            since_latest = min(max(since_latest, sure_from), max(until))
        statements.append(
            Statement(
                merged([slot.facts[i].value for i in run + enders]),
                (min(since), since_latest),
                (min(until), max(until)),
                not certain,
                {event for i in run for event in slot.facts[i].ids},
                {event for i in enders for event in slot.facts[i].ids},
                possible,
                definite,
                tuple(lives),
                (min(slot.low[i] for i in certain), sure_from) if 0 < len(certain) < len(run) else None,
            )
        )
    return statements


def merged(texts: Sequence[str | None]) -> str | None:
    """The data of a run: each member as the first fact that has it gives it; None where no fact has any."""
    found: dict[str, object] = {}
    for text in texts:
        for name, value in json.loads(text or "{}").items():
            found.setdefault(name, value)
    return json.dumps(found, sort_keys=True, separators=(",", ":")) if any(texts) else None


# Value slots


class Values(msgspec.Struct):
    slot: Slot
    ranks: list[int]
    last: dict[int, set[int | None]]  # by day: the facts that are the last one in some completion; None: none yet


def rank_facts(slot: Slot) -> list[int]:
    """Order the facts by the vocabulary too, where bounds allow it; returns ranks that never fall along `follows`."""
    count = range(len(slot.facts))

    def rank(j: int) -> int:
        return max([slot.facts[j].rank] + [rank(i) for i, k in slot.pairs if k == j])

    ranks = [rank(j) for j in count]
    followed = set(slot.pairs)
    low, high = list(slot.low), list(slot.high)

    def floor(j: int) -> int:
        before = [floor(i) for i in count if (i, j) in followed or ranks[i] < ranks[j]]
        return max([low[j]] + [day for day in before if day <= high[j]])

    slot.pairs |= {(i, j) for i in count for j in count if ranks[i] < ranks[j] and floor(i) <= high[j]}
    narrow(slot)
    return ranks


def ways_to_end(slot: Slot, ranks: Sequence[int]) -> Callable[[tuple[int, ...]], set[int]]:
    """Which of some facts of one day can be the last of them: every order that ranks and pairs allow."""
    known: dict[tuple[int, ...], set[int]] = {}

    def lasts(group: tuple[int, ...]) -> set[int]:
        if group not in known:
            known[group] = {
                order[-1]
                for order in permutations(group)
                if all(ranks[i] <= ranks[j] for i, j in pairwise(order))
                and not any((order[b], order[a]) in slot.pairs for b in range(len(order)) for a in range(b))
            }
        return known[group]

    return lasts


def value_lasts(slot: Slot) -> Values:
    """Which facts can be the last one on which day: every completion, and every order of the facts on one day."""
    ranks = rank_facts(slot)
    lasts = ways_to_end(slot, ranks)
    last: dict[int, set[int | None]] = {day: set() for day in WINDOW}
    for days in completions(slot):
        for day in WINDOW:
            come = [at for at in days if at <= day]
            if come:
                last[day] |= lasts(tuple(i for i, at in enumerate(days) if at == max(come)))
            else:
                last[day].add(None)
    return Values(slot, ranks, last)


def histories(values: Values) -> set[tuple[int | None, ...]]:
    """Every way in which it may have gone: the fact that is the last one at the end of each day of the window."""
    lasts = ways_to_end(values.slot, values.ranks)
    found: set[tuple[int | None, ...]] = set()
    for days in completions(values.slot):
        groups = {day: tuple(i for i, at in enumerate(days) if at == day) for day in sorted(set(days))}
        for choice in product(*(lasts(group) for group in groups.values())):
            chosen = dict(zip(groups, choice, strict=True))
            come = [[chosen[at] for at in groups if at <= day] for day in WINDOW]
            found.add(tuple(each[-1] if each else None for each in come))
    return found


def value_statements(values: Values) -> list[Statement]:
    """One statement for each gapless run of days on which a value is possible, cut where definite days begin anew."""
    slot = values.slot
    on_day = {
        day: {None if i is None else slot.facts[i].value for i in values.last[day]} for day in WINDOW
    }  # the possible values
    first_day = {
        i: min(day for day in WINDOW if i in values.last[day])
        for i in range(len(slot.facts))
        if any(i in values.last[day] for day in WINDOW)
    }
    reach = reachable(len(slot.facts), slot.pairs)
    statements = []
    for value in sorted({fact.value for fact in slot.facts if fact.value is not None}):
        pieces: list[list[int]] = []
        for day in WINDOW:
            if value not in on_day[day]:
                continue
            fresh = not pieces or pieces[-1][-1] != day - 1
            sure_anew = on_day[day] == {value} and on_day.get(day - 1) != {value}
            if fresh or (sure_anew and any(on_day[earlier] == {value} for earlier in pieces[-1])):
                pieces.append([day])
            else:
                pieces[-1].append(day)
        for piece in pieces:
            setters = {i for day in piece for i in values.last[day] if i is not None and slot.facts[i].value == value}
            certain = [i for i in setters if not slot.facts[i].doubtful]
            sure_from = min(slot.high[i] for i in certain) if certain else BEFORE_ALL
            definite = [day for day in piece if on_day[day] == {value}]
            stop = piece[-1] + 1
            end = AFTER_ALL if piece[-1] == STEADY else stop
            last_day = AFTER_ALL if piece[-1] == STEADY else piece[-1]
            closers = [i for i in first_day if slot.facts[i].value != value and piece[0] <= first_day[i] <= end]
            if not definite:
                closers = [i for i in closers if not all((i, j) in reach for j in setters)]
                settled = min(slot.high[i] for i in certain or setters)
                since_latest = min(settled, last_day)
                until_earliest = min([since_latest] + [first_day[i] for i in closers])
            else:
                since_latest = definite[0]
                until_earliest = AFTER_ALL if definite[-1] == STEADY else definite[-1] + 1
                if certain and len(certain) < len(setters):
                    since_latest = max(since_latest, sure_from)
                    definite = [day for day in definite if day >= sure_from]
                if since_latest >= until_earliest:
                    since_latest = min(since_latest, last_day)
                    until_earliest = min(until_earliest, since_latest)
            statements.append(
                Statement(
                    value,
                    (piece[0], since_latest),
                    (until_earliest, end),
                    not certain,
                    {event for i in setters for event in slot.facts[i].ids},
                    {event for i in closers if first_day[i] >= until_earliest for event in slot.facts[i].ids},
                    set(piece),
                    set(definite) if certain else set(),
                )
            )
    return statements


def value_conflicts(values: Values) -> set[tuple[str, ...]]:
    """Roots of facts pinned to one day and rank with different values, each of which can be the last on that day."""
    slot = values.slot
    found = set()
    for day in WINDOW:
        for rank in set(values.ranks):
            pinned = [
                i
                for i in values.last[day]
                if i is not None and slot.low[i] == slot.high[i] == day and values.ranks[i] == rank
            ]
            if len({slot.facts[i].value for i in pinned}) > 1:
                found.add(tuple(sorted({slot.facts[i].root for i in pinned})))
    return found

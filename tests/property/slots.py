"""Random small slots for the properties of the solvers, and how many of them to try."""

from __future__ import annotations

import os

from hypothesis import strategies as st

from events.dates import BEGINNING, END
from events.state import SlotFact
from tests.property.naive import FIRST, LAST

EXAMPLES = 10_000 if os.environ.get("ORGLINE_LONG") else 250

ROOTS = "abcde"
finite = st.integers(FIRST, LAST)


@st.composite
def bounds(draw: st.DrawFn) -> tuple[int, int]:
    """Half of them days; of the others some without a bound on a side."""
    if draw(st.booleans()):
        day = draw(finite)
        return day, day
    earliest, latest = sorted((draw(finite), draw(finite)))
    open_side = draw(st.integers(0, 7))
    return (BEGINNING if open_side in (0, 2) else earliest), (END if open_side in (1, 2) else latest)


def some_roots(root: str) -> st.SearchStrategy[tuple[str, ...]]:
    """None, mostly; else other facts of the slot, or one that is not in it. Circles may arise."""
    others = [other for other in ROOTS + "z" if other != root]
    return st.one_of(st.just(()), st.lists(st.sampled_from(others), max_size=2, unique=True).map(tuple))


def named(root: str) -> tuple[str, ...]:
    """The events that a statement names for a root: some have a standing correction."""
    return (root, f"{root}-corrected") if root in "bd" else (root,)


@st.composite
def switch_slots(draw: st.DrawFn) -> list[SlotFact]:
    facts: list[SlotFact] = []
    for root in ROOTS[: draw(st.integers(1, 5))]:
        kind = draw(st.sampled_from(["open", "open", "end", "end", "period"]))
        earliest, latest = draw(bounds())
        follows = draw(some_roots(root))
        doubtful = draw(st.sampled_from([False, False, True]))
        value = draw(st.sampled_from([None, None, f'{{"title":"{root}"}}']))
        if kind == "end":
            ends = draw(st.one_of(st.none(), st.sampled_from(ROOTS)))
            implied = draw(st.sampled_from([False, False, True]))
            facts.append(
                SlotFact(root, "end", earliest, latest, named(root), value, 0, doubtful, follows, ends, implied)
            )
        else:
            facts.append(SlotFact(root, "open", earliest, latest, named(root), value, 0, doubtful, follows))
        if kind == "period":
            ends_earliest, ends_latest = sorted((draw(bounds()), (earliest, latest)))[1]
            if ends_latest >= earliest:
                facts.append(SlotFact(root, "end", ends_earliest, ends_latest, named(root), ends=root))
    return draw(st.permutations(facts[:5]))


@st.composite
def value_slots(draw: st.DrawFn) -> list[SlotFact]:
    ranked = draw(st.booleans())
    facts = []
    for root in ROOTS[: draw(st.integers(1, 5))]:
        earliest, latest = draw(bounds())
        facts.append(
            SlotFact(
                root,
                "set",
                earliest,
                latest,
                named(root),
                draw(st.sampled_from(['"p"', '"q"', '"r"', None])),
                draw(st.integers(0, 3)) if ranked else 0,
                draw(st.sampled_from([False, False, False, True])),
                draw(some_roots(root)),
            )
        )
    return draw(st.permutations(facts))

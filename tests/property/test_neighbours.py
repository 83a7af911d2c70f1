"""Which value may follow which, and the days on which one may go to none: the quick ways against the plain ones."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.changes import span_columns
from events.dates import END, Day
from events.queries import changes
from events.queries.meeting import Days, Meeting, meet, union
from events.queries.reading import Stated
from events.state import SlotFact, fold_value

FIRST = 700_000
DAYS = st.tuples(st.integers(FIRST, FIRST + 12), st.integers(0, 12)).map(lambda pair: (pair[0], pair[0] + pair[1]))
FACT = st.tuples(DAYS, st.sampled_from(["A", "B", "C", "D", "E", "F", None]), st.booleans())


def facts(given_: Sequence[tuple[Days, str | None, bool]]) -> list[SlotFact]:
    return [
        SlotFact(
            root=f"{number:04}",
            ids=(f"{number:04}",),
            earliest=days[0],
            latest=days[1],
            effect="set",
            value=None if value is None else f'"{value}"',
            doubtful=doubtful,
        )
        for number, (days, value, doubtful) in enumerate(given_)
    ]


def held(of: Sequence[SlotFact]) -> list[Stated]:
    return [Stated("organisation/a", "name", "", *span_columns(span)) for span in fold_value(of).spans]


@given(st.lists(DAYS, max_size=20), DAYS)
def test_what_meets_some_days(intervals: list[Days], days: Days) -> None:
    found = Meeting(intervals)
    expected = [place for place, each in enumerate(intervals) if meet(each, days)]
    assert sorted(found.of(days)) == expected
    assert [intervals[place] for place in found.of(days)] == sorted(intervals[place] for place in expected)
    assert found.count(days) == len(expected)


@given(st.lists(DAYS, max_size=8))
def test_a_union_has_the_days_of_all(intervals: list[Days]) -> None:
    def days(of: Sequence[Days]) -> set[Day]:
        return {day for first, last in of for day in range(first, last + 1)}

    found = union(intervals)
    assert days(found) == days(intervals)
    assert all(one[1] < other[0] for one, other in pairwise(found))


@given(st.lists(FACT, max_size=12))
def test_neighbours_are_those_of_every_pair(given_: list[tuple[Days, str | None, bool]]) -> None:
    statements = held(facts(given_))
    every = [
        (this, other)
        for this, other in product(range(len(statements)), repeat=2)
        if this != other
        and changes._end(statements[this])[0] < END
        and meet(changes._end(statements[this]), changes._beginning(statements[other]))
    ]
    pairs, afters, befores = changes._neighbours(statements)
    assert pairs == every
    assert afters == [sum(pair[0] == place for pair in every) for place in range(len(statements))]
    assert befores == [sum(pair[1] == place for pair in every) for place in range(len(statements))]


@given(st.lists(FACT, max_size=12), st.integers(1, 3))
def test_a_limit_leaves_out_only_what_competes(given_: list[tuple[Days, str | None, bool]], most: int) -> None:
    of = facts(given_)
    statements, emptying = held(of), [(each.earliest, each.latest) for each in of if each.value is None]
    whole = list(changes._of_value(statements, emptying))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(changes, "NEIGHBOURS_MAX", most)
        told = list(changes._of_value(statements, emptying))
        pairs, *_ = changes._neighbours(statements)
    every, *counts = changes._neighbours(statements)
    assert [each for each in whole if each in told] == told
    left_out = [each for each in whole if each not in told]
    assert not any(each.sure or each.before is None or each.after is None for each in left_out)
    for side, of_each in enumerate(counts):
        assert all(
            min(most, count) <= sum(pair[side] == place for pair in pairs) for place, count in enumerate(of_each)
        )
    assert set(pairs) <= set(every)


@given(st.lists(DAYS, max_size=8), st.lists(FACT, min_size=1, max_size=6))
def test_a_value_may_go_to_none_where_a_fact_sets_none(
    emptying: list[Days], given_: list[tuple[Days, str | None, bool]]
) -> None:
    statements = held(facts(given_))
    told = [each for each in changes._of_value(statements, emptying) if each.after is None]
    for each in told:
        assert each.before is not None
        end = changes._end(each.before)
        goes = [day for day in range(end[0], min(end[1], FIRST + 30) + 1) if any(a <= day <= b for a, b in emptying)]
        assert each.on == (goes[0], goes[-1])
    for each in statements:
        if not any(meet(changes._end(each), days) for days in emptying):
            assert not [one for one in told if one.before is each]


@pytest.mark.parametrize("exact", [False, True])
def test_the_work_grows_with_the_values_and_not_with_their_pairs(monkeypatch: pytest.MonkeyPatch, exact: bool) -> None:
    """Of values that all compete for a year, and of exact ones beside a single one that may lie anywhere."""
    size, steps = 400, 0
    if exact:
        days = [(FIRST, FIRST + 40_000), *((FIRST + number, FIRST + number) for number in range(1, size))]
    else:
        days = [(FIRST, FIRST + 364)] * size
    statements = held(facts([(each, f"{number}", False) for number, each in enumerate(days)]))
    step = Meeting._next

    def counted(self: Meeting, start: int, day: Day) -> int:
        nonlocal steps
        steps += 1
        return step(self, start, day)

    monkeypatch.setattr(Meeting, "_next", counted)
    told = list(changes._of_value(statements))
    most = 2 * len(statements) * (changes.NEIGHBOURS_MAX + 2)
    assert len(statements) <= len(told) <= most
    assert steps <= most

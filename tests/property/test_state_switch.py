"""On/off slots: the solver gives what writing out all completions gives."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from events.dates import BEGINNING
from events.state import SlotFact, certainty, fold_switch
from tests.property import naive
from tests.property.slots import EXAMPLES, switch_slots


@settings(max_examples=EXAMPLES, deadline=None)
@given(switch_slots())
def test_statements_are_those_of_all_completions(facts: list[SlotFact]) -> None:
    found = fold_switch(facts).spans
    expected = naive.switch_statements(naive.arrange(facts))
    assert [
        (
            span.value,
            (naive.into_window(span.since_earliest), naive.into_window(span.since_latest)),
            (naive.into_window(span.until_earliest), naive.into_window(span.until_latest)),
            span.doubtful,
            set(span.opened_by),
            set(span.closed_by),
        )
        for span in found
    ] == [(own.value, own.since, own.until, own.doubtful, own.opened_by, own.closed_by) for own in expected]
    for span, own in zip(found, expected, strict=True):
        assert list(span.opened_by) == sorted(own.opened_by)
        assert list(span.closed_by) == sorted(own.closed_by)


@settings(max_examples=EXAMPLES, deadline=None)
@given(switch_slots(), st.integers(naive.BEFORE_ALL, naive.STEADY), st.integers(0, 3))
def test_certainty_day_by_day(facts: list[SlotFact], first: int, more: int) -> None:
    spans = fold_switch(facts).spans
    expected = naive.switch_statements(naive.arrange(facts))
    definite = set().union(*(own.definite for own in expected))
    possible = set().union(*(own.possible for own in expected))
    asked = range(first, min(first + more, naive.STEADY) + 1)
    some = "possible" if possible.intersection(asked) else None
    answer = "definite" if definite.issuperset(asked) else some
    assert certainty(spans, first or BEGINNING, asked[-1] or BEGINNING) == answer


@settings(max_examples=EXAMPLES, deadline=None)
@given(switch_slots(), st.randoms())
def test_what_is_odd_and_that_arrival_plays_no_part(facts: list[SlotFact], random: Random) -> None:
    folded = fold_switch(facts)
    slot = naive.arrange(facts)
    assert {oddity.roots for oddity in folded.oddities if oddity.code == "contradicted-follows"} == slot.ignored
    assert {oddity.roots for oddity in folded.oddities if oddity.code == "end-before-start"} == {
        tuple(dict.fromkeys(pair)) for pair in slot.reversed
    }
    again = list(facts)
    random.shuffle(again)
    assert fold_switch(again) == folded

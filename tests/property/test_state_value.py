"""Value slots: the solver gives what writing out all completions, and all orders within a day, gives."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from events.dates import BEGINNING
from events.state import SlotFact, certainty, fold_value
from tests.property import naive
from tests.property.slots import EXAMPLES, value_slots


@settings(max_examples=EXAMPLES, deadline=None)
@given(value_slots())
def test_statements_are_those_of_all_completions(facts: list[SlotFact]) -> None:
    found = fold_value(facts).spans
    expected = naive.value_statements(naive.value_lasts(naive.arrange(facts)))
    expected.sort(key=lambda own: (own.since[0], own.value or ""))
    assert [
        (
            span.value,
            (naive.into_window(span.since_earliest), naive.into_window(span.since_latest)),
            (naive.into_window(span.until_earliest), naive.into_window(span.until_latest)),
            span.doubtful,
            list(span.opened_by),
            list(span.closed_by),
        )
        for span in found
    ] == [
        (own.value, own.since, own.until, own.doubtful, sorted(own.opened_by), sorted(own.closed_by))
        for own in expected
    ]


@settings(max_examples=EXAMPLES, deadline=None)
@given(value_slots(), st.integers(naive.BEFORE_ALL, naive.STEADY), st.integers(0, 3))
def test_certainty_day_by_day(facts: list[SlotFact], first: int, more: int) -> None:
    spans = fold_value(facts).spans
    values = naive.value_lasts(naive.arrange(facts))
    expected = naive.value_statements(values)
    asked = range(first, min(first + more, naive.STEADY) + 1)
    for value in {fact.value for fact in facts if fact.value is not None}:
        definite = set().union(*(own.definite for own in expected if own.value == value))
        last_values = [{None if i is None else values.slot.facts[i].value for i in values.last[day]} for day in asked]
        some = "possible" if any(value in day for day in last_values) else None
        answer = "definite" if definite.issuperset(asked) else some
        own_spans = [span for span in spans if span.value == value]
        assert certainty(own_spans, first or BEGINNING, asked[-1] or BEGINNING) == answer
        if not any(fact.doubtful for fact in facts):
            assert (answer == "definite") == all(day == {value} for day in last_values)


@settings(max_examples=EXAMPLES, deadline=None)
@given(value_slots(), st.randoms())
def test_what_is_odd_and_that_arrival_plays_no_part(facts: list[SlotFact], random: Random) -> None:
    folded = fold_value(facts)
    slot = naive.arrange(facts)
    assert {oddity.roots for oddity in folded.oddities if oddity.code == "contradicted-follows"} == slot.ignored
    conflicts = naive.value_conflicts(naive.value_lasts(slot))
    assert {oddity.roots for oddity in folded.oddities if oddity.code == "conflict"} == conflicts
    again = list(facts)
    random.shuffle(again)
    assert fold_value(again) == folded

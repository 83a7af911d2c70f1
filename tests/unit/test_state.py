"""The solvers on small histories, one promise a test. Days are small numbers; a pair is a day not known exactly."""

from __future__ import annotations

import pytest

from events.dates import BEGINNING, END, Day
from events.state import Folded, Oddity, SlotFact, Span, certainty, fold_switch, fold_value

When = int | tuple[Day, Day]


def _fact(root: str, effect: str, when: When, **more: object) -> SlotFact:
    earliest, latest = when if isinstance(when, tuple) else (when, when)
    return SlotFact(root, effect, earliest, latest, **{"ids": (root,), **more})  # type: ignore[arg-type]


def opening(root: str, when: When, **more: object) -> SlotFact:
    return _fact(root, "open", when, **more)


def end(root: str, when: When, **more: object) -> SlotFact:
    return _fact(root, "end", when, **more)


def setting(root: str, when: When, value: str | None, **more: object) -> SlotFact:
    return _fact(root, "set", when, value=value, **more)


def bounds(folded: Folded) -> list[tuple[When, When]]:
    """Since and until of each statement; a pair of equal days as one."""

    def when(earliest: Day, latest: Day) -> When:
        return earliest if earliest == latest else (earliest, latest)

    return [
        (when(span.since_earliest, span.since_latest), when(span.until_earliest, span.until_latest))
        for span in folded.spans
    ]


def held(folded: Folded) -> list[tuple[str | None, When, When]]:
    return [(span.value, *pair) for span, pair in zip(folded.spans, bounds(folded), strict=True)]


@pytest.mark.parametrize("fold", [fold_switch, fold_value])
def test_no_facts_say_nothing(fold) -> None:  # type: ignore[no-untyped-def]
    assert fold([]) == Folded((), ())


# On/off slots


def test_an_opening_holds_until_further_notice() -> None:
    assert fold_switch([opening("a", (3, 5))]).spans == (Span(None, 3, 5, END, END, False, ("a",), (), (("a", 3, 5),)),)


def test_started_and_ended_within_one_year_is_over_in_the_next() -> None:
    folded = fold_switch([end("b", (0, 364)), opening("a", (0, 364))])
    assert bounds(folded) == [((0, 364), (0, 364))]
    assert certainty(folded.spans, 365, 365) is None
    assert certainty(folded.spans, 100, 100) == "possible"
    assert folded.oddities == ()


def test_a_handover_on_one_day_leaves_one_holder() -> None:
    assert bounds(fold_switch([opening("a", 1), end("b", 5)])) == [(1, 5)]
    assert bounds(fold_switch([opening("b", 5)])) == [(5, END)]


def test_an_end_and_a_new_start_on_one_day_stay_on() -> None:
    folded = fold_switch([opening("a", 1), end("b", 5), opening("c", 5)])
    assert bounds(folded) == [(1, 5), (5, END)]
    assert certainty(folded.spans, 1, 9) == "definite"


def test_start_and_end_on_one_day_were_never_in_force_at_its_end() -> None:
    assert fold_switch([opening("a", 5), end("b", 5)]) == Folded((), ())


def test_openings_in_a_row_count_as_one_at_the_earliest_of_them() -> None:
    folded = fold_switch([opening("a", (2, 5)), opening("b", (3, 4)), end("c", (6, 20)), end("d", (10, 11))])
    assert bounds(folded) == [((2, 4), (6, 11))]
    assert folded.spans[0].opened_by == ("a", "b")
    assert folded.spans[0].closed_by == ("c", "d")


def test_runs_narrow_each_other() -> None:
    folded = fold_switch([opening("a", (4, 8)), end("b", (0, 6)), opening("c", (3, END))])
    assert bounds(folded) == [((4, 6), (4, 6)), ((4, END), END)]


def test_a_period_opens_and_ends_by_one_fact() -> None:
    folded = fold_switch([opening("a", (1, 3)), end("a", (2, 9), ends="a")])
    assert folded == Folded((Span(None, 1, 3, 2, 9, False, ("a",), ("a",), (("a", 1, 3), ("a", 2, 9))),), ())


def test_undated_facts_fall_in_the_order_that_follows_gives() -> None:
    always = (BEGINNING, END)
    facts = [opening("a", always), end("b", always, ends="a"), opening("c", (1, 2), follows=("b",))]
    folded = fold_switch(facts)
    assert bounds(folded) == [((BEGINNING, 2), (BEGINNING, 2)), ((1, 2), END)]
    assert [(span.opened_by, span.closed_by) for span in folded.spans] == [(("a",), ("b",)), (("c",), ())]


def test_what_changes_the_slot_comes_first_unless_follows_says_otherwise() -> None:
    assert bounds(fold_switch([opening("a", 1), opening("b", 5), end("c", 5)])) == [(1, 5), (5, END)]
    assert bounds(fold_switch([opening("a", 1), opening("b", 5), end("c", 5, follows=("b",))])) == [(1, 5)]
    assert bounds(fold_switch([opening("a", 1), opening("b", (2, 9)), end("c", 6)])) == [(1, 6), ((6, 9), END)]


def test_what_must_come_before_an_early_fact_is_early_too() -> None:
    folded = fold_switch([opening("a", (0, 10)), end("b", (1, 2), follows=("a",)), opening("c", (0, 5))])
    assert [span.opened_by for span in folded.spans] == [("a",), ("c",)]
    assert bounds(folded) == [((0, 2), (1, 2)), ((1, 5), END)]


def test_what_follows_a_period_follows_its_start() -> None:
    facts = [opening("a", (2, 3)), end("a", (7, 9), ends="a"), end("b", (1, 5), follows=("a",))]
    folded = fold_switch(facts)
    assert bounds(folded) == [((2, 3), (2, 5))]
    assert folded.oddities == (Oddity("end-without-start", ("a",)),)


def test_follows_of_facts_elsewhere_and_of_itself_mean_nothing() -> None:
    alone = fold_switch([opening("a", (3, 5))])
    assert fold_switch([opening("a", (3, 5), follows=("a", "elsewhere"))]) == alone
    assert fold_switch([opening("a", (3, 5), ends="elsewhere")]) == alone


def test_statements_name_corrections_once_and_in_order() -> None:
    folded = fold_switch(
        [opening("b", 1, ids=("b", "a")), opening("c", 2, ids=("c", "a")), end("e", 4, ids=("e", "d"))]
    )
    assert folded.spans[0].opened_by == ("a", "b", "c")
    assert folded.spans[0].closed_by == ("d", "e")


def test_undecided_are_own_bounds_that_are_finite_and_differ() -> None:
    folded = fold_switch(
        [opening("a", (BEGINNING, 3)), opening("b", (2, 3)), end("c", (8, 9)), end("d", 9), end("e", (9, END))]
    )
    assert bounds(folded) == [((BEGINNING, 3), (8, 9))]
    assert folded.spans[0].undecided == (("b", 2, 3), ("c", 8, 9))


def test_one_datum_is_passed_on_as_it_is() -> None:
    folded = fold_switch([opening("a", 1, value="not even JSON"), end("b", 5)])
    assert folded.spans[0].value == "not even JSON"


def test_data_are_merged_and_the_first_taken_wins() -> None:
    folded = fold_switch(
        [
            end("d", 9, value='{"reason":"moved","title":"not this"}'),
            opening("b", 2, value='{"share":"0.50","title":"second"}'),
            opening("c", 1, value='{"n":9007199254740993,"title":"first"}'),
            opening("e", 20),
        ]
    )
    assert [span.value for span in folded.spans] == [
        '{"n":9007199254740993,"reason":"moved","share":"0.50","title":"first"}',
        None,
    ]


def test_a_statement_is_doubtful_if_all_its_openings_are() -> None:
    sure, maybe = opening("a", 5), opening("b", 2, doubtful=True)
    doubtful = fold_switch([maybe, end("c", 9, doubtful=True)])
    assert (bounds(doubtful), doubtful.spans[0].doubtful) == ([(2, 9)], True)
    assert certainty(doubtful.spans, 3, 3) == "possible"
    mixed = fold_switch([maybe, sure, end("c", 9, doubtful=True)])
    assert (bounds(mixed), mixed.spans[0].doubtful) == ([((2, 5), 9)], False)
    assert certainty(mixed.spans, 5, 8) == "definite"


def test_the_certain_opening_may_come_as_late_as_the_end() -> None:
    folded = fold_switch([opening("a", (1, 9)), opening("b", 1, doubtful=True), end("c", 5, ends="a")])
    assert bounds(folded) == [((1, 5), 5)]
    assert certainty(folded.spans, 4, 4) == "possible"


# Oddities of on/off slots


def test_an_end_before_the_start_it_ends_and_that_start_do_not_count() -> None:
    folded = fold_switch([opening("a", 5), end("b", 3, ends="a"), opening("c", 7)])
    assert folded.oddities == (Oddity("end-before-start", ("b", "a")),)
    assert [span.opened_by for span in folded.spans] == [("c",)]


def test_the_end_of_a_period_goes_with_its_start() -> None:
    folded = fold_switch([opening("a", 5), end("a", 9, ends="a"), end("b", 3, ends="a"), opening("c", 7)])
    assert bounds(folded) == [(7, END)]


def test_a_closing_before_a_start_counts_all_the_same() -> None:
    folded = fold_switch([opening("a", 5), end("b", 3, ends="a", implied=True)])
    assert (bounds(folded), folded.oddities) == ([(5, END)], ())


def test_an_end_of_the_start_on_the_same_day_is_not_odd() -> None:
    assert fold_switch([opening("a", 5), end("b", (1, 5), ends="a")]).oddities == ()


def test_a_follows_that_the_dates_contradict_is_ignored() -> None:
    folded = fold_switch([opening("a", (1, 4), follows=("b",)), end("b", (5, 9))])
    assert bounds(folded) == [((1, 4), (5, 9))]
    assert folded.oddities == (Oddity("contradicted-follows", ("a", "b")),)


def test_a_follows_is_contradicted_through_others_too() -> None:
    facts = [opening("a", 5), end("b", (1, 9), follows=("a",)), opening("c", 3, follows=("b",))]
    folded = fold_switch(facts)
    assert folded.oddities == (
        Oddity("already-open", ("a", "c")),
        Oddity("contradicted-follows", ("c", "b")),
    )
    assert bounds(folded) == [(3, (5, 9))]


def test_a_follows_never_undoes_an_ends() -> None:
    facts = [opening("a", (0, 9), follows=("x",)), end("b", 2, ends="a"), end("x", (4, 6))]
    folded = fold_switch(facts)
    assert Oddity("contradicted-follows", ("a", "x")) in folded.oddities
    assert bounds(folded) == [((0, 2), 2)]


def test_follows_in_a_circle_are_ignored_but_not_what_hangs_on_it() -> None:
    anyday = (1, 9)
    circle = [setting("a", anyday, '"p"', follows=("b",)), setting("b", anyday, '"q"', follows=("a",))]
    folded = fold_value([*circle, setting("c", anyday, '"r"', follows=("a",))])
    assert folded.oddities == (
        Oddity("contradicted-follows", ("a", "b")),
        Oddity("contradicted-follows", ("b", "a")),
    )
    assert [span.opened_by for span in folded.spans] == [("a",), ("b",), ("c",)]
    # Were it ignored that c follows a, a might have ended c.
    assert folded.spans[2].closed_by == ("b",)


def test_a_circle_that_the_dates_break_is_no_circle() -> None:
    folded = fold_value(
        [
            setting("a", 1, '"p"', follows=("b",)),
            setting("b", (2, 9), '"q"', follows=("a", "c")),
            setting("c", 5, '"r"'),
        ]
    )
    assert folded.oddities == (Oddity("contradicted-follows", ("a", "b")),)


def test_an_end_without_a_start() -> None:
    assert fold_switch([end("a", 3)]) == Folded((), (Oddity("end-without-start", ("a",)),))
    assert fold_switch([end("a", 3), opening("b", 5)]).oddities == (Oddity("end-without-start", ("a",)),)
    assert fold_switch([end("a", 3, implied=True)]).oddities == ()


def test_a_second_end_finds_nothing_to_end() -> None:
    folded = fold_switch([opening("a", 1), end("b", 3), end("c", 3), end("d", 7, implied=True)])
    assert folded.oddities == (Oddity("end-without-start", ("c",)),)


def test_an_opening_of_what_is_open() -> None:
    folded = fold_switch([opening("a", 3), opening("b", 1), end("c", 5), opening("d", 7)])
    assert folded.oddities == (Oddity("already-open", ("a", "b")),)


def test_an_end_after_the_closing() -> None:
    folded = fold_switch([opening("a", 1), end("b", (4, 6), implied=True), end("c", 7)])
    assert folded.oddities == (Oddity("end-after-closing", ("c", "b")),)


@pytest.mark.parametrize("when", [3, 6, (6, 9), (3, 9)])
def test_an_end_that_may_lie_on_the_day_of_the_closing_or_before_is_not_odd(when: When) -> None:
    assert fold_switch([opening("a", 1), end("b", (4, 6), implied=True), end("c", when)]).oddities == ()


def test_a_second_end_beside_a_closing_is_odd() -> None:
    folded = fold_switch([opening("a", 1), end("b", 4, implied=True), end("c", 4), end("d", 4)])
    assert folded.oddities == (Oddity("end-without-start", ("d",)),)


# Value slots


def test_a_value_holds_until_the_next() -> None:
    folded = fold_value([setting("a", (1, 3), '"p"'), setting("b", (6, 9), '"q"')])
    assert folded == Folded(
        (
            Span('"p"', 1, 3, 6, 9, False, ("a",), ("b",), (("a", 1, 3), ("b", 6, 9))),
            Span('"q"', 6, 9, END, END, False, ("b",), (), (("b", 6, 9),)),
        ),
        (),
    )


def test_nothing_is_no_statement_but_ends_one() -> None:
    folded = fold_value([setting("a", 1, '"p"'), setting("b", 6, None)])
    assert held(folded) == [('"p"', 1, 6)]
    assert folded.spans[0].closed_by == ("b",)


def test_setting_the_same_value_again_goes_on() -> None:
    folded = fold_value([setting("a", 1, '"p"'), setting("b", 6, '"p"'), setting("c", 8, '"q"')])
    assert held(folded) == [('"p"', 1, 8), ('"q"', 8, END)]
    assert [span.opened_by for span in folded.spans] == [("a", "b"), ("c",)]


def test_a_fact_without_bounds_makes_all_undecided() -> None:
    folded = fold_value([setting("a", 5, '"p"'), setting("b", (BEGINNING, END), '"q"')])
    assert held(folded) == [('"q"', (BEGINNING, END), (5, END)), ('"p"', 5, (5, END))]
    assert [certainty([span], 9, 9) for span in folded.spans] == ["possible", "possible"]


def test_a_run_is_cut_where_it_becomes_definite_again() -> None:
    facts = [setting("a", 1, '"p"'), setting("b", (5, 8), '"q"'), setting("c", (6, 8), '"p"')]
    folded = fold_value([*facts, setting("d", 10, '"p"')])
    assert held(folded) == [('"p"', 1, (5, 10)), ('"q"', (5, 8), (6, 10)), ('"p"', 10, END)]
    assert [(span.opened_by, span.closed_by) for span in folded.spans] == [
        (("a", "c"), ("b",)),
        (("b",), ("c", "d")),
        (("d",), ()),
    ]


def test_follows_orders_what_dates_do_not() -> None:
    folded = fold_value([setting("a", 5, '"p"', follows=("b",)), setting("b", 5, '"q"')])
    assert (held(folded), folded.oddities) == ([('"p"', 5, END)], ())
    chain = [
        setting("a", (1, 9), '"p"', follows=("b",)),
        setting("b", (1, 9), '"q"'),
        setting("c", (4, 5), '"r"', follows=("a",)),
    ]
    assert held(fold_value(chain)) == [
        ('"p"', (1, 4), (4, 5)),
        ('"q"', (1, 4), (1, 5)),
        ('"r"', (4, 5), END),
    ]


def test_an_undated_fact_that_is_followed_does_not_end_what_follows_it() -> None:
    undated = (5, END)
    folded = fold_value([setting("a", undated, '"p"'), setting("b", undated, '"q"', follows=("a",))])
    assert held(folded) == [('"p"', (5, END), (5, END)), ('"q"', (5, END), END)]
    assert [span.closed_by for span in folded.spans] == [("b",), ()]
    ranked = fold_value([setting("a", undated, '"p"'), setting("b", undated, '"q"', rank=1)])
    assert held(ranked) == held(folded)


def test_the_vocabulary_orders_one_day() -> None:
    folded = fold_value([setting("a", 5, '"launched"', rank=3), setting("b", 5, '"announced"')])
    assert (held(folded), folded.oddities) == ([('"launched"', 5, END)], ())


def test_the_vocabulary_narrows_where_the_bounds_allow() -> None:
    facts = [setting("a", (1, 20), '"announced"'), setting("b", (1, 8), '"launched"', rank=3)]
    assert held(fold_value(facts)) == [('"announced"', (1, 7), (1, 8)), ('"launched"', (1, 8), END)]
    back = [setting("a", (10, 20), '"announced"'), setting("b", (1, 8), '"launched"', rank=3)]
    assert held(fold_value(back)) == [('"launched"', (1, 8), (10, 20)), ('"announced"', (10, 20), END)]


def test_follows_goes_before_the_vocabulary() -> None:
    facts = [setting("a", (1, 8), '"announced"', follows=("b",)), setting("b", (1, 8), '"withdrawn"', rank=1)]
    assert held(fold_value(facts)) == [('"announced"', (1, 8), END), ('"withdrawn"', (1, 7), (1, 8))]
    # What is announced anew is no earlier stage than what it follows.
    assert fold_value(
        [setting("a", 5, '"p"', follows=("b",)), setting("b", 5, '"q"', rank=1), setting("c", 5, '"r"', rank=1)]
    ).oddities == (Oddity("conflict", ("a", "c")),)


def test_two_values_on_one_day_are_a_conflict_and_both_possible() -> None:
    folded = fold_value([setting("b", 5, '"p"'), setting("a", 5, '"q"'), setting("c", 9, '"r"')])
    assert folded.oddities == (Oddity("conflict", ("a", "b")),)
    assert held(folded) == [('"p"', 5, (5, 9)), ('"q"', 5, (5, 9)), ('"r"', 9, END)]
    assert [certainty([span], 6, 6) for span in folded.spans[:2]] == ["possible", "possible"]


@pytest.mark.parametrize(
    "other",
    [
        setting("b", 5, '"p"'),
        setting("b", (5, 6), '"q"'),
        setting("b", 5, '"q"', follows=("a",)),
        setting("b", 5, '"q"', rank=1),
        setting("b", 6, '"q"'),
    ],
    ids=["one value", "perhaps another day", "ordered", "ranked", "another day"],
)
def test_what_is_no_conflict(other: SlotFact) -> None:
    assert fold_value([setting("a", 5, '"p"'), other]).oddities == ()


def test_nothing_conflicts_with_something() -> None:
    assert fold_value([setting("a", 5, '"p"'), setting("b", 5, None)]).oddities == (Oddity("conflict", ("a", "b")),)


def test_a_value_is_doubtful_if_all_that_set_it_are() -> None:
    maybe = setting("a", 2, '"p"', doubtful=True)
    doubtful = fold_value([maybe, setting("b", 9, '"q"')])
    assert [span.doubtful for span in doubtful.spans] == [True, False]
    assert certainty(doubtful.spans[:1], 3, 3) == "possible"
    mixed = fold_value([maybe, setting("c", (4, 6), '"p"'), setting("b", 9, '"q"')])
    assert held(mixed)[0] == ('"p"', (2, 6), 9)
    assert not mixed.spans[0].doubtful


def test_what_only_a_doubtful_fact_makes_definite_is_definite_on_no_day() -> None:
    folded = fold_value([setting("a", 2, '"p"', doubtful=True), setting("b", (2, 30), '"p"'), setting("c", 9, '"q"')])
    first = folded.spans[0]
    assert (first.since_earliest, first.until_latest, first.doubtful) == (2, END, False)
    assert certainty([first], 5, 5) == "possible"


def test_long_chains_are_solved_in_one_go() -> None:
    count = 3_000
    names = [f"{number:04}" for number in range(count)]
    facts = [setting(names[0], (0, 12), '"0"')]
    facts += [setting(names[n], (n, n + 12), f'"{n}"', follows=(names[n - 1],)) for n in range(1, count)]
    folded = fold_value(facts)
    assert len(folded.spans) == count
    assert held(folded)[-1] == (f'"{count - 1}"', (count - 1, count + 11), END)


# Certainty


SPANS = fold_switch([opening("a", (2, 4)), end("b", 6), opening("c", 6), end("d", (8, 10))]).spans


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (0, 1, None),
        (0, 2, "possible"),
        (2, 3, "possible"),
        (3, 4, "possible"),
        (4, 4, "definite"),
        (4, 7, "definite"),
        (4, 8, "possible"),
        (9, 12, "possible"),
        (10, 12, None),
        (0, 12, "possible"),
    ],
)
def test_certainty_over_several_days(first: Day, last: Day, expected: str | None) -> None:
    assert certainty(SPANS, first, last) == expected
    assert certainty(reversed(SPANS), first, last) == expected


def test_definite_without_end() -> None:
    assert certainty(fold_switch([opening("a", (BEGINNING, 4))]).spans, 4, END - 1) == "definite"

"""Appending through the recorder: idempotency, expected versions, what is odd and what `strict` makes of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from events import facts
from events.anomalies import Anomaly
from events.dcb import (
    AppendConditionFailed,
    Appended,
    AssumptionFailed,
    IdConflict,
    PartlyKnown,
    UnknownEvent,
)
from events.projection import StrictlyRefused
from events.recording import Ahead, VersionConflict
from events.writer import Writer
from tests.histories import corrected, created, listed, retracted, told, uid
from tests.registers import TestRegister, fact

# Idempotency


def test_the_same_facts_again_are_known(on_both: TestRegister) -> None:
    given = (created("a"), told("p", "priority.set", "2019", organisation="a", priority="p"))
    first, again = on_both.append(*given), on_both.append(*given)
    assert (first.known, again.known) == (False, True)
    assert [event.position for event in again.events] == [event.position for event in first.events] == [1, 2]
    assert on_both.log.head().position == 2


def test_a_fact_is_the_same_though_it_would_now_lend_other_tags(register: TestRegister) -> None:
    withdrawn = told("withdrawn", "change.withdrawn", "2020", plan="plan")
    announced = told("plan", "change.announced", "2019", plan="plan", organisation="a", title="P")
    assert not register.append(announced).known
    assert not register.append(withdrawn).known
    assert register.append(withdrawn).known
    other = told("w2", "target.moved", "2020", target="t", to="2021")
    register.append(other)
    register.append(told("set", "target.set", "2019", target="t", organisation="a", due="2020"))
    assert register.append(other).known


def test_other_content_is_a_conflict_and_some_known_is_one_too(on_both: TestRegister) -> None:
    on_both.append(created("a"))
    with pytest.raises(IdConflict):
        on_both.append(created("a", "2011"))
    with pytest.raises(PartlyKnown) as refused:
        on_both.append(created("a"), created("b"))
    assert refused.value.known == (uid("created-a"),)
    assert on_both.log.head().position == 1


def test_ids_of_a_key_are_the_same_each_time(register: TestRegister) -> None:
    body = json.dumps({"facts": [{k: v for k, v in created(each).items() if k != "id"} for each in "ab"]}).encode()
    outcomes = []
    for key in ("key", "key", "other"):
        with register.database.snapshot() as connection:
            prepared = register.recorder.prepare(facts.decode(body), "tester", connection, key)
        (outcome,) = register.log.commit([prepared])
        assert isinstance(outcome, Appended)
        outcomes.append(outcome)
    assert [outcome.known for outcome in outcomes] == [False, True, False]
    ids = [event.id for outcome in outcomes for event in outcome.events]
    assert len(set(ids)) == 4


# Expected versions


def test_expected_versions(on_both: TestRegister) -> None:
    on_both.append(created("a"), expect={"organisation/a": 0})
    on_both.append(created("b"), expect={"organisation/a": 1, "organisation/b": 0})
    for expect in ({"organisation/a": 0}, {"organisation/a": 1, "organisation/b": 0}):
        with pytest.raises(AppendConditionFailed):
            on_both.append(created("c"), expect=expect)
    with pytest.raises(VersionConflict) as refused:
        on_both.append(created("c"), expect={"organisation/a": 2, "organisation/b": 1, "organisation/c": 0})
    assert refused.value.actual == {"organisation/a": 1, "organisation/b": 1, "organisation/c": 0}
    assert on_both.log.head().position == 2
    on_both.append(created("c"), expect={"organisation/a": 1, "type/organisation.created": 2})


def test_an_append_whose_answer_was_lost_can_be_repeated_with_what_it_expected(register: TestRegister) -> None:
    register.append(created("a"), expect={"organisation/a": 0})
    assert register.append(created("a"), expect={"organisation/a": 0}).known


# What is odd

A = {"organisation": "a"}
POST = {**A, "post": "q", "person": "p"}
RESPONSIBLE = {**A, "responsibility": "r"}
GAINED = told("gained", "responsibility.gained", "2019-01-01", **RESPONSIBLE)
ENDED = told("ended", "responsibility.ended", "2020-01-01", **RESPONSIBLE)
CLOSED = told("closed", "organisation.dissolved", "2021-01-01", **A, reason="ceased")
SET = told("set", "target.set", "2013", **A, target="t", due="2018")

ODD: dict[str, tuple[str, list[dict[str, Any]], dict[str, Any]]] = {
    "appointed before the organisation began": (
        "outside-life",
        [created("a", "2018")],
        told("odd", "appointment.started", "2017", **POST),
    ),
    "appointed after it closed": (
        "outside-life",
        [created("a", "2018"), CLOSED],
        told("odd", "appointment.started", "2021-01-01", **POST),
    ),
    "seen after it closed": (
        "outside-life",
        [created("a", "2018"), CLOSED],
        told("odd", "appointment.observed", "2022", **POST),
    ),
    "an end without a start": ("end-without-start", [], told("odd", "responsibility.ended", "2020", **RESPONSIBLE)),
    "an end before the start": (
        "end-without-start",
        [GAINED],
        told("odd", "responsibility.ended", "2018", **RESPONSIBLE),
    ),
    "a second end": (
        "end-without-start",
        [GAINED, ENDED],
        told("odd", "responsibility.ended", "2020-02-01", **RESPONSIBLE),
    ),
    "a second closing": (
        "end-without-start",
        [created("a", "2018"), CLOSED],
        told("odd", "organisation.replaced", "2022", original="a", result="a2"),
    ),
    "an opening of what is open": (
        "already-open",
        [GAINED],
        told("odd", "responsibility.gained", "2020", **RESPONSIBLE),
    ),
    "created twice": (
        "already-open",
        [created("a", "2018")],
        told("odd", "organisation.created", "2019", **A, name="A"),
    ),
    "appointed twice": (
        "already-open",
        [told("appointed", "appointment.started", "2019", **POST)],
        told("odd", "appointment.started", "2020", **POST),
    ),
    "an end after the closing": (
        "end-after-closing",
        [created("a", "2018"), GAINED, CLOSED],
        told("odd", "responsibility.ended", "2022", **RESPONSIBLE),
    ),
    "a closing before an end": (
        "end-after-closing",
        [created("a", "2018"), GAINED, told("end", "responsibility.ended", "2022", **RESPONSIBLE)],
        {**CLOSED, "id": uid("odd")},
    ),
    "an end before the start that it ends": (
        "end-before-start",
        [GAINED],
        told("odd", "responsibility.ended", "2018", **RESPONSIBLE, _ends=uid("gained")),
    ),
    "a follows that the dates contradict": (
        "contradicted-follows",
        [SET],
        told("odd", "target.moved", "2012", target="t", to="2020", _follows=[uid("set")]),
    ),
    "two values on one day": (
        "conflict",
        [told("name", "name.adopted", "2019-01-01", **A, name="One", kind="legal")],
        told("odd", "name.adopted", "2019-01-01", **A, name="Two", kind="legal"),
    ),
    "a from that does not fit": (
        "from-does-not-fit",
        [SET],
        told("odd", "target.moved", "2016", target="t", to="2020", from_="2019"),
    ),
    "a result never created": (
        "never-created",
        [created("a")],
        told("odd", "organisation.merged", "2019", originals=["a"], result="new"),
    ),
    "a result that only ended": (
        "never-created",
        [created("a"), told("end", "organisation.dissolved", "2020", organisation="new", reason="ceased")],
        told("odd", "organisation.replaced", "2019", original="a", result="new"),
    ),
    "a result of a split never created": (
        "never-created",
        [created("a"), created("b")],
        told("odd", "organisation.split", "2019", original="a", results=["b", "new"], original_survives=True),
    ),
    "a target without an owner": ("unowned", [], told("odd", "target.set", "2019", target="t", due="2020")),
    "a move of a target without an owner": ("unowned", [], told("odd", "target.moved", "2019", target="t", to="2020")),
    "money for an initiative that nobody has": (
        "unowned",
        [],
        told("odd", "funding.awarded", "2019", **A, initiative="i", amount="1", currency="GBP"),
    ),
    "a correction that is odd": (
        "outside-life",
        [created("a", "2018"), told("fine", "appointment.started", "2019", **POST)],
        {**corrected("odd", "fine", told("", "appointment.started", "2016", **POST))},
    ),
}


def warnings_of(outcome: Appended) -> list[Anomaly]:
    assert isinstance(outcome.answer, list)
    return outcome.answer


@pytest.mark.parametrize("what", ODD)
def test_what_is_odd_is_recorded_with_a_warning(register: TestRegister, what: str) -> None:
    code, before, odd = ODD[what]
    for each in before:
        register.append(each)
    outcome = register.append(odd)
    warnings = warnings_of(outcome)
    assert code in {each.code for each in warnings}
    assert register.log.head().position == len(before) + 1
    for each in warnings:
        assert each.detail
        assert "/" in each.subject


@pytest.mark.parametrize("what", ODD)
def test_what_is_odd_is_refused_where_strict_is_asked(register: TestRegister, what: str) -> None:
    code, before, odd = ODD[what]
    for each in before:
        register.append(each)
    with pytest.raises(StrictlyRefused) as refused:
        register.append(created("other"), odd, strict=True)
    assert code in {each.code for each in refused.value.warnings}
    assert register.log.head().position == len(before)
    assert register.state("organisation/other") is None


FINE: list[list[dict[str, Any]]] = [
    [created("a"), GAINED, ENDED, CLOSED],
    [created("a"), CLOSED, told("again", "organisation.reinstated", "2021-01-01", **A, name="A")],
    [created("a"), GAINED, CLOSED, told("end", "responsibility.ended", "2021-01-01", **RESPONSIBLE)],
    [SET, told("moved", "target.moved", "2016", target="t", to="2020", from_="2018")],
    [SET, told("moved", "target.moved", "2016", target="t", to="2020", _follows=[uid("set")])],
    [created("a"), created("b"), told("m", "organisation.merged", "2019", originals=["a"], result="b")],
    [created("a"), told("seen", "appointment.observed", "2019", **POST)],
    [told("seen", "appointment.started", "2019", **POST)],
    [
        told("i", "initiative.launched", "2019", **A, initiative="i"),
        told("m", "funding.awarded", "2019", **A, initiative="i", amount="1", currency="GBP"),
    ],
    [told("m", "funding.awarded", "2019", **A, amount="1", currency="GBP")],
    [told("p", "change.announced", "2019", **A, plan="p", title="P"), created("a", "2019", _fulfils="p")],
]


@pytest.mark.parametrize("given", FINE)
def test_what_fits_is_taken_strictly(register: TestRegister, given: list[dict[str, Any]]) -> None:
    for each in given:
        assert warnings_of(register.append(each, strict=True)) == []


def test_all_that_fits_in_one_append_is_taken_strictly(register: TestRegister) -> None:
    register.append(*FINE[0][::-1], strict=True)
    assert register.log.head().position == 4


def test_what_is_refused_strictly_is_refused_alone_in_its_batch(on_both: TestRegister) -> None:
    writer = Writer(on_both.log)
    end = told("odd", "responsibility.ended", "2020", **RESPONSIBLE)
    given = [(created("a"), False), (end, True), (created("b"), True), ({**end, "id": uid("odd2")}, False)]
    futures = [writer.submit(on_both.prepare(each, strict=strict)) for each, strict in given]
    outcomes = [future.exception(30) for future in futures]
    writer.close()
    assert [type(outcome) for outcome in outcomes] == [type(None), StrictlyRefused, type(None), type(None)]
    assert [each.code for each in warnings_of(futures[3].result())] == ["end-without-start"]
    assert on_both.list() == ["a", "b"]
    assert on_both.log.head().position == 3


def test_an_end_before_the_start_that_it_ends_does_not_count_and_neither_does_that(register: TestRegister) -> None:
    _, before, odd = ODD["an end before the start that it ends"]
    register.append(*before, odd)
    days = ("2018-06-01", "2019-06-01")
    assert [listed(register, "organisation/a", day, "responsibilities.responsibility") for day in days] == [[], []]
    register.append(retracted("r", "odd"))
    assert listed(register, "organisation/a", days[1], "responsibilities.responsibility") == ["r"]


def test_the_first_fact_on_a_target_lends_its_organisation_even_to_one_prepared_at_once(on_both: TestRegister) -> None:
    """The second was prepared while there was none yet: it is refused, and prepared anew bears the tag."""
    first = on_both.prepare(fact("target.set", "2019", target="t", organisation="a", due="2020"))
    moved = fact("target.moved", "2020", target="t", to="2021")
    second = on_both.prepare(moved)
    outcomes = on_both.log.commit([first, second])
    assert [type(outcome) for outcome in outcomes] == [Appended, AssumptionFailed]
    (event,) = on_both.append(moved).events
    assert "organisation/a" in event.fact.tags


# What is prepared to go before, in the same transaction

AHEAD_SET = told("set", "target.set", "2019", target="t", organisation="a", due="2020")
AHEAD_MOVED = told("moved", "target.moved", "2020", target="t", to="2021")
AHEAD_CORRECTED = corrected("right", "set", told("", "target.set", "2018", target="t", organisation="b", due="2020"))


def test_an_append_builds_on_what_goes_before_it_in_its_transaction(on_both: TestRegister) -> None:
    ahead = Ahead()
    prepared = []
    for given in (AHEAD_SET, AHEAD_MOVED, AHEAD_CORRECTED):
        prepared.append(on_both.prepare(given, ahead=ahead))
        ahead.add(prepared[-1])
    outcomes = on_both.log.commit(prepared)
    tags = [set(outcome.events[0].fact.tags) for outcome in outcomes if isinstance(outcome, Appended)]
    assert tags[1] == {"organisation/a", "target/t", "type/target.moved"}
    assert tags[2] == {"organisation/a", "organisation/b", "target/t", "type/fact.corrected", "type/target.set"}


def test_an_append_is_refused_with_what_it_builds_on(on_both: TestRegister) -> None:
    ahead = Ahead()
    first = on_both.prepare(AHEAD_SET, ahead=ahead)
    ahead.add(first)
    others = [on_both.prepare(given, ahead=ahead) for given in (AHEAD_MOVED, AHEAD_CORRECTED)]
    on_both.append(told("other", "target.set", "2019", target="t", organisation="c", due="2020"))
    outcomes = on_both.log.commit([first, *others])
    assert [type(outcome) for outcome in outcomes] == [AssumptionFailed, UnknownEvent, UnknownEvent]
    (event,) = on_both.append(AHEAD_MOVED).events
    assert "organisation/c" in event.fact.tags


def test_what_is_recorded_counts_and_not_what_is_ahead_under_its_id(register: TestRegister) -> None:
    register.append(AHEAD_SET)
    ahead = Ahead()
    ahead.add(
        register.prepare(told("set", "target.set", "2019", target="t", organisation="z", due="2020"), ahead=ahead)
    )
    tags = register.prepare(AHEAD_CORRECTED, ahead=ahead).records[0].tags
    assert "organisation/a" in tags
    assert "organisation/z" not in tags

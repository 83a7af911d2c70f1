"""What each type of fact does to the state."""

from __future__ import annotations

from typing import Any

import pytest

from tests.histories import (
    BEFORE,
    ENDS,
    HELD,
    OVER,
    STARTING,
    STARTS,
    created,
    listed,
    over_time,
    state,
    status,
    told,
    uid,
)
from tests.registers import TestRegister

# What is opened and ended

A = {"organisation": "a"}
OPENED_AND_ENDED = {
    "brand": ("name.adopted", "name.retired", {**A, "name": "A & Co", "kind": "brand"}),
    "trading": ("name.adopted", "name.retired", {**A, "name": "Trader", "kind": "trading"}),
    "short": ("name.adopted", "name.retired", {**A, "name": "AC", "kind": "short"}),
    "former": ("name.adopted", "name.retired", {**A, "name": "Old", "kind": "former"}),
    "translation": ("name.adopted", "name.retired", {**A, "name": "Ä", "kind": "translation"}),
    "of a person": ("name.adopted", "name.retired", {"person": "p", "name": "P. P.", "kind": "short"}),
    "identifier": ("identifier.assigned", "identifier.withdrawn", {**A, "scheme": "ods", "value": "X 26"}),
    "relation": ("relation.started", "relation.ended", {**A, "kind": "part_of", "target": "b"}),
    "relation to a person": ("relation.started", "relation.ended", {**A, "kind": "works_with", "target": "person/p"}),
    "relation of a post": (
        "relation.started",
        "relation.ended",
        {"post": "q", "kind": "accountable_to", "target": "b"},
    ),
    "post": ("post.created", "post.abolished", {**A, "post": "q", "title": "Chief", "rank": "SCS2"}),
    "appointment": ("appointment.started", "appointment.ended", {**A, "post": "q", "person": "p"}),
    "responsibility": ("responsibility.gained", "responsibility.ended", {**A, "responsibility": "r", "scope": "all"}),
    "priority": ("priority.set", "priority.ended", {**A, "priority": "speed"}),
}
SHOWN = {
    "brand": [("organisation/a", "names.kind,name", "brand A & Co")],
    "trading": [("organisation/a", "names.kind,name", "trading Trader")],
    "short": [("organisation/a", "names.kind,name", "short AC")],
    "former": [("organisation/a", "names.kind,name", "former Old")],
    "translation": [("organisation/a", "names.kind,name", "translation Ä")],
    "of a person": [("person/p", "names.kind,name", "short P. P.")],
    "identifier": [("organisation/a", "identifiers.scheme,value", "ods X 26")],
    "relation": [
        ("organisation/a", "relations.kind,target,direction", "part_of organisation/b out"),
        ("organisation/b", "relations.kind,target,direction", "part_of organisation/a in"),
    ],
    "relation to a person": [("organisation/a", "relations.kind,target,direction", "works_with person/p out")],
    "relation of a post": [
        ("post/q", "relations.kind,target,direction", "accountable_to organisation/b out"),
        ("organisation/b", "relations.kind,target,direction", "accountable_to post/q in"),
    ],
    "post": [
        ("organisation/a", "posts.post,title,rank", "q Chief SCS2"),
        ("post/q", "posts.organisation,post", "a q"),
    ],
    "appointment": [
        ("organisation/a", "appointments.post,person", "q p"),
        ("person/p", "appointments.organisation,post", "a q"),
        ("post/q", "holders.organisation,person", "a p"),
    ],
    "responsibility": [
        ("organisation/a", "responsibilities.responsibility,scope", "r all"),
        ("responsibility/r", "holders.organisation,responsibility", "a r"),
    ],
    "priority": [("organisation/a", "priorities.priority", "speed")],
}
CASES = [(name, *look) for name, looks in SHOWN.items() for look in looks]
IDS = [f"{name} on {tag}" for name, tag, *_ in CASES]


@pytest.mark.parametrize(("name", "tag", "what", "item"), CASES, ids=IDS)
def test_what_is_opened_and_ended(register: TestRegister, name: str, tag: str, what: str, item: str) -> None:
    opens, ends, data = OPENED_AND_ENDED[name]
    ending = {key: value for key, value in data.items() if key not in ("rank", "title", "scope")}
    register.append(told("end", ends, ENDS, **ending))
    assert over_time(register, tag, what) == [[]] * 5
    register.append(told("start", opens, STARTS, **data))
    assert over_time(register, tag, what) == [[], [f"{item}?"], [item], [f"{item}?"], []]
    (found,) = state(register, tag, HELD)[what.partition(".")[0]]
    assert (found["opened_by"], found["closed_by"]) == ([uid("start")], [uid("end")])
    assert found["since"] == {"edtf": "2019", "earliest": "2019-01-01", "latest": "2019-12-31"}
    assert found["until"] == {"edtf": "2021-05", "earliest": "2021-05-01", "latest": "2021-05-31"}


@pytest.mark.parametrize(("name", "tag", "what", "item"), CASES, ids=IDS)
def test_an_interval_opens_and_ends(register: TestRegister, name: str, tag: str, what: str, item: str) -> None:
    opens, _, data = OPENED_AND_ENDED[name]
    register.append(told("start", opens, "2019/2021-04", **data))
    surely = [f"{item}"]
    assert over_time(register, tag, what) == [[], [f"{item}?"], surely, [], []]
    assert listed(register, tag, "2021-04-30", what) == [f"{item}?"]
    assert listed(register, tag, "2021-04-01", what) == surely
    assert listed(register, tag, "2021-05-01", what) == []


@pytest.mark.parametrize(
    ("effective", "expected"),
    [
        ("2019/..", [[], ["r?"], ["r"], ["r"], ["r"]]),
        ("2019/", [[], ["r?"], ["r?"], ["r?"], ["r?"]]),
        ("../2021-04", [["r?"], ["r?"], ["r?"], [], []]),
        ("2019?", [[], ["r?"], ["r?"], ["r?"], ["r?"]]),
        ("2019-01-01?/2021-04-30", [[], ["r?"], ["r?"], [], []]),
        ("2019-01-01/2021-04-30?", [[], ["r"], ["r"], [], []]),
        ("2019-01-01%", [[], ["r?"], ["r?"], ["r?"], ["r?"]]),
        ("2019~", [["r?"], ["r?"], ["r?"], ["r"], ["r"]]),
        ("[2018-06-01..2019-05-31]", [["r?"], ["r"], ["r"], ["r"], ["r"]]),
        ("[..2019-06-30]", [["r?"], ["r?"], ["r"], ["r"], ["r"]]),
        ("[2019-06-30..]", [[], [], ["r?"], ["r?"], ["r?"]]),
        ({"edtf": "2019", "latest": "2019-03-31", "text": "early 2019"}, [[], ["r"], ["r"], ["r"], ["r"]]),
    ],
)
def test_dates_that_open(register: TestRegister, effective: Any, expected: list[list[str]]) -> None:
    register.append(told("start", "responsibility.gained", effective, organisation="a", responsibility="r"))
    assert over_time(register, "organisation/a", "responsibilities.responsibility") == expected


def test_an_end_with_a_doubtful_date_is_only_shown(register: TestRegister) -> None:
    register.append(told("start", "priority.set", "2019-01-01", organisation="a", priority="p"))
    register.append(told("end", "priority.ended", "2021-05?", organisation="a", priority="p"))
    assert over_time(register, "organisation/a", "priorities.priority") == [[], ["p"], ["p"], ["p?"], []]


# What holds the last value


VALUES = {
    "legal name": (
        told("one", "name.adopted", STARTS, organisation="a", name="One", kind="legal"),
        told("two", "name.adopted", ENDS, organisation="a", name="Two", kind="legal"),
        "organisation/a",
        "names.kind,name",
        ["legal One", "legal Two"],
    ),
    "legal name retired": (
        told("one", "name.adopted", STARTS, person="p", name="One", kind="legal"),
        told("two", "name.retired", ENDS, person="p", name="One", kind="legal"),
        "person/p",
        "names.kind,name",
        ["legal One", None],
    ),
    "classification": (
        told("one", "organisation.reclassified", STARTS, organisation="a", scheme="uk", value="unit"),
        told("two", "organisation.reclassified", ENDS, organisation="a", scheme="uk", value="agency"),
        "organisation/a",
        "classifications.scheme,value",
        ["uk unit", "uk agency"],
    ),
    "attribute": (
        told("one", "attribute.set", STARTS, organisation="a", key="staff", value=40),
        told("two", "attribute.set", ENDS, organisation="a", key="staff", value={"all": 50}),
        "organisation/a",
        "attributes.key,value",
        ["staff 40", "staff {'all': 50}"],
    ),
    "attribute taken away": (
        told("one", "attribute.set", STARTS, person="p", key="staff", value=40),
        told("two", "attribute.set", ENDS, person="p", key="staff", value=None),
        "person/p",
        "attributes.key,value",
        ["staff 40", None],
    ),
    "due": (
        told("one", "target.set", STARTS, organisation="a", target="t", due="2020"),
        told("two", "target.moved", ENDS, organisation="a", target="t", to="2023", from_="2020"),
        "target/t",
        "dues.due",
        ["2020", "2023"],
    ),
}


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("backwards", [False, True], ids=["as they came", "the later first"])
def test_a_value_holds_until_another_is_set(register: TestRegister, name: str, backwards: bool) -> None:
    one, two, tag, what, (before, after) = VALUES[name]
    for each in [two, one] if backwards else [one, two]:
        register.append(each)
    both = sorted(f"{item}?" for item in (before, after) if item)
    found = [sorted(items) for items in over_time(register, tag, what)]
    assert found == [[], [f"{before}?"], [before], both, [after] if after else []]


def test_terms_are_those_last_given(register: TestRegister) -> None:
    post = {"organisation": "a", "post": "q", "person": "p"}
    register.append(told("start", "appointment.started", "2019-01-01", **post, acting=True, person_name="P"))
    register.append(told("change", "appointment.changed", "2020-01-01", **post, share="0.5"))
    register.append(told("end", "appointment.ended", "2021-05", **post, reason="retired"))
    terms = [
        [(item["acting"], item["share"], item["person_name"]) for item in state(register, tag, day)["appointments"]]
        for tag in ("organisation/a", "person/p")
        for day in ("2019-06-01", "2020-06-01", "2021-06-01")
    ]
    assert terms == [[(True, None, "P")], [(None, "0.5", "P")], []] * 2
    assert state(register, "organisation/a", "2021-05-10")["appointments"][0]["reason"] == "retired"


def test_a_new_appointment_has_its_own_terms(register: TestRegister) -> None:
    post = {"organisation": "a", "post": "q", "person": "p"}
    register.append(told("start", "appointment.started", "2019-01-01/2019-06-30", **post, acting=True))
    register.append(told("again", "appointment.started", "2020-01-01", **post))
    assert [
        [item["acting"] for item in state(register, "organisation/a", day)["appointments"]]
        for day in ("2019-01-01", "2019-07-01", "2020-01-01")
    ] == [[True], [], [None]]


# Responsibilities, observations, money, talk


def test_a_responsibility_is_handed_over_with_one_holder_at_any_time(register: TestRegister) -> None:
    register.append(told("gained", "responsibility.gained", STARTS, organisation="a", responsibility="r", title="R"))
    register.append(told("passed", "responsibility.transferred", ENDS, from_="a", to="b", responsibility="r"))
    assert over_time(register, "responsibility/r", "holders.organisation") == [[], ["a?"], ["a"], ["a?", "b?"], ["b"]]
    assert over_time(register, "organisation/b", "responsibilities.responsibility") == [[], [], [], ["r?"], ["r"]]
    assert [status(register, "responsibility/r", day) for day in (BEFORE, STARTING, HELD, OVER)] == [
        "not_held",
        "held? or not_held",
        "held",
        "held",
    ]
    assert state(register, "responsibility/r", HELD)["name"] == "R"


def test_a_handover_inside_the_days_asked_for_leaves_it_held(register: TestRegister) -> None:
    register.append(told("gained", "responsibility.gained", "2019-01-01", organisation="a", responsibility="r"))
    register.append(told("passed", "responsibility.transferred", "2019-07-01", from_="a", to="b", responsibility="r"))
    assert listed(register, "responsibility/r", "2019", "holders.organisation") == ["a?", "b?"]
    assert status(register, "responsibility/r", "2019") == "held"


def test_who_changes_post_is_in_post_throughout(register: TestRegister) -> None:
    for post, when in (("one", "2019-01-01/2019-06-30"), ("two", "2019-07-01")):
        register.append(told(post, "appointment.started", when, organisation="a", post=post, person="p"))
    assert listed(register, "person/p", "2019", "appointments.post") == ["one?", "two?"]
    assert [status(register, "person/p", day) for day in ("2018", "2019", "2018/2019")] == [
        "not_in_post",
        "in_post",
        "in_post? or not_in_post",
    ]


def test_a_handover_on_one_day_leaves_one_holder(register: TestRegister) -> None:
    post = {"organisation": "a", "post": "q"}
    register.append(told("first", "appointment.started", "2019-01-01", **post, person="one"))
    register.append(told("second", "appointment.started", "2020-01-01", **post, person="two"))
    register.append(told("gone", "appointment.ended", "2020-01-01", **post, person="one"))
    assert [listed(register, "post/q", day, "holders.person") for day in ("2019-12-31", "2020-01-01")] == [
        ["one"],
        ["two"],
    ]
    assert [each["person"] for each in state(register, "post/q", HELD)["succession"]] == ["one", "two"]


def test_a_same_day_end_and_new_start_stays_on(register: TestRegister) -> None:
    priority = {"organisation": "a", "priority": "p"}
    register.append(told("again", "priority.set", "2020-01-01", **priority))
    register.append(told("end", "priority.ended", "2020-01-01", **priority))
    register.append(told("start", "priority.set", "2019-01-01", **priority))
    assert [listed(register, "organisation/a", day, "priorities.priority") for day in ("2019-12-31", "2020-01-01")] == [
        ["p"],
        ["p"],
    ]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2019-06-01", "2019-06-01", {"2019-05-31": [], "2019-06-01": [], "2019-06-02": []}),
        ("2019", "2019", {"2018-12-31": [], "2019-06-01": ["p?"], "2020-01-01": []}),
        ("2019", "2019-06-01", {"2019-01-01": ["p?"], "2019-05-31": ["p?"], "2019-06-01": []}),
        ("2019-06-01", "2019", {"2019-05-31": [], "2019-06-01": ["p?"], "2020-01-01": []}),
    ],
)
def test_what_starts_and_ends_within_one_date(
    register: TestRegister, start: str, end: str, expected: dict[str, list[str]]
) -> None:
    register.append(told("end", "priority.ended", end, organisation="a", priority="p"))
    register.append(told("start", "priority.set", start, organisation="a", priority="p"))
    assert {day: listed(register, "organisation/a", day, "priorities.priority") for day in expected} == expected


SEEN = {"organisation": "a", "post": "q", "person": "p", "title": "Chief"}


@pytest.mark.parametrize(
    ("effective", "expected"),
    [
        ("2020-06-01", {"2020-05-31": [], "2020-06-01": ["q p"], "2020-06-02": []}),
        ("2020-06", {"2020-05-31": [], "2020-06-01": ["q p?"], "2020-06-30": ["q p?"], "2020-07-01": []}),
        ("2020-06-01/2020-06-10", {"2020-06-01": ["q p"], "2020-06-10": ["q p"], "2020-06-11": []}),
        ("2020-06-01/..", {"2020-05-31": [], "2020-06-01": ["q p"], "2030-01-01": ["q p"]}),
    ],
)
def test_an_observation_is_of_its_days(register: TestRegister, effective: str, expected: dict[str, list[str]]) -> None:
    register.append(told("seen", "appointment.observed", effective, **SEEN))
    assert {day: listed(register, "organisation/a", day, "appointments.post,person") for day in expected} == expected
    (item,) = state(register, "person/p", "2020-06-01")["appointments"]
    assert (item["observed"], item["title"], item["organisation"]) == (True, "Chief", "a")


def test_observations_are_listed_where_nothing_else_is_known(register: TestRegister) -> None:
    register.append(told("seen", "appointment.observed", "2019-06-01", **SEEN))
    register.append(told("seen-too", "appointment.observed", "2019-06-01", **{**SEEN, "person": "other"}))
    register.append(told("start", "appointment.started", "2019", **{**SEEN, "title": "Head"}))
    items = state(register, "organisation/a", "2019-06-01")["appointments"]
    assert [(each["person"], each["observed"]) for each in items] == [("p", False), ("other", True)]
    assert len(state(register, "post/q", "2019-06-01")["succession"]) == 1


def test_money_is_added_up_by_currency(register: TestRegister) -> None:
    own = {"organisation": "a", "initiative": "fund"}
    register.append(told("fund", "initiative.announced", "2018", organisation="a", initiative="fund"))
    register.append(told("m1", "funding.committed", "2019", **own, amount="40000000", currency="GBP"))
    register.append(told("m2", "funding.committed", "2020-01-01", **own, amount="0.50", currency="GBP"))
    register.append(told("m3", "funding.awarded", ENDS, **own, amount="6500000", currency="GBP", awards=35))
    register.append(
        told("m4", "funding.awarded", ENDS, **own, amount="7", currency="EUR", recipients=["organisation/b"])
    )

    def totals(day: str) -> list[tuple[Any, ...]]:
        funding = state(register, "initiative/fund", day)["funding"]
        return [(each["currency"], each["committed"], each["awarded"], each["awards"]) for each in funding]

    assert totals(BEFORE) == []
    assert totals(HELD) == [("GBP", "40000000.50", "0", 0)]
    assert totals(OVER) == [("EUR", "0", "7", 0), ("GBP", "40000000.50", "6500000", 35)]
    assert len(state(register, "organisation/a", OVER)["funding"]) == 4
    assert register.state("organisation/b", OVER) is not None


@pytest.mark.parametrize("type_", ["statement.made", "finding.published"])
def test_what_is_said_changes_no_slot(register: TestRegister, type_: str) -> None:
    register.append(
        told("said", type_, "2019", organisation="a", speaker="p", post="q", about=["b", "target/t"], text="Words")
    )
    for tag in ("organisation/a", "person/p", "post/q", "organisation/b", "target/t"):
        assert [each["id"] for each in register.timeline(tag)] == [uid("said")]
    assert state(register, "organisation/a", STARTING)["undecided"] == []
    assert [status(register, tag, OVER) for tag in ("organisation/a", "person/p", "post/q", "target/t")] == [
        "unknown",
        "not_in_post",
        "unknown",
        "unknown",
    ]


def test_a_subject_that_is_never_mentioned_is_none(register: TestRegister) -> None:
    register.append(created("a"))
    for kind in ("organisation", "person", "post", "plan", "initiative", "target", "responsibility"):
        assert register.state(f"{kind}/nobody") is None
    assert register.state("person/a") is None

"""Corrections and retractions: what they change, what they leave, what the timeline and the tags say of them."""

from __future__ import annotations

from typing import Any

import pytest

from events.dcb import Query, QueryItem, UnknownEvent
from events.facts import InvalidFacts
from tests.histories import corrected, created, listed, retracted, state, status, told, uid
from tests.registers import TestRegister


def gained(
    event: str, effective: str, responsibility: str = "r", organisation: str = "a", **more: Any
) -> dict[str, Any]:
    return told(
        event, "responsibility.gained", effective, organisation=organisation, responsibility=responsibility, **more
    )


def held(register: TestRegister, day: str = "2020-06-01", organisation: str = "a") -> list[str]:
    return listed(register, f"organisation/{organisation}", day, "responsibilities.responsibility")


# What stands


STEPS: dict[str, list[tuple[dict[str, Any], list[str]]]] = {
    "correct": [(corrected("c1", "x", gained("", "2019", "one")), ["one"])],
    "correct the correction": [
        (corrected("c1", "x", gained("", "2019", "one")), ["one"]),
        (corrected("c2", "c1", gained("", "2019", "two")), ["two"]),
    ],
    "correct twice: the higher position wins": [
        (corrected("c1", "x", gained("", "2019", "one")), ["one"]),
        (corrected("c2", "x", gained("", "2019", "two")), ["two"]),
        (corrected("c3", "c1", gained("", "2019", "three")), ["three"]),
    ],
    "retract": [(retracted("r1", "x"), [])],
    "retract a correction": [
        (corrected("c1", "x", gained("", "2019", "one")), ["one"]),
        (retracted("r1", "c1"), ["r"]),
    ],
    "retract the lower of two corrections": [
        (corrected("c1", "x", gained("", "2019", "one")), ["one"]),
        (corrected("c2", "x", gained("", "2019", "two")), ["two"]),
        (retracted("r1", "c1"), ["two"]),
        (retracted("r2", "c2"), ["r"]),
    ],
    "retract the higher of two corrections": [
        (corrected("c1", "x", gained("", "2019", "one")), ["one"]),
        (corrected("c2", "c1", gained("", "2019", "two")), ["two"]),
        (retracted("r1", "c2"), ["one"]),
    ],
    "retract a retraction": [(retracted("r1", "x"), []), (retracted("r2", "r1"), ["r"])],
    "retract a retraction of a correction": [
        (corrected("c1", "x", gained("", "2019", "one")), ["one"]),
        (retracted("r1", "c1"), ["r"]),
        (retracted("r2", "r1"), ["one"]),
    ],
    "correct what is withdrawn": [
        (retracted("r1", "x"), []),
        (corrected("c1", "x", gained("", "2019", "one")), []),
        (retracted("r2", "r1"), ["one"]),
    ],
    "retract twice": [
        (retracted("r1", "x"), []),
        (retracted("r2", "x", "duplicate"), []),
        (retracted("r3", "r1"), []),
        (retracted("r4", "r2"), ["r"]),
    ],
}


@pytest.mark.parametrize("steps", STEPS)
def test_what_stands(on_both: TestRegister, steps: str) -> None:
    on_both.append(gained("x", "2019"))
    before = [["r"]]
    for amendment, expected in STEPS[steps]:
        on_both.append(amendment)
        assert held(on_both) == expected
        before.append(expected)
    for position, expected in enumerate(before, 1):
        found = listed(on_both, "organisation/a", "2020-06-01", "responsibilities.responsibility", position)
        assert found == expected


@pytest.mark.parametrize("steps", STEPS)
def test_it_plays_no_part_how_many_come_in_one_append(register: TestRegister, steps: str) -> None:
    register.append(gained("x", "2019"), *(amendment for amendment, _ in STEPS[steps]))
    assert held(register) == STEPS[steps][-1][1]


@pytest.mark.parametrize("steps", STEPS)
def test_it_plays_no_part_how_many_come_in_one_commit(register: TestRegister, steps: str) -> None:
    register.append(gained("x", "2019"))
    given = [amendment for amendment, _ in STEPS[steps]]
    # Amendments aim at what is recorded when they are prepared; those that come later in the chain wait for that.
    while given:
        ready = [each for each in given if each["data"]["event"] not in {other["id"] for other in given}]
        register.log.commit([register.prepare(each) for each in ready])
        given = [each for each in given if each not in ready]
    assert held(register) == STEPS[steps][-1][1]


def test_statements_name_the_fact_and_its_correction(register: TestRegister) -> None:
    register.append(gained("x", "2019"))
    register.append(corrected("c1", "x", gained("", "2018")))
    register.append(corrected("c2", "c1", gained("", "2017")))
    (item,) = state(register, "organisation/a", "2020")["responsibilities"]
    assert item["opened_by"] == sorted([uid("x"), uid("c2")])
    assert item["since"]["edtf"] == "2017"


def test_a_correction_of_date_and_name(register: TestRegister) -> None:
    register.append(created("a", "2019", name="Wrong"))
    register.append(corrected("c", "created-a", created("a", "2018-07-01", name="Right")))
    assert [status(register, "organisation/a", day) for day in ("2018-06-30", "2018-07-01")] == ["not_yet", "active"]
    assert state(register, "organisation/a", "2020")["name"] == "Right"
    assert listed(register, "organisation/a", "2020", "names.name") == ["Right"]


def test_a_correction_to_another_type_and_organisation(on_both: TestRegister) -> None:
    on_both.append(gained("x", "2019"))
    on_both.append(corrected("c", "x", told("", "priority.set", "2020-01-01", organisation="b", priority="p")))
    assert held(on_both) == []
    assert state(on_both, "responsibility/r", "2020")["holders"] == []
    assert listed(on_both, "organisation/b", "2020-06-01", "priorities.priority") == ["p"]
    on_both.append(retracted("r", "c"))
    assert held(on_both) == ["r"]
    assert listed(on_both, "organisation/b", "2020-06-01", "priorities.priority") == []


# What leads elsewhere


def test_closings_that_are_amended_move_all_that_they_end(on_both: TestRegister) -> None:
    closing = told("closing", "organisation.dissolved", "2021-05", organisation="a", reason="ceased")
    on_both.append(
        created("a"),
        told("post", "post.created", "2015", organisation="a", post="q"),
        told("appointed", "appointment.started", "2015", organisation="a", post="q", person="p"),
        gained("gained", "2015"),
        told("priority", "priority.set", "2015", organisation="a", priority="speed"),
        told("out", "relation.started", "2015", organisation="a", kind="part_of", target="b"),
        told("in", "relation.started", "2015", organisation="b", kind="part_of", target="a"),
        told("of-post", "relation.started", "2015", post="q", kind="accountable_to", target="b"),
        closing,
    )
    looks = [
        ("organisation/a", "posts.post"),
        ("organisation/a", "appointments.post"),
        ("organisation/a", "responsibilities.responsibility"),
        ("organisation/a", "priorities.priority"),
        ("organisation/a", "relations.target"),
        ("organisation/b", "relations.target"),
        ("post/q", "relations.target"),
        ("person/p", "appointments.post"),
    ]

    def counts(day: str) -> list[int]:
        return [len(listed(on_both, tag, day, what)) for tag, what in looks]

    everything, nothing = [1, 1, 1, 1, 2, 3, 1, 1], [0] * 8
    assert [counts("2021-04-30"), counts("2021-06-01")] == [everything, nothing]
    on_both.append(retracted("no", "closing"))
    assert counts("2025-01-01") == everything
    on_both.append(retracted("yes", "no"))
    assert counts("2021-06-01") == nothing
    on_both.append(corrected("later", "closing", {**closing, "effective": "2022-05"}))
    assert [counts("2021-06-01"), counts("2022-04-30"), counts("2022-06-01")] == [everything, everything, nothing]
    merged = told("", "organisation.merged", "2021-01-01", originals=["b", "c"], result="d")
    on_both.append(corrected("other", "later", merged))
    assert counts("2025-01-01") == [1, 1, 1, 1, 0, 0, 0, 1]
    assert status(on_both, "organisation/a", "2025-01-01") == "active"
    on_both.append(corrected("survived", "closing", told("", "statement.made", "2021", organisation="a", text="No.")))
    assert counts("2025-01-01") == everything


def test_a_post_and_its_abolition_that_are_amended(register: TestRegister) -> None:
    register.append(
        told("post", "post.created", "2015", organisation="a", post="q"),
        told("appointed", "appointment.started", "2016-01-01", organisation="a", post="q", person="p"),
        told("relation", "relation.started", "2016-01-01", post="q", kind="accountable_to", target="b"),
        told("abolished", "post.abolished", "2020-01-01", organisation="a", post="q"),
    )

    def counts(day: str) -> tuple[int, int]:
        return len(listed(register, "post/q", day, "holders.person")), len(
            listed(register, "post/q", day, "relations.kind")
        )

    assert [counts("2019-12-31"), counts("2020-01-01")] == [(1, 1), (0, 0)]
    register.append(retracted("no", "abolished"))
    assert counts("2020-01-01") == (1, 1)
    register.append(told("closing", "organisation.dissolved", "2021-01-01", organisation="a", reason="ceased"))
    assert [counts("2020-12-31"), counts("2021-01-01")] == [(1, 1), (0, 0)]
    # Only a post that is open on the organisation takes its relations with it.
    register.append(retracted("never", "post"))
    assert counts("2021-01-01") == (0, 1)


def test_what_follows_ends_or_fulfils_goes_by_what_stands(register: TestRegister) -> None:
    register.append(gained("start", "[2019-01-01..2020-12-31]"))
    register.append(
        told("end", "responsibility.ended", "[2019..2022]", organisation="a", responsibility="r", _ends=uid("start"))
    )
    assert held(register, "2022-06-01") == ["r?"]
    register.append(
        corrected(
            "c",
            "end",
            told("", "responsibility.ended", "2021-05", organisation="a", responsibility="r", _ends=uid("start")),
        )
    )
    assert [held(register, day) for day in ("2021-04-30", "2021-05-10", "2021-06-01")] == [["r"], ["r?"], []]
    register.append(corrected("moved", "start", gained("", "2023-01-01")))  # the end lies before what it ends
    assert held(register, "2024-01-01") == []
    register.append(retracted("back", "moved"))
    assert held(register, "2021-04-30") == ["r"]


@pytest.mark.parametrize("named", ["m1", "c"])
@pytest.mark.parametrize("together", [False, True], ids=["one by one", "in one append"])
def test_follows_means_the_root(register: TestRegister, named: str, together: bool) -> None:
    facts = [
        told("set", "target.set", "2013", target="t", organisation="a", due="2018"),
        told("m1", "target.moved", "[2014..2019]", target="t", to="2019"),
        corrected("c", "m1", told("", "target.moved", "[2014..2019]", target="t", to="2020")),
        told("m2", "target.moved", "[2014..2019]", target="t", to="2023", _follows=[uid(named)]),
    ]
    if together:
        register.append(*facts)
    else:
        for each in facts:
            register.append(each)
    assert state(register, "target/t", "2020")["due"] == "2023"
    register.append(retracted("undo", "c"))
    assert state(register, "target/t", "2020")["due"] == "2023"
    assert [each["due"] for each in state(register, "target/t", "2020")["history"]] == ["2018", "2019", "2023"]


def test_follows_may_name_what_comes_later_in_its_append(register: TestRegister) -> None:
    register.append(
        told("set", "target.set", "2013", target="t", organisation="a", due="2018"),
        told("m1", "target.moved", "[2014..2019]", target="t", to="2019"),
    )
    register.append(
        told("m2", "target.moved", "[2014..2019]", target="t", to="2023", _follows=[uid("c")]),
        corrected("c", "m1", told("", "target.moved", "[2014..2019]", target="t", to="2020")),
    )
    assert state(register, "target/t", "2020")["due"] == "2023"


def test_a_fulfilment_that_is_amended(register: TestRegister) -> None:
    register.append(told("plan", "change.announced", "2019", plan="plan", organisation="a", title="P"))
    register.append(created("b", "2020", _fulfils="plan"))
    assert state(register, "plan/plan", "2021")["status"] == "fulfilled"
    register.append(corrected("c", "created-b", created("b", "2020")))
    assert state(register, "plan/plan", "2021")["status"] == "pending"
    register.append(retracted("r", "c"))
    assert state(register, "plan/plan", "2021")["status"] == "fulfilled"
    register.append(retracted("none", "plan"))
    assert state(register, "plan/plan", "2021")["plan"]["title"] is None


def test_what_was_known_before_corrections_is_answered_for_ever(on_both: TestRegister) -> None:
    on_both.append(told("plan", "change.announced", "2019", plan="plan", organisation="a", title="P"))
    on_both.append(created("a", "2019", name="Wrong", _fulfils="plan"))
    on_both.append(gained("start", "2019"))
    on_both.append(
        told("end", "responsibility.ended", "2021", organisation="a", responsibility="r", _ends=uid("start"))
    )
    looks = [("organisation/a", day) for day in ("2018-09", "2020", "2021-06-01", "2023")] + [("plan/plan", "2020")]
    then = {4: [state(on_both, tag, day, "4") for tag, day in looks]}
    for amendment in (
        corrected("c1", "created-a", created("a", "2018-07-01", name="Right")),  # date, name; fulfils nothing now
        corrected("c2", "start", gained("", "2022")),  # of what another one ends
        retracted("r1", "c2"),
        corrected("c3", "end", gained("", "2020", "s", organisation="b")),  # type and subject
        corrected("c4", "c3", told("", "responsibility.ended", "2022", organisation="a", responsibility="r")),
        retracted("r2", "plan"),
        retracted("r3", "r2"),
        retracted("r4", "c1"),
    ):
        on_both.append(amendment)
        head = on_both.log.head().position
        then[head] = [state(on_both, tag, day, str(head)) for tag, day in looks]
        assert then[head] != then[head - 1]
    for position, answers in then.items():
        assert [state(on_both, tag, day, str(position)) for tag, day in looks] == answers
    assert [state(on_both, "organisation/a", "2020", str(at))["name"] for at in (4, 5, 12)] == [
        "Wrong",
        "Right",
        "Wrong",
    ]
    assert [state(on_both, "plan/plan", "2020", str(at))["status"] for at in (4, 5, 12)] == [
        "fulfilled",
        "pending",
        "fulfilled",
    ]
    assert [held(on_both, day) for day in ("2020-06-01", "2021-12-31", "2023")] == [["r"], ["r"], []]


# What is refused


def test_an_amendment_aims_at_what_is_recorded_before(register: TestRegister) -> None:
    register.append(gained("x", "2019"))
    with pytest.raises(UnknownEvent):
        register.append(retracted("r", "nothing"))
    with pytest.raises(UnknownEvent):
        register.append(retracted("r", "y"), gained("y", "2019"))
    register.append(retracted("r", "x"))
    with pytest.raises(InvalidFacts, match="undo it with"):
        register.append(corrected("c", "r", gained("", "2019")))
    assert register.log.head().position == 2


# The timeline


def timeline(register: TestRegister, tag: str, known_at: str | None = None) -> list[tuple[Any, ...]]:
    names = {uid(name): name for name in ("x", "y", "z", "c", "c2", "r", "plan", "withdrawn", "created-a")}
    return [
        (names[each["id"]], each["type"], each["effective"].get("edtf"), names.get(each.get("corrected_by")))
        for each in register.timeline(tag, known_at)
    ]


def test_the_timeline_shows_what_stands_in_the_order_of_the_world(on_both: TestRegister) -> None:
    on_both.append(gained("x", "2020"))
    on_both.append(gained("y", "2019", "s"))
    on_both.append(gained("z", "[..2018]", "t"))
    on_both.append(corrected("c", "x", gained("", "2018-06-01")))
    on_both.append(retracted("r", "y"))
    assert timeline(on_both, "organisation/a") == [
        ("x", "responsibility.gained", "2018-06-01", "c"),
        ("z", "responsibility.gained", "[..2018]", None),
    ]
    assert timeline(on_both, "organisation/a", "3") == [
        ("z", "responsibility.gained", "[..2018]", None),
        ("y", "responsibility.gained", "2019", None),
        ("x", "responsibility.gained", "2020", None),
    ]
    entry = on_both.timeline("organisation/a")[0]
    assert (entry["position"], entry["corrected_by"]) == (1, uid("c"))


def test_a_fact_that_is_corrected_away_moves_to_the_other_timeline(register: TestRegister) -> None:
    register.append(gained("x", "2020"), gained("y", "2020", organisation="b"))
    register.append(corrected("c", "x", gained("", "2021", organisation="b")))
    assert timeline(register, "organisation/a") == []
    assert timeline(register, "organisation/b") == [
        ("y", "responsibility.gained", "2020", None),
        ("x", "responsibility.gained", "2021", "c"),
    ]
    assert timeline(register, "organisation/b", "2") == [("y", "responsibility.gained", "2020", None)]
    assert len(timeline(register, "responsibility/r")) == 2


def test_a_corrected_fact_on_a_plan_stays_on_its_organisations_timeline(register: TestRegister) -> None:
    register.append(told("plan", "change.announced", "2019", plan="plan", organisation="a", title="P"))
    register.append(told("withdrawn", "change.withdrawn", "2021", plan="plan"))
    assert len(timeline(register, "organisation/a")) == 2
    register.append(corrected("c", "withdrawn", told("", "change.withdrawn", "2020", plan="plan")))
    assert timeline(register, "organisation/a") == [
        ("plan", "change.announced", "2019", None),
        ("withdrawn", "change.withdrawn", "2020", "c"),
    ]


# Tags


def tags(register: TestRegister, event: str) -> set[str]:
    with register.database.snapshot() as connection:
        found = register.log.by_id(connection, [uid(event)])
    return set(found[uid(event)].fact.tags)


def test_an_event_bears_its_type_and_every_subject(register: TestRegister) -> None:
    register.append(
        told(
            "announced",
            "change.announced",
            "2019",
            plan="plan",
            organisation="a",
            title="P",
            replaces=["old"],
            changes=[
                {"change": "organisation.merged", "draft": {"originals": ["x", "y"], "result": "z"}},
                {"change": "post.created", "draft": {"post": "q", "organisation": "x"}},
            ],
        ),
        told(
            "said", "statement.made", "2019", organisation="a", speaker="p", post="q", about=["b", "target/t"], text="."
        ),
        told(
            "money",
            "funding.awarded",
            "2019",
            organisation="a",
            initiative="i",
            amount="1",
            currency="GBP",
            recipients=["organisation/c", "Some Ltd"],
        ),
        created("n", "2019", parents=["m"], from_=["o"], created_by="person/p", _fulfils="plan"),
        told("relation", "relation.started", "2019", post="q", kind="works_with", target="initiative/i"),
    )
    assert tags(register, "announced") == {
        "type/change.announced",
        "plan/plan",
        "plan/old",
        "organisation/a",
        "organisation/x",
        "organisation/y",
        "organisation/z",
        "post/q",
    }
    assert tags(register, "said") == {
        "type/statement.made",
        "organisation/a",
        "person/p",
        "post/q",
        "organisation/b",
        "target/t",
    }
    assert tags(register, "money") == {
        "type/funding.awarded",
        "organisation/a",
        "initiative/i",
        "organisation/c",
    }
    assert tags(register, "created-n") >= {
        "type/organisation.created",
        "organisation/n",
        "organisation/m",
        "organisation/o",
        "person/p",
        "plan/plan",
    }
    assert tags(register, "relation") >= {"type/relation.started", "post/q", "initiative/i"}


@pytest.mark.parametrize("together", [False, True], ids=["one by one", "in one append"])
def test_facts_on_plans_initiatives_and_targets_bear_their_organisations(
    register: TestRegister, together: bool
) -> None:
    facts = [
        told("plan", "change.announced", "2019", plan="plan", organisation="a", title="P"),
        told("withdrawn", "change.withdrawn", "2020", plan="plan"),
        told("target", "target.set", "2019", target="t", organisation="b", due="2020"),
        told("moved", "target.moved", "2020", target="t", to="2021"),
        told("app", "initiative.announced", "2019", organisation="c", initiative="app"),
        told("launched", "initiative.launched", "2019", organisation="d", initiative="app"),
        created("e", "2020", _fulfils="plan"),
    ]
    if together:
        register.append(*facts)
    else:
        for each in facts:
            register.append(each)
    organisations = {
        name: {tag for tag in tags(register, name) if tag.startswith("organisation/")}
        for name in ("withdrawn", "moved", "launched", "created-e")
    }
    assert organisations == {
        "withdrawn": {"organisation/a"},
        "moved": {"organisation/b"},
        "launched": {"organisation/c", "organisation/d"},
        "created-e": {"organisation/e", "organisation/a"},
    }


@pytest.mark.parametrize("together", [False, True], ids=["one by one", "in one append"])
def test_amendments_bear_the_tags_of_what_they_concern_and_of_the_replacement(
    register: TestRegister, together: bool
) -> None:
    facts = [
        told("target", "target.set", "2019", target="other", organisation="z", due="2020"),
        gained("x", "2019"),
        corrected("c", "x", told("", "target.moved", "2020", target="other", to="2021")),
        retracted("r", "c"),
        retracted("r2", "r"),
    ]
    if together:
        register.append(*facts)
    else:
        for each in facts:
            register.append(each)
    subjects = {"organisation/a", "responsibility/r", "target/other", "organisation/z"}
    for name, type_ in (("c", "fact.corrected"), ("r", "fact.retracted"), ("r2", "fact.retracted")):
        found = tags(register, name)
        assert {tag for tag in found if not tag.startswith("type/")} == subjects
        assert f"type/{type_}" in found


def test_a_query_by_type_finds_events_of_that_type_only(register: TestRegister) -> None:
    register.append(gained("x", "2019"))
    register.append(corrected("c", "x", gained("", "2020")))
    found = register.log.read(Query((QueryItem(types=("responsibility.gained",)),))).records
    assert [event.id for event in found] == [uid("x")]

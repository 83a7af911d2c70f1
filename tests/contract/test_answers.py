"""Initiatives, targets and plans over time; statuses, names and lists on one day and on several."""

from __future__ import annotations

from typing import Any

import pytest

from events.queries.listing import Page
from tests.histories import (
    BEFORE,
    ENDING,
    HELD,
    OVER,
    STARTING,
    created,
    listed,
    state,
    status,
    told,
    uid,
)
from tests.registers import TestRegister, fact

# Initiatives and targets


def test_the_stages_of_an_initiative(register: TestRegister) -> None:
    own = {"organisation": "a", "initiative": "app"}
    for stage, when, more in (
        ("launched", "2020-09", {"name": "The App", "architecture": "decentralised"}),
        ("announced", "2020-03-01", {"name": "An app", "kind": "product"}),
        ("trialled", "2020-05-05", {"place": "Isle of Wight"}),
        ("commissioned", "2020-03", {"supplier": "organisation/maker", "criteria": ["one", "two"]}),
        ("ended", "2021", {}),
    ):
        register.append(told(stage, f"initiative.{stage}", when, **own, **more))

    def stage(day: str) -> tuple[Any, ...] | None:
        entry = state(register, "initiative/app", day)["initiative"]
        return None if entry is None else (entry["stage"], entry["possible_stage"], entry["certainty"], entry["name"])

    assert {
        day: stage(day)
        for day in ("2020-02-29", "2020-03-15", "2020-04-01", "2020-05-05", "2020-09-01", "2020-10-01", "2021-06-01")
    } == {
        "2020-02-29": None,
        "2020-03-15": ("announced", "commissioned", "possible", "An app"),
        "2020-04-01": ("commissioned", None, "definite", "An app"),
        "2020-05-05": ("trialled", None, "definite", "An app"),
        "2020-09-01": ("trialled", "launched", "possible", "An app"),
        "2020-10-01": ("launched", None, "definite", "The App"),
        "2021-06-01": ("launched", "ended", "possible", "The App"),
    }
    assert status(register, "initiative/app", "2020-02-01") == "not_yet"
    (entry,) = state(register, "organisation/a", "2022")["initiatives"]
    assert entry["stage"] == "ended"
    assert (entry["kind"], entry["supplier"], entry["place"], entry["architecture"], entry["criteria"]) == (
        "product",
        "organisation/maker",
        "Isle of Wight",
        "decentralised",
        ["one", "two"],
    )
    stages = state(register, "initiative/app", "2022")["stages"]
    assert [each["stage"] for each in stages] == ["announced", "commissioned", "trialled", "launched", "ended"]


def test_a_target_is_set_moved_and_closed(register: TestRegister) -> None:
    register.append(told("set", "target.set", "2013", target="t", organisation="a", due="2018", name="Paperless"))
    register.append(told("moved", "target.moved", "2016-02", target="t", to="2020", from_="2018"))
    register.append(told("closed", "target.closed", "2021", target="t", outcome="missed"))

    def seen(day: str) -> tuple[Any, ...]:
        found = state(register, "target/t", day)
        return found["status"], found["certainty"], found["due"], [each["due"] for each in found["dues"]]

    assert [seen(day) for day in ("2012-01-01", "2013-06-01", "2014-01-01", "2016-02-10", "2017-01-01")] == [
        ("not_yet", "definite", None, []),
        ("open", "possible", None, ["2018"]),
        ("open", "definite", "2018", ["2018"]),
        ("open", "definite", None, ["2018", "2020"]),
        ("open", "definite", "2020", ["2020"]),
    ]
    assert [seen(day)[:3] for day in ("2021-06-01", "2022-01-01")] == [
        ("open", "possible", "2020"),
        ("missed", "definite", "2020"),
    ]
    assert [each["due"] for each in state(register, "target/t", "2022")["history"]] == ["2018", "2020"]
    (entry,) = state(register, "organisation/a", "2017-01-01")["targets"]
    assert (entry["target"], entry["due"], entry["name"]) == ("t", "2020", "Paperless")


def test_the_order_of_moves_without_dates_is_given_by_follows(register: TestRegister) -> None:
    register.append(told("set", "target.set", "2013", target="t", organisation="a", due="2018"))
    register.append(told("m1", "target.moved", "[2013..2019]", target="t", to="2020", _follows=[uid("set")]))
    register.append(told("m2", "target.moved", "[2013..2019]", target="t", to="2023", _follows=[uid("m1")]))
    assert state(register, "target/t", "2020-01-01")["due"] == "2023"
    assert sorted(each["due"] for each in state(register, "target/t", "2015")["dues"]) == ["2018", "2020", "2023"]


# Plans


def plan(register: TestRegister, day: str, slug: str = "plan", known_at: str | None = None) -> str:
    entry = state(register, f"plan/{slug}", day, known_at)["plan"]
    return entry["status"] + ("?" if entry["certainty"] == "possible" else "")


ANNOUNCED = told(
    "announced",
    "change.announced",
    "2019-02-19",
    plan="plan",
    organisation="a",
    title="A new one",
    intended="2020",
    changes=[{"change": "organisation.created", "draft": {"organisation": "new", "name": "New", "from": ["c"]}}],
)


def test_an_announcement_changes_nothing_but_is_shown(register: TestRegister) -> None:
    register.append(created("a"), ANNOUNCED)
    assert [plan(register, day) for day in ("2019-02-18", "2019-02-19", "2020-12-31", "2021-01-01")] == [
        "not_yet",
        "pending",
        "pending",
        "overdue",
    ]
    for org in ("a", "new", "c"):
        assert [len(state(register, f"organisation/{org}", day)["plans"]) for day in (BEFORE, "2019-03-01")] == [0, 1]
    assert [status(register, "organisation/new", day) for day in (BEFORE, "2019-03-01", "2022-01-01")] == [
        "unknown",
        "announced",
        "announced",
    ]
    assert listed(register, "organisation/new", "2022-01-01", "names.name") == []
    assert listed(register, "organisation/c", "2022-01-01", "successors.organisation") == []
    assert state(register, "organisation/new", "2019-03-01")["plans"][0]["changes"] == ANNOUNCED["data"]["changes"]


def standing(register: TestRegister, day: str, slug: str = "plan") -> tuple[str, str, str | None]:
    found = state(register, f"plan/{slug}", day)
    return found["status"], found["certainty"], found.get("otherwise")


def test_before_it_is_announced_a_plan_is_not_yet_there(on_both: TestRegister) -> None:
    plan = {"plan": "plan", "organisation": "a", "title": "Plan"}
    on_both.append(told("announced", "change.announced", "2019-02", **plan))
    on_both.append(told("withdrawn", "change.withdrawn", "[2019-02-10..2019-04]", plan="plan"))
    assert standing(on_both, "2019-01-31") == ("not_yet", "definite", None)
    assert standing(on_both, "2019-02-05") == ("pending", "possible", "not_yet")
    assert standing(on_both, "2019-02-20") == ("pending", "possible", "withdrawn")
    assert standing(on_both, "2019-02-28") == ("pending", "possible", "withdrawn")
    assert standing(on_both, "2018/2019-03") == ("pending", "possible", "withdrawn")
    assert standing(on_both, "2019-06") == ("withdrawn", "definite", None)
    listed = [on_both.listing("plan", Page(limit=10), f"2019-02-{day}", status="not_yet") for day in (27, 28)]
    assert [len(each["items"]) for each in listed] == [1, 0]


def test_a_plan_that_is_only_mentioned_stays_unknown(register: TestRegister) -> None:
    register.append(created("new", "2019-02", _fulfils="plan"), created("other", "2019", _fulfils="next"))
    assert standing(register, "2019-01-31") == ("unknown", "definite", None)
    assert standing(register, "2019-02-10") == ("fulfilled", "possible", "unknown")
    assert standing(register, "2019-03-01") == ("fulfilled", "definite", None)


def test_a_plan_whose_announcement_is_doubtful_may_never_have_been_made(register: TestRegister) -> None:
    register.append(told("announced", "change.announced", "2019?", plan="plan", organisation="a", title="Plan"))
    assert standing(register, "2018") == ("not_yet", "definite", None)
    assert standing(register, "2019-06-01") == ("pending", "possible", "not_yet")
    assert standing(register, "2020") == ("pending", "possible", "unknown")


def test_over_several_days_a_plan_that_becomes_overdue_is_pending_possibly(register: TestRegister) -> None:
    register.append(ANNOUNCED)
    days = ("2019-03/2020-12", "2020-06/2021-06", "2021-01/2021-06", "2018/2019")
    assert [plan(register, day) for day in days] == ["pending", "pending?", "overdue", "pending?"]


def test_a_fact_that_fulfils_the_whole_plan(on_both: TestRegister) -> None:
    register = on_both
    register.append(created("new", "2020-05", _fulfils="plan"))
    register.append(ANNOUNCED)
    assert [plan(register, day) for day in ("2019-03-01", "2020-05-10", "2020-06-01", "2022-01-01")] == [
        "pending",
        "pending?",
        "fulfilled",
        "fulfilled",
    ]
    assert [
        status(register, "organisation/new", day) for day in (BEFORE, "2019-03-01", "2020-05-10", "2021-01-01")
    ] == [
        "not_yet",
        "announced",
        "active? or announced",
        "active",
    ]
    (entry,) = state(register, "organisation/a", "2021-01-01")["plans"]
    assert (entry["announced_by"], entry["fulfilled_by"]) == (uid("announced"), [uid("created-new")])


def test_parts_of_a_plan(register: TestRegister) -> None:
    part = {"plan": "plan", "part": True}
    register.append(ANNOUNCED)
    register.append(told("p1", "responsibility.gained", "2019-05", organisation="a", responsibility="r", _fulfils=part))
    register.append(told("p2", "priority.set", "2019-06-01", organisation="a", priority="p", _fulfils=part))
    assert [plan(register, day) for day in ("2019-04-30", "2019-05-10", "2019-06-01", "2021-06-01")] == [
        "pending",
        "pending?",
        "partly_fulfilled",
        "partly_fulfilled",
    ]
    assert sorted(state(register, "plan/plan", "2019-07-01")["plan"]["fulfilled_by"]) == sorted([uid("p1"), uid("p2")])
    register.append(told("all", "priority.set", "2020-01-01", organisation="a", priority="q", _fulfils="plan"))
    assert plan(register, "2020-01-01") == "fulfilled"


def test_a_plan_is_replaced_withdrawn_revised(register: TestRegister) -> None:
    register.append(
        told("next", "change.announced", "2021-11-22", plan="next", organisation="b", title="Other", replaces=["plan"])
    )
    register.append(ANNOUNCED)
    register.append(
        told("revised", "change.revised", "2020-03-01", plan="plan", title="Still new", intended="2023", reason="delay")
    )
    register.append(told("withdrawn", "change.withdrawn", "2022-02", plan="next", reason="no money"))
    assert [plan(register, day) for day in ("2021-06-01", "2021-11-21", "2021-11-22", "2024-01-01")] == [
        "pending",
        "pending",
        "superseded",
        "superseded",
    ]
    assert [plan(register, day, "next") for day in ("2021-11-22", "2022-02-10", "2022-03-01")] == [
        "pending",
        "pending?",
        "withdrawn",
    ]
    found = [state(register, "plan/plan", day)["plan"] for day in ("2020-02-29", "2020-03-01")]
    assert [(each["title"], each["intended"]) for each in found] == [("A new one", "2020"), ("Still new", "2023")]
    assert found[1]["changes"] == ANNOUNCED["data"]["changes"]
    assert state(register, "plan/plan", "2022")["plan"]["replaced_by"] == "next"
    assert status(register, "organisation/new", "2022-01-01") == "unknown"


def test_an_announcement_and_its_fulfilment_on_one_day(register: TestRegister) -> None:
    register.append(created("new", "2019-02-19", _fulfils="plan"), ANNOUNCED)
    assert plan(register, "2019-02-19") == "fulfilled"
    assert status(register, "organisation/new", "2019-02-19") == "active"


# Status, names, days


def test_the_status_is_the_first_that_is_possible(register: TestRegister) -> None:
    register.append(created("a", "[2018..2020]"))
    register.append(told("end", "organisation.dissolved", "[2019..2021]", organisation="a", reason="ceased"))
    assert {
        day: status(register, "organisation/a", day) for day in ("2017", "2018", "2019-06-01", "2021-06-01", "2022")
    } == {
        "2017": "not_yet",
        "2018": "active? or not_yet",
        "2019-06-01": "active? or closed",
        "2021-06-01": "active? or closed",
        "2022": "closed",
    }


def test_a_doubtful_creation_is_at_most_possible(register: TestRegister) -> None:
    register.append(created("a", "2019?"))
    assert [status(register, "organisation/a", day) for day in (BEFORE, STARTING, HELD)] == [
        "not_yet? or unknown",
        "active? or not_yet",
        "active? or unknown",
    ]


def test_an_organisation_is_announced_as_surely_as_the_drafts_of_the_plan_create_it(register: TestRegister) -> None:
    draft = {"change": "organisation.created", "draft": {"organisation": "new", "name": "New"}}
    other = {"change": "organisation.created", "draft": {"organisation": "other", "name": "Other"}}
    plan = {"plan": "plan", "organisation": "a", "title": "Plan"}
    register.append(
        told("announced", "change.announced", "2018", **plan, changes=[draft]),
        told("revised", "change.revised", "2020", plan="plan", changes=[other]),
    )
    assert {day: status(register, "organisation/new", day) for day in ("2017", "2019", "2020-06-01", "2021")} == {
        "2017": "unknown",
        "2019": "announced",
        "2020-06-01": "announced? or unknown",
        "2021": "unknown",
    }


@pytest.mark.parametrize(
    ("as_of", "expected", "responsibility"),
    [
        ("2018", "not_yet", []),
        ("2019", "active? or not_yet", ["r?"]),
        ("2020", "active", ["r"]),
        ("2019-07-01", "active", ["r"]),
        ("2019-06/2020-01", "active? or not_yet", ["r?"]),
        ("2019-07/2020-01", "active", ["r"]),
        ("2020-06/2021-06", "active? or closed", ["r?"]),
        ("2018/2022", "active? or closed", ["r?"]),
        ("2019-22", "active? or not_yet", ["r?"]),
        ("2019-23", "active", ["r"]),
        ("2022", "closed", []),
    ],
)
def test_several_days_at_once(register: TestRegister, as_of: str, expected: str, responsibility: list[str]) -> None:
    register.append(created("a", "2019-07-01"))
    register.append(told("r", "responsibility.gained", "2019-07-01", organisation="a", responsibility="r"))
    register.append(told("end", "organisation.dissolved", "2021-01-01", organisation="a", reason="ceased"))
    assert status(register, "organisation/a", as_of) == expected
    assert listed(register, "organisation/a", as_of, "responsibilities.responsibility") == responsibility


def named(name: str, kind: str, effective: str) -> dict[str, Any]:
    return told(f"{name}-{kind}", "name.adopted", effective, organisation="a", name=name, kind=kind)


@pytest.mark.parametrize(
    ("names", "day", "expected"),
    [
        ([], HELD, "a"),
        ([named("S", "short", "2019"), named("L", "legal", "2019")], HELD, "L"),
        ([named("S", "short", "2019"), named("L", "legal", "2019"), named("T", "trading", "2019")], HELD, "T"),
        ([named("B", "brand", "2019"), named("T", "trading", "2019")], HELD, "B"),
        ([named("S", "short", "2019")], HELD, "S"),
        # what is definite before what is possible, whatever its kind
        ([named("B", "brand", "[2019..2021]"), named("S", "short", "2019")], HELD, "S"),
        # then the latest, then bytewise
        ([named("One", "brand", "2018"), named("Two", "brand", "2019")], HELD, "Two"),
        ([named("Two", "brand", "2018"), named("Tow", "brand", "2018")], HELD, "Tow"),
        # the last that was, the first to come
        ([named("B", "brand", "2018/2019"), named("L", "legal", "2021")], HELD, "B"),
        ([named("B", "brand", "2023"), named("L", "legal", "2022")], HELD, "L"),
        # of several days the last
        ([named("Old", "legal", "2019"), named("New", "legal", "2020-12-01")], "2020", "New"),
    ],
)
def test_which_name_is_shown(register: TestRegister, names: list[dict[str, Any]], day: str, expected: str) -> None:
    register.append(told("said", "statement.made", "2019", organisation="a", text="Words"))
    for each in names:
        register.append(each)
    assert state(register, "organisation/a", day)["name"] == expected


def test_names_of_people_and_posts_come_from_appointments(register: TestRegister) -> None:
    post = {"organisation": "a", "post": "q", "person": "p"}
    register.append(told("start", "appointment.started", "2019", **post, person_name="Pat P", title="Chief"))
    assert state(register, "person/p", HELD)["name"] == "Pat P"
    assert state(register, "post/q", HELD)["name"] == "Chief"
    register.append(told("legal", "name.adopted", "2019", person="p", name="Patricia P", kind="legal"))
    assert state(register, "person/p", HELD)["name"] == "Patricia P"


def test_undecided_facts(register: TestRegister) -> None:
    register.append(
        created("a", "2010"),
        told("p", "priority.set", "2019", organisation="a", priority="p"),
        told("open", "responsibility.gained", "[2018..]", organisation="a", responsibility="r"),
        told("day", "priority.set", "2019-06-01", organisation="a", priority="q"),
        told("in", "relation.started", "2019-06", organisation="b", kind="part_of", target="a"),
        told("name", "name.adopted", "2019", organisation="a", name="A", kind="legal"),
        told("end", "organisation.dissolved", "2021-05", organisation="a", reason="ceased"),
    )

    def undecided(day: str) -> set[str]:
        names = {uid(name): name for name in ("created-a", "p", "open", "day", "in", "name", "end")}
        return {names[each] for each in state(register, "organisation/a", day)["undecided"]}

    assert undecided("2010-06-01") == {"created-a"}
    assert undecided("2018-12-31") == set()
    assert undecided("2019-01-01") == {"p", "name"}
    assert undecided("2019-06-30") == {"p", "name"}  # on the last day of a month the month is over
    assert undecided("2019-06-29") == {"p", "name", "in"}
    assert undecided("2019-12-31") == set()
    assert undecided("2019/2021") == {"p", "name", "in", "end"}
    assert undecided("2021-05-10") == {"end"}


def test_two_values_on_one_day_are_both_possible(register: TestRegister) -> None:
    register.append(named("One", "legal", "2019-06-01"))
    register.append(named("Two", "legal", "2019-06-01"))
    assert sorted(listed(register, "organisation/a", HELD, "names.name")) == ["One?", "Two?"]
    register.append(
        told(
            "last",
            "name.adopted",
            "2019-06-01",
            organisation="a",
            name="Three",
            kind="legal",
            _follows=[uid("One-legal"), uid("Two-legal")],
        )
    )
    assert listed(register, "organisation/a", HELD, "names.name") == ["Three"]


# Lists


@pytest.fixture
def several(register: TestRegister) -> TestRegister:
    register.append(
        created("a", "2010-01-01", name="NHS Alpha", classification="unit", scheme="uk", parents=["d"]),
        created("b", "2019", name="Beta", classification="agency"),
        created("c", "2010-01-01", name="Gamma"),
        told("code", "identifier.assigned", "2015-01-01", organisation="a", scheme="ods", value="X26"),
        told("passed", "identifier.withdrawn", "2019-01-01", organisation="a", scheme="ods", value="X26"),
        told("recycled", "identifier.assigned", "2019", organisation="c", scheme="ods", value="X26"),
        told("brand", "name.adopted", "2019", organisation="c", name="ＮＨＳ Gamma", kind="brand"),
        told("closed", "organisation.dissolved", "2021-05", organisation="c", reason="ceased"),
    )
    return register


@pytest.mark.parametrize(
    ("as_of", "filters", "expected"),
    [
        (HELD, {}, ["a", "b", "c", "d"]),
        (HELD, {"status": "active"}, ["a", "b", "c"]),
        (STARTING, {"status": "active"}, ["a", "b", "c"]),
        (STARTING, {"status": "active", "certainty": "definite"}, ["a", "c"]),
        (STARTING, {"status": "not_yet"}, ["b"]),
        (ENDING, {"status": "closed"}, ["c"]),
        (OVER, {"status": "active"}, ["a", "b"]),
        (HELD, {"status": "unknown"}, ["d"]),
        (HELD, {"classification": "unit"}, ["a"]),
        (HELD, {"classification": "uk:unit"}, ["a"]),
        (HELD, {"classification": "default:unit"}, []),
        (HELD, {"part_of": "d"}, ["a"]),
        (HELD, {"part_of": "a"}, []),
        ("2018-01-01", {"identifier": "ods:X26"}, ["a"]),
        (STARTING, {"identifier": "ods:X26"}, ["c"]),
        (STARTING, {"identifier": "ods:X26", "certainty": "definite"}, []),
        (HELD, {"identifier": "ods:X26", "certainty": "definite"}, ["c"]),
        (HELD, {"name": "nhs alpha"}, ["a"]),
        (HELD, {"name": "alpha"}, []),
        (HELD, {"q": "nhs"}, ["a", "c"]),
        (BEFORE, {"q": "nhs"}, ["a"]),
        (HELD, {"q": "GAMMA", "status": "active"}, ["c"]),
        (HELD, {"q": "nothing"}, []),
    ],
)
def test_lists(several: TestRegister, as_of: str, filters: dict[str, str], expected: list[str]) -> None:
    assert several.list(as_of, **filters) == expected
    assert several.list(as_of, limit=1, **filters) == expected[:1]


def test_a_post_whose_holder_goes_with_it_is_never_vacant(register: TestRegister) -> None:
    """While its abolition is undecided it is filled, or else abolished."""
    register.append(
        fact("post.created", "2019", organisation="a", post="q"),
        fact("appointment.started", "2020-01-01", organisation="a", post="q", person="p"),
        fact("post.abolished", "2022-02", organisation="a", post="q"),
    )
    found = register.state("post/q", "2022-02-10")
    assert found is not None
    assert (found["status"], found["certainty"], found["otherwise"]) == ("filled", "possible", "abolished")

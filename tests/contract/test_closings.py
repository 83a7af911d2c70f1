"""Organisations that begin, end and turn into one another, and what ends with them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from typing import Any

import pytest

from tests.histories import (
    BEFORE,
    ENDING,
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

# Organisations


def test_a_creation_with_all_that_comes_with_it(register: TestRegister) -> None:
    register.append(
        told(
            "made",
            "organisation.created",
            STARTS,
            organisation="a",
            name="The A",
            name_kind="brand",
            classification="unit",
            scheme="uk",
            created_by="person/p",
            parents=["b"],
            from_=["c"],
        )
    )
    tag = "organisation/a"
    assert over_time(register, tag, "names.kind,name") == [[], ["brand The A?"], *[["brand The A"]] * 3]
    assert over_time(register, tag, "classifications.scheme,value") == [[], ["uk unit?"], *[["uk unit"]] * 3]
    parent = "part_of organisation/b out"
    assert over_time(register, tag, "relations.kind,target,direction") == [[], [f"{parent}?"], *[[parent]] * 3]
    assert over_time(register, tag, "existence.created_by") == [[], ["person/p?"], *[["person/p"]] * 3]
    assert over_time(register, tag, "predecessors.kind,organisation") == [
        [],
        ["formed_from c?"],
        *[["formed_from c"]] * 3,
    ]
    assert listed(register, "organisation/c", HELD, "successors.kind,organisation") == ["formed_from a"]
    assert listed(register, "organisation/b", HELD, "relations.kind,target,direction") == ["part_of organisation/a in"]
    assert [status(register, "organisation/" + each, HELD) for each in "abc"] == ["active", "unknown", "unknown"]
    assert status(register, "organisation/a", STARTING) == "active? or not_yet"
    assert register.state("person/p", HELD) is not None


def test_a_creation_gives_a_legal_name_by_default(register: TestRegister) -> None:
    register.append(created("a", name="The A", classification="unit"))
    assert listed(register, "organisation/a", HELD, "names.kind,name") == ["legal The A"]
    assert listed(register, "organisation/a", HELD, "classifications.scheme,value") == ["default unit"]


CLOSINGS = {
    "merged": ("organisation.merged", {"originals": ["a", "z"], "result": "b"}),
    "split": ("organisation.split", {"original": "a", "results": ["b", "c"], "original_survives": False}),
    "replaced": ("organisation.replaced", {"original": "a", "result": "b"}),
    "dissolved": ("organisation.dissolved", {"organisation": "a", "reason": "devolved", "to": "b"}),
}


@pytest.mark.parametrize("how", CLOSINGS)
@pytest.mark.parametrize("backwards", [False, True], ids=["as they came", "the closing first"])
def test_a_closing(register: TestRegister, how: str, backwards: bool) -> None:
    type_, data = CLOSINGS[how]
    facts = [created("a", STARTS), created("b"), created("c"), told("closing", type_, ENDS, **data)]
    for each in reversed(facts) if backwards else facts:
        register.append(each)
    assert [status(register, "organisation/a", day) for day in (BEFORE, STARTING, HELD, ENDING, OVER)] == [
        "not_yet",
        "active? or not_yet",
        "active",
        "active? or closed",
        "closed",
    ]
    assert [state(register, "organisation/a", day).get("closed_by") for day in (HELD, ENDING, OVER)] == [None, how, how]
    assert status(register, "organisation/b", OVER) == "active"
    (life,) = state(register, "organisation/a", HELD)["existence"]
    assert (life["opened_by"], life["closed_by"], life["ending"]) == ([uid("created-a")], [uid("closing")], how)
    if how == "dissolved":
        assert (life["reason"], life["to"]) == ("devolved", "b")
    successors = {
        "merged": ["merged b"],
        "split": ["split b", "split c"],
        "replaced": ["replaced b"],
        "dissolved": [],
    }[how]
    tag = "organisation/a"
    assert listed(register, tag, HELD, "successors.kind,organisation") == []
    assert listed(register, tag, ENDING, "successors.kind,organisation") == [f"{each}?" for each in successors]
    assert listed(register, tag, OVER, "successors.kind,organisation") == successors
    if successors:
        before = [f"{how} a"] + (["merged z"] if how == "merged" else [])
        assert listed(register, "organisation/b", OVER, "predecessors.kind,organisation") == before


def test_survivors_stay(register: TestRegister) -> None:
    register.append(created("a"), created("b"), created("c"))
    register.append(told("m", "organisation.merged", ENDS, originals=["a", "b", "c"], result="b", survivors=["b", "c"]))
    register.append(told("s", "organisation.split", ENDS, original="c", results=["c", "d"], original_survives=True))
    assert [status(register, f"organisation/{each}", OVER) for each in "abc"] == ["closed", "active", "active"]
    assert listed(register, "organisation/b", OVER, "predecessors.kind,organisation") == ["merged a", "merged c"]
    assert listed(register, "organisation/b", OVER, "successors.kind,organisation") == []
    assert listed(register, "organisation/c", OVER, "successors.kind,organisation") == ["merged b", "split d"]


def test_a_result_that_was_never_created_is_unknown(register: TestRegister) -> None:
    register.append(created("a"), told("m", "organisation.merged", ENDS, originals=["a"], result="new"))
    assert [status(register, "organisation/new", day) for day in (BEFORE, OVER)] == ["unknown", "unknown"]


@pytest.mark.parametrize("order", [(0, 1, 2, 3, 4, 5), (5, 4, 3, 2, 1, 0), (3, 2, 5, 1, 0, 4)])
def test_a_reinstated_organisation_lives_again_without_what_ended(register: TestRegister, order: list[int]) -> None:
    facts = [
        created("a", "2015-01-01"),
        told("r", "responsibility.gained", "2016-01-01", organisation="a", responsibility="r"),
        told("closing", "organisation.dissolved", "2019-01-01", organisation="a", reason="ceased"),
        told("again", "organisation.reinstated", "2021-01-01", organisation="a", name="A again", parents=["b"]),
        told("r2", "responsibility.gained", "2021-01-01", organisation="a", responsibility="r2"),
        told("closing2", "organisation.dissolved", "2022-01-01", organisation="a", reason="annulled"),
    ]
    for index in order:
        register.append(facts[index])
    days = ("2018-01-01", "2020-01-01", "2021-06-01", "2022-01-01")
    assert [status(register, "organisation/a", day) for day in days] == ["active", "closed", "active", "closed"]
    assert [listed(register, "organisation/a", day, "responsibilities.responsibility") for day in days] == [
        ["r"],
        [],
        ["r2"],
        [],
    ]
    assert listed(register, "organisation/a", "2021-06-01", "relations.kind,target") == ["part_of organisation/b"]


# What ends with a closing, and what does not

OWN = {"organisation": "a"}
LIVING = [
    created("a", "2010-01-01", classification="unit"),
    created("b"),
    told("post", "post.created", "2015", **OWN, post="q"),
    told("appointed", "appointment.started", "2015-06-01", **OWN, post="q", person="p"),
    told("other-post", "appointment.started", "2015-06-01", **OWN, post="never-created", person="p"),
    told("gained", "responsibility.gained", "2016", **OWN, responsibility="r"),
    told("priority", "priority.set", "2016", **OWN, priority="speed"),
    told("out", "relation.started", "2016", **OWN, kind="part_of", target="b"),
    told("in", "relation.started", "2016", organisation="b", kind="funded_by", target="a"),
    told("post-out", "relation.started", "2016", post="q", kind="accountable_to", target="b"),
    told("post-in", "relation.started", "2016", organisation="b", kind="works_with", target="post/q"),
    told("posts", "relation.started", "2016", post="of-b", kind="works_with", target="post/q"),
]
STAYING = [
    told("brand", "name.adopted", "2016", **OWN, name="Brand", kind="brand"),
    told("code", "identifier.assigned", "2016", **OWN, scheme="ods", value="X26"),
    told("attribute", "attribute.set", "2016", **OWN, key="staff", value=1),
    told("app", "initiative.launched", "2016", **OWN, initiative="app"),
    told("target", "target.set", "2016", **OWN, target="t", due="2030"),
    told("plan", "change.announced", "2016", **OWN, plan="plan", title="A plan"),
    told("formed", "organisation.created", "2016", organisation="d", name="D", from_=["a"]),
]
ENDED = [
    ("organisation/a", "posts.post", ["q"]),
    ("organisation/a", "appointments.post,person", ["never-created p", "q p"]),
    ("person/p", "appointments.post", ["never-created", "q"]),
    ("post/q", "holders.person", ["p"]),
    ("organisation/a", "responsibilities.responsibility", ["r"]),
    ("organisation/a", "priorities.priority", ["speed"]),
    ("organisation/a", "relations.kind,target", ["funded_by organisation/b", "part_of organisation/b"]),
    (
        "organisation/b",
        "relations.kind,target",
        ["accountable_to post/q", "funded_by organisation/a", "part_of organisation/a", "works_with post/q"],
    ),
    (
        "post/q",
        "relations.kind,target",
        ["accountable_to organisation/b", "works_with organisation/b", "works_with post/of-b"],
    ),
    ("post/of-b", "relations.kind,target", ["works_with post/q"]),
]
KEPT = [
    ("names.kind,name", ["brand Brand", "legal a"]),
    ("classifications.value", ["unit"]),
    ("identifiers.value", ["X26"]),
    ("attributes.value", ["1"]),
    ("initiatives.initiative", ["app"]),
    ("targets.target", ["t"]),
    ("plans.plan", ["plan"]),
    ("successors.kind,organisation", ["formed_from d"]),
]
CLOSING = told("closing", "organisation.dissolved", ENDS, organisation="a", reason="ceased")


def arrivals() -> dict[str, list[list[dict[str, Any]]]]:
    """Appends of one history in several orders of arrival."""
    rest = [*LIVING, *STAYING]
    return {
        "last": [[each] for each in (*rest, CLOSING)],
        "first": [[each] for each in (CLOSING, *rest)],
        "between": [[each] for each in (*rest[:6], CLOSING, *rest[6:])],
        "between, backwards": [[each] for each in reversed([*rest[:8], CLOSING, *rest[8:]])],
        "all at once": [[*rest[:9], CLOSING, *rest[9:]]],
        "two appends, backwards": [[CLOSING, *reversed(rest[9:])], [*reversed(rest[:9])]],
    }


@pytest.mark.parametrize("order", arrivals())
def test_what_ends_with_a_closing_and_what_stays(on_both: TestRegister, order: str) -> None:
    for appended in arrivals()[order]:
        on_both.append(*appended)
    for tag, what, items in ENDED:
        possibly = [f"{item}?" for item in items]
        found = [sorted(listed(on_both, tag, day, what)) for day in ("2021-04-30", "2021-05-10", OVER)]
        assert found == [items, possibly, []], (tag, what)
    for what, items in KEPT:
        found = [sorted(listed(on_both, "organisation/a", day, what)) for day in ("2021-04-30", "2021-05-10", OVER)]
        assert found == [items] * 3, what
    closed_by = {tuple(each["closed_by"]) for each in state(on_both, "organisation/a", HELD)["relations"]}
    assert closed_by == {(uid("closing"),)}


def test_one_closing_ends_a_relation_from_both_ends(register: TestRegister) -> None:
    facts = [
        created("a"),
        created("b"),
        told("relation", "relation.started", STARTS, organisation="a", kind="works_with", target="b"),
        told("merger", "organisation.merged", ENDS, originals=["a", "b"], result="c"),
    ]
    for each in reversed(facts):
        register.append(each)
    for tag in ("organisation/a", "organisation/b"):
        assert [len(items) for items in over_time(register, tag, "relations.kind")] == [0, 1, 1, 1, 0]
    (relation,) = state(register, "organisation/a", HELD)["relations"]
    assert relation["closed_by"] == [uid("merger")]


ABOLITION = told("abolished", "post.abolished", ENDS, organisation="a", post="q")


@pytest.mark.parametrize("order", list(permutations(range(4)))[::5])
def test_an_abolished_post_ends_its_appointments_and_relations(register: TestRegister, order: Sequence[int]) -> None:
    facts = [
        told("post", "post.created", "2015", organisation="a", post="q"),
        told("appointed", "appointment.started", STARTS, organisation="a", post="q", person="p"),
        told("out", "relation.started", STARTS, post="q", kind="accountable_to", target="b"),
        told("in", "relation.started", STARTS, organisation="b", kind="works_with", target="post/q"),
        told("other", "appointment.started", STARTS, organisation="a", post="other", person="p"),
    ]
    appends = [facts[0], facts[1], ABOLITION, [*facts[2:]]]
    for index in order:
        each = appends[index]
        register.append(*each) if isinstance(each, list) else register.append(each)
    counts = [0, 1, 1, 1, 0]
    assert [len(items) for items in over_time(register, "post/q", "holders.person")] == counts
    assert [len(items) for items in over_time(register, "post/q", "relations.kind")] == [2 * n for n in counts]
    assert listed(register, "organisation/a", OVER, "appointments.post") == ["other"]
    assert [status(register, "post/q", day) for day in (BEFORE, STARTING, HELD, OVER)] == [
        "vacant",
        "filled? or vacant",
        "filled",
        "abolished",
    ]


def test_a_post_that_moved_is_not_touched_by_the_closing_of_its_first_organisation(register: TestRegister) -> None:
    register.append(
        created("a"),
        created("b"),
        told("here", "post.created", "2015-01-01", organisation="a", post="q"),
        told("gone", "post.abolished", "2019-01-01", organisation="a", post="q"),
        told("there", "post.created", "2019-01-01", organisation="b", post="q"),
        told("relation", "relation.started", "2019-06-01", post="q", kind="accountable_to", target="c"),
        told("closing", "organisation.dissolved", "2021-01-01", organisation="a", reason="ceased"),
    )
    assert listed(register, "post/q", "2022-01-01", "posts.organisation") == ["b"]
    assert listed(register, "post/q", "2022-01-01", "relations.target") == ["organisation/c"]


def test_what_begins_after_the_closing_is_not_ended_by_it(register: TestRegister) -> None:
    register.append(created("a"), CLOSING)
    register.append(told("late", "responsibility.gained", "2022-01-01", organisation="a", responsibility="late"))
    assert listed(register, "organisation/a", "2022-06-01", "responsibilities.responsibility") == ["late"]


def test_an_own_end_before_the_closing_counts(register: TestRegister) -> None:
    register.append(created("a"), CLOSING)
    register.append(told("gained", "responsibility.gained", STARTS, organisation="a", responsibility="r"))
    register.append(told("ended", "responsibility.ended", "2020-01-01", organisation="a", responsibility="r"))
    assert over_time(register, "organisation/a", "responsibilities.responsibility") == [[], ["r?"], [], [], []]


def test_an_existence_through_an_interval_closes_too(register: TestRegister) -> None:
    register.append(told("gained", "responsibility.gained", "2016", organisation="a", responsibility="r"))
    register.append(created("a", "2015/2021-04"))
    assert status(register, "organisation/a", OVER) == "closed"
    assert over_time(register, "organisation/a", "responsibilities.responsibility") == [["r"], ["r"], ["r"], [], []]

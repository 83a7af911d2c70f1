"""What each type of fact does to the state, and what ends with the closing of an organisation.

Days come in fives where dates are partial: before, inside the bounds of the start, surely after it, inside the bounds
of the end, surely after that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import permutations
from typing import Any

import pytest

from events.database import Database
from tests.histories import consistent, created, listed, state, status, told, uid
from tests.registers import TestRegister

BEFORE, STARTING, HELD, ENDING, OVER = "2018-12-31", "2019-06-01", "2020-06-01", "2021-05-10", "2021-06-01"
STARTS, ENDS = "2019", "2021-05"


@pytest.fixture
def register(sqlite_database: Database) -> Iterator[TestRegister]:
    register = TestRegister(sqlite_database)
    yield register
    consistent(register)


@pytest.fixture
def on_both(database: Database) -> Iterator[TestRegister]:
    register = TestRegister(database)
    yield register
    consistent(register)


def over_time(register: TestRegister, tag: str, what: str) -> list[list[str]]:
    return [listed(register, tag, day, what) for day in (BEFORE, STARTING, HELD, ENDING, OVER)]


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
        "unknown",
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
        "not_yet",
        "active? or not_yet",
        "active? or unknown",
    ]


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

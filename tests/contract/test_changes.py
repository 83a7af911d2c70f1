"""What changed between two days, and what was learned between two moments."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, permutations, product
from operator import itemgetter
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from events.changes import span_columns
from events.dates import iso, period
from events.queries import changes
from events.queries import learned as lessons
from events.queries.reading import Stated
from events.state import SlotFact, fold_switch, fold_value
from tests.histories import corrected, created, retracted, told, uid
from tests.registers import NOW, TestRegister

TAG = "organisation/a"


def between(register: TestRegister, first: str, last: str, known_at: str | None = None, tag: str = TAG) -> list[Any]:
    with register.database.snapshot() as connection:
        moment = register.queries.moments.at(connection, known_at)
        found = changes.between(register.queries, connection, tag, period(f"{first}/{last}"), moment)
    assert found is not None
    return found


def learned(register: TestRegister, as_of: str, known_from: int, known_to: int, tag: str = TAG) -> list[Any]:
    with register.database.snapshot() as connection:
        at = register.queries.moments.at
        earlier, later = at(connection, str(known_from)), at(connection, str(known_to))
        question = register.queries.question(connection, as_of, None, NOW)
        found = lessons.between(register.queries, connection, tag, question.as_of, earlier, later)
    assert found is not None
    return found


def told_shortly(found: list[Any]) -> list[tuple[Any, ...]]:
    return [
        (
            each.change,
            each.property,
            each.before.value if each.before else None,
            each.after.value if each.after else None,
            each.on.edtf,
            each.certainty,
        )
        for each in found
    ]


def test_what_began_ended_and_was_replaced(on_both: TestRegister) -> None:
    on_both.append(
        created("a", "2010-01-01", name="First"),
        told("new", "name.adopted", "2019-05-01", organisation="a", name="Second", kind="legal"),
        told("p", "priority.set", "2019-06-01", organisation="a", priority="p"),
        told("q", "priority.ended", "2019-07", organisation="a", priority="p"),
        told("in", "relation.started", "2019-08-01", organisation="b", kind="part_of", target="a"),
    )
    assert told_shortly(between(on_both, "2019-05-01", "2019-07-31")) == [
        ("replaced", "name", "First", "Second", "2019-05-01", "definite"),
        ("began", "priorities", None, None, "2019-06-01", "definite"),
        ("ended", "priorities", None, None, "2019-07", "definite"),
    ]
    assert told_shortly(between(on_both, "2019-07-10", "2019-07-20")) == [
        ("ended", "priorities", None, None, "2019-07", "possible")
    ]
    assert between(on_both, "2019-05-02", "2019-05-31") == []
    (relation,) = between(on_both, "2019-08-01", "2019-08-01")
    assert (relation.subject, relation.key) == ("organisation/b", "part_of organisation/a")
    (name, *_) = between(on_both, "2019-05-01", "2019-05-01")
    assert name.events == (uid("new"),)


def test_changes_of_plans_and_initiatives_that_concern_it(register: TestRegister) -> None:
    register.append(
        created("a"),
        told("i", "initiative.announced", "2019-01-01", initiative="i", organisation="a", kind="product", name="App"),
        told("l", "initiative.launched", "2020-03-01", initiative="i", organisation="a"),
    )
    (stage,) = between(register, "2020-01-01", "2020-12-31")
    assert (stage.change, stage.subject, stage.property, stage.before.value, stage.after.value) == (
        "replaced",
        "initiative/i",
        "stage",
        "announced",
        "launched",
    )


def test_known_at(on_both: TestRegister) -> None:
    on_both.append(created("a", "2019-01-01"))
    on_both.append(corrected("c", "created-a", created("a", "2020-01-01")))
    assert {each.on.edtf for each in between(on_both, "2018-01-01", "2021-01-01", "1")} == {"2019-01-01"}
    assert {each.on.edtf for each in between(on_both, "2018-01-01", "2021-01-01")} == {"2020-01-01"}


def test_what_was_learned_and_who_taught_it(on_both: TestRegister) -> None:
    on_both.append(
        created("a", "2010-01-01", name="First"), told("p", "priority.set", "2019", organisation="a", priority="p")
    )  # 1, 2
    on_both.append(retracted("r", "p"))  # 3
    on_both.append(corrected("c", "created-a", created("a", "2010-01-01", name="Other")))  # 4
    on_both.append(told("q", "priority.set", "2018", organisation="a", priority="q"))  # 5
    on_both.append(told("e", "priority.ended", "2030", organisation="a", priority="q"))  # 6
    on_both.append(retracted("rr", "r"))  # 7
    found = learned(on_both, "2020-01-01", 2, 5)
    assert [(each.change, each.property, each.key, each.events) for each in found] == [
        ("differs", "name", "", (uid("c"),)),
        ("vanished", "priorities", "p", (uid("r"),)),
        ("appeared", "priorities", "q", (uid("q"),)),
    ]
    assert (found[0].before.value, found[0].after.value) == ("First", "Other")
    (ended,) = learned(on_both, "2020-01-01", 5, 6)
    assert (ended.change, ended.before.until, ended.after.until.edtf) == ("differs", None, "2030")
    assert ended.events == (uid("e"),)
    assert [each.key for each in learned(on_both, "2020-01-01", 2, 7)] == ["", "q"]  # the retraction was retracted
    assert learned(on_both, "2020-01-01", 5, 5) == []
    assert learned(on_both, "2017", 4, 6) == []


def test_what_a_value_came_from_may_lie_beyond_the_days_asked_for(on_both: TestRegister) -> None:
    on_both.append(
        told("agency", "organisation.reclassified", "2019-05-04", organisation="a", scheme="s", value="agency"),
        told("body", "organisation.reclassified", "[..2019-05-05]", organisation="a", scheme="s", value="body"),
    )
    asked = between(on_both, "2019-05-02", "2019-05-03")
    assert told_shortly(asked) == [("began", "classifications", None, "body", "[..2019-05-04]", "possible")]


def test_a_value_may_begin_from_nothing_on_the_last_day_of_one_that_comes_before_it(on_both: TestRegister) -> None:
    on_both.append(
        told("first", "organisation.reclassified", "[..2019-05-02]", organisation="a", scheme="s", value="A")
    )
    second = {"organisation": "a", "scheme": "s", "value": "B", "_follows": [uid("first")]}
    on_both.append(told("second", "organisation.reclassified", "2019-05-02", **second))
    assert told_shortly(between(on_both, "2019-05-02", "2019-05-03")) == [
        ("replaced", "classifications", "A", "B", "2019-05-02", "possible"),
        ("began", "classifications", None, "B", "2019-05-02", "possible"),
    ]


def test_a_value_may_be_ended_by_what_may_have_come_before_it(on_both: TestRegister) -> None:
    on_both.append(
        told("size", "attribute.set", "2019-05-02", organisation="a", key="size", value=1),
        told("none", "attribute.set", "[2019-05-01..2019-05-04]", organisation="a", key="size", value=None),
    )
    assert told_shortly(between(on_both, "2019-05-03", "2019-05-09")) == [
        ("ended", "attributes", 1, None, "[2019-05-03..2019-05-04]", "possible")
    ]


def test_what_a_doubtful_fact_opens_may_begin_only_when_a_certain_one_does(on_both: TestRegister) -> None:
    on_both.append(
        told("doubtful", "post.created", "2019-05-03?", organisation="a", post="p"),
        told("certain", "post.created", "[2019-05-02..]", organisation="a", post="p"),
    )
    assert told_shortly(between(on_both, "2019-05-01", "2019-05-09")) == [
        ("began", "posts", None, None, "[2019-05-02..]", "possible")
    ]


def test_no_full_scan(on_both: TestRegister) -> None:
    on_both.append(created("a"))
    between(on_both, "2019-01-01", "2020-01-01")
    learned(on_both, "2020", 0, 1)
    names = [
        name for name in on_both.database._prepared if name.startswith(("changed between", "recorded b", "amended b"))
    ]
    assert len(names) == 8
    for name in names:
        assert_no_scan(on_both, name)


def assert_no_scan(register: TestRegister, name: str, but: Sequence[str] = ()) -> None:
    """The plan of a prepared statement reads no table of ours from end to end. `but`: what is no table of ours."""
    prepared = register.database._prepared[name]
    lists = ("subjects", "ids", "properties")
    listed = register.database.listed(["x"])
    slots = register.database.slotted(1, [(TAG, "name", "")])
    arguments = tuple(listed if n in lists else slots.get(n, prepared._fixed.get(n, 1)) for n in prepared.names)
    with register.database.engine.connect() as connection:
        cursor = connection.connection.cursor()
        if register.database.dialect == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {prepared.sql}", arguments)
            plan = [row[3] for row in cursor.fetchall()]
            scans = [line for line in plan if line.startswith("SCAN") and "VIRTUAL TABLE" not in line]
            scans = [line for line in scans if line.removeprefix("SCAN ") not in but]
        else:
            connection.execute(sa.text("SET enable_seqscan = off"))
            cursor.execute(f"EXPLAIN {prepared.sql}", arguments)
            plan = [row[0] for row in cursor.fetchall()]
            scans = [line for line in plan if "Seq Scan" in line]
        cursor.close()
    assert plan
    assert not scans, plan


# Against enumeration: the days of small slots, completed in every way.
FACT = st.tuples(st.integers(1, 5), st.integers(0, 2), st.sampled_from(["A", "B", "C"]))
FIRST = 700_000


def _facts(given_: list[tuple[int, int, str | None]], switch: bool) -> list[SlotFact]:
    return [
        SlotFact(
            root=str(number),
            ids=(str(number),),
            earliest=FIRST + start,
            latest=FIRST + start + width,
            effect=("open" if value == "A" else "end") if switch else "set",
            value=None if switch or value is None else f'"{value}"',
        )
        for number, (start, width, value) in enumerate(given_)
    ]


def _told(facts: list[SlotFact], first: int, last: int) -> list[tuple[Any, Any, str]]:
    switch = facts[0].effect != "set"
    spans = (fold_switch if switch else fold_value)(facts).spans
    held = [Stated(TAG, "priorities" if switch else "name", "", *span_columns(span)) for span in spans]
    emptying = [(each.earliest, each.latest) for each in facts if each.value is None]
    made = changes._of_switch(held) if switch else changes._of_value(held, emptying)
    window = period(f"{iso(first)}/{iso(last)}")
    return [
        (
            each.before.value if each.before else None,
            each.after.value if each.after else None,
            each.told(window).certainty,
        )
        for each in made
        if each.on[0] <= last and each.on[1] >= first
    ]


@given(st.lists(FACT, min_size=1, max_size=3), st.integers(1, 7), st.integers(0, 3))
@settings(max_examples=300)
def test_values_against_enumeration(given_: list[Any], start: int, length: int) -> None:
    """A definite change happens in every completion; a change that happens in one is told at least as possible."""
    facts = _facts(given_, switch=False)
    first, last = FIRST + start, FIRST + start + length
    seen: list[set[tuple[Any, Any]]] = []
    completions = product(*(range(each.earliest, each.latest + 1) for each in facts))
    for days, ordered in product(completions, permutations(range(len(facts)))):
        order = sorted(((days[n], facts[n].value) for n in ordered), key=itemgetter(0))  # on one day, in either order
        on = [next((v for d, v in reversed(order) if d <= day), None) for day in range(first - 1, last + 1)]
        seen.append({(a, b) for a, b in pairwise(on) if a != b})
    found = _told(facts, first, last)
    possible = {(a, b) for a, b, _ in found}
    for a, b, certainty in found:
        if certainty == "definite":
            assert all((a, b) in each for each in seen), (a, b, found)
    distinct = len({each.value for each in facts}) == len(facts)  # else runs of one value flow together
    if distinct and not fold_value(facts).oddities:  # of a conflict on one day only the statements tell
        for each in seen:
            assert each <= possible, (each, found)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ([(1, 0, "A"), (3, 2, "B")], [(None, '"A"', "definite"), ('"A"', '"B"', "definite")]),
        ([(1, 0, "A"), (3, 0, None)], [(None, '"A"', "definite"), ('"A"', None, "definite")]),
        ([(1, 0, "A"), (3, 0, "A")], [(None, '"A"', "definite")]),
    ],
)
def test_values_told_exactly(facts: list[Any], expected: list[Any]) -> None:
    assert sorted(_told(_facts(facts, switch=False), FIRST, FIRST + 9), key=repr) == sorted(expected, key=repr)


def test_switches_told_exactly() -> None:
    facts = _facts([(1, 1, "A"), (4, 2, None)], switch=True)
    assert [each[2] for each in _told(facts, FIRST, FIRST + 9)] == ["definite", "definite"]
    assert [each[2] for each in _told(facts, FIRST + 2, FIRST + 5)] == ["possible", "possible"]
    overlapping = _facts([(1, 2, "A"), (2, 2, None)], switch=True)  # perhaps over on the day that it began
    assert {each[2] for each in _told(overlapping, FIRST, FIRST + 9)} == {"possible"}

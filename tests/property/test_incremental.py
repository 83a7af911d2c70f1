"""Random small histories: what is kept append by append is what the log says, whatever the order, for ever."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from events.database import Database
from events.dcb import Appended, AssumptionFailed, UnknownEvent
from events.rebuilding import rebuild
from events.verifying import verify
from tests.conftest import LONG
from tests.histories import answers, corrected, equated, retracted, told, uid
from tests.registers import TestRegister

EXAMPLES = 300 if LONG else 20
FACTS_MAX = 14

ORGANISATIONS, POSTS, PEOPLE, PLANS = ("a", "b", "c"), ("p", "q"), ("x", "y"), ("k", "l")
TAGS = (
    *(f"organisation/{each}" for each in ORGANISATIONS),
    *(f"post/{each}" for each in POSTS),
    *(f"person/{each}" for each in PEOPLE),
    *(f"plan/{each}" for each in PLANS),
    "target/t",
    "initiative/i",
    "responsibility/r",
)
DATES = (
    "2001",
    "2002-03",
    "2002-06-15",
    "2002-06-15",
    "2003",
    "2003-05-01",
    "2004",
    "[2001..2003]",
    "[2002-06-15..2004]",
)
ODD_DATES = ("2003?", "2002~", "[..2003]", "[2002..]")
INTERVALS = ("2001/2003", "2002-06-15/2003-05", "2002/..", "2002/")
DAYS = ("2002-06-15", "2003-05-10", "2001-06/2004", "2005")


def one_of(*items: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(items)


organisation, post, person, plan = (st.sampled_from(each) for each in (ORGANISATIONS, POSTS, PEOPLE, PLANS))


@st.composite
def contents(draw: st.DrawFn) -> tuple[str, dict[str, Any], bool, bool]:
    """A type with its data; whether it may hold through an interval, whether it may say what it ends."""
    a, b, c = draw(st.permutations(ORGANISATIONS))
    kind = draw(st.integers(0, 17))
    held = {"organisation": a, "post": draw(post), "person": draw(person)}
    relation = draw(
        one_of(
            {"organisation": a, "kind": "part_of", "target": b},
            {"post": "p", "kind": "works_with", "target": a},
            {"organisation": a, "kind": "works_with", "target": "post/p"},
            {"post": "q", "kind": "works_with", "target": "post/p"},
        )
    )
    step = {"initiative": "i", "organisation": a}
    draft = {"change": "organisation.created", "draft": {"organisation": c, "name": "C"}}
    return (
        ("organisation.created", {"organisation": a, "name": a, "parents": [b], "from": [c]}, True, False),
        ("organisation.created", {"organisation": a, "name": "New", "name_kind": "brand"}, True, False),
        ("organisation.dissolved", {"organisation": a, "reason": "ceased"}, False, True),
        ("organisation.merged", {"originals": [a, b], "result": c}, False, True),
        ("organisation.merged", {"originals": [a, b], "result": b, "survivors": [b]}, False, True),
        ("post.created", {"organisation": a, "post": held["post"], "title": "T"}, True, False),
        ("post.abolished", {"organisation": a, "post": held["post"]}, False, True),
        ("appointment.started", {**held, "acting": True}, True, False),
        ("appointment.ended", held, False, True),
        ("appointment.observed", held, True, False),
        ("relation.started", relation, True, False),
        ("relation.ended", relation, False, True),
        ("responsibility.gained", {"organisation": a, "responsibility": "r"}, True, False),
        ("responsibility.transferred", {"from": a, "to": b, "responsibility": "r"}, True, True),
        ("name.adopted", {"organisation": a, "name": draw(one_of("One", "Two")), "kind": "legal"}, False, False),
        (draw(one_of("initiative.announced", "initiative.launched")), step, False, False),
        draw(
            one_of(
                ("target.set", {"target": "t", "organisation": a, "due": "2004"}, False, False),
                ("target.moved", {"target": "t", "to": "2005"}, False, False),
                ("target.moved", {"target": "t", "to": "2006"}, False, False),
            )
        ),
        draw(
            one_of(
                (
                    "change.announced",
                    {"plan": "k", "organisation": a, "title": "K", "intended": "2003", "changes": [draft]},
                    False,
                    False,
                ),
                ("change.announced", {"plan": "l", "organisation": a, "title": "L", "replaces": ["k"]}, False, False),
                ("change.withdrawn", {"plan": "k"}, False, False),
                ("change.revised", {"plan": "k", "title": "K2"}, False, False),
            )
        ),
    )[kind]


@st.composite
def facts(draw: st.DrawFn, name: str, earlier: Sequence[str]) -> dict[str, Any]:
    """A fact of the small world that may follow, end or fulfil earlier ones."""
    type_, data, lasts, ends = draw(contents())
    dates = [*DATES, *ODD_DATES[: draw(st.integers(0, 4))], *(INTERVALS if lasts and draw(st.booleans()) else ())]
    more: dict[str, Any] = {}
    if earlier and draw(st.integers(0, 3)) == 0:
        more["_follows"] = draw(st.lists(st.sampled_from(earlier), min_size=1, max_size=2, unique=True))
    if earlier and ends and draw(st.integers(0, 2)) == 0:
        more["_ends"] = draw(st.sampled_from(earlier))
    if draw(st.integers(0, 4)) == 0 and not type_.startswith("change."):
        more["_fulfils"] = {"plan": draw(plan), "part": draw(st.booleans())}
    return told(name, type_, draw(st.sampled_from(dates)), **data, **more)


@st.composite
def equations(draw: st.DrawFn, name: str) -> dict[str, Any]:
    """Two or all of the organisations, or both people, are one."""
    kind, slugs = draw(one_of(("organisation", ORGANISATIONS), ("organisation", ORGANISATIONS), ("person", PEOPLE)))
    keep, *same = draw(st.permutations(slugs))
    return equated(name, keep, *same[: draw(st.integers(1, 2))], kind=kind)


@st.composite
def histories(draw: st.DrawFn, amended: bool) -> list[dict[str, Any]]:
    """Facts in an order in which each comes after those that it names; some are equations.

    Some are amendments if `amended`.
    """
    found: list[dict[str, Any]] = []
    retractions: set[str] = set()
    identities: set[str] = set()  # the names of equations and of what corrects them
    names = [str(n) for n in range(draw(st.integers(2, FACTS_MAX)))]
    for name in names:
        earlier = [each["id"] for each in found if each["id"] not in {uid(other) for other in identities}]
        amends = draw(st.integers(0, 5)) if amended and found else 0
        if amends > 3:
            aim = names[draw(st.integers(0, len(found) - 1))]
            if amends == 4 and aim not in retractions:
                if aim in identities:
                    identities.add(name)
                found.append(corrected(name, aim, draw(equations("") if aim in identities else facts("", earlier))))
            else:
                retractions.add(name)
                found.append(retracted(name, aim))
        elif draw(st.integers(0, 5)) == 0:
            identities.add(name)
            found.append(draw(equations(name)))
        else:
            found.append(draw(facts(name, earlier)))
    return found


@contextmanager
def empty_register(template: Path) -> Iterator[TestRegister]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "register.db"
        shutil.copyfile(template, path)
        database = Database(f"sqlite:///{path}")
        yield TestRegister(database)
        database.close()


def record(register: TestRegister, given: Sequence[dict[str, Any]], chance: Random) -> Iterator[int]:
    """Append the facts in order, some in one append, some appends in one commit; after each commit its position."""
    waiting: list[Sequence[dict[str, Any]]] = []
    at = 0
    while at < len(given):
        size = chance.choice((1, 1, 1, 2, 4))
        try:
            register.prepare(*given[at : at + size])
            waiting.append(given[at : at + size])
        except UnknownEvent:  # it aims at what still waits
            assert waiting
            commit(register, waiting)
            yield register.log.head().position
            continue
        at += size
        if chance.random() < 0.6:
            commit(register, waiting)
            yield register.log.head().position
    commit(register, waiting)
    yield register.log.head().position


def commit(register: TestRegister, waiting: list[Sequence[dict[str, Any]]]) -> None:
    """Append in one commit; what was prepared on something that others of it have changed is prepared anew."""
    while waiting:
        outcomes = register.log.commit([register.prepare(*each) for each in waiting])
        assert all(isinstance(outcome, (Appended, AssumptionFailed, UnknownEvent)) for outcome in outcomes), outcomes
        again = [each for each, outcome in zip(waiting, outcomes, strict=True) if not isinstance(outcome, Appended)]
        assert len(again) < len(waiting)
        waiting[:] = again


def rearranged(given: Sequence[dict[str, Any]], chance: Random) -> list[dict[str, Any]]:
    """Another order in which each fact comes after those that it follows or ends, each equation after the earlier ones.

    (The last equation of a class says who represents it.)
    """
    left, placed, ordered = list(given), set(), []
    while left:
        first = next((each for each in left if each["type"] == "identity.equated"), None)
        ready = [
            each
            for each in left
            if {*each.get("follows", ()), *filter(None, [each.get("ends")])} <= placed
            and (each is first or each["type"] != "identity.equated")
        ]
        chosen = chance.choice(ready)
        left.remove(chosen)
        placed.add(chosen["id"])
        ordered.append(chosen)
    return ordered


@settings(max_examples=EXAMPLES, deadline=None)
@given(history=histories(amended=True), seed=st.integers(0, 2**16))
def test_what_is_kept_is_what_the_log_says_and_was_known(
    sqlite_template: Path, history: list[dict[str, Any]], seed: int
) -> None:
    with empty_register(sqlite_template) as register:
        then: dict[int, Any] = {}
        for position in record(register, history, Random(seed)):
            then[position] = told_now(register)
        assert verify(register.database) == []
        for known_at, answer in then.items():
            assert told_now(register, str(known_at)) == answer, known_at
        rebuild(register.database)
        for known_at, answer in then.items():
            assert told_now(register, str(known_at)) == answer, known_at


@settings(max_examples=EXAMPLES // 2, deadline=None)
@given(history=histories(amended=True))
def test_an_answer_that_changes_is_known_to_be_stale(sqlite_template: Path, history: list[dict[str, Any]]) -> None:
    with empty_register(sqlite_template) as register:
        before: dict[tuple[str, str], Any] = {}
        for given_ in history:
            register.append(given_)
            now = answers(register, TAGS, DAYS)
            fresh = {tag: changed_at(register, tag) for tag in TAGS}
            head = register.log.head().position
            for (tag, day), answer in now.items():
                assert before.get((tag, day)) == answer or fresh[tag] == head, (tag, day, answer, before[tag, day])
            before = now


def changed_at(register: TestRegister, tag: str) -> int | None:
    queries = register.queries
    with register.database.snapshot() as connection:
        moment = queries.moments.now(connection)
        subject = queries.found(connection, tag, moment)
        return None if subject is None else subject.changed


def told_now(register: TestRegister, known_at: str | None = None) -> tuple[Any, ...]:
    states = {(tag, day): register.state(tag, day, known_at) for tag in TAGS for day in DAYS[1:3]}
    return states, register.anomalies(known_at)


@settings(max_examples=EXAMPLES, deadline=None)
@given(history=histories(amended=False), seed=st.integers(0, 2**16))
def test_the_order_of_arrival_plays_no_part(sqlite_template: Path, history: list[dict[str, Any]], seed: int) -> None:
    chance = Random(seed)
    found = []
    for order in (history, rearranged(history, chance), rearranged(history, chance)):
        with empty_register(sqlite_template) as register:
            assert list(record(register, order, chance))
            found.append((answers(register, TAGS, DAYS), register.anomalies()))
            assert verify(register.database) == []
    assert found[1] == found[0]
    assert found[2] == found[0]


def test_the_small_world_is_recorded_as_it_is_told(sqlite_template: Path) -> None:
    """So that nothing above holds only because nothing was recorded."""
    with empty_register(sqlite_template) as register:
        given = [told("0", "organisation.created", "2001", organisation="a", name="A")]
        assert list(record(register, given, Random(0)))[-1] == 1
        assert register.state("organisation/a", "2005") is not None
        assert register.timeline("organisation/a")[0]["id"] == uid("0")

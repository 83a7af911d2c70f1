"""The whole against enumeration: random worlds, recorded and asked through the register, equal the naive answers."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from events.database import Database
from events.dates import BEGINNING, END
from events.errors import OrglineError
from events.queries.listing import Page
from events.queries.question import Moment
from events.recording import Recorder
from events.vocabulary import TYPES
from tests.conftest import LONG
from tests.property import naive, oracle
from tests.property.oracle import Known, Plain
from tests.property.worlds import BUILDERS, ORGANISATIONS, TAGS, worlds
from tests.registers import TestRegister

EXAMPLES = int(os.environ.get("ORGLINE_EXAMPLES", "10000" if LONG else "300"))
# To explain a failure costs many more examples than to find it; to shrink it too, where only finding matters.
PHASES = (Phase.generate,) if os.environ.get("ORGLINE_NO_SHRINK") else tuple(set(Phase) - {Phase.explain})
ASKED = range(8)  # the window, a day before it and a day after it


def test_the_worlds_leave_out_no_type() -> None:
    about_the_register = {name for name, kind in TYPES.items() if not kind.dated}
    assert set(BUILDERS) == set(TYPES) - about_the_register


@settings(max_examples=EXAMPLES, deadline=None, phases=PHASES)
@given(world=worlds(), day=st.sampled_from(ASKED))
def test_answers_are_those_of_all_completions(
    emptied: Callable[[], TestRegister], world: list[list[Plain]], day: int
) -> None:
    compare(emptied(), world, [day])


@pytest.fixture(scope="module")
def emptied(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], TestRegister]]:
    """One register, emptied for each example: to compile all its reads anew would take longer than the example."""
    path = tmp_path_factory.mktemp("whole") / "register.db"
    shutil.copyfile(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    register = TestRegister(database)

    def empty() -> TestRegister:
        with closing(sqlite3.connect(sqlite_template)) as template, closing(sqlite3.connect(path)) as target:
            template.backup(target)
        register.recorder = Recorder(database)  # it remembers who owns what
        return register

    yield empty
    database.close()


def compare(register: TestRegister, world: Sequence[Sequence[Plain]], days: Sequence[int]) -> None:
    """Record a world and hold every answer, as known after each append, against the naive one."""
    events: list[Plain] = []
    ends: list[int] = []
    for append in world:
        try:
            register.append(*append)
        except OrglineError:  # impossible, or naming what was refused
            continue
        events.extend(append)
        ends.append(len(events))
    found = {end: oracle.known(events[:end]) for end in (0, *ends)}
    for position in range(len(events) + 1):
        end = max(end for end in found if end <= position)  # inside an append: the one before
        assert stated(register, position) == expected(found[end]), position
    for position in {ends[0], ends[-1]} if ends else ():
        for day in days:
            compare_day(register, found[position], day, str(position))


def stated(register: TestRegister, position: int) -> list[Any]:
    """All statements of the small world."""
    with register.database.snapshot() as connection:
        moment: Moment = register.queries.moments.at(connection, str(position))
        found = register.queries.of(connection, moment, (*TAGS, "initiative/j"))
    return sorted(
        [
            *(each.subject, each.property_, each.key, plain(each.span.value)),
            *((in_window(each.span.since_earliest), in_window(each.span.since_latest)),),
            *((in_window(each.span.until_earliest), in_window(each.span.until_latest)),),
            *(each.span.doubtful, sorted(each.span.opened_by), sorted(each.span.closed_by)),
        ]
        for each in found
    )


def expected(found: Known) -> list[Any]:
    return sorted(
        [
            *(*slot, plain(each.value), each.since, each.until),
            *(each.doubtful, sorted(each.opened_by), sorted(each.closed_by)),
        ]
        for slot, statements in found.statements.items()
        for each in statements
    )


def plain(text: str | None) -> str:
    return "" if text is None else json.dumps(json.loads(text), sort_keys=True)


def in_window(day: int) -> int:
    if day in (BEGINNING, END):
        return naive.BEFORE_ALL if day == BEGINNING else naive.AFTER_ALL
    return naive.into_window(day - oracle.DAY_ONE.toordinal() + 1)


def compare_day(register: TestRegister, found: Known, day: int, known_at: str) -> None:
    """What is in force on a day, how certain it is, and what is undecided."""
    as_of = oracle.day_text(day)
    certain: dict[str, int] = {"definite": 0, "possible": 0}
    for slug in ORGANISATIONS:
        state = register.state(f"organisation/{slug}", as_of, known_at)
        if state is None:
            continue
        tag = f"organisation/{slug}"
        own = [slot for slot in found.facts if slot[0] == tag]
        for property_, parts in LISTS.items():
            items = [(" ".join(item[part] for part in parts), item["certainty"]) for item in state[property_]]
            if property_ == "relations":
                outward = [item["direction"] == "out" for item in state[property_]]
                items = [item for item, out in zip(items, outward, strict=True) if out]
            assert sorted(items) == in_force(found, own, property_, day), (tag, property_, as_of, known_at)
        lives = found.statements.get((tag, "existence", ""), [])
        sure = oracle.certainty(lives, day)
        assert (state["status"] == "active") == (sure is not None), (tag, as_of, known_at)
        if sure is not None:
            certain[sure] += 1
            assert state["certainty"] == sure, (tag, as_of, known_at)
        if "closed" in (state["status"], state.get("otherwise")):
            assert any(life.until[0] <= day for life in lives), (tag, as_of, known_at)
    assert count(register, as_of, known_at) == certain, (as_of, known_at)
    compare_held(register, found, day, known_at)
    for tag in ("plan/k", "plan/l", "target/t"):
        state = register.state(tag, as_of, known_at)
        if state is not None:
            own = [slot for slot in found.facts if slot[0] == tag]
            assert set(state["undecided"]) == oracle.undecided(found, own, day), (tag, as_of, known_at)
        if state is not None and tag == "target/t":
            dues = in_force(found, own, "due", day, by_value=True)
            assert sorted((each["due"], each["certainty"]) for each in state["dues"]) == dues, (as_of, known_at)


LISTS = {
    "existence": (),
    "classifications": ("scheme",),
    "identifiers": ("scheme", "value"),
    "relations": ("kind", "target"),
    "posts": ("post",),
    "responsibilities": ("responsibility",),
    "priorities": ("priority",),
    "attributes": ("key",),
}


def in_force(
    found: Known, slots: Sequence[oracle.SlotName], property_: str, day: int, by_value: bool = False
) -> list[tuple[str, str]]:
    """(key or value, certainty) of each statement in force."""
    listed = []
    for slot in slots:
        for statement in found.statements[slot] if slot[1] == property_ else ():
            certainty = oracle.certainty([statement], day)
            if certainty is not None:
                listed.append((json.loads(statement.value or "null") if by_value else slot[2], certainty))
    return sorted(listed)


def compare_held(register: TestRegister, found: Known, day: int, known_at: str) -> None:
    """Statuses that say whether one of several on/off slots is on."""
    as_of = oracle.day_text(day)
    held = {
        "responsibility/r": ("held", "not_held", [s for s in found.facts if s[1:] == ("responsibilities", "r")]),
        **{
            f"person/{slug}": ("in_post", "not_in_post", [s for s in found.facts if is_of(s, slug)])
            for slug in ("x", "y")
        },
    }
    for tag, (on, off, slots) in held.items():
        state = register.state(tag, as_of, known_at)
        if state is None:
            continue
        sure = [oracle.certainty(found.statements[slot], day) for slot in slots]
        certainty = "definite" if "definite" in sure or not any(sure) else "possible"
        answer = (state["status"], state["certainty"])
        assert answer == (on if any(sure) else off, certainty), (tag, as_of, known_at)


def is_of(slot: oracle.SlotName, person: str) -> bool:
    return slot[1] in ("appointments", "observations") and slot[2].split(" ")[1] == person


def count(register: TestRegister, as_of: str, known_at: str) -> dict[str, int]:
    """How many organisations are active, as the list says."""
    found = register.listing("organisation", Page(limit=100, count=True), as_of, known_at, status="active")
    counted: dict[str, int] = found["count"]
    return counted

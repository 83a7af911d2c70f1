"""What was known at a moment is answered for ever as it was then: by position, by day, by time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from uuid import UUID

import pytest

from events.database import Database
from events.queries import names
from events.queries.question import InvalidMoment
from events.rebuilding import rebuild
from tests.histories import consistent, corrected, created, listed, retracted, state, status, told, uid
from tests.registers import TestRegister, fact

# Moments of the appends below. In June London is an hour ahead of UTC.
TIMES = [
    "2021-06-01T12:00:00+00:00",
    "2021-06-01T22:59:59.999999+00:00",  # the last microsecond of 1 June in London
    "2021-06-01T23:00:00+00:00",  # the first of 2 June
    "2022-01-01T00:00:00.000001+00:00",
]
TAG = "organisation/a"


def microseconds(text: str) -> int:
    time = datetime.fromisoformat(text)
    return (
        round(time.timestamp()) * 1_000_000 + time.microsecond
        if time.microsecond < 500_000
        else (int(time.timestamp()) * 1_000_000 + time.microsecond)
    )


@pytest.fixture
def register(database: Database) -> Iterator[TestRegister]:
    """Four appends that end at positions 2, 3, 6 and 7."""
    clock = iter(microseconds(time) for time in TIMES)
    register = TestRegister(database, clock=lambda: next(clock))
    register.append(
        created("a", "2019", name="First"), told("p", "priority.set", "2019", organisation="a", priority="p")
    )
    register.append(corrected("c1", "created-a", created("a", "2018", name="Second")))
    register.append(
        corrected("c2", "created-a", created("a", "2017", name="Third")),
        told("q", "priority.set", "2019", organisation="a", priority="q"),
        told("said", "statement.made", "2019", organisation="late", text="."),
    )
    register.append(retracted("r", "p"))
    yield register
    consistent(register)


def seen(register: TestRegister, known_at: str | None) -> tuple[Any, ...] | None:
    found = register.state(TAG, "2020", known_at)
    if found is None:
        return None
    return found["name"], [each["priority"] for each in found["priorities"]], found["version"]


ANSWERS = [
    None,
    ("First", ["p"], 2),
    ("Second", ["p"], 3),
    ("Third", ["p", "q"], 5),
    ("Third", ["q"], 6),
]
MOMENTS = [
    # positions; one inside an append is the end of the append before
    ("0", 0),
    ("1", 0),
    ("2", 1),
    ("3", 2),
    ("4", 2),
    ("5", 2),
    ("6", 3),
    ("7", 4),
    ("0007", 4),
    # days, to their end in the register's time zone
    ("2021-05-31", 0),
    ("2021-06-01", 2),
    ("2021-06-02", 3),
    ("2021-12-31", 3),
    ("2022-01-01", 4),
    ("2999-12-31", 4),
    # instants, to the microsecond
    ("2021-06-01T11:59:59.999999Z", 0),
    ("2021-06-01T12:00:00Z", 1),
    ("2021-06-01T13:00:00+01:00", 1),
    ("2021-06-01T13:00:00 01:00", 1),
    ("2021-06-01T22:59:59.999998Z", 1),
    ("2021-06-01T22:59:59.999999Z", 2),
    ("2021-06-01T23:00:00Z", 3),
    ("2022-01-01T00:00:00Z", 3),
    ("2022-01-01T00:00:00.000001Z", 4),
]


def test_every_form_of_a_moment(register: TestRegister) -> None:
    assert {text: seen(register, text) for text, _ in MOMENTS} == {text: ANSWERS[n] for text, n in MOMENTS}
    assert seen(register, None) == ANSWERS[-1]
    register.log._clock = lambda: microseconds("2023-01-01T00:00:00+00:00")
    register.append(told("more", "priority.set", "2019", organisation="a", priority="r"))
    register.append(corrected("c3", "c2", told("", "statement.made", "2019", organisation="a", text=".")))
    assert {text: seen(register, text) for text, _ in MOMENTS if text != "2999-12-31"} == {
        text: ANSWERS[n] for text, n in MOMENTS if text != "2999-12-31"
    }
    rebuild(register.database)
    assert {text: seen(register, text) for text, _ in MOMENTS if text != "2999-12-31"} == {
        text: ANSWERS[n] for text, n in MOMENTS if text != "2999-12-31"
    }


def test_the_answer_says_from_when_it_is(register: TestRegister) -> None:
    assert [state(register, TAG, None, known_at)["known_at"] for known_at in ("2", "5", "2021-12-31", None)] == [
        {"position": 2, "recorded_at": "2021-06-01T12:00:00.000000Z"},
        {"position": 3, "recorded_at": "2021-06-01T22:59:59.999999Z"},
        {"position": 6, "recorded_at": "2021-06-01T23:00:00.000000Z"},
        {"position": 7, "recorded_at": "2022-01-01T00:00:00.000001Z"},
    ]


def test_a_subject_is_unknown_until_it_is_mentioned(register: TestRegister) -> None:
    assert [register.state("organisation/late", None, known_at) is None for known_at in ("3", "5", "6")] == [
        True,
        True,
        False,
    ]


def test_the_timeline_is_of_its_moment(register: TestRegister) -> None:
    def shown(known_at: str) -> list[tuple[str, str | None]]:
        return [(each["id"], each.get("corrected_by")) for each in register.timeline(TAG, known_at)]

    assert shown("2") == [(uid("created-a"), None), (uid("p"), None)]
    assert shown("3") == [(uid("created-a"), uid("c1")), (uid("p"), None)]
    assert shown("6") == [(uid("created-a"), uid("c2")), (uid("p"), None), (uid("q"), None)]
    assert shown("7") == [(uid("created-a"), uid("c2")), (uid("q"), None)]


@pytest.mark.parametrize(
    "known_at",
    [
        "8",
        "99999999999999999999999999",
        "",
        "-1",
        "1.0",
        "٣",
        "yesterday",
        "2021-02-30",
        "0000-01-01",
        "2021-13-01",
        "2021-06",
        "2021-06-01T12:00:00",
        "2021-06-01T25:00:00Z",
    ],
)
def test_what_is_no_moment_is_refused(sqlite_database: Database, known_at: str) -> None:
    register = TestRegister(sqlite_database)
    register.append(created("a"))
    with pytest.raises(InvalidMoment):
        register.state(TAG, None, known_at)


@pytest.mark.parametrize("known_at", [None, "0", "2021-06-01", "2021-06-01T00:00:00Z"])
def test_an_empty_register_knows_nothing(sqlite_database: Database, known_at: str | None) -> None:
    register = TestRegister(sqlite_database)
    assert register.state(TAG, None, known_at) is None
    assert register.list() == []


def test_a_closing_that_was_learned_later_does_not_change_what_was_known(sqlite_database: Database) -> None:
    register = TestRegister(sqlite_database)
    register.append(created("a"), created("b"))
    register.append(told("in", "relation.started", "2015", organisation="b", kind="part_of", target="a"))
    register.append(told("end", "organisation.dissolved", "2019", organisation="a", reason="ceased"))
    register.append(retracted("no", "end"))
    day = "2020-06-01"
    for tag, other in (("organisation/a", "b"), ("organisation/b", "a")):
        assert [listed(register, tag, day, "relations.target", known) for known in (2, 3, 4, 5)] == [
            [],
            [f"organisation/{other}"],
            [],
            [f"organisation/{other}"],
        ]
    assert [status(register, TAG, day, known) for known in (2, 3, 4, 5)] == ["active", "active", "closed", "active"]


def test_a_name_that_an_append_takes_away_is_not_known_from_there_on(database: Database) -> None:
    register = TestRegister(database)
    day = date(2020, 1, 1).toordinal()
    wrong = fact("name.adopted", "2019", id_=str(UUID(int=1)), organisation="a", name="A", kind="legal")
    right = {"type": "name.adopted", "effective": "2019", "data": {"organisation": "a", "name": "B", "kind": "legal"}}
    register.append(wrong)
    register.append(fact("fact.corrected", event=wrong["id"], replacement=right))
    wanted = [("organisation/a", position, day) for position in (1, 2)]
    with register.database.snapshot() as connection:
        found = names.lookup(register.queries, connection, wanted)
    assert [found[each] for each in wanted] == ["A", "B"]

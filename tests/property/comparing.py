"""What a register says and what enumeration says, in one form. A difference is an AssertionError that names it."""

from __future__ import annotations

import json
from typing import Any

from events.dates import BEGINNING, END, day
from events.queries.answers import Bounds
from tests.property import naive, oracle
from tests.property.naive import Pair
from tests.property.oracle import Known, plain
from tests.property.worlds import KINDS
from tests.registers import TestRegister


def same(what: str, told: Any, expected: Any) -> None:
    """Raises AssertionError where an answer is not the naive one. Of lists it says the items that are not in both."""
    if isinstance(told, list) and isinstance(expected, list):
        besides, missing = [e for e in told if e not in expected], [e for e in expected if e not in told]
        assert told == expected, f"{what}: told besides {besides}, by enumeration instead {missing}"
    assert told == expected, f"{what}: told {told!r}, by enumeration {expected!r}"


def stated(register: TestRegister, position: int) -> list[Any]:
    """All statements of the small world."""
    tags = [f"{kind}/{slug}" for kind, slugs in KINDS.items() for slug in slugs]
    with register.database.snapshot() as connection:
        moment = register.queries.moments.at(connection, str(position))
        found = register.queries.of(connection, moment, (*tags, "initiative/j"))
    return sorted(
        [
            *(each.subject, each.property_, each.key, plain(each.value)),
            *((in_window(each.since_earliest), in_window(each.since_latest)),),
            *((in_window(each.until_earliest), in_window(each.until_latest)),),
            *(each.doubtful, sorted(each.opened_by), sorted(each.closed_by)),
        ]
        for each in found
    )


def expected_statements(found: Known) -> list[Any]:
    """The same by enumeration."""
    return sorted(
        [
            *(*slot, plain(each.value), each.since, each.until),
            *(each.doubtful, sorted(each.opened_by), sorted(each.closed_by)),
        ]
        for slot, held in found.statements.items()
        for each in held
    )


def in_text(value: Any) -> str:
    """A decoded value as `plain` gives it."""
    return "" if value is None else json.dumps(value, sort_keys=True)


def in_window(number: int) -> int:
    """A day of the register as a day of the window."""
    if number in (BEGINNING, END):
        return naive.BEFORE_ALL if number == BEGINNING else naive.AFTER_ALL
    return naive.into_window(number - oracle.DAY_ONE.toordinal() + 1)


def bounds(told: Bounds | None) -> Pair:
    """The bounds of an answer in days of the window."""
    earliest, latest = (None, None) if told is None else (told.earliest, told.latest)
    return (
        naive.BEFORE_ALL if earliest is None else in_window(day(earliest)),
        naive.AFTER_ALL if latest is None else in_window(day(latest)),
    )

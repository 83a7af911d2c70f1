"""Statements that are prepared by name: each name stands for one."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from events import tables
from events.database import Database

event = tables.event.c


def at(position: int) -> sa.Select[tuple[int]]:
    return sa.select(event.position).where(event.position > sa.bindparam("position", position))


def test_a_statement_is_compiled_once(database: Database) -> None:
    made = []

    def make() -> sa.ClauseElement:
        made.append(1)
        return at(1)

    assert database.prepare("an event", make) is database.prepare("an event", make)
    assert made == [1]
    constant = at(2)
    assert database.prepare("another", constant) is database.prepare("another", constant)


def test_the_same_statement_may_be_prepared_at_several_places(database: Database) -> None:
    one = database.prepare("an event", at(1))
    other = database.prepare("an event", lambda: at(1))
    assert (one.sql, one.names) == (other.sql, other.names)


@pytest.mark.parametrize(
    "other",
    [sa.select(event.position), at(2), lambda: at(2)],
    ids=["other SQL", "another value in it", "made by a function"],
)
def test_two_statements_under_one_name_are_refused(database: Database, other: sa.ClauseElement) -> None:
    database.prepare("an event", at(1))
    with pytest.raises(ValueError, match="two different statements are prepared as 'an event'"):
        database.prepare("an event", other)
    assert database.prepare("an event", at(1)).names == ("position",)

"""Registers whose kept statements are compared with the log after each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from events.database import Database
from tests.histories import consistent
from tests.registers import TestRegister


@pytest.fixture
def register(sqlite_database: Database) -> Iterator[TestRegister]:
    """An empty register on SQLite."""
    register = TestRegister(sqlite_database)
    yield register
    consistent(register)


@pytest.fixture
def on_both(database: Database) -> Iterator[TestRegister]:
    """An empty register, in turn on SQLite and on PostgreSQL."""
    register = TestRegister(database)
    yield register
    consistent(register)

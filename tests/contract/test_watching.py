"""Whoever moves the head of the log: the watch sees it."""

from __future__ import annotations

import uuid

import pytest
import sqlalchemy as sa

from events.database import DATABASE_ERRORS, Database
from events.dcb import Record
from events.log import Log
from events.watching import Watch


def append(log: Log) -> int:
    return log.append([Record("made", (), b"{}", str(uuid.uuid4()))])


def test_commits_are_seen_whoever_made_them(database: Database) -> None:
    log, watch = Log(database), Watch(Log(database))
    assert watch.look() == 0
    assert append(log) == watch.look() == 1
    other = Database(database.address)
    assert append(Log(other)) == watch.look() == 2
    other.close()
    watch.close()
    assert watch.look() == 2  # the first look always tells
    watch.close()


def test_where_nothing_was_committed_sqlite_is_not_asked_for_the_head(sqlite_database: Database) -> None:
    log, watch = Log(sqlite_database), Watch(Log(sqlite_database))
    append(log)
    assert [watch.look(), watch.look(), watch.look()] == [1, None, None]
    append(log)
    assert [watch.look(), watch.look()] == [2, None]
    watch.close()


def test_a_connection_that_was_lost_is_opened_again(database: Database) -> None:
    if database.dialect != "postgresql":
        pytest.skip("SQLite has no server that could go away")
    log, watch = Log(database), Watch(Log(database))
    append(log)
    assert watch.look() == 1
    cut_off(database)
    with pytest.raises(DATABASE_ERRORS):
        watch.look()
    append(log)
    assert watch.look() == 2
    watch.close()


def cut_off(database: Database) -> None:
    """End all connections to this database but the one that does it, as a server that restarts does."""
    with Database(database.address).engine.connect() as connection:
        connection.execute(
            sa.text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )

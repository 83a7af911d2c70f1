"""Connections for reading SQLite: at hand again after each read, whatever came of it, and closed in time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import sqlalchemy as sa

from events import readers
from events.database import Database
from events.readers import Readers


@pytest.fixture
def opened(sqlite_url: str) -> tuple[Readers, list[object]]:
    """Readers of a file with one table, and the connections that they opened."""
    engine = sa.create_engine(sqlite_url, poolclass=sa.NullPool)
    seen: list[object] = []

    @sa.event.listens_for(engine, "connect")
    def connected(connection: object, _record: object) -> None:
        connection.isolation_level = None  # type: ignore[attr-defined]
        seen.append(connection)

    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        connection.exec_driver_sql("CREATE TABLE counted (n INTEGER)")
        connection.exec_driver_sql("INSERT INTO counted VALUES (1)")
    seen.clear()
    return Readers(engine), seen


def count(connection: sa.Connection) -> int:
    return int(connection.exec_driver_sql("SELECT n FROM counted").scalar_one())


def write(found: Readers, n: int) -> None:
    with found.engine.connect() as connection:
        connection.exec_driver_sql(f"UPDATE counted SET n = {n}")


def test_each_block_sees_the_file_as_it_is_then(opened: tuple[Readers, list[object]]) -> None:
    found, seen = opened
    with found.snapshot() as connection:
        assert count(connection) == 1
        write(found, 2)
        assert count(connection) == 1
    del seen[1:]
    with found.snapshot() as connection:
        assert count(connection) == 2
    assert len(seen) == 1


def test_one_within_another_has_its_own(opened: tuple[Readers, list[object]]) -> None:
    found, seen = opened
    with found.snapshot() as one:
        assert count(one) == 1
        write(found, 2)
        with found.snapshot() as other:
            assert (count(one), count(other)) == (1, 2)
    assert len(seen) == 3  # with the writer's


def test_after_an_error_it_is_at_hand_again(opened: tuple[Readers, list[object]]) -> None:
    found, seen = opened
    with pytest.raises(KeyError), found.snapshot() as connection:
        assert count(connection) == 1
        raise KeyError
    with pytest.raises(sa.exc.OperationalError), found.snapshot() as connection:
        connection.exec_driver_sql("SELECT nothing FROM counted")
    with found.snapshot() as connection:
        assert count(connection) == 1
    assert len(seen) == 1


def test_what_was_written_by_mistake_is_not_there(opened: tuple[Readers, list[object]]) -> None:
    found, _ = opened
    with found.snapshot() as connection:
        connection.exec_driver_sql("UPDATE counted SET n = 3")
    with found.snapshot() as connection:
        assert count(connection) == 1


def test_one_that_cannot_be_used_any_more_is_replaced(opened: tuple[Readers, list[object]]) -> None:
    found, seen = opened
    with found.snapshot() as connection:
        seen[0].close()  # type: ignore[attr-defined]
    with found.snapshot() as connection:
        assert count(connection) == 1
    assert len(seen) == 2


def test_no_more_stay_open_than_that(opened: tuple[Readers, list[object]]) -> None:
    found, seen = opened
    many = readers.IDLE_MAX + 3
    together = Barrier(many)

    def read(_: int) -> int:
        with found.snapshot() as connection:
            together.wait(timeout=30)
            return count(connection)

    with ThreadPoolExecutor(many) as threads:
        assert list(threads.map(read, range(many))) == [1] * many
    assert len(seen) == many
    assert len(found._idle) == readers.IDLE_MAX


def test_closed_they_give_the_file_back(opened: tuple[Readers, list[object]]) -> None:
    found, seen = opened
    with found.snapshot() as used:
        with found.snapshot() as idle:
            assert count(idle) == 1
        found.close()
        assert count(used) == 1
    assert found._idle == []
    with found.snapshot() as connection:  # and are there again for who reads on
        assert count(connection) == 1
    assert len(seen) == 3


def test_a_closed_database_holds_no_file(database: Database) -> None:
    with database.snapshot() as connection:
        connection.exec_driver_sql("SELECT 1")
    database.close()
    if database.dialect == "sqlite":
        assert database._readers is not None and database._readers._idle == []

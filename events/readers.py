"""Connections to SQLite for reading, which stay at hand: to take one out of a pool of SQLAlchemy's and to give it back
costs more than a short read.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import sqlalchemy as sa

IDLE_MAX: Final = 8
"""Connections that are kept open while nobody reads."""


class Readers:
    """The readers of one file. Threads may share it: each has a connection for itself while it reads."""

    def __init__(self, engine: sa.Engine) -> None:
        """`engine` opens a connection whenever it is asked for one."""
        self.engine = engine
        self._idle: list[sa.Connection] = []

    @contextmanager
    def snapshot(self) -> Iterator[sa.Connection]:
        """A connection in a transaction that ends with the block."""
        idle = self._idle
        try:
            connection = idle.pop()
        except IndexError:
            connection = self.engine.connect()
        try:
            connection.connection.cursor().execute("BEGIN")
            yield connection
        finally:
            if _ended(connection) and idle is self._idle and len(idle) < IDLE_MAX:
                idle.append(connection)
            else:
                connection.close()

    def close(self) -> None:
        """Close them; those in use as soon as they are not."""
        closed, self._idle = self._idle, []
        for connection in closed:
            connection.close()


def _ended(connection: sa.Connection) -> bool:
    """End its transaction; whether that went well."""
    try:
        connection.rollback()  # what SQLAlchemy began besides, where a statement was its own
        connection.connection.rollback()
    except (sa.exc.SQLAlchemyError, sqlite3.Error):
        return False
    return True

"""Sees whether the head of a log has moved, whoever moved it.

A look costs next to nothing. SQLite counts what is committed, by any process, and only where that number is another one
is the head read; PostgreSQL is asked for the one row of `log_head`, on one connection that is kept for this.
"""

from __future__ import annotations

import sqlalchemy as sa

from events.database import DATABASE_ERRORS, Changes
from events.log import Log


class Watch:
    """Looks at one log; on SQLite always from the same thread. What it needs is opened by the first look."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._changes: Changes | None = None
        self._seen: int | None = None
        self._connection: sa.Connection | None = None

    def look(self) -> int | None:
        """The position of the head where it may have moved since the last look, else None.

        Raises one of DATABASE_ERRORS; the next look then begins anew.
        """
        try:
            return self._look_in_file() if self._log.database.dialect == "sqlite" else self._look_at_server()
        except DATABASE_ERRORS:
            if self._connection is not None:
                self._connection.invalidate()
            self.close()
            raise

    def close(self) -> None:
        """Give back what was opened; a later look opens it again."""
        if self._changes is not None:
            self._changes.close()
        if self._connection is not None:
            self._connection.close()
        self._changes = self._seen = self._connection = None

    def _look_in_file(self) -> int | None:
        if self._changes is None:
            self._changes = self._log.database.changes()
            assert self._changes is not None, "SQLite counts its changes"
        changes = self._changes()
        if changes == self._seen:
            return None
        head = self._log.head().position
        self._seen = changes
        return head

    def _look_at_server(self) -> int:
        if self._connection is None:
            self._connection = self._log.database.kept_connection()
        return self._log.head_on(self._connection).position

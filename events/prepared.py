"""Statements that are compiled once and executed on the driver's own cursor with positional arguments, since
SQLAlchemy's execution costs more than the statement itself; and what tells SQLite's planner, which has no statistics,
how to go about them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.ext.compiler import compiles


class Prepared:
    """One statement as the driver's own SQL, with the names of its positional arguments in order.

    `source`: the statement, or the code that makes it.
    """

    def __init__(self, statement: sa.ClauseElement, dialect: sa.Dialect, source: object) -> None:
        self.source = source
        compiled = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
        self.sql = str(compiled)
        self.names: tuple[str, ...] = tuple(getattr(compiled, "positiontup", None) or ())
        self._fixed: dict[str, Any] = {name: value for name, value in compiled.params.items() if value is not None}

    def says_the_same(self, other: Prepared) -> bool:
        """Whether it is the same SQL with the same values in it."""
        return (self.sql, self.names, self._fixed) == (other.sql, other.names, other._fixed)

    def all(self, connection: sa.Connection, **values: Any) -> list[Any]:
        """The rows of a SELECT."""
        cursor = connection.connection.cursor()
        try:
            cursor.execute(self.sql, self._arguments(values))
            return cast("list[Any]", cursor.fetchall())
        finally:
            cursor.close()

    def one(self, connection: sa.Connection, **values: Any) -> tuple[Any, ...] | None:
        """The first row of a SELECT, or None."""
        cursor = connection.connection.cursor()
        try:
            cursor.execute(self.sql, self._arguments(values))
            return cursor.fetchone()
        finally:
            cursor.close()

    def stream(self, connection: sa.Connection, size: int, **values: Any) -> Iterator[list[tuple[Any, ...]]]:
        """The rows of a SELECT, about so many at a time. (Not for PostgreSQL, whose cursor here holds all of them.)"""
        cursor = connection.connection.cursor()
        try:
            cursor.execute(self.sql, self._arguments(values))
            while rows := cursor.fetchmany(size):
                yield list(rows)
        finally:
            cursor.close()

    def many(self, connection: sa.Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Execute a writing statement once for each row; a row has the values of `names`, in that order."""
        if not rows:
            return
        cursor = connection.connection.cursor()
        try:
            cursor.executemany(self.sql, rows)
        finally:
            cursor.close()

    def _arguments(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        fixed = self._fixed
        return tuple([values[name] if name in values else fixed[name] for name in self.names])


class InOrder(sa.Join):
    """Two tables joined in the order in which they are written: SQLite's planner has no statistics to choose by."""

    inherit_cache = False


@compiles(InOrder, "sqlite")
def _cross_join(join: InOrder, compiler: Any, **arguments: Any) -> str:
    assert join.onclause is not None
    parts: tuple[Any, ...] = (join.left, join.right, join.onclause)
    left, right, on = (part._compiler_dispatch(compiler, **arguments) for part in parts)
    return f"{left} CROSS JOIN {right} ON {on}"


class HintingCompiler(SQLiteCompiler):
    """SQLAlchemy's own, which knows the place of a hint, but leaves it out for SQLite."""

    def get_from_hint_text(self, table: Any, text: str | None) -> str | None:
        return text

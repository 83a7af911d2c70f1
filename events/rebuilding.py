"""The projection made anew from the log, beside the one that is in use.

A rebuild folds the log into a new *generation*: a few appends at a time are read and folded without any lock, then
written in a short transaction together with how far it has come, so appends and reads go on. What was appended
meanwhile is folded too; only the last few events under the write lock, in the transaction that makes the new generation
the current one. A rebuild that was killed is taken up where it was. The rows of the old generation are removed
afterwards, again in short transactions.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import msgspec
import sqlalchemy as sa

from events import tables
from events.database import Database
from events.errors import OrglineError
from events.log import Log
from events.projection import VERSION
from events.replaying import Replay, silent
from events.statements import Sql

BATCH_EVENTS: Final = 200
"""Folded together and written in one transaction, for which appends have to wait."""
REMOVED_ROWS: Final = 500
"""Removed in one transaction."""
GIVE_WAY_S: Final = 0.003
"""Between two removals: who waits for the write lock looks again in a third of this."""

Progress = Callable[[int, int], None]  # events done, events in all


class RebuildUnderWay(OrglineError):
    """Another process rebuilds this register."""

    code = "rebuild-under-way"


class Rebuilt(msgspec.Struct, frozen=True):
    """A new generation: its number, how many events were folded, how many statements were made."""

    generation: int
    events: int
    statements: int


def rebuild(database: Database, progress: Progress = silent) -> Rebuilt:
    """Make the projection anew; readers see the old one until the new one is there as a whole.

    Goes on where a rebuild by this version was broken off. Raises UnreadableLog, and RebuildUnderWay where another
    process does the same.
    """
    log, sql = Log(database), Sql(database)
    _remove_superseded(database)
    generation, position, statements = _begun(database)
    replay = Replay(log, database, sql, generation, position, statements)
    caught_up = False
    while not caught_up:
        before = replay.position
        with database.snapshot() as connection:
            total = log.head_on(connection).position
            caught_up = len(replay.fold(connection, connection, BATCH_EVENTS)) == 0 or replay.position == total
        with database.transaction() as connection:
            _write(connection, sql, generation, replay, before)
        progress(replay.position, total)
    with database.append_transaction() as connection:
        before = replay.position
        while replay.fold(connection, connection, BATCH_EVENTS):
            _write(connection, sql, generation, replay, before)
            before = replay.position
        connection.execute(sa.update(tables.projection).values(current=tables.projection.c.generation == generation))
    _remove_superseded(database)
    return Rebuilt(generation, replay.position, replay.changes.statements)


def _begun(database: Database) -> tuple[int, int, int]:
    """The generation to fill, and what it holds already: its position and the statements made so far."""
    projection = tables.projection
    with database.transaction() as connection:
        rows = connection.execute(sa.select(projection).order_by(projection.c.generation).with_for_update()).all()
        last = rows[-1]
        if not last.current:  # what is below the current one has been removed
            return last.generation, last.position, last.statements
        connection.execute(
            sa.insert(projection).values(
                generation=last.generation + 1, current=False, version=VERSION, position=0, statements=0
            )
        )
        return last.generation + 1, 0, 0


def _write(connection: sa.Connection, sql: Sql, generation: int, replay: Replay, before: int) -> None:
    """Write what was folded. `before`: the position that the generation was at. Raises RebuildUnderWay."""
    projection = tables.projection
    advanced = connection.execute(
        sa.update(projection)
        .where(
            projection.c.generation == generation,
            projection.c.position == before,
            projection.c.current.is_(sa.false()),
        )
        .values(position=replay.position, statements=replay.changes.statements)
    )
    if advanced.rowcount != 1:
        raise RebuildUnderWay("another process rebuilds this register at this time: let it finish")
    sql.write(connection, generation, replay.changes)
    replay.written()


def _remove_superseded(database: Database) -> None:
    """Remove every generation but the current one, and one after it that this version has begun."""
    projection = tables.projection
    with database.snapshot() as connection:
        rows = connection.execute(sa.select(projection).order_by(projection.c.generation)).all()
    current = next(row.generation for row in rows if row.current)
    for row in rows:
        if row.generation < current or (row.generation > current and row.version != VERSION):
            _remove(database, row.generation)


def _remove(database: Database, generation: int) -> None:
    for table in tables.STATE_TABLES:
        keys = list(table.primary_key.columns)
        some = sa.select(*keys).where(table.c.generation == generation).limit(REMOVED_ROWS)
        removal = sa.delete(table).where(sa.tuple_(*keys).in_(some))
        removed = REMOVED_ROWS
        while removed == REMOVED_ROWS:
            with database.transaction() as connection:
                removed = connection.execute(removal).rowcount
            time.sleep(GIVE_WAY_S)  # so that appends get the write lock between two removals
    with database.transaction() as connection:
        connection.execute(sa.delete(tables.projection).where(tables.projection.c.generation == generation))

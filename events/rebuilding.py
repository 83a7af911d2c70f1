"""The projection made anew from the log, beside the one that is in use.

A rebuild makes a new *generation*: all of the log as it is when the rebuild begins at once (see bulk.py), in short
transactions, so appends and reads go on. What was appended meanwhile is folded after it, as appends are; only the last
few events under the write lock, in the transaction that makes the new generation the current one. The rows of the old
generation are removed afterwards, again in short transactions. What a rebuild that was killed leaves behind is removed
by the next one, which begins again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from typing import Final

import msgspec
import sqlalchemy as sa

from events import bulk, scratch, tables
from events.bulk import Bulk
from events.database import Database
from events.errors import OrglineError
from events.log import Log
from events.processes import Workers
from events.projection import VERSION
from events.replaying import Replay, silent
from events.statements import Sql

BATCH_EVENTS: Final = 200
"""Folded together and written in one transaction, for which appends have to wait."""
REMOVED_ROWS: Final = 5_000
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


def rebuild(database: Database, progress: Progress = silent, processes: int | None = None) -> Rebuilt:
    """Make the projection anew; readers see the old one until the new one is there as a whole.

    `processes` share the work, as many as there are cores if it is not given. Raises UnreadableLog, and RebuildUnderWay
    where another process does the same.
    """
    # What is written beside the current generation need be durable only by the time that it takes its place.
    beside = Database(database.address, cache_kib=bulk.CACHE_KIB, durable="in order")
    with closing(beside), database.alone("rebuild") as is_alone:
        if not is_alone:
            raise RebuildUnderWay("another process rebuilds this register at this time: let it finish")
        generation, upto = _begun(beside)
        _remove_others(beside, generation)
        with scratch.folder("rebuild") as folder:
            arguments = (database.address, database.address, generation, folder / "scratch.db")
            with (
                closing(Bulk(*arguments)) as own,
                closing(Workers(bulk.processes_for(upto, processes), Bulk, *arguments)) as workers,
            ):
                bulk.make(own, workers, upto, progress, Bulk.read, int)
                statements = own.statements()
        log, sql = Log(database), Sql(database)
        rebuilt = _catch_up(database, sql, Replay(log, database, sql, generation, upto, statements))
        _remove_others(beside, generation)
        return rebuilt


def _begun(database: Database) -> tuple[int, int]:
    """A new generation, with a number that none had before, and the head of the log as it is."""
    projection = tables.projection
    with database.transaction() as connection:
        last = connection.execute(sa.select(sa.func.max(projection.c.generation))).scalar_one()
        connection.execute(
            sa.insert(projection).values(generation=last + 1, current=False, version=VERSION, position=0, statements=0)
        )
        return last + 1, Log(database).head_on(connection).position


def _catch_up(database: Database, sql: Sql, replay: Replay) -> Rebuilt:
    """Fold what was appended meanwhile, at last under the write lock, and make the generation the current one."""
    generation, projection = replay.generation, tables.projection
    total = -1
    while replay.position != total:
        with database.snapshot() as connection:
            total = replay.head(connection)
            replay.fold(connection, connection, BATCH_EVENTS)
        with database.transaction() as connection:
            sql.write(connection, generation, replay.changes)
        replay.written()
    with database.append_transaction() as connection:
        while replay.fold(connection, connection, BATCH_EVENTS):
            sql.write(connection, generation, replay.changes)
            replay.written()
        position, statements = replay.position, replay.changes.statements
        connection.execute(
            sa.update(projection)
            .where(projection.c.generation == generation)
            .values(position=position, statements=statements)
        )
        connection.execute(sa.update(projection).values(current=projection.c.generation == generation))
    return Rebuilt(generation, position, statements)


def _remove_others(database: Database, made: int) -> None:
    """Remove every generation but the current one and the one that is being made."""
    projection = tables.projection
    unused = projection.c.current.is_(sa.false()), projection.c.generation != made
    with database.snapshot() as connection:
        others = connection.scalars(sa.select(projection.c.generation).where(*unused)).all()
    for generation in others:
        its_row = projection.c.generation == generation
        with database.transaction() as connection:  # from here on nobody writes to it any more
            connection.execute(sa.update(projection).where(its_row).values(version=bulk.WITHDRAWN))
        for table in tables.STATE_TABLES:
            while not _remove_some(database, table, generation):
                time.sleep(GIVE_WAY_S)  # so that appends get the write lock between two removals
        with database.transaction() as connection:
            connection.execute(sa.delete(projection).where(its_row))


def _remove_some(database: Database, table: sa.Table, generation: int) -> bool:
    """Remove the first rows of a generation from a table; whether that were all."""
    keys = [column for column in table.primary_key.columns if column.name != "generation"]
    those = table.c.generation == generation
    with database.transaction() as connection:
        beyond = connection.execute(sa.select(*keys).where(those).order_by(*keys).offset(REMOVED_ROWS).limit(1)).first()
        some = [those] if beyond is None else [those, sa.tuple_(*keys) < sa.tuple_(*beyond)]
        connection.execute(sa.delete(table).where(*some))
    return beyond is None

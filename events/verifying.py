"""The proof that what is kept is what the log says: its own hashes, ids and tags, and the state that follows from it.

The state of all of the log, as it is when the verification begins, is made afresh beside the register (see bulk.py);
then both are read side by side in the order of their keys, range of subjects by range, and compared row by row. So the
register may be of any size, and several processes share the work. Nothing is written to the register. What is appended
meanwhile is left out: the state is compared as it was known at that position, and every snapshot is a short one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from itertools import groupby, islice
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

import sqlalchemy as sa

from events import bulk, merkle, tables
from events import scratch as scratches
from events.bulk import Bulk, Progress
from events.changes import SPAN_COLUMNS
from events.database import Database
from events.dcb import type_tag
from events.errors import OrglineError
from events.event import Event
from events.log import Log, leaf_hash
from events.processes import Workers
from events.projection import VERSION
from events.replaying import UnreadableLog, silent

DIFFERENCES_MAX: Final = 20
COMPARED_ROWS: Final = 20_000
"""About so many effects, and all that belongs to their subjects, are compared as one share of the work."""
FETCHED_ROWS: Final = 2_000
SHOWN_LENGTH_MAX: Final = 300
GENERATION: Final = 1  # of what is made afresh

Row: TypeAlias = tuple[Any, ...]


class RebuiltMeanwhile(OrglineError):
    """The state was made anew while it was compared."""

    code = "rebuilt-meanwhile"


def verify(database: Database, progress: Progress = silent, processes: int | None = None) -> list[str]:
    """What differs between the log and itself, and between the log and the current generation; nothing if all is well.

    At most DIFFERENCES_MAX differences are named. `processes` share the work, as many as there are cores if it is not
    given. Raises RebuiltMeanwhile.
    """
    with scratches.folder("verify") as folder:
        fresh, scratch = folder / "fresh.db", folder / "scratch.db"
        with database.snapshot() as connection:
            head = Log(database).head_on(connection)
            generation, version = _current(connection)
            last = connection.scalar(sa.select(sa.func.max(tables.event.c.position))) or 0
        found = []
        if last != head.position:
            found.append(f"log: the head says {head.position}, the last event is {last}")
        if version != VERSION:
            found.append(f"the projection is of version {version}, this program's is {VERSION}: run orgline rebuild")
        arguments = (database.address, f"sqlite:///{fresh}", scratch, generation, head.position)
        with (
            closing(_Verification(*arguments)) as own,
            closing(Workers(bulk.processes_for(head.position, processes), _Verification, *arguments)) as workers,
        ):
            found += islice(own.differences(workers, head.root_hash, progress), DIFFERENCES_MAX)
        with database.snapshot() as connection:
            if _current(connection)[0] != generation:
                raise RebuiltMeanwhile("the state was rebuilt while it was compared: verify it again")
    return found[:DIFFERENCES_MAX]


def _current(connection: sa.Connection) -> tuple[int, int]:
    """The number and the version of the generation that is in use."""
    projection = tables.projection
    current = sa.select(projection.c.generation, projection.c.version).where(projection.c.current.is_(sa.true()))
    row = connection.execute(current).one()
    return row.generation, row.version


class _Checked(NamedTuple):
    """Some events: their leaf hashes, and what is wrong with those that are kept."""

    leaves: list[bytes]
    differences: list[str]


class _Verification(Bulk):
    """The work of one process: the state is made in a database of its own, then compared with the register's."""

    def __init__(self, register: str, fresh: str, scratch: Path, generation: int, upto: int) -> None:
        super().__init__(register, fresh, GENERATION, scratch)
        self._compared, self._upto = generation, upto

    def differences(self, workers: Workers[_Verification], root: bytes, progress: Progress) -> Iterator[str]:
        """All of them, in no order that means something. `root` is the hash that the log's head tells."""
        self._create()
        frontier, position, found = b"", 0, list[str]()

        def take(checked: _Checked) -> int:
            nonlocal frontier, position
            frontier = merkle.extend(frontier, position, checked.leaves)
            position += len(checked.leaves)
            found.extend(checked.differences)
            return len(checked.leaves)

        try:
            bulk.make(self, workers, self._upto, progress, _check, take)
        except UnreadableLog as error:
            yield from found
            yield error.message
            return
        yield from found
        if merkle.root(frontier) != root:
            yield f"log: the root hash is {root.hex()}, that of the events is {merkle.root(frontier).hex()}"
        for differences in workers.each(_compare, list(self._comparisons())):
            yield from differences

    def check(self, share: tuple[int, int]) -> _Checked:
        """Read a range of positions as a rebuild does; besides, look at hashes, and note ids and tags."""
        self._leaves, self._wrong = list[bytes](), list[str]()
        self.read(share)
        return _Checked(self._leaves, self._wrong)

    def take(self, events: Sequence[Event]) -> None:
        """Note what these events did to slots, and what the log's own tables of ids and tags ought to hold."""
        super().take(events)
        leaves = [leaf_hash(event) for event in events]
        event = tables.event
        first, last = events[0].position, events[-1].position
        with self.register.snapshot() as connection:
            kept = connection.scalars(
                sa.select(event.c.leaf_hash).where(event.c.position.between(first, last)).order_by(event.c.position)
            ).all()
        for each, leaf, expected in zip(events, kept, leaves, strict=True):
            if bytes(leaf) != expected:
                self._wrong.append(
                    f"event {each.position}: the content does not have the leaf hash that is kept with it"
                )
        self._leaves += leaves
        tags = [
            (tag, each.position, each.recorded_at) for each in events for tag in {*each.fact.tags, type_tag(each.type)}
        ]
        ids = [(each.id, each.position) for each in events]
        self.scratch.note((scratches.tag_heap, tags), (scratches.id_heap, ids))

    def compare(self, comparison: _Comparison) -> list[str]:
        """What differs in some rows of one table; at most DIFFERENCES_MAX differences."""
        table = _TABLES[comparison.table]
        with self.register.snapshot() as kept:
            expected, keys = self._expected(table, comparison.share)
            selection = self._kept(table, comparison.share)
            source = self.scratch.database if table in _OF_LOG else self.target
            with source.snapshot() as fresh:
                return list(islice(_unequal(table.name, expected, selection, keys, fresh, kept), DIFFERENCES_MAX))

    def _create(self) -> None:
        with self.target.transaction() as connection:
            tables.metadata.create_all(connection, tables=[tables.projection, *tables.STATE_TABLES])
            connection.execute(
                sa.insert(tables.projection).values(
                    generation=GENERATION, current=False, version=VERSION, position=0, statements=0
                )
            )

    def _comparisons(self) -> Iterator[_Comparison]:
        yield from (_Comparison(table.name, None) for table in (*_OF_LOG, *_AT_ONCE))
        shares = self.scratch.shares(COMPARED_ROWS)
        yield from (_Comparison(table.name, share) for table in _BY_SUBJECT for share in shares)

    def _expected(self, table: sa.Table, share: tuple[str, str | None] | None) -> Selection:
        if table is tables.event_id:
            return sa.select(scratches.id_heap).order_by(*scratches.id_heap.c), 1
        tag = scratches.tag_heap.c
        if table is tables.event_tag:
            sequence = sa.func.row_number().over(partition_by=tag.tag, order_by=tag.position)
            return sa.select(tag.tag, tag.position, sequence).order_by(tag.tag, tag.position), 3
        if table is tables.tag_head:
            of_tag = sa.select(tag.tag, sa.func.count(), sa.func.max(tag.position), sa.func.max(tag.recorded_at))
            return of_tag.group_by(tag.tag).order_by(tag.tag), 1
        return _selection(table, GENERATION, share, None)

    def _kept(self, table: sa.Table, share: tuple[str, str | None] | None) -> sa.Select[Any]:
        upto = self._upto
        if table in _OF_LOG:
            columns = [_unless_moved(table, column, upto) for column in table.columns]
            there = table.c.position <= upto if "position" in table.c else sa.true()
            return sa.select(*columns).where(there).order_by(*table.primary_key.columns)
        return _selection(table, self._compared, share, upto)[0]


def _check(verification: _Verification, share: tuple[int, int]) -> _Checked:
    return verification.check(share)


def _compare(verification: _Verification, comparison: _Comparison) -> list[str]:
    return verification.compare(comparison)


class _Comparison(NamedTuple):
    """Rows to compare: the name of a table, and which subjects."""

    table: str
    share: tuple[str, str | None] | None


_OF_LOG: Final = (tables.event_id, tables.event_tag, tables.tag_head)
_BY_SUBJECT: Final = (tables.effect, tables.statement, tables.statement_target, tables.anomaly)
"""Those whose key begins with a subject."""
_AT_ONCE: Final = tuple(table for table in tables.STATE_TABLES if table not in _BY_SUBJECT)
_TABLES: Final = {table.name: table for table in (*_OF_LOG, *tables.STATE_TABLES)}

MOVED: Final = -1
"""Stands in a row for what an append has changed since: the row is not compared."""

Selection: TypeAlias = tuple[sa.Select[Any], int]  # rows in the order of their first columns, and how many these are

_SAYS: Final = ("subject", "property", "key", "recorded_from", "since_earliest", "since_latest")
"""What tells the statements of a generation apart well enough; their ids depend on what was folded together."""


def _selection(table: sa.Table, generation: int, share: tuple[str, str | None] | None, upto: int | None) -> Selection:
    """The rows of one generation for these subjects; with `upto` as they were known at that position."""
    within = [table.c.generation == generation]
    if share is not None:
        first, until = share
        lead = list(table.primary_key.columns)[1]
        within += [lead >= first, *([] if until is None else [lead < until])]
    if table is tables.statement_target:
        return _of_statements(table, generation, within, upto)
    if table is tables.statement:
        keys = [table.c[name] for name in _SAYS]
        rest = [table.c[name] for name in (*SPAN_COLUMNS, "recorded_to") if name not in _SAYS]
    else:
        keys = [column for column in table.primary_key.columns if column.name != "generation"]
        rest = [column for column in table.columns if column.name != "generation" and column not in keys]
    if upto is not None:
        since = next(name for name in ("recorded_from", "mentioned_at", "position") if name in table.c)
        within.append(table.c[since] <= upto)
    shown = [_unless_moved(table, column, upto) for column in rest]
    return sa.select(*keys, *shown).where(*within).order_by(*keys), len(keys)


def _unless_moved(table: sa.Table, column: sa.Column[Any], upto: int | None) -> sa.ColumnElement[Any]:
    """The column as it was known at a position, or MOVED where that cannot be told any more."""
    if upto is None:
        return column
    if column.name == "recorded_to":
        return sa.case((column > upto, sa.null()), else_=column)
    if column.name == "changed_at":
        return sa.case((column > upto, MOVED), else_=column)
    if table is tables.tag_head and not column.primary_key:
        return sa.case((table.c.last_position > upto, MOVED), else_=column)
    return column


def _of_statements(
    table: sa.Table, generation: int, within: list[sa.ColumnElement[bool]], upto: int | None
) -> Selection:
    """The rows of a table that names statements, with what these say in place of their ids."""
    statement = tables.statement
    on = sa.and_(statement.c.generation == generation, statement.c.id == table.c.statement)
    joined = table.outerjoin(statement, on)
    own = [column for column in table.primary_key.columns if column.name not in ("generation", "statement")]
    says = [sa.func.coalesce(statement.c[name], 0 if name in _SAYS[3:] else "") for name in _SAYS]
    keys = [*own, *says]
    if upto is not None:
        within = [*within, sa.func.coalesce(statement.c.recorded_from <= upto, sa.true())]
    return sa.select(*keys).select_from(joined).where(*within).order_by(*keys), len(keys)


def _unequal(
    name: str,
    expected: sa.Select[Any],
    kept: sa.Select[Any],
    keys: int,
    fresh_on: sa.Connection,
    kept_on: sa.Connection,
) -> Iterator[str]:
    """What one selection has and the other has not; both come in the order of their first `keys` columns."""
    ours, theirs = _groups(fresh_on, expected, keys), _groups(kept_on, kept, keys)
    fresh, found = next(ours, None), next(theirs, None)
    while fresh is not None or found is not None:
        if found is None or (fresh is not None and fresh[0] < found[0]):
            assert fresh is not None
            missing, surplus = fresh[1], Counter[Row]()
            fresh = next(ours, None)
        elif fresh is None or found[0] < fresh[0]:
            missing, surplus = Counter[Row](), found[1]
            found = next(theirs, None)
        else:
            missing, surplus = fresh[1] - found[1], found[1] - fresh[1]
            fresh, found = next(ours, None), next(theirs, None)
        if any(MOVED in row for row in surplus):
            continue
        for row in missing.elements():
            yield f"{name}: {_shown(row)} follows from the log, but is not kept"
        for row in surplus.elements():
            yield f"{name}: {_shown(row)} is kept, but does not follow from the log"


def _groups(connection: sa.Connection, rows: sa.Select[Any], keys: int) -> Iterator[tuple[Row, Counter[Row]]]:
    """The rows with one key after another."""
    found: Iterable[Sequence[Any]] = connection.execute(rows.execution_options(yield_per=FETCHED_ROWS))
    plain = (tuple([bytes(value) if isinstance(value, memoryview) else value for value in row]) for row in found)
    for key, group in groupby(plain, key=lambda row: row[:keys]):
        yield key, Counter(group)


def _shown(row: Row) -> str:
    text = ", ".join(str(value) for value in row if value is not None and not isinstance(value, bytes))
    return text if len(text) <= SHOWN_LENGTH_MAX else text[:SHOWN_LENGTH_MAX] + "…"

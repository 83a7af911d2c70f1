"""The proof that what is kept is what the log says: its own hashes, ids and tags, and the state that follows from it.

The log is folded from its beginning into a scratch database, as a rebuild does it; then both are read side by side in
the order of their keys and compared row by row, so the register may be of any size. Nothing is written to the register.
It is read in short snapshots while the log is folded, and in one for the comparison, which what is appended meanwhile
does not touch; until that ends, SQLite cannot shorten its write-ahead log.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import sqlalchemy as sa

from events import merkle, tables
from events.changes import SPAN_COLUMNS
from events.database import Database
from events.dcb import type_tag
from events.event import Event
from events.log import Log, leaf_hash
from events.projection import VERSION
from events.replaying import Replay, UnreadableLog, silent
from events.statements import Sql

DIFFERENCES_MAX: Final = 20
BATCH_EVENTS: Final = 1_000
FETCHED_ROWS: Final = 2_000
SHOWN_LENGTH_MAX: Final = 300
GENERATION: Final = 1  # of the scratch database

Row = tuple[Any, ...]
Progress = Callable[[int, int], None]  # events done, events in all


def verify(database: Database, progress: Progress = silent) -> list[str]:
    """What differs between the log and itself, and between the log and the current generation; nothing if all is well.

    At most DIFFERENCES_MAX differences are named.
    """
    with TemporaryDirectory(prefix="orgline-verify-") as folder:
        scratch = Database(f"sqlite:///{Path(folder) / 'scratch.db'}")
        try:
            return list(islice(_Verification(database, scratch).differences(progress), DIFFERENCES_MAX))
        finally:
            scratch.close()


class _Verification:
    """The register and its fresh copy."""

    def __init__(self, database: Database, scratch: Database) -> None:
        self._database, self._scratch = database, scratch
        self._log = Log(database)
        self._sql = Sql(scratch)
        self._replay = Replay(self._log, scratch, self._sql, GENERATION)
        self._frontier = b""
        self._taken = 0
        tag = tables.tag_head
        self._tags = scratch.prepare(
            "versions of tags", sa.select(tag.c.tag, tag.c.version).where(scratch.among(tag.c.tag, "tags"))
        )
        self._upsert_tag = scratch.upsert(tag, "version", "last_position", "last_recorded_at")

    def differences(self, progress: Progress) -> Iterator[str]:
        """All of them, in no order that means something."""
        with self._scratch.engine.connect() as scratch:
            scratch.exec_driver_sql("PRAGMA synchronous=OFF")
            scratch.exec_driver_sql("BEGIN")
            tables.metadata.create_all(scratch, tables=[*_OF_LOG, *tables.STATE_TABLES])
            scratch.exec_driver_sql("COMMIT")
            try:
                folded = True
                while folded:
                    with self._database.snapshot() as connection:
                        total = self._log.head_on(connection).position
                        found = list(self._take(connection, scratch))
                    folded = bool(self._taken)
                    yield from found
                    progress(self._replay.position, total)
                with self._database.snapshot() as connection:
                    self._taken = 1
                    while self._taken:
                        yield from self._take(connection, scratch)
                    yield from self._of_head(connection)
                    yield from self._of_tables(connection, scratch)
            except UnreadableLog as error:
                yield error.message

    def _take(self, connection: sa.Connection, scratch: sa.Connection) -> Iterator[str]:
        """Fold some events; the differences of their hashes."""
        before = self._replay.position
        events = self._replay.fold(connection, scratch, BATCH_EVENTS)
        self._taken = len(events)
        if not events:
            return
        scratch.exec_driver_sql("BEGIN")
        self._index(scratch, events)
        self._sql.write(scratch, GENERATION, self._replay.changes)
        scratch.exec_driver_sql("COMMIT")
        self._replay.written()
        leaves = [leaf_hash(event) for event in events]
        self._frontier = merkle.extend(self._frontier, before, leaves)
        event = tables.event
        kept = connection.execute(
            sa.select(event.c.leaf_hash)
            .where(event.c.position > before, event.c.position <= events[-1].position)
            .order_by(event.c.position)
        ).scalars()
        for each, leaf, expected in zip(events, kept, leaves, strict=True):
            if bytes(leaf) != expected:
                yield f"event {each.position}: the content does not have the leaf hash that is kept with it"

    def _index(self, scratch: sa.Connection, events: Sequence[Event]) -> None:
        """What the log's own tables of ids and tags ought to hold."""
        tags = {event.id: {*event.fact.tags, type_tag(event.type)} for event in events}
        listed = self._scratch.listed(set().union(*tags.values()))
        versions: dict[str, int] = dict(self._tags.all(scratch, tags=listed))
        heads: dict[str, tuple[str, int, int, int]] = {}
        rows = []
        for event in events:
            for tag in tags[event.id]:
                versions[tag] = version = versions.get(tag, 0) + 1
                heads[tag] = (tag, version, event.position, event.recorded_at)
                rows.append((tag, event.position, version))
        # An id that two events bear is told by the comparison of the tables.
        self._scratch.upsert(tables.event_id, "position").many(scratch, [(each.id, each.position) for each in events])
        self._scratch.insert(tables.event_tag).many(scratch, rows)
        self._upsert_tag.many(scratch, list(heads.values()))

    def _of_head(self, connection: sa.Connection) -> Iterator[str]:
        head, position = self._log.head_on(connection), self._replay.position
        if head.position != position:
            yield f"log: the head says {head.position}, the last event is {position}"
        root = merkle.root(self._frontier)
        if head.root_hash != root:
            yield f"log: the root hash is {head.root_hash.hex()}, that of the events is {root.hex()}"

    def _of_tables(self, connection: sa.Connection, scratch: sa.Connection) -> Iterator[str]:
        generation, version = connection.execute(
            sa.select(tables.projection.c.generation, tables.projection.c.version).where(
                tables.projection.c.current.is_(sa.true())
            )
        ).one()
        if version != VERSION:
            yield f"the projection is of version {version}, this program's is {VERSION}: run orgline rebuild"
        for table in _OF_LOG:
            rows = sa.select(table).order_by(*table.primary_key.columns)
            yield from _unequal(table.name, rows, rows, len(table.primary_key), scratch, connection)
        for table in tables.STATE_TABLES:
            make = _SELECTIONS.get(table.name, _whole)
            expected, keys = make(table, GENERATION)
            yield from _unequal(table.name, expected, make(table, generation)[0], keys, scratch, connection)


_OF_LOG: Final = (tables.event_id, tables.event_tag, tables.tag_head)
Selection = tuple[sa.Select[Any], int]  # rows in the order of their first columns, and how many these are


def _whole(table: sa.Table, generation: int) -> Selection:
    """The rows of one generation."""
    columns = [column for column in table.columns if column.name != "generation"]
    keys = [column for column in table.primary_key.columns if column.name != "generation"]
    rest = [column for column in columns if column not in keys]
    return sa.select(*keys, *rest).where(table.c.generation == generation).order_by(*keys), len(keys)


_SAYS: Final = ("subject", "property", "key", "recorded_from", "since_earliest", "since_latest")
"""What tells the statements of a generation apart well enough; their ids depend on what was folded together."""


def _statements(table: sa.Table, generation: int) -> Selection:
    keys = [table.c[name] for name in _SAYS]
    rest = [table.c[name] for name in (*SPAN_COLUMNS, "recorded_to") if name not in _SAYS]
    return sa.select(*keys, *rest).where(table.c.generation == generation).order_by(*keys), len(keys)


def _of_statements(table: sa.Table, generation: int) -> Selection:
    """The rows of a table that names statements, with what these say in place of their ids."""
    statement = tables.statement
    joined = table.outerjoin(
        statement, sa.and_(statement.c.generation == generation, statement.c.id == table.c.statement)
    )
    own = [column for column in table.primary_key.columns if column.name not in ("generation", "statement")]
    says = [sa.func.coalesce(statement.c[name], 0 if name in _SAYS[3:] else "") for name in _SAYS]
    keys = [*own, *says]
    return sa.select(*keys).select_from(joined).where(table.c.generation == generation).order_by(*keys), len(keys)


_SELECTIONS: Final[dict[str, Callable[[sa.Table, int], Selection]]] = {
    tables.statement.name: _statements,
    tables.statement_target.name: _of_statements,
    tables.name_word.name: _of_statements,
}


def _unequal(
    name: str,
    expected: sa.Select[Any],
    kept: sa.Select[Any],
    keys: int,
    scratch: sa.Connection,
    connection: sa.Connection,
) -> Iterator[str]:
    """What one selection has and the other has not; both come in the order of their first `keys` columns."""
    ours, theirs = _groups(scratch, expected, keys), _groups(connection, kept, keys)
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

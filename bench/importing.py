"""How fast facts are imported, beside the least that it could cost: a plain loader of the very rows that come of them.

    python -m bench.importing [--events 20000] [--folder FOLDER]

A synthetic register (`bench.synthetic`) is imported into SQLite twice: by the importer in this process, and by
`orgline import` in one of its own. Then a loader that knows nothing puts the finished rows of all tables, as the
importer left them, into a fresh database: `executemany` for each table, in the order of positions, one durable commit
for each hundred facts. All sides commit with `synchronous=FULL`. Reading the finished rows is not part of the loader's
time. Aim: 0.25 of its rate. The exit code is 1 if the loader's database does not hold what the importer's holds; speed
is not judged. `--folder` keeps the databases.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any, Final

import msgspec
import sqlalchemy as sa

import migrations
from bench import processes, synthetic
from bench.appending import Took
from events import tables
from events.database import Database
from events.errors import Fault
from service import collecting
from service.cli import opening
from service.importing import jsonl
from service.importing.jsonl import Line
from service.importing.resume import Import
from service.settings import Settings

OF_LOADER: Final = 0.25
BATCH_FACTS: Final = 100


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; the exit code."""
    options = _parser().parse_args(arguments)
    collecting.seldom()  # as the command has it
    with ExitStack() as stack:
        folder = options.folder or Path(stack.enter_context(TemporaryDirectory(prefix="orgline-bench-")))
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"facts-{options.events}.jsonl"
        write(file, options.events)
        own, by_command, plain = (
            f"sqlite:///{_fresh(folder / f'{name}-{options.events}.db')}" for name in ("imported", "command", "loaded")
        )
        ours = imported(own, file)
        _tell("import, in process", options.events, ours)
        if not options.no_command:
            _tell("import, by the command with its start", options.events, _commanded(by_command, file))
        loaded, rows = _loaded(own, plain)
        _tell(f"plain loader, {rows / options.events:.1f} rows a fact", options.events, loaded)
        ratio = loaded.seconds / ours.seconds
        judged = "met" if ratio >= OF_LOADER else "missed"
        print(f"import / plain loader: {ratio:.2f}, aim {OF_LOADER:g} {judged}", end="; ")
        print(f"by processor time {loaded.processor_s / ours.processor_s:.2f}")
        faults = list(_differences(own, plain))
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


def _tell(what: str, events: int, took: Took) -> None:
    print(f"{what}: {events / took.seconds:,.0f} facts/s, {took.processor_s / events * 1e6:,.0f} µs of processor each")


def write(file: Path, events: int) -> None:
    """Write so many synthetic facts as JSON Lines, unless the file is there."""
    if not file.exists():
        unfinished = file.with_suffix(".part")
        with unfinished.open("wb") as out:
            for fact in synthetic.facts(events):
                out.write(msgspec.json.encode(fact) + b"\n")
        unfinished.rename(file)


def imported(url: str, file: Path) -> Took:
    """Import a file into a register, which is made where there is none.

    Facts that are there already are passed over.
    """
    with opening.prepared(Settings(database_url=url)) as (database, _), file.open("rb") as lines:
        return Took.by(lambda: take_in(database, lines))


def take_in(database: Database, lines: IO[bytes]) -> None:
    """Import these lines into a register."""
    Import(*opening.log_of(database), recorded_by="bench", refuse=_refuse).run(jsonl.read(lines))


def _refuse(line: Line, fault: Fault) -> None:
    sys.exit(f"line {line.number}: {fault.detail}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.importing", description="Import beside a plain loader.")
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--no-command", action="store_true", help="leave out the import by the command")
    parser.add_argument("--folder", type=Path, help="where the databases are made, and stay")
    return parser


def _fresh(file: Path) -> Path:
    for name in (file, file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm")):
        name.unlink(missing_ok=True)
    return file


def _commanded(url: str, file: Path) -> Took:
    for arguments in (("migrate",), ("import", str(file))):
        ran = processes.run(url, *arguments)
        if ran.code:
            sys.exit(ran.told)
    return Took(ran.seconds, ran.processor_s)


def _loaded(source: str, target: str) -> tuple[Took, int]:
    """Put all rows of one database into another one, which is made; how many there were."""
    database, fresh = Database(source), Database(target)
    migrations.upgrade(fresh)
    took, rows = Took(0.0, 0.0), 0
    try:
        with database.snapshot() as reading, fresh.engine.connect() as writing:
            inserts = [fresh.insert(table) for table in TABLES]
            for batch in _batches(reading):
                begun = Took.now()
                writing.exec_driver_sql("BEGIN IMMEDIATE")
                for insert, held in zip(inserts, batch, strict=True):
                    insert.many(writing, held)
                writing.exec_driver_sql("COMMIT")
                more = begun.until_now()
                took = Took(took.seconds + more.seconds, took.processor_s + more.processor_s)
                rows += sum(map(len, batch))
        return took, rows
    finally:
        database.close()
        fresh.close()


TABLES: Final = (*tables.LOG_TABLES, tables.tag_head, *tables.STATE_TABLES)
"""Whatever a fact may leave a row in."""


def _batches(connection: sa.Connection) -> Iterator[list[list[tuple[Any, ...]]]]:
    """For each hundred positions the rows of each table that came with them, in the order of positions."""
    connection.exec_driver_sql("PRAGMA temp_store=FILE")  # what is sorted may be larger than the memory
    read = [_by_batch(connection, table) for table in TABLES]
    waiting = [next(each, None) for each in read]
    while any(waiting):
        first = min(batch for batch, _ in filter(None, waiting))
        found: list[list[tuple[Any, ...]]] = []
        for n, held in enumerate(waiting):
            if held is not None and held[0] == first:
                found.append(held[1])
                waiting[n] = next(read[n], None)
            else:
                found.append([])
        yield found


def _by_batch(connection: sa.Connection, table: sa.Table) -> Iterator[tuple[int, list[tuple[Any, ...]]]]:
    came_with = _came_with(table)
    found = sa.select(table, came_with.label("came_with")).order_by(came_with)
    cursor = connection.connection.cursor()
    cursor.execute(str(found.compile(connection.engine, compile_kwargs={"literal_binds": True})))
    for batch, rows in groupby(cursor, lambda row: (row[-1] - 1) // BATCH_FACTS):
        yield batch, [row[:-1] for row in rows]


def _came_with(table: sa.Table) -> sa.ColumnElement[int]:
    """The position with which a row of a table came, or was finished."""
    for name in ("position", "last_position", "recorded_from", "changed_at"):
        if name in table.c:
            return table.c[name]
    statement = tables.statement
    of_statement = sa.select(statement.c.recorded_from).where(
        statement.c.generation == table.c.generation, statement.c.id == table.c.statement
    )
    return of_statement.scalar_subquery()


def _differences(one: str, other: str) -> Iterator[str]:
    """Which tables do not hold as many rows."""
    with _opened(one) as ours, _opened(other) as theirs:
        for table in TABLES:
            had, has = (
                each.execute(sa.select(sa.func.count()).select_from(table)).scalar_one() for each in (ours, theirs)
            )
            if had != has:
                yield f"{table.name}: {had} rows were made by the import, the loader put {has}"


@contextmanager
def _opened(url: str) -> Iterator[sa.Connection]:
    database = Database(url)
    try:
        with database.snapshot() as connection:
            yield connection
    finally:
        database.close()


if __name__ == "__main__":
    sys.exit(main())

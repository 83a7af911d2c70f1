"""How fast a register is rebuilt and verified, and in how much memory, beside an aggregate of another event store.

    python -m bench.rebuild [--events 10000]

A synthetic register (`bench.synthetic`) is imported into SQLite. `orgline rebuild` and `orgline verify` run as
commands; the memory of all their processes is added up, five times a second (on Linux). In the same run the library
`eventsourcing` rebuilds one aggregate of as many events from what it stored in memory, which is the yardstick: aim
0.5 of its rate, and less than 300 MB. The floor is what SQLite alone needs to write the finished rows of the state once
more and to remove them again, one statement each a table, with nothing computed and no Python in between: no rebuild
into these tables is faster. The exit code is 1 if the state differs from the log; speed is not judged.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event

import migrations
from bench import synthetic
from events import tables
from events.bulk import CACHE_KIB
from events.database import Database
from events.errors import Fault
from service.cli import opening
from service.importing import jsonl
from service.importing.jsonl import Line
from service.importing.resume import Import
from service.settings import variable

SAMPLED_S = 0.2
LIBRARY_ROUNDS = 3


class Register(Aggregate):
    """One aggregate that takes in every fact."""

    def __init__(self) -> None:
        self.last: dict[str, Any] = {}

    @event("Stated")
    def state(self, fact: dict[str, Any]) -> None:
        """Take in one fact."""
        self.last[fact["type"]] = fact


class Facts(Application[UUID]):
    """The library's application."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Rebuild and verify beside eventsourcing.")
    parser.add_argument("--events", type=int, default=10_000)
    events: int = parser.parse_args().events
    with TemporaryDirectory(prefix="orgline-bench-") as folder:
        url = f"sqlite:///{Path(folder) / 'bench.db'}"
        print(f"{events} events: import {events / _imported(url, events):,.0f}/s")
        code = 0
        for command in ("rebuild", "verify"):
            seconds, megabytes, returned = run(command, url)
            print(f"{command}: {events / seconds:,.0f} events/s, peak {megabytes:.0f} MB")
            code = code or returned
        print(f"floor, SQLite alone: {events / _floor(url):,.0f} events/s")
    rates = sorted(events / _library(events) for _ in range(LIBRARY_ROUNDS))
    print(f"eventsourcing, one aggregate in memory: {', '.join(f'{rate:,.0f}' for rate in rates)} events/s")
    sys.exit(code)


def _imported(url: str, events: int) -> float:
    lines = BytesIO(b"".join(msgspec.json.encode(fact) + b"\n" for fact in synthetic.facts(events)))
    database = Database(url)
    migrations.upgrade(database)
    try:
        run = Import(*opening.log_of(database), recorded_by="bench", refuse=_refuse)
        begun = time.perf_counter()
        run.run(jsonl.read(lines))
        return time.perf_counter() - begun
    finally:
        database.close()


def _refuse(line: Line, fault: Fault) -> None:
    sys.exit(f"line {line.number}: {fault.detail}")


def run(command: str, url: str) -> tuple[float, float, int]:
    """Seconds, peak memory in MB of the command's processes together, exit code."""
    begun = time.perf_counter()
    environment = {**os.environ, variable("database_url"): url}
    process = subprocess.Popen([sys.executable, "-m", "service.cli", command], env=environment)
    peak = 0.0
    while process.poll() is None:
        peak = max(peak, sum(_megabytes(pid) for pid in _family(process.pid)))
        with suppress(subprocess.TimeoutExpired):
            process.wait(SAMPLED_S)
    return time.perf_counter() - begun, peak, process.returncode


def _family(pid: int) -> list[int]:
    """A process and all that it has started, as far as they are still there (Linux)."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [pid, *(each for child in children for each in _family(int(child)))]


def _megabytes(pid: int) -> float:
    """What a process holds in memory; what it shares with others counts in part (PSS)."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) * 1_024 / 1_000_000


def _floor(url: str) -> float:
    """Seconds to write the rows of the current generation as another one, in the order of keys, and to remove it."""
    database = Database(url, cache_kib=CACHE_KIB, durable="in order")
    projection = tables.projection
    begun = time.perf_counter()
    try:
        with database.snapshot() as connection:
            current = connection.scalars(sa.select(projection.c.generation).where(projection.c.current)).one()
        for table in tables.STATE_TABLES:
            others = [column for column in table.columns if column.name != "generation"]
            rows = sa.select(sa.literal(current + 1), *others).where(table.c.generation == current)
            copied = sa.insert(table).from_select(
                ["generation", *(column.name for column in others)], rows.order_by(*table.primary_key.columns)
            )
            for statement in (copied, sa.delete(table).where(table.c.generation == current + 1)):
                with database.transaction() as connection:
                    connection.execute(statement)
        return time.perf_counter() - begun
    finally:
        database.close()


def _library(events: int) -> float:
    application = Facts()  # its recorder keeps what is stored in memory
    register = Register()
    for fact in synthetic.facts(events):
        register.state(fact)
    application.save(register)
    begun = time.perf_counter()
    application.repository.get(register.id)
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()

"""How many facts a second are recorded over HTTP, beside the least that it could cost and beside another event store.

    python -m bench.appends [--seconds 2] [--rounds 5] [--clients 64] [--database URL]

Three contenders, each in a server process of its own behind the same server (Granian, one worker), each with a fresh
database that makes every commit durable, meet the same clients with the same facts, one fact a request:

- orgline: the service as it is, with tokens, validation, hashes and the statements that follow;
- floor: a bare Litestar route that writes the same rows and does nothing else (`bench.floor`);
- library: `eventsourcing`, one event a request (`bench.library`), in the faster of its two ways.

They take short turns, so that a slow moment of the machine meets all of them: ratios last, absolutes do not. Aims: 0.5
of the floor, 1.5 times the library. Afterwards Orgline's positions must be dense, as many as were acknowledged, and its
state must be what the log says. The exit code is 1 if they are not, or if an answer was an error; speed is not judged.
"""

from __future__ import annotations

import argparse
import gc
import os
import statistics
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec
import sqlalchemy as sa

from bench import floor, library
from bench.load import Load, Seen
from bench.serving import server
from events import tables
from events.database import Database
from events.log import microseconds
from events.verifying import verify
from service.access import tokens
from service.cli import opening
from service.settings import Settings, variable

OF_FLOOR: Final = 0.5
OF_LIBRARY: Final = 1.5
WARM_UP_S: Final = 1.0
TRIAL_S: Final = 1.5


class Contender(msgspec.Struct):
    """A server under load, and what was seen of it; `warm` are the answers before it counted."""

    name: str
    load: Load
    warm: list[Seen] = msgspec.field(default_factory=list)
    rounds: list[Seen] = msgspec.field(default_factory=list)

    @property
    def rate(self) -> float:
        """Facts recorded a second, of all rounds."""
        return statistics.median(seen.rate for seen in self.rounds)

    @property
    def errors(self) -> list[str]:
        """All errors, those before it counted too."""
        return [error for seen in (*self.warm, *self.rounds) for error in seen.errors]

    @property
    def acknowledged(self) -> int:
        """How many facts the server says it has."""
        return sum(seen.acknowledged for seen in (*self.warm, *self.rounds))


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; the exit code."""
    options = _parser().parse_args(arguments)
    with TemporaryDirectory() as folder, ExitStack() as servers:
        url = options.database or f"sqlite:///{Path(folder) / 'orgline.db'}"
        contenders = _contenders(servers, Path(folder), url, options.clients)
        print(_circumstances(options))
        with _undisturbed():
            for contender in contenders:
                contender.warm.append(contender.load.run(WARM_UP_S))
            kept = _with_faster_library(contenders)
            for _ in range(options.rounds):
                for contender in kept:
                    contender.rounds.append(contender.load.run(options.seconds))
        servers.close()
        print(_table(kept))
        print(_ratios(kept))
        faults = [*_errors(contenders), *_gaps(url, contenders[0].acknowledged)]
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.appends", description="Appends over HTTP, a second.")
    parser.add_argument("--seconds", type=float, default=2.0, help="length of a turn")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each contender")
    parser.add_argument("--clients", type=int, default=64, help="clients at once")
    parser.add_argument("--database", help="URL of an empty database for orgline, if not a fresh SQLite file")
    return parser


def _contenders(servers: ExitStack, folder: Path, url: str, clients: int) -> list[Contender]:
    token = _prepared(url)
    orgline = {variable("database_url"): url}
    least = {floor.DATABASE: f"sqlite:///{folder / 'floor.db'}"}
    served = (
        ("orgline", "service.app:from_environment", orgline),
        ("floor", "bench.floor:create", least),
        ("library", "bench.library:inline", {library.DATABASE: str(folder / "inline.db")}),
        ("library", "bench.library:threads", {library.DATABASE: str(folder / "threads.db")}),
    )
    return [
        Contender(name, Load(servers.enter_context(server(factory, environment)), clients, token))
        for name, factory, environment in served
    ]


def _prepared(url: str) -> str:
    """Make the register; the text of a token that may append."""
    with opening.prepared(Settings(database_url=url)) as (database, _):
        return tokens.create(database, "bench", ["append"], microseconds(), os.urandom)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """The clients' own garbage collection would show as latency."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _with_faster_library(contenders: Sequence[Contender]) -> list[Contender]:
    """The contenders that take turns: of the two ways to serve the library the one that is faster in a trial."""
    orgline, least, *ways = contenders
    for way in ways:
        way.warm.append(way.load.run(TRIAL_S))
    inline, threads = (way.warm[-1].rate for way in ways)
    print(f"library, on trial: {inline:,.0f} appends/s inline, {threads:,.0f} in threads")
    return [orgline, least, ways[0] if inline >= threads else ways[1]]


def _circumstances(options: argparse.Namespace) -> str:
    database = "PostgreSQL" if str(options.database or "").startswith("postgresql") else "SQLite"
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, Python {sys.version.split()[0]}, {database}; "
        f"{options.clients} clients, {options.rounds} rounds of {options.seconds:g} s"
    )


def _table(contenders: Iterable[Contender]) -> str:
    lines = [f"{'':8}{'appends/s':>11}{'p50 ms':>9}{'p99 ms':>9}{'max ms':>9}{'errors':>8}"]
    for each in contenders:
        latencies = sorted(latency * 1_000 for seen in each.rounds for latency in seen.latencies)
        p50, p99, longest = (_quantile(latencies, part) for part in (0.5, 0.99, 1.0))
        lines.append(f"{each.name:8}{each.rate:>11,.0f}{p50:>9.1f}{p99:>9.1f}{longest:>9.1f}{len(each.errors):>8}")
    return "\n".join(lines)


def _quantile(ordered: Sequence[float], part: float) -> float:
    return ordered[min(int(len(ordered) * part), len(ordered) - 1)] if ordered else float("nan")


def _ratios(contenders: Sequence[Contender]) -> str:
    orgline = contenders[0]
    lines, judgements = [], []
    for other, aim in zip(contenders[1:], (OF_FLOOR, OF_LIBRARY), strict=True):
        ratios = [ours.rate / max(theirs.rate, 1e-9) for ours, theirs in zip(orgline.rounds, other.rounds, strict=True)]
        ratio = statistics.median(ratios)
        rounds = ", ".join(f"{each:.2f}" for each in ratios)
        lines.append(f"orgline / {other.name}: {ratio:.2f} (by round: {rounds})")
        judgements.append(f"{aim:g} of the {other.name} {'met' if ratio >= aim else 'missed'}")
    return "\n".join((*lines, f"aims: {', '.join(judgements)}"))


def _errors(contenders: Iterable[Contender]) -> Iterator[str]:
    for each in contenders:
        if each.errors:
            yield f"{each.name}: {len(each.errors)} answers were errors, the first: {each.errors[0][:500]}"


def _gaps(url: str, acknowledged: int) -> Iterator[str]:
    """What is wrong with Orgline's log and state after the run; prints what is right."""
    began = time.perf_counter()
    database = Database(url)
    try:
        position = tables.event.c.position
        with database.snapshot() as connection:
            found = connection.execute(sa.select(sa.func.count(), sa.func.min(position), sa.func.max(position))).one()
        if tuple(found) == (acknowledged, 1, acknowledged):
            print(f"orgline's positions: 1 to {acknowledged:,} dense, as many as were acknowledged")
        else:
            recorded = f"{found[0]} are recorded, at positions {found[1]} to {found[2]}"
            yield f"orgline: {acknowledged} facts were acknowledged, {recorded}"
        differences = verify(database)
        if differences:
            yield f"orgline: verify found differences, the first: {differences[0]}"
        else:
            print(f"orgline's log and state: verified, no difference ({time.perf_counter() - began:.1f} s)")
    finally:
        database.close()


if __name__ == "__main__":
    sys.exit(main())

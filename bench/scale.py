"""What one question and one append cost in a register of ten thousand events, of a hundred thousand, of a million.

    python -m bench.scale [--events 10000 100000 1000000] [--folder FOLDER] [--postgresql URL] [--rebuild]

A synthetic register of each size (`bench.synthetic`, about 27 facts an organisation at every size) is imported, and
the same is asked of each in this process: single appends on random organisations, by the way the service takes (decode,
prepare, the writer's thread, a durable commit for each), the state of random organisations on random days, three
counts, and how much a fact takes on disk. All sizes get the same number of samples after the same warm-up (an SQLite
file is read through once, so that the system has it in memory, as on a server that has run for a while); they take
turns, so that a slow moment of the machine meets all of them. The median of append, of state and of a count per item
in force should grow by no more than 1.25 from the smallest to the largest.

`--folder` keeps the databases, and takes up those that are there (a million events take long to import; each run leaves
its appends in them). `--postgresql` names a server's database, beside which one for each size is made or taken up.
`--rebuild` runs `orgline rebuild` and `orgline verify` as processes. The exit code is 1 if they fail; speed is not
judged.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from bench import importing, rebuild, synthetic
from bench.appending import Appending, Took
from events.database import Database
from events.log import Log, microseconds
from events.queries import Queries, listing, organisations, people, statements
from events.queries.listing import Filters, Page
from events.queries.statements import Wanted
from service import collecting
from service.cli import opening
from service.settings import Settings

GROWTH_MAX: Final = 1.25
SIZES: Final = (10_000, 100_000, 1_000_000)
ROUNDS: Final = 10
APPENDS: Final = 100  # in a round
STATES: Final = 200
DAYS: Final = 3  # on which is counted, in a round
READ_BYTES: Final = 1 << 24
COUNTS: Final = ("/statements?property=appointments", "/people?status=in_post", "/organisations?status=active")


class Seen(msgspec.Struct):
    """What was measured of one size; of counts per item in force."""

    append: list[Took] = msgspec.field(default_factory=list)
    state: list[Took] = msgspec.field(default_factory=list)
    counts: dict[str, list[Took]] = msgspec.field(default_factory=lambda: {name: [] for name in COUNTS})
    items: dict[str, int] = msgspec.field(default_factory=dict)  # in force when it was last counted


class Register:
    """A register of one size, and the questions to it."""

    def __init__(self, events: int, database: Database, appending: Appending) -> None:
        self.events, self.database, self._appending, self.seen = events, database, appending, Seen()
        self.bytes_a_fact = size_of(database) / appending.head()
        self._queries = Queries(database, opening.its_register(database))
        self._random = Random(f"scale {events} {self._appending.head()}")
        self._organisations = events // synthetic.FACTS_EACH * 9 // 10  # the last ones may be cut off

    def append(self) -> None:
        """One fact on an organisation, until it is durable."""
        self.seen.append.append(self._appending.append(self._fact()))

    def state(self) -> None:
        """The state of an organisation on a day."""
        slug, day = self._organisation(), self._day()
        self.seen.state.append(Took.by(lambda: self._state(slug, day)))

    def count(self, day: str) -> None:
        """The three counts on a day."""
        asked = (self._count_statements, self._count_people, self._count_organisations)
        with self.database.snapshot() as connection:
            question = self._queries.question(connection, day, None, microseconds())
            for name, count in zip(COUNTS, asked, strict=True):
                begun = Took.now()
                counted = count(connection, question).count
                took = begun.until_now()
                assert counted is not None, name
                items = self.seen.items[name] = counted.definite + counted.possible
                self.seen.counts[name].append(Took(took.seconds / items, took.processor_s / items))

    def forget(self) -> None:
        """What was seen until now was warming up."""
        self.seen = Seen()

    def _state(self, slug: str, day: str) -> None:
        with self.database.snapshot() as connection:
            question = self._queries.question(connection, day, None, microseconds())
            assert organisations.state(self._queries, connection, slug, question) is not None, slug

    def _count_statements(self, connection: sa.Connection, question: Any) -> listing.Listing:
        wanted = Wanted(property="appointments")
        return statements.listing(self._queries, connection, question, wanted, NO_PAGE)

    def _count_people(self, connection: sa.Connection, question: Any) -> listing.Listing:
        filters = Filters(status="in_post")
        return listing.listing(self._queries, connection, people.LISTED, question, filters, NO_PAGE)

    def _count_organisations(self, connection: sa.Connection, question: Any) -> listing.Listing:
        filters = Filters(status="active")
        return listing.listing(self._queries, connection, organisations.LISTED, question, filters, NO_PAGE)

    def _organisation(self) -> str:
        return synthetic.organisation(self._random.randrange(self._organisations))

    def _other(self, slug: str) -> str:
        while (other := self._organisation()) == slug:
            pass
        return other

    def _day(self) -> str:
        return date.fromordinal(self._random.randrange(FIRST, LAST)).isoformat()

    def _fact(self) -> dict[str, Any]:
        """A fact that changes none of the counts, so that they stay those of the synthetic register."""
        random, slug, day = self._random, self._organisation(), self._day()
        new = f"{random.getrandbits(48):012x}"
        type_, data = random.choice(
            (
                ("priority.set", {"priority": f"priority-{new}", "title": "A priority"}),
                ("name.adopted", {"name": f"Office {new}", "kind": "brand"}),
                ("identifier.assigned", {"scheme": "bench", "value": new}),
                ("relation.started", {"kind": "works_with", "target": self._other(slug)}),
                ("responsibility.gained", {"responsibility": f"duty-{new}", "title": "A duty"}),
                ("appointment.started", {"post": f"{slug}-0", "person": f"person-{new}", "person_name": f"Kim {new}"}),
            )
        )
        source = {"title": "Register of public bodies", "url": f"https://register.example/{new}"}
        return {
            "type": type_,
            "effective": "1989-12-31/1989-12-31" if type_ == "appointment.started" else day,
            "data": {"organisation": slug, **data},
            "sources": [source],
        }


NO_PAGE: Final = Page(limit=1, count=True)
FIRST, LAST = date(1990, 1, 1).toordinal(), date(2020, 1, 1).toordinal()
"""The days that are asked for: when the synthetic register has grown up, and before it ends."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; the exit code."""
    options = _parser().parse_args(arguments)
    collecting.seldom()  # as the service has it
    with ExitStack() as stack:
        folder = options.folder or Path(stack.enter_context(TemporaryDirectory(prefix="orgline-bench-")))
        folder.mkdir(parents=True, exist_ok=True)
        urls = {events: _filled(folder, options.postgresql, events) for events in options.events}
        registers = [stack.enter_context(_opened(events, url)) for events, url in urls.items()]
        database = registers[0].database.dialect
        print(f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, Python {sys.version.split()[0]}, {database}")
        for counted in (False, True):
            _ask(registers, ROUNDS if counted else 1)
            for register in () if counted else registers:
                register.forget()
        print(_table(registers))
    return max(_remade(events, url) for events, url in urls.items()) if options.rebuild else 0


def size_of(database: Database) -> int:
    """The bytes that a database takes on disk."""
    with database.engine.connect() as connection:
        if database.dialect == "postgresql":
            asked = "SELECT pg_database_size(current_database())"
            return int(connection.exec_driver_sql(asked).scalar_one())
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return Path(str(database.url.database)).stat().st_size


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description="What it costs as a register grows.")
    parser.add_argument("--events", type=int, nargs="+", default=SIZES, help="sizes, the smallest first")
    parser.add_argument("--folder", type=Path, help="where the databases are, or are made and stay")
    parser.add_argument("--postgresql", help="URL of a database of a server; those for the sizes lie beside it")
    parser.add_argument("--rebuild", action="store_true", help="also rebuild and verify each")
    return parser


def _filled(folder: Path, server: str | None, events: int) -> str:
    """The URL of the register of so many events, which is filled where it is not."""
    url = f"sqlite:///{folder / f'imported-{events}.db'}" if server is None else _beside(server, events)
    file = folder / f"facts-{events}.jsonl"
    if _head(url) < events:
        importing.write(file, events)
        took = importing.imported(url, file)
        print(f"{events:,} events: imported, {events / took.seconds:,.0f} a second", flush=True)
    return url


def _head(url: str) -> int:
    """How many events there are; 0 also where there is no register yet."""
    with opening.prepared(Settings(database_url=url)) as (database, _):
        return Log(database).head().position


def _beside(server: str, events: int) -> str:
    """The URL of a database on the server of another one, made if it is not there."""
    url = sa.make_url(server)
    name = f"orgline_bench_{events}"
    engine = sa.create_engine(url.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        asked = sa.text("SELECT 1 FROM pg_database WHERE datname = :name")
        if connection.execute(asked, {"name": name}).first() is None:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    return url.set(database=name).render_as_string(hide_password=False)


@contextmanager
def _opened(events: int, url: str) -> Iterator[Register]:
    database = Database(url)
    try:
        if database.dialect == "postgresql":  # which does so by itself, some time after it was filled
            with database.engine.begin() as connection:
                connection.exec_driver_sql("ANALYZE")
        else:
            with Path(str(database.url.database)).open("rb") as file:
                while file.read(READ_BYTES):
                    pass
        with Appending(database) as appending:
            yield Register(events, database, appending)
    finally:
        database.close()


def _ask(registers: Sequence[Register], rounds: int) -> None:
    """The same questions to each register, in turns."""
    random = Random("days")
    for _ in range(rounds):
        for _ in range(APPENDS):
            for register in registers:
                register.append()
        for _ in range(STATES):
            for register in registers:
                register.state()
        for _ in range(DAYS):
            day = date.fromordinal(random.randrange(FIRST, LAST)).isoformat()
            for register in registers:
                register.count(day)


def _table(registers: Sequence[Register]) -> str:
    lines = [" ".join(("events".ljust(34), *(f"{each.events:>12,}" for each in registers), f"{'growth':>8}"))]

    def add(name: str, values: Sequence[float], unit: float, *, judged: bool) -> None:
        growth = values[-1] / values[0]
        mark = "" if not judged else " met" if growth <= GROWTH_MAX else " missed"
        told = (f"{value * unit:>12,.2f}" for value in values)
        lines.append(" ".join((name.ljust(34), *told, f"{growth:>8.2f}{mark}")))

    for name in ("append", "state"):
        taken = [getattr(each.seen, name) for each in registers]
        add(f"{name} p50 ms", [_median(held) for held in taken], 1e3, judged=True)
        add(f"{name} p99 ms", [_p99(held) for held in taken], 1e3, judged=False)
        add("  p50 of processor time", [_median(held, 1) for held in taken], 1e3, judged=False)
    for name in COUNTS:
        taken = [each.seen.counts[name] for each in registers]
        add(f"{name} µs", [_median(held) for held in taken], 1e6, judged=True)
        add("  p50 of processor time", [_median(held, 1) for held in taken], 1e6, judged=False)
        add("  in force, at last", [each.seen.items[name] for each in registers], 1, judged=False)
    add("bytes a fact", [r.bytes_a_fact for r in registers], 1, judged=False)
    lines.append(f"samples each: {ROUNDS * APPENDS} appends, {ROUNDS * STATES} states, {ROUNDS * DAYS} counts")
    return "\n".join(lines)


def _median(samples: Sequence[Took], which: int = 0) -> float:
    return statistics.median(each[which] for each in samples)


def _p99(samples: Sequence[Took]) -> float:
    return statistics.quantiles((each.seconds for each in samples), n=100)[-1]


def _remade(events: int, url: str) -> int:
    """Rebuild and verify in processes of their own; the exit code."""
    code = 0
    for command in ("rebuild", "verify"):
        seconds, megabytes, returned = rebuild.run(command, url)
        print(f"{events:,} events: {command} {events / seconds:,.0f} events/s, peak {megabytes:.0f} MB", flush=True)
        code = code or returned
    return code


if __name__ == "__main__":
    sys.exit(main())

"""A rebuild while the register is read and appended to, and a rebuild that is killed in its midst."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from contextlib import closing
from io import BytesIO
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa

from bench import synthetic
from bench.traffic import Traffic, lasting_of
from events import tables
from events.database import Database
from events.rebuilding import rebuild
from events.verifying import verify
from service.cli import opening
from service.importing import jsonl
from service.importing.resume import Import
from tests.conftest import LONG
from tests.serving import ORGLINE, Service, command, environment, lines

EVENTS = 100_000 if LONG else 600
READERS = 32 if LONG else 4
WAIT_S_MAX = 60
REBUILD_S_MAX = 3_600 if LONG else WAIT_S_MAX


def filled(database: Database, events: int) -> None:
    facts = b"".join(msgspec.json.encode(fact) + b"\n" for fact in synthetic.facts(events))
    run = Import(*opening.log_of(database), recorded_by="test", refuse=lambda line, fault: pytest.fail(fault.detail))
    run.run(jsonl.read(BytesIO(facts)))


def generations(database: Database) -> list[tuple[int, bool, int]]:
    """Number, whether it is the current one, position."""
    projection = tables.projection
    with database.snapshot() as connection:
        rows = connection.execute(
            sa.select(projection.c.generation, projection.c.current, projection.c.position).order_by(
                projection.c.generation
            )
        )
        return [(row[0], row[1], row[2]) for row in rows]


def test_readers_and_an_appender_notice_nothing_of_a_rebuild(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    """Over HTTP; what the readers check while units get their priorities is told in `bench.traffic`."""
    filled(database, EVENTS)
    settings = {"database_url": database_url}
    made = command("token", "create", "traffic", "--scope", "append", folder=tmp_path, settings=settings)
    token = lines(made.stdout)[-1]
    with (
        Service(tmp_path, settings=settings) as service,
        closing(Traffic(service.port, token, READERS, lasting_of(EVENTS), "unit")) as traffic,
    ):
        rebuilding = subprocess.Popen((*ORGLINE, "rebuild"), cwd=tmp_path, env=environment(**settings))
        try:
            meanwhile = traffic.run(lambda _: rebuilding.poll() is None, REBUILD_S_MAX)
        finally:
            rebuilding.kill()  # by then it has ended, but for a fault
        afterwards = traffic.run(lambda seen: len(seen.reads) < 4 * READERS, WAIT_S_MAX)
    assert rebuilding.wait(WAIT_S_MAX) == 0
    for seen in (meanwhile, afterwards):
        assert seen.faults == []
        assert len(seen.reads) >= READERS
        assert seen.appends
    ((generation, current, position),) = generations(database)
    assert (generation, current) == (2, True)
    assert position > EVENTS
    assert verify(database) == []


@pytest.mark.parametrize("rows", [1, 400, 800])
def test_a_rebuild_that_is_killed_leaves_the_old_state_and_the_next_one_begins_again(
    database: Database, database_url: str, rows: int
) -> None:
    """Killed when so many effects of the new generation are written."""
    filled(database, EVENTS)
    (before,) = generations(database)
    killed = subprocess.Popen([sys.executable, "-m", "service.cli", "--database", database_url, "rebuild"])
    end = time.monotonic() + WAIT_S_MAX
    written = sa.select(sa.func.count()).select_from(tables.effect).where(tables.effect.c.generation > before[0])
    while not _count(database, written) >= rows:
        assert killed.poll() is None, "it was done before it could be killed"
        assert time.monotonic() < end
    killed.send_signal(signal.SIGKILL)
    killed.wait(WAIT_S_MAX)
    kept, begun = generations(database)
    assert kept == before
    assert not begun[1]
    assert verify(database) == []
    rebuilt = rebuild(database)
    assert [number for number, _, _ in generations(database)] == [rebuilt.generation]
    assert verify(database) == []


def _count(database: Database, query: sa.Select[tuple[int]]) -> int:
    with database.snapshot() as connection:
        return connection.execute(query).scalar_one()

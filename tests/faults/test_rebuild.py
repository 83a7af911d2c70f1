"""A rebuild while the register is read and appended to, and a rebuild that is killed in its midst."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from io import BytesIO
from itertools import count

import msgspec
import pytest
import sqlalchemy as sa

from bench import synthetic
from events import tables
from events.database import Database
from events.rebuilding import rebuild
from events.verifying import verify
from service.cli import opening
from service.importing import jsonl
from service.importing.resume import Import
from tests.conftest import LONG
from tests.histories import created, told
from tests.registers import TestRegister

EVENTS = 100_000 if LONG else 600
READERS = 32 if LONG else 4
WAIT_S_MAX = 60


def filled(database: Database, events: int) -> TestRegister:
    lines = b"".join(msgspec.json.encode(fact) + b"\n" for fact in synthetic.facts(events))
    run = Import(*opening.log_of(database), recorded_by="test", refuse=lambda line, fault: pytest.fail(fault.detail))
    run.run(jsonl.read(BytesIO(lines)))
    return TestRegister(database)


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


def test_readers_and_an_appender_notice_nothing_of_a_rebuild(database: Database) -> None:
    """Readers go on checking that a unit has as many priorities as appends were acknowledged, and never fewer."""
    register = filled(database, EVENTS)
    register.append(created("unit"))
    recorded, stop, failures, reads = [0], threading.Event(), list[str](), count()

    def going_on(once: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            try:
                while not stop.is_set():
                    once()
            except Exception as error:
                failures.append(repr(error))

        return run

    def append() -> None:
        number = recorded[0]
        told_ = told(f"p{number}", "priority.set", "2019", organisation="unit", priority=f"p{number}")
        register.append(told_)
        recorded[0] = number + 1

    def read() -> None:
        least = recorded[0]
        state = register.state("organisation/unit", "2020")
        most = recorded[0] + 1
        assert state is not None
        assert state["status"] == "active"
        assert least <= len(state["priorities"]) <= most, (least, len(state["priorities"]), most)
        next(reads)

    threads = [
        threading.Thread(target=going_on(append)),
        *(threading.Thread(target=going_on(read)) for _ in range(READERS)),
    ]
    for thread in threads:
        thread.start()
    try:
        before = recorded[0], next(reads)
        rebuilt = rebuild(database)
        assert recorded[0] > before[0]
        assert next(reads) > before[1] + 1
    finally:
        stop.set()
        for thread in threads:
            thread.join(WAIT_S_MAX)
    assert failures == []
    assert [(number, current) for number, current, _ in generations(database)] == [(rebuilt.generation, True)]
    assert verify(database) == []


def test_a_rebuild_that_is_killed_leaves_the_old_state_and_is_taken_up_again(
    database: Database, database_url: str
) -> None:
    filled(database, EVENTS)
    (before,) = generations(database)
    killed = subprocess.Popen([sys.executable, "-m", "service.cli", "--database", database_url, "rebuild"])
    end = time.monotonic() + WAIT_S_MAX
    while not any(position for _, current, position in generations(database) if not current):
        assert killed.poll() is None, "it was done before it could be killed"
        assert time.monotonic() < end
    killed.send_signal(signal.SIGKILL)
    killed.wait(WAIT_S_MAX)
    kept, begun = generations(database)
    assert kept == before
    assert not begun[1]
    assert verify(database) == []
    assert rebuild(database).generation == begun[0]
    assert [number for number, _, _ in generations(database)] == [begun[0]]
    assert verify(database) == []

"""Work that several processes share."""

from __future__ import annotations

import os
import tempfile
from contextlib import closing
from io import BytesIO
from pathlib import Path

import msgspec
import pytest

import migrations
from bench import synthetic
from events import bulk, scratch, tables
from events.database import Database
from events.errors import OrglineError
from events.processes import ProcessLost, Workers
from events.rebuilding import rebuild
from events.replaying import UnreadableLog
from events.verifying import verify
from service.cli import opening
from service.importing import jsonl
from service.importing.resume import Import
from tests.contract.test_rebuilding import change, rows


class Counter:
    """Counts what it is given in the process that it was made in."""

    def __init__(self, start: int) -> None:
        self._count = start
        self._maker = os.getpid()

    def add(self, number: int) -> tuple[int, bool]:
        if number < 0:
            raise OrglineError("a number below 0")
        if number == 99:
            os._exit(1)
        self._count += number
        return self._count, self._maker == os.getpid()


@pytest.mark.parametrize("processes", [1, 2])
def test_the_results_of_shares_come_in_their_order(processes: int) -> None:
    with closing(Workers(processes, Counter, 10)) as workers:
        results = list(workers.each(Counter.add, [0] * 5))
        assert results == [(10, True)] * 5
        with pytest.raises(OrglineError, match="below 0"):
            list(workers.each(Counter.add, [0, -1]))


@pytest.mark.parametrize("_", range(5))
def test_a_process_that_ended_is_told(_: int) -> None:
    """Also where that is while the others still start: the pool waited for these for ever, one time in a hundred."""
    with closing(Workers(2, Counter, 10)) as workers, pytest.raises(ProcessLost):
        list(workers.each(Counter.add, [99, 1]))


@pytest.fixture
def filled(database: Database) -> Database:
    lines = b"".join(msgspec.json.encode(fact) + b"\n" for fact in synthetic.facts(400))
    run = Import(*opening.log_of(database), recorded_by="test", refuse=lambda line, fault: pytest.fail(fault.detail))
    run.run(jsonl.read(BytesIO(lines)))
    return database


def test_several_processes_make_and_verify_the_state(filled: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "SHARE_EVENTS", 60)
    told: list[int] = []
    before = len(rows(filled, tables.statement))
    rebuilt = rebuild(filled, lambda done, total: told.append(done), processes=2)
    assert len(told) > 10
    assert told == sorted(told)
    assert (rebuilt.events, rebuilt.statements) == (400, before)
    assert verify(filled, processes=2) == []
    change(filled, "UPDATE statement SET since_latest = since_latest + 1 WHERE property = 'posts'")
    assert verify(filled, processes=2)


def test_what_cannot_be_read_is_told_by_whichever_process_reads_it(
    filled: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "SHARE_EVENTS", 60)
    change(filled, "UPDATE event SET body = salt WHERE position = 200")
    with pytest.raises(UnreadableLog, match="event 200"):
        rebuild(filled, processes=2)
    assert any("event 200" in each for each in verify(filled, processes=2))


def test_memory_of_what_is_looked_at_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With next to nothing kept at hand, and slots in small batches, the same state comes out."""
    monkeypatch.setattr(bulk, "KEPT_SLOTS_MAX", 2)
    monkeypatch.setattr(bulk, "BATCH_SLOTS", 3)
    monkeypatch.setattr(bulk, "BATCH_EVENTS", 7)
    monkeypatch.setattr(bulk, "BATCH_ROWS", 5)
    database = Database(f"sqlite:///{tmp_path / 'small.db'}")
    migrations.upgrade(database)
    lines = b"".join(msgspec.json.encode(fact) + b"\n" for fact in synthetic.facts(300))
    run = Import(*opening.log_of(database), recorded_by="test", refuse=lambda line, fault: pytest.fail(fault.detail))
    run.run(jsonl.read(BytesIO(lines)))
    assert verify(database) == []
    rebuild(database)
    assert verify(database) == []
    database.close()


def test_what_a_killed_run_left_in_the_temporary_folder_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    left, of_another = tmp_path / "orgline-rebuild-left", tmp_path / "orgline-other"
    for each in (left, of_another):
        each.mkdir()
        (each / "scratch.db").write_text("left")
    with scratch.folder("rebuild") as young:
        assert left.exists()  # it may just have been made
        monkeypatch.setattr(scratch, "LEFT_OVER_S", -1)
        with scratch.folder("rebuild") as another:
            assert young.exists()
            assert another != young
        assert not another.exists()
        assert not left.exists()
    assert list(tmp_path.iterdir()) == [of_another]

"""What differs on a terminal, and what happens when a command is interrupted."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest

from events.database import Database
from events.log import Log
from service.importing.jsonl import BATCH_LINES_MAX
from tests.cli.conftest import Orgline, named, write
from tests.serving import ORGLINE, WAIT_S_MAX, command, environment, wait_until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are those of POSIX")


@pytest.fixture
def migrated(folder: Path) -> Path:
    assert command("migrate", folder=folder).returncode == 0
    return folder


def on_terminal(*arguments: str, folder: Path) -> tuple[int, str]:
    """Run a command whose standard output and error are a terminal: its exit code, and what was seen."""
    shown, terminal = os.openpty()
    process = subprocess.Popen(
        (*ORGLINE, *arguments),
        cwd=folder,
        env={**environment(), "TERM": "xterm", "COLUMNS": "100"},
        stdin=subprocess.DEVNULL,
        stdout=terminal,
        stderr=terminal,
    )
    os.close(terminal)
    seen = b""
    try:
        while part := os.read(shown, 65_536):
            seen += part
    except OSError:  # how Linux says that the other end of a terminal was closed
        pass
    finally:
        os.close(shown)
    return process.wait(WAIT_S_MAX), seen.decode()


def test_a_terminal_gets_a_progress_bar_and_a_table(migrated: Path) -> None:
    write(migrated / "facts.jsonl", [named(f"body-{n}") for n in range(3)])
    code, seen = on_terminal("import", "facts.jsonl", folder=migrated)
    assert code == 0
    assert "Importing" in seen
    assert "\x1b[" in seen
    code, seen = on_terminal("state", "body-1", folder=migrated)
    assert code == 0
    assert "\x1b[" in seen
    assert "BODY-1" in seen
    piped = command("state", "body-1", folder=migrated)
    assert b"BODY-1" in piped.stdout
    assert b"\x1b" not in piped.stdout
    assert command("import", "facts.jsonl", folder=migrated).stderr == b""


class Terminal(io.StringIO):
    """A standard output that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("settings", "styled"),
    [({"TERM": "xterm"}, True), ({"TERM": "xterm", "NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)],
)
def test_a_terminal_is_used_as_its_user_wants(
    nhsx: Orgline, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], styled: bool
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {**settings, "COLUMNS": "70"}.items():
        monkeypatch.setenv(name, value)
    for asked in (
        ["timeline", "nhsx"],
        ["diff", "nhsx", "--from", "2022-02", "--to", "2022-02"],
        ["lineage", "nhsx"],
    ):
        shown = Terminal()
        monkeypatch.setattr(sys, "stdout", shown)
        assert nhsx(*asked).code == 0
        text = shown.getvalue()
        assert ("\x1b[" in text) == styled, asked
        lines = re.sub(r"\x1b\[[0-9;]*m", "", text).splitlines()
        assert 60 < max(map(len, lines)) <= 70, asked
    assert "├── came from" in re.sub(r"\x1b\[[0-9;]*m", "", text)
    shown = Terminal()
    monkeypatch.setattr(sys, "stdout", shown)
    assert nhsx("lineage", "nhsx", "--json").code == 0
    assert shown.getvalue().startswith('{\n  "id": "nhsx",\n')


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -signal.SIGKILL)]
)
def test_an_interrupted_import_is_resumed(migrated: Path, number: signal.Signals, code: int) -> None:
    facts = [named(f"body-{n}", id=str(uuid4())) for n in range(BATCH_LINES_MAX + 50)]
    lines = [json.dumps(fact).encode() + b"\n" for fact in facts]
    with subprocess.Popen(
        (*ORGLINE, "import", "-"),
        cwd=migrated,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.write(b"".join(lines))
        process.stdin.flush()  # and not closed: the command waits for more lines of its second batch
        database = Database(f"sqlite:///{migrated / 'orgline.db'}")
        log = Log(database)
        wait_until(lambda: log.head().position == BATCH_LINES_MAX, "the first batch to be recorded")
        database.close()
        process.send_signal(number)
        assert process.wait(WAIT_S_MAX) == code
        assert process.stderr.read() == (b"" if code < 0 else b"interrupted: stopped before the end\n")
        process.stdin.close()
    again = command("import", "-", folder=migrated, stdin=b"".join(lines))
    assert again.stdout == b"50 recorded, 500 known already, 0 refused\n"
    assert command("verify", folder=migrated).returncode == 0


INTERRUPTED_WITHIN_THE_DATABASE = """
from sqlalchemy import Pool, event
from service.cli import main

@event.listens_for(Pool, "reset")
def interrupt(*_):
    raise KeyboardInterrupt

main()
"""


def test_an_interruption_within_the_database_is_one_line_too(migrated: Path) -> None:
    done = subprocess.run(
        (sys.executable, "-c", INTERRUPTED_WITHIN_THE_DATABASE, "append", "-"),
        cwd=migrated,
        env=environment(),
        input=json.dumps(named("body")).encode(),
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (130, b"interrupted: stopped before the end\n")


def test_a_reader_that_has_seen_enough_is_no_fault(migrated: Path) -> None:
    write(migrated / "facts.jsonl", [named(f"body-{n}") for n in range(2_000)])
    assert command("import", "facts.jsonl", folder=migrated).returncode == 0
    with subprocess.Popen(
        (*ORGLINE, "export"), cwd=migrated, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith(b"{")
        process.stdout.close()
        assert process.wait(WAIT_S_MAX) == 141
        assert process.stderr.read() == b""

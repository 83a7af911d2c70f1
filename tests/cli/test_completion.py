"""What shells complete, by the scripts that `orgline completion` prints, read by the shells themselves."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import click
import pytest

from events.database import Database
from service.cli import COMMANDS, identifiers
from service.cli import orgline as root
from service.cli.subject import DATABASE, Subject
from service.settings import Settings, variable
from tests.cli.conftest import Orgline
from tests.serving import ROOT, environment

BASH = """
source <(orgline completion bash)
complete_line() {
    COMP_LINE="$1" COMP_POINT=${#1} COMPREPLY=()
    read -ra COMP_WORDS <<< "$1"
    if [[ $1 == *" " ]]; then COMP_WORDS+=(""); fi
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    $(complete -p orgline | sed 's/.*-F \\([^ ]*\\) .*/\\1/') orgline
    echo "$1: ${COMPREPLY[*]}"
}
"""
ZSH = """
autoload -U compinit; compinit -u
source <(orgline completion zsh)
print $_comps[orgline]
"""


@pytest.fixture
def path(folder: Path) -> str:
    """A PATH on which there is an `orgline`."""
    (folder / "bin").mkdir()
    program = folder / "bin" / "orgline"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m service.cli "$@"\n')
    program.chmod(0o755)
    return os.pathsep.join((str(program.parent), os.environ["PATH"]))


def shell(program: str, script: str, path: str, folder: Path, **settings: str) -> list[str]:
    done = subprocess.run(
        (program, "-c", script),
        env={**environment(**settings), "PATH": path, "PYTHONPATH": str(ROOT), "HOME": str(folder)},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")
def test_bash_completes_commands_options_and_organisations(nhsx: Orgline, folder: Path, path: str) -> None:
    lines = [f"orgline {rest}" for rest in ("st", "diff --known-", "lineage nhs-e", "completion f")]
    asked = "".join(f"complete_line '{line}'\n" for line in lines)
    elsewhere = "cd bin\ncomplete_line 'orgline state nhsx'\nls\n"
    assert shell("bash", BASH + asked + elsewhere, path, folder) == [
        "orgline st: state",
        "orgline diff --known-: --known-at --known-from --known-to",
        "orgline lineage nhs-e: nhs-england nhs-england-transformation-directorate",
        "orgline completion f: fish",
        "orgline state nhsx: ",
        "orgline",  # in that folder there is no database, and none was made
    ]


@pytest.mark.skipif(shutil.which("zsh") is None, reason="there is no zsh here")
def test_zsh_takes_the_script(path: str, folder: Path) -> None:
    assert shell("zsh", ZSH, path, folder) == ["_orgline_completion"]


def complete(incomplete: str, database: str | None = None, kind: str | None = None) -> list[str]:
    context = click.Context(root)
    context.params["database"] = database
    option = SimpleNamespace()
    return [each.value for each in Subject(kind).shell_complete(context, option, incomplete)]  # type: ignore[arg-type]


def test_identifiers_are_bounded_and_of_any_kind(nhsx: Orgline, monkeypatch: pytest.MonkeyPatch) -> None:
    assert complete("nhs-d") == ["nhs-digital"]
    assert complete("person/matthew-") == ["person/matthew-gould", "person/matthew-swindells"]
    assert complete("nobody-of-that-name") == []
    assert complete("nhs'; DROP TABLE subject; --") == []
    monkeypatch.setattr(identifiers, "IDENTIFIERS_MAX", 2)
    assert len(complete("")) == 2


def test_asking_leaves_nothing_behind(orgline: Orgline, folder: Path, nhsx_template: Path) -> None:
    assert complete("nhs") == []
    assert list(folder.iterdir()) == []
    shutil.copyfile(nhsx_template, folder / "orgline.db")
    database = Database("sqlite:///orgline.db")  # which leaves it in the mode in which a register is served
    with database.snapshot():
        pass
    database.close()
    before = sorted(folder.iterdir())
    assert complete("nhsx") == ["nhsx"]
    assert sorted(folder.iterdir()) == before


def test_a_server_is_asked_too(database_url: str) -> None:
    assert complete("a", database_url) == []


@pytest.mark.parametrize(
    "line",
    [
        "orgline state a",
        "orgline nonsense zzz",
        "orgline state 'a",
        "orgline --database postgresql://127.0.0.1:9/x state a",
    ],
)
def test_no_fault_is_ever_shown(folder: Path, line: str) -> None:
    (folder / "orgline.db").write_bytes(b"this is a letter to my aunt, and long enough\n" * 100)
    asked = {"_ORGLINE_COMPLETE": "bash_complete", "COMP_WORDS": line, "COMP_CWORD": str(len(line.split()) - 1)}
    done = subprocess.run(
        (sys.executable, "-m", "service.cli"),
        env={**environment(), **asked},
        cwd=folder,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, b"", b"")


def test_what_is_loaded_to_complete_is_light() -> None:
    script = (
        "import sys, click; from service.cli import orgline, COMMANDS; "
        "context = click.Context(orgline); "
        "[orgline.get_command(context, name) for name in ('state', 'timeline', 'diff', 'lineage')]; "
        "print({'sqlalchemy', 'litestar', 'psycopg', 'rich', 'alembic'} & sys.modules.keys())"
    )
    done = subprocess.run(
        (sys.executable, "-c", script), env=environment(), capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("set()\n", "")


def test_the_database_is_the_one_of_the_settings() -> None:
    assert (variable("database_url"), Settings().database_url) == DATABASE
    assert set(COMMANDS) >= {"state", "timeline", "diff", "lineage"}

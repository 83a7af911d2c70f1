"""Exit codes, and one clear line for whatever is wrong."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from service.cli import COMMANDS
from service.settings import Settings, variable
from tests.cli.conftest import Done, Orgline
from tests.serving import command


def refused(done: Done, code: int, *words: str) -> None:
    """One line on standard error, that begins with a code and holds these words; no traceback."""
    assert done.code == code, done
    assert len(done.err.splitlines()) == 1, done.err
    assert done.err.split(":")[0].replace("-", "").isalpha()
    assert "Traceback" not in done.err
    for word in words:
        assert word in done.err


def test_help_lists_every_command(orgline: Orgline) -> None:
    done = orgline("--help")
    assert done.code == 0
    for name in COMMANDS:
        assert f"\n  {name} " in done.out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(orgline: Orgline, name: str) -> None:
    done = orgline(name, "--help")
    assert done.code == 0
    assert f"orgline {name}" in done.out


def test_version(orgline: Orgline) -> None:
    done = orgline("version")
    assert done.code == 0
    assert done.out.startswith("orgline ")


def test_without_a_command_the_help_is_shown_and_nothing_done(orgline: Orgline) -> None:
    done = orgline()
    assert (done.code, done.out) == (2, "")
    assert "Usage: orgline" in done.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["stat", "nhsx"], ["did you mean state"]),
        (["state", "nhsx", "--asof", "2021"], ["--as-of"]),
        (["state"], ["ORG"]),
        (["serve", "--port", "70000"], ["--port"]),
        (["import", "nowhere.jsonl"], ["nowhere.jsonl"]),
        (["--database", "nonsense", "migrate"], ["nonsense", "sqlite:///orgline.db"]),
        (["--database", "mysql://localhost/orgline", "migrate"], ["SQLite and PostgreSQL"]),
        (["--database", "sqlite:////no/such/folder/orgline.db", "migrate"], ["/no/such/folder"]),
        (["--database", "sqlite:///new.db", "demo"], ["--database"]),
        (["append"], ["FILE"]),
        (["append", "--type", "name.adopted", "--data", "{"], ["--data"]),
    ],
)
def test_bad_usage_is_one_line_and_2(orgline: Orgline, arguments: list[str], words: list[str]) -> None:
    refused(orgline(*arguments), 2, *words)


def test_an_unknown_setting_is_refused(orgline: Orgline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORGLINE_DATABASE", "sqlite:///orgline.db")
    refused(orgline("migrate"), 2, "ORGLINE_DATABASE_URL")


@pytest.mark.parametrize(
    "arguments",
    [
        ["state", "nhsx"],
        ["export"],
        ["append", "--type", "name.adopted", "--effective", "2019", "--data", "{}"],
        ["token", "list"],
        ["rebuild"],
        ["verify"],
    ],
)
def test_without_a_database_the_command_says_how_to_make_one(
    orgline: Orgline, folder: Path, arguments: list[str]
) -> None:
    if arguments[0] == "append":
        arguments[-1] = '{"organisation": "nhsx", "name": "NHSX", "kind": "brand"}'
    refused(orgline(*arguments), 2, "orgline migrate")
    assert not list(folder.iterdir()), "only asking must not make a database"


def test_a_file_that_is_no_database_is_told(orgline: Orgline, folder: Path) -> None:
    (folder / "orgline.db").write_bytes(b"this is a letter to my aunt, and long enough\n" * 100)
    refused(orgline("state", "nhsx"), 2, "not a database")


def test_a_database_of_something_else_is_told(orgline: Orgline, folder: Path) -> None:
    with sqlite3.connect(folder / "orgline.db") as other:
        other.execute("CREATE TABLE letter (text)")
    refused(orgline("state", "nhsx"), 2, "orgline migrate")


def test_migrate_makes_the_database_and_may_be_run_again(orgline: Orgline, folder: Path) -> None:
    assert orgline("migrate").code == 0
    assert (folder / "orgline.db").exists()
    assert orgline("migrate").code == 0
    assert orgline("verify").code == 0


def test_an_unexpected_fault_is_3_and_shows_its_place_only_on_demand(
    orgline: Orgline, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: str) -> str:
        raise ZeroDivisionError("of all things")

    monkeypatch.setattr("importlib.metadata.version", broken)
    refused(orgline("version"), 3, "of all things", "ORGLINE_DEBUG=1")
    monkeypatch.setenv("ORGLINE_DEBUG", "1")
    done = orgline("version")
    assert done.code == 3
    assert "Traceback" in done.err


def test_the_command_runs_as_a_process(folder: Path) -> None:
    assert command("version", folder=folder).stdout.startswith(b"orgline ")
    assert command("stat", folder=folder).returncode == 2


def test_where_migrating_is_forbidden_serve_does_not(
    orgline: Orgline, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORGLINE_MIGRATE", "false")
    refused(orgline("serve", "--port", "0"), 2, "orgline migrate")
    assert not list(folder.iterdir())
    assert orgline("migrate").code == 0, "the command itself is there for it"
    with sqlite3.connect(folder / "orgline.db") as older:
        older.execute("UPDATE alembic_version SET version_num = '0001'")
    refused(orgline("serve", "--port", "0"), 2, "schema 0001", "orgline migrate")


@pytest.mark.parametrize("arguments", [["migrate"], ["serve", "--port", "0"], ["state", "nhsx"]])
def test_a_schema_of_a_newer_version_is_told(orgline: Orgline, folder: Path, arguments: list[str]) -> None:
    assert orgline("migrate").code == 0
    with sqlite3.connect(folder / "orgline.db") as newer:
        newer.execute("UPDATE alembic_version SET version_num = '9999'")
    refused(orgline(*arguments), 2, "schema 9999", "run that version here too")


def test_settings_are_shown_with_what_they_take_and_without_passwords(
    orgline: Orgline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORGLINE_DATABASE_URL", "postgresql+psycopg://orgline:secret@localhost/orgline")
    monkeypatch.setenv("ORGLINE_PUBLIC_READS", "false")
    shown = {each["variable"]: each for each in json.loads(orgline("settings", "--json").out)}
    assert set(shown) == {variable(field) for field in Settings.__struct_fields__}
    assert shown["ORGLINE_DATABASE_URL"]["value"] == "postgresql+psycopg://orgline:***@localhost/orgline"
    assert (shown["ORGLINE_PUBLIC_READS"]["value"], shown["ORGLINE_PUBLIC_READS"]["default"]) == ("false", "true")
    assert shown["ORGLINE_LOG_LEVEL"]["takes"] == "debug, info, warning or error"
    monkeypatch.setenv("ORGLINE_DATABASE_URL", "postgresql+psycopg://localhost/orgline?user=orgline&password=secret")
    plain = orgline("settings").out
    assert "user=orgline" in plain
    assert "secret" not in plain
    assert "It takes a number from 0 to 65535." in plain


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("ORGLINE_PUBLIC_READS", "sometimes", "it takes true or false"),
        ("ORGLINE_LOG_LEVEL", "INFO", "it takes debug, info, warning or error"),
        ("ORGLINE_PORT", "http", "it takes a number from 0 to 65535"),
        ("ORGLINE_BODY_BYTES_MAX", "0", "it takes a number, at least 1"),
    ],
)
def test_a_setting_says_what_it_takes(
    orgline: Orgline, monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    monkeypatch.setenv(name, value)
    refused(orgline("migrate"), 2, name, words)

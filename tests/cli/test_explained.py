"""What the commands say of themselves is true: their examples run, and docs/command-line.md says the same."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import click
import msgspec
import pytest

from service.cli import COMMANDS, SECTIONS, follow, serve
from service.cli.explaining import ExplainedCommand, ExplainedGroup
from service.settings import Settings
from tests.cli.conftest import Orgline, named, write
from tests.cli.explained import commands, execute
from tests.docs.reader import pattern
from tests.serving import ROOT

PAGE = (ROOT / "docs" / "command-line.md").read_text("utf-8")


@pytest.fixture
def furnished(nhsx: Orgline, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Orgline:
    """The demo's register, the files that the examples name, and no network."""

    def bound(settings: Settings, host: str | None, port: int | None) -> Settings:
        return msgspec.structs.replace(settings, host=host or settings.host, port=port or settings.port)

    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setattr(serve, "bound", bound)
    monkeypatch.setattr(serve, "run", lambda _settings, said: click.echo(said))
    monkeypatch.setattr(follow, "_follow", lambda _settings, remote, **_: click.echo(remote.address))
    shutil.copyfile("orgline.db", "other.db")
    write(folder / "facts.jsonl", [named("abc")])
    (folder / "fact.json").write_text(json.dumps(named("def")))
    (folder / "facts.json").write_text(json.dumps({"facts": [named("ghi")]}))
    importing = (ROOT / "docs" / "importing.md").read_text("utf-8")
    for name, text in re.findall(r"`([\w.]+)`:\n\n```\w+\n(.*?)^```", importing, re.DOTALL | re.MULTILINE):
        (folder / name).write_text(text, "utf-8")
    return nhsx


@pytest.mark.parametrize("section", [None, *COMMANDS])
def test_the_examples_of_every_command_run(
    furnished: Orgline, monkeypatch: pytest.MonkeyPatch, section: str | None
) -> None:
    """Those of a group and of its commands one after another: what one makes, the next may use."""
    of_section = [path for path in commands() if path.split()[1:2] == ([section] if section else [])]
    assert of_section
    for path in of_section:
        command = commands()[path]
        assert isinstance(command, (ExplainedCommand, ExplainedGroup))
        assert 1 <= len(command.examples) <= 3
        assert any(path.removeprefix("orgline") in example for example in command.examples)
        for example in command.examples:
            done = execute(example, furnished, monkeypatch)
            if "--json" in example and "export |" not in example and "follow" not in example:
                assert json.loads(done.out)
        shown = furnished(*path.split()[1:], "--help").out
        assert f"Usage: {path} " in shown
        assert all(f"\n  {example}\n" in shown for example in command.examples)


def test_every_command_stands_under_a_heading_of_the_help(orgline: Orgline) -> None:
    assert set(COMMANDS) <= {name for names in SECTIONS.values() for name in names}
    shown = orgline("--help").out
    assert all(f"\n{title}:\n" in shown for title in SECTIONS)
    assert "..." not in shown.partition("Ask:")[2], "a command is told in one line"


def test_the_page_has_every_command_and_no_option_that_there_is_not() -> None:
    """The options themselves are told where the documentation is built, from the commands."""
    by_path = commands()
    sections = re.findall(r"^### `(orgline [^`]*)`\n(.*?)(?=^##|\Z)", PAGE, re.DOTALL | re.MULTILINE)
    usages = {}
    for path, command in by_path.items():
        if len(path.split()) == 2:
            pieces = command.collect_usage_pieces(click.Context(command, info_name=path))
            usages[" ".join([path, *(piece for piece in pieces if piece != "[OPTIONS]")])] = path
    assert [heading for heading, _ in sections] == list(usages)
    for heading, text in sections:
        own = [command for path, command in by_path.items() if path.startswith(usages[heading])]
        there = {"--database", *(option for each in own for parameter in each.params for option in parameter.opts)}
        assert set(re.findall(r"(?<![\w-])--[a-z-]+", text)) <= there, heading


def test_the_page_prints_what_it_says(furnished: Orgline, monkeypatch: pytest.MonkeyPatch) -> None:
    examples = [
        example.partition("\n")
        for block in re.findall(r"^```sh\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
        for example in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
    ]
    assert len(examples) >= 5
    for command, _, expected in examples:
        printed = execute(command, furnished, monkeypatch).out
        assert pattern(expected.strip("\n")).fullmatch(printed.strip("\n")), f"{command}\nprinted\n{printed}"

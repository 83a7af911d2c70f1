"""All commands as they explain themselves, and their examples, run as they are written."""

from __future__ import annotations

import io
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from service.cli import orgline as root
from tests.cli.conftest import Done, Orgline


def commands() -> dict[str, click.Command]:
    """Each command by what is typed for it, `orgline` itself first."""
    return dict(_walk(root, click.Context(root, info_name="orgline")))


def _walk(command: click.Command, context: click.Context) -> Iterator[tuple[str, click.Command]]:
    yield context.command_path, command
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None, name
            yield from _walk(found, click.Context(found, parent=context, info_name=name))


def execute(line: str, orgline: Orgline, monkeypatch: pytest.MonkeyPatch) -> Done:
    """Run a line of a shell, with its pipes and redirections: what the last command printed. All must succeed."""
    done = Done(0, "", "")
    for part in line.split(" | "):
        words = shlex.split(part)
        given, into = done.out.encode(), None
        for sign in "<>":
            if sign in words:
                at = words.index(sign)
                file = Path(words[at + 1]).expanduser()
                del words[at : at + 2]
                given, into = (file.read_bytes(), into) if sign == "<" else (given, file)
        assert words.pop(0) == "orgline", line
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
        done = orgline(*words)
        assert done.code == 0, f"{line}: {done}"
        if into is not None:
            into.parent.mkdir(parents=True, exist_ok=True)
            into.write_text(done.out, "utf-8")
    return done

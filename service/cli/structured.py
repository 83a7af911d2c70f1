"""Answers as JSON: in the shape in which the service gives them, where it does."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import Any, Final, TypeVar

import click
import msgspec

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

INDENT: Final = 2  # on a terminal; elsewhere an answer is one line


def json_option(command: Decorated) -> Decorated:
    """The option --json."""
    return click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")(command)


def show(answer: object) -> None:
    """Print an answer (anything that msgspec encodes) as JSON.

    What would steer a terminal is escaped, which leaves the JSON the same.
    """
    encoded = msgspec.json.encode(answer)
    if sys.stdout.isatty():
        encoded = msgspec.json.format(encoded, indent=INDENT)
    click.echo(_UNPRINTABLE.sub(_escaped, encoded.decode()))


_UNPRINTABLE: Final = re.compile(r"[^\x20-\x7e\n]")


def _escaped(found: re.Match[str]) -> str:
    character = found[0]
    if character.isprintable():
        return character
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[n : n + 2].hex()}" for n in range(0, len(units), 2))

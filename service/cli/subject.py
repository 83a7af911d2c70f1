"""Whom a command asks about, on which day, and by what was known when: the argument and the options of those that ask.

A shell that completes a command line loads all that is imported here while somebody waits, so nothing is that takes
long. What answers is in service/cli/answers/, and is loaded by the commands when they run.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, Final, TypeVar

import click
from click.shell_completion import CompletionItem

from events import subjects
from service.cli import identifiers

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

DAYS: Final = "a day, month, year, season or interval A/B in EDTF"
MOMENT: Final = "a position of the log, a day or a time"
DATABASE: Final = ("ORGLINE_DATABASE_URL", "sqlite:///orgline.db")
"""The setting that names the database, and what it is where it is absent: as in service/settings.py."""


class Subject(click.ParamType[str]):
    """A subject of the register as its tag: `kind/slug`, or the bare slug of an organisation.

    A shell completes it from the register that the command would work on.
    """

    name = "subject"

    def __init__(self, kind: str | None = None) -> None:
        """kind: the only one that will do, or None."""
        self._kind = kind

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The tag. Raises SubjectFault."""
        tag = subjects.reference(value)
        kind, _ = subjects.split(tag)
        if self._kind not in (None, kind):
            self.fail(f"{tag} is no {self._kind}, which this command needs; `orgline state {tag}` shows what there is")
        return tag

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Identifiers that begin so."""
        kind, slash, begun = incomplete.rpartition("/")
        name, default = DATABASE
        address = ctx.find_root().params.get("database") or os.environ.get(name) or default
        found = identifiers.beginning_with(address, kind or self._kind or "organisation", begun)
        return [CompletionItem(f"{kind}{slash}{slug}") for slug in found]


def organisation(command: Decorated) -> Decorated:
    """The argument ORGANISATION."""
    return click.argument("tag", metavar="ORGANISATION", type=Subject("organisation"))(command)


def as_of(command: Decorated) -> Decorated:
    """The option --as-of."""
    return click.option("--as-of", metavar="DATE", help=f"The days asked about: {DAYS}; today if left out.")(command)


def known_at(command: Decorated) -> Decorated:
    """The option --known-at."""
    return click.option("--known-at", metavar="K", help=f"What was known then: {MOMENT}; now if left out.")(command)

"""What the commands that ask have in common: whom they ask about, the day and the state of knowledge, the refusals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, NoReturn, TypeVar

import click
import sqlalchemy as sa
from click.shell_completion import CompletionItem

from events import subjects
from events.database import Database
from events.dates import DateFault, Period, period
from events.log import microseconds
from events.queries import InvalidMoment, Moment, Queries, Question, names
from service.cli import NO, identifiers, opening, settings_for
from service.settings import Settings

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

DAYS: Final = "a day, month, year, season or interval A/B in EDTF"
MOMENT: Final = "a position of the log, a day or a time"
UNLIKE_ANY: Final = "see whether it is spelt so; a shell completes identifiers (`orgline completion --help`)"


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
        kind, slug = subjects.split(tag)
        if self._kind not in (None, kind):
            self.fail(
                f"{value} is a {kind}, and this is told of a {self._kind} only: try `orgline state {kind}/{slug}`"
            )
        return tag

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Identifiers that begin so."""
        kind, slash, beginning = incomplete.rpartition("/")
        kind = kind or self._kind or "organisation"
        settings = settings_for(ctx.find_root().params.get("database"))
        with existing(settings) as database:
            found = [] if database is None else identifiers.beginning_with(database, kind, beginning)
        written = f"{kind}/" if slash else ""
        return [CompletionItem(f"{written}{slug}") for slug in found]


@contextmanager
def existing(settings: Settings) -> Iterator[Database | None]:
    """The database if there is one; nothing is made, and nothing is asked of its schema."""
    database = Database(settings.database_url)
    try:
        yield database if opening.is_there(database) else None
    finally:
        database.close()


def organisation(command: Decorated) -> Decorated:
    """The argument ORGANISATION."""
    return click.argument("tag", metavar="ORGANISATION", type=Subject("organisation"))(command)


def as_of(command: Decorated) -> Decorated:
    """The option --as-of."""
    return click.option("--as-of", metavar="DATE", help=f"The days asked about: {DAYS}; today if left out.")(command)


def known_at(command: Decorated) -> Decorated:
    """The option --known-at."""
    return click.option("--known-at", metavar="K", help=f"What was known then: {MOMENT}; now if left out.")(command)


def question(
    reads: Queries, connection: sa.Connection, as_of_text: str | None, known: str | None, option: str = "--known-at"
) -> Question:
    """The question of --as-of and --known-at (or what `option` is called). Raises DateFault, InvalidMoment."""
    if as_of_text is not None:
        days("--as-of", as_of_text)
    moment = at(reads, connection, option, known)
    return Question(reads.question(connection, as_of_text, None, microseconds()).as_of, moment)


def days(option: str, text: str) -> Period:
    """The days that an option gives. Raises DateFault, which names the option."""
    try:
        return period(text)
    except DateFault as fault:
        raise DateFault(f"{option}: {fault.message}") from fault


def at(reads: Queries, connection: sa.Connection, option: str, text: str | None) -> Moment:
    """The moment that an option gives. Raises InvalidMoment, which names the option."""
    try:
        return reads.moments.at(connection, text)
    except InvalidMoment as fault:
        raise InvalidMoment(fault.message.replace("known_at=", f"{option} ", 1)) from fault


def name_of(reads: Queries, connection: sa.Connection, tag: str, asked: Question) -> str:
    """What a subject is called on the last of the days that are asked about."""
    wanted = (tag, asked.moment.position, asked.as_of.last)
    return names.lookup(reads, connection, [wanted])[wanted]


def unknown(context: click.Context, connection: sa.Connection, tag: str) -> NoReturn:
    """Say that nothing is known of a subject, and what may have been meant; the answer is no."""
    kind, slug = subjects.split(tag)
    first = identifiers.mentioned_at(connection, kind, slug)
    if first is not None:
        advice = f"it is known since position {first}: ask with --known-at {first}, or a later one"
    else:
        near = identifiers.near(connection, kind, slug)
        advice = f"did you mean {' or '.join(near)}?" if near else UNLIKE_ANY
    click.echo(f"unknown: no event known at that moment mentions {tag}; {advice}", err=True)
    context.exit(NO)

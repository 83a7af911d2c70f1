"""What the commands that ask have in common: whom they ask about, the day and the state of knowledge, the refusals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NoReturn, TypeVar

import click
import sqlalchemy as sa

from events import subjects
from events.dates import DateFault, Period, period
from events.log import microseconds
from events.queries import InvalidMoment, Moment, Queries, Question, names
from service.cli import NO, nearest

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

UNLIKE_ANY: Final = "see whether it is spelt so; a shell completes identifiers (`orgline completion --help`)"


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
        told = fault.message.replace("known_at=", f"{option} ", 1)
        raise InvalidMoment(f"{told}; or leave it out, for what is known now") from fault


def name_of(reads: Queries, connection: sa.Connection, tag: str, asked: Question) -> str:
    """What a subject is called on the last of the days that are asked about."""
    wanted = (tag, asked.moment.position, asked.as_of.last)
    return names.lookup(reads, connection, [wanted])[wanted]


def unknown(context: click.Context, connection: sa.Connection, tag: str) -> NoReturn:
    """Say that nothing is known of a subject, and what may have been meant; the answer is no."""
    kind, slug = subjects.split(tag)
    first = nearest.mentioned_at(connection, kind, slug)
    if first is not None:
        advice = f"it is known since position {first}: ask with --known-at {first}, or a later one"
    else:
        near = nearest.near(connection, kind, slug)
        advice = f"did you mean {' or '.join(near)}?" if near else UNLIKE_ANY
    click.echo(f"unknown: no event known at that moment mentions {tag}; {advice}", err=True)
    context.exit(NO)

"""What `orgline diff` prints: what changed about an organisation between two days, or in what is known of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import click
import msgspec
import sqlalchemy as sa

from events.date_words import edtf_in_words
from events.dates import Period, iso
from events.errors import OrglineError
from events.queries import Queries, Question, answers, changes, learned
from events.queries.answers import AsOf, Bounds
from events.queries.changes import Change
from events.queries.concerning import Said
from events.queries.learned import Known, Learned
from service.cli import asking, opening, structured, tables
from service.histories import Changes, Lessons
from service.settings import Settings

STYLES: Final = {
    "began": "green",
    "ended": "red",
    "replaced": "yellow",
    "appeared": "green",
    "vanished": "red",
    "differs": "yellow",
}
OF_CHANGES: Final = ("date", "change", "what", "value", "certainty")
OF_LESSONS: Final = ("change", "what", "value")
SHOWN_LENGTH_MAX: Final = 100
"""Characters of a value in a table; --json has all of it."""
GIVE: Final = (
    "give --from (and --to) for what changed between two days, or --known-from (and --known-to) for what was learned"
)


class WrongOrder(OrglineError):
    """The end lies before the beginning."""

    code = "wrong-order"


def show(
    context: click.Context,
    settings: Settings,
    tag: str,
    *,
    from_: str | None,
    to: str | None,
    known_at: str | None,
    known_from: str | None,
    known_to: str | None,
    as_of: str | None,
    as_json: bool,
) -> None:
    """Print what changed about an organisation, or what was learned. Raises UsageError where it is not said which."""
    if from_ is None and known_from is None:
        raise click.UsageError(GIVE)
    in_world = [name for name, value in (("--from", from_), ("--to", to), ("--known-at", known_at)) if value]
    asked_log = (("--known-from", known_from), ("--known-to", known_to), ("--as-of", as_of))
    in_log = [name for name, value in asked_log if value]
    if in_world and in_log:
        raise click.UsageError(f"{in_world[0]} and {in_log[0]} are of two kinds of question: {GIVE}")
    with opening.reads(settings) as (reads, connection):
        found: Changes | Lessons | None
        if from_ is not None:
            question = asking.question(reads, connection, None, known_at)
            found = _changed(reads, connection, tag, question, from_, to)
        else:
            question = asking.question(reads, connection, as_of, known_to, "--known-to")
            found = _learned(reads, connection, tag, question, known_from)
        if found is None:
            asking.unknown(context, connection, tag)
        name = asking.name_of(reads, connection, tag, question)
    if as_json:
        structured.show(found)
        return
    click.echo(tables.printable(f"{name} ({tag})"))
    if isinstance(found, Changes):
        click.echo(f"{_days(found.between)}, known at position {found.known_at.position}\n")
        _show(OF_CHANGES, [_of_change(each, tag) for each in found.items])
    else:
        known = f"learned after position {found.known_from.position}, up to {found.known_to.position}"
        click.echo(f"as of {_days(found.as_of)}, {known}\n")
        _show(OF_LESSONS, [_of_lesson(each, tag) for each in found.items])


def _changed(
    reads: Queries, connection: sa.Connection, tag: str, question: Question, from_: str, to: str | None
) -> Changes | None:
    """The same as /organisations/{id}/changes?from=&to=, on one page. Raises DateFault, WrongOrder."""
    first = asking.days("--from", from_).first
    last = question.as_of.last if to is None else asking.days("--to", to).last
    if first > last:
        upto = f"--to {to}" if to is not None else "today, which is the last day where --to is left out"
        raise WrongOrder(f"--from {from_} is after {upto}: give the earlier day in --from")
    first_day, last_day = str(iso(first)), str(iso(last))
    window = Period(first_day if first == last else f"{first_day}/{last_day}", first, last)
    found = changes.between(reads, connection, tag, window, question.moment)
    if found is None:
        return None
    return Changes(found, None, AsOf(window.edtf, first_day, last_day), answers.known_at(question.moment))


def _learned(
    reads: Queries, connection: sa.Connection, tag: str, question: Question, known_from: str | None
) -> Lessons | None:
    """The same as /organisations/{id}/changes?known_from=&known_to=, on one page. Raises InvalidMoment, WrongOrder."""
    later, earlier = question.moment, asking.at(reads, connection, "--known-from", known_from)
    if earlier.position > later.position:
        upto = f"position {later.position}"
        raise WrongOrder(f"--known-from {known_from} is after {upto}: give the earlier moment in --known-from")
    found = learned.between(reads, connection, tag, question.as_of, earlier, later)
    if found is None:
        return None
    return Lessons(found, None, answers.as_of(question), answers.known_at(earlier), answers.known_at(later))


def _show(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    if rows:
        at = columns.index("change")
        tables.show(columns, rows, styles=[STYLES[row[at]] for row in rows])
    else:
        click.echo("nothing")


def _of_change(change: Change, tag: str) -> list[str]:
    value = _turned(_value(change.before), _value(change.after))
    return [_when(change.on), change.change, _what(change, tag), value, change.certainty]


def _of_lesson(lesson: Learned, tag: str) -> list[str]:
    return [lesson.change, _what(lesson, tag), _turned(_known(lesson.before), _known(lesson.after))]


def _what(item: Change | Learned, tag: str) -> str:
    """The slot in words; of whom, where it is not the organisation itself."""
    subject = "" if item.subject == tag else f"{item.subject}:"
    return " ".join(filter(None, (subject, item.property.replace("_", " "), item.key)))


def _turned(before: str, after: str) -> str:
    return f"{before} → {after}" if before and after else before or after


def _known(known: Known | None) -> str:
    """A statement with its dates, which may be all that differs."""
    if known is None:
        return ""
    since = f"since {_when(known.since)}" if known.since else ""
    until = f"until {_when(known.until)}" if known.until else ""
    return "; ".join(filter(None, (_value(known), since, until, known.certainty)))


def _value(said: Said | None) -> str:
    text = "" if said is None else _words(said.value)
    return text if len(text) <= SHOWN_LENGTH_MAX else f"{text[: SHOWN_LENGTH_MAX - 1]}…"


def _words(value: Any) -> str:
    """A value in one line; null, where a statement says only that something holds, as nothing."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return ", ".join(f"{name.replace('_', ' ')} {_words(each)}" for name, each in value.items())
    if isinstance(value, list):
        return "; ".join(map(_words, value))
    return msgspec.json.encode(value).decode()


def _when(bounds: Bounds | None) -> str:
    return "an unknown day" if bounds is None else edtf_in_words(bounds.edtf)


def _days(days: AsOf) -> str:
    return days.earliest if days.earliest == days.latest else f"{days.earliest} to {days.latest}"

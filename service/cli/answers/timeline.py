"""What `orgline timeline` prints: what happened to an organisation, in the order in which it took effect."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

import click
import sqlalchemy as sa

from events import words
from events.dates import END, day
from events.event import Event, Fact, RecordedFact
from events.log import Log
from events.queries import Moment, Queries, names, timeline
from events.queries.timeline import Entry
from service.cli import asking, opening, structured, tables
from service.histories import Timeline
from service.settings import Settings

COLUMNS = ("date", "EDTF", "fact", "position", "corrected")


def show(
    context: click.Context, settings: Settings, tag: str, as_of: str | None, known_at: str | None, as_json: bool
) -> None:
    """Print the timeline of an organisation."""
    with opening.reads(settings) as (reads, connection):
        question = asking.question(reads, connection, as_of, known_at)
        moment, by = question.moment, END if as_of is None else question.as_of.last
        found = timeline.of(reads, connection, tag, moment, 0, sys.maxsize, by)
        if found is None:
            asking.unknown(context, connection, tag)
        if as_json:
            structured.show(Timeline(found.items, None))
            return
        name = asking.name_of(reads, connection, tag, question)
        rows = _rows(reads, connection, found.items, moment)
    click.echo(tables.printable(f"{name} ({tag})"))
    click.echo(f"{len(rows)} facts, known at position {moment.position}\n")
    tables.show(COLUMNS, rows)


def _rows(reads: Queries, connection: sa.Connection, entries: Sequence[Entry], moment: Moment) -> list[list[str]]:
    by_id = Log(reads.database).by_id(connection, [each.corrected_by or each.id for each in entries])
    facts = {each.id: _stands(by_id[each.corrected_by or each.id]) for each in entries}
    called = _Called(moment)
    for each in entries:  # to hear which names the sentences need
        _sentence(facts[each.id], called)
    called.known = names.lookup(reads, connection, called.wanted)
    return [
        [
            words.date_in_words(each.effective) if each.effective else "",
            each.effective.edtf if each.effective else "",
            _sentence(facts[each.id], called),
            str(each.position),
            f"at {by_id[each.corrected_by].position}" if each.corrected_by else "",
        ]
        for each in entries
    ]


def _stands(event: Event) -> RecordedFact:
    """What an event states: a correction, what stands in the place of what it corrects."""
    fact = event.fact
    return fact.data.replacement if event.type == "fact.corrected" else fact


def _sentence(fact: RecordedFact, called: _Called) -> str:
    """The fact in words, without its date."""
    effective = fact.effective
    bound = None if effective is None else effective.earliest or effective.latest
    called.day = END if bound is None else day(bound)
    return words.title(Fact(type=fact.type, data=fact.data), called)


class _Called:
    """What subjects were called on a day, as it is known at a moment; notes whom it is asked about."""

    def __init__(self, moment: Moment) -> None:
        self._position = moment.position
        self.day = END
        self.wanted: set[names.Wanted] = set()
        self.known: Mapping[names.Wanted, str] = {}

    def __call__(self, tag: str) -> str:
        asked = (tag, self._position, self.day)
        self.wanted.add(asked)
        return self.known.get(asked, tag)

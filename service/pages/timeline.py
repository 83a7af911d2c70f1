"""An organisation's timeline for people: the facts that stand, year by year."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import msgspec
import sqlalchemy as sa

from events import words
from events.dates import day
from events.event import RecordedFact, of_instant
from events.facts import tags_of
from events.queries import names
from events.queries.question import Moment
from events.queries.timeline import Entry
from service.node import Node
from service.pages import parts
from service.pages import render as render_template
from service.pages.frame import Frame
from service.pages.parts import ShownSource
from service.pages.texts import TEXTS, fill


class Shown(msgspec.Struct, frozen=True):
    """A fact: its sentence with the date in it, the event that states it, its sources."""

    id: str
    title: str
    corrected: bool
    sources: Sequence[ShownSource]
    note: str | None


class Year(msgspec.Struct, frozen=True):
    """The facts of a year, or those without a date."""

    title: str
    anchor: str
    facts: Sequence[Shown]


def render(
    node: Node,
    connection: sa.Connection,
    slug: str,
    items: Sequence[Entry],
    moment: Moment,
    frame: Frame,
    following: str | None,
    days: str | None,
) -> bytes:
    """A page of the timeline. days: up to which it goes, as the client wrote it."""
    tag = f"organisation/{slug}"
    facts = [RecordedFact(type=each.type, schema="", data=each.data, effective=each.effective) for each in items]
    moments = [(moment.position, _naming_day(node, each)) for each in items]
    today = node.register.today(node.clock())
    wanted = {
        (named, *at)
        for fact, at in zip(facts, moments, strict=True)
        for named in tags_of(fact)
        if not named.startswith("type/")
    }
    found = names.lookup(
        node.queries, connection, wanted | {(tag, moment.position, today)}, moment.generation, drafts=True
    )
    shown = []
    for entry, fact, at in zip(items, facts, moments, strict=True):
        title = words.title(fact, lambda named, at=at: found.get((named, *at), named.partition("/")[2]))
        sources = tuple(parts.source(each) for each in entry.sources)
        shown.append(Shown(entry.corrected_by or entry.id, title, entry.corrected_by is not None, sources, entry.note))
    name = found[tag, moment.position, today]
    return render_template(
        "timeline.html",
        title=fill(TEXTS.timeline.title, name=name),
        name=name,
        frame=parts.followed(frame, tag, name),
        years=list(_by_year(items, shown)),
        days=days,
        next=following,
    )


def _naming_day(node: Node, entry: Entry) -> int:
    bound = None if entry.effective is None else entry.effective.earliest or entry.effective.latest
    return node.register.today(of_instant(entry.recorded_at)) if bound is None else day(bound)


def _by_year(items: Sequence[Entry], shown: Sequence[Shown]) -> Iterator[Year]:
    pairs = zip(map(_year, items), shown, strict=True)
    for year, group in groupby(pairs, key=lambda pair: pair[0]):
        title = TEXTS.timeline.undated if year is None else year
        yield Year(title, f"y{year}" if year else "undated", [each for _, each in group])


def _year(entry: Entry) -> str | None:
    bound = None if entry.effective is None else entry.effective.earliest or entry.effective.latest
    return None if bound is None else bound[:4]

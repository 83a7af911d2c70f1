"""One event for people: what happened, what it is about, what it rests on."""

from __future__ import annotations

from typing import Final

import msgspec
import sqlalchemy as sa

from events import words
from events.event import Event, Source
from events.queries import names
from events.standing import KINDS as AMENDING
from feeds import entry
from service.node import Node
from service.pages import render as render_template

PATHS: Final = {
    "organisation": "/organisations/",
    "person": "/people/",
    "post": "/posts/",
    "plan": "/plans/",
    "initiative": "/initiatives/",
    "target": "/targets/",
    "responsibility": "/responsibilities/",
}
FEEDS: Final = {"organisation": "/feeds/organisations/", "person": "/feeds/people/"}


class Subject(msgspec.Struct, frozen=True):
    """What the event is about; `feed` where there is one about it, without a suffix."""

    kind: str
    name: str
    href: str
    feed: str | None


class ShownSource(msgspec.Struct, frozen=True):
    """A source; `about` says who published it and when."""

    name: str
    href: str | None
    about: str
    quote: str | None


def render(node: Node, connection: sa.Connection, event: Event) -> bytes:
    """The page, with the names that the event's entry in the feeds has."""
    fact = event.fact
    known = node.queries.moments.end_of_append(connection, event.recorded_at)
    day = entry.naming_day(event, node.register)
    found = names.lookup(node.queries, connection, [(tag, known, day) for tag in entry.subject_tags(fact)])
    withdrawn = None
    if event.type == "fact.retracted":
        aim = node.log.by_id(connection, [fact.data.event]).get(fact.data.event)
        withdrawn = aim.fact if aim is not None else None
    made = entry.make(event, lambda tag: found.get((tag, known, day), tag.partition("/")[2]), withdrawn, node.register)
    summary = made.summary.removeprefix(made.title).lstrip(".").strip()
    return render_template(
        "event.html",
        home=node.path_prefix,
        title=made.title,
        summary=summary,
        event=event,
        note=fact.note,
        effective=fact.effective,
        effective_words="" if fact.effective is None else words.date_in_words(fact.effective),
        corrects=fact.data.event if event.type in AMENDING else None,
        subjects=[_subject(each.tag, each.name) for each in made.subjects],
        sources=[_source(source) for source in fact.sources],
    )


def href(tag: str) -> str:
    """The path of a subject's page or state."""
    kind, _, slug = tag.partition("/")
    return PATHS[kind] + slug


def _subject(tag: str, name: str) -> Subject:
    kind, _, slug = tag.partition("/")
    feed = f"{FEEDS[kind]}{slug}" if kind in FEEDS else None
    return Subject(kind, name, href(tag), feed)


def _source(source: Source) -> ShownSource:
    about = ", ".join(filter(None, (source.publisher, source.published)))
    href = None if source.url is None else entry.iri(source.url)
    return ShownSource(source.title or source.url or "", href, about, source.quote)

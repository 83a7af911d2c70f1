"""What pages are put together from: sections of lines, each with its certainty, its days, and what it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from events import words
from events.date_words import in_words, period_shortly
from events.dates import Day, day, parse
from events.event import Effective, Event, Grounds, Source, grounds_of, read_sources
from events.queries import names
from events.queries.answers import DEFINITE, Bounds
from events.queries.question import Question
from feeds import entry
from service.node import Node
from service.pages import paths
from service.pages.frame import Feed
from service.pages.texts import TEXTS, fill

DATES_CACHED: Final = 4_096
SOURCES_CACHED: Final = 4_096
LINES_MAX: Final = 50
"""Shown in one section; the rest is counted."""


class ShownSource(msgspec.Struct, frozen=True):
    """A source; `about` says who published it and when."""

    name: str
    href: str | None
    about: str
    quote: str | None


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a section. tag: the subject that it links to; href: another page. `fine` is said besides, `span` from
    when until when, `since` between which days it began. possible: it may hold, or not. rests_on: the ids of the roots
    of facts; `tells`: the line tells these in their sentences, after its text.
    """

    text: str
    tag: str | None = None
    href: str | None = None
    fine: str = ""
    span: str = ""
    since: Bounds | None = None
    until: Bounds | None = None
    possible: bool = False
    rests_on: tuple[str, ...] = ()
    tells: bool = False


class Proof(msgspec.Struct, frozen=True):
    """What a line rests on: the event whose fact stands, its sources, and the sentence of its fact, where the line
    tells it or rests on others besides.
    """

    id: str
    sources: tuple[ShownSource, ...]
    sentence: str


class Section(msgspec.Struct, frozen=True):
    """A heading with its lines. key: its anchor, and the name of its title in the texts. more: how many are cut."""

    key: str
    title: str
    lines: tuple[Line, ...]
    more: int = 0


def line(item: Any, text: str, *fine: str | None, tag: str | None = None) -> Line:
    """A line about an item of an answer."""
    return Line(
        text=text,
        tag=tag,
        fine=", ".join(filter(None, fine)),
        span=span(item),
        since=getattr(item, "since", None),
        until=getattr(item, "until", None),
        possible=is_possible(item),
        rests_on=getattr(item, "opened_by", ()),
    )


def section(key: str, lines: Sequence[Line]) -> Section:
    """A section, cut where it is too long."""
    return Section(key, getattr(TEXTS.sections, key), tuple(lines[:LINES_MAX]), max(0, len(lines) - LINES_MAX))


def feed(tag: str, title: str) -> Feed:
    """The feed about a subject."""
    path, query = paths.feed(tag)
    return Feed(f"{path}.atom{query}", f"{path}.json{query}", title)


def reference_tag(reference: str) -> str:
    """The tag that a reference means: a bare slug is an organisation's."""
    return reference if "/" in reference else f"organisation/{reference}"


def span(item: Any) -> str:
    """From when until when an item holds, in words."""
    since, until = getattr(item, "since", None), getattr(item, "until", None)
    return _span(since and since.edtf, until and until.edtf)


@lru_cache(DATES_CACHED)
def _span(since: str | None, until: str | None, own: str | None = None) -> str:
    told = (
        since and fill(TEXTS.span.since, date=date(since) if own is None else own),
        until and fill(TEXTS.span.until, date=date(until)),
    )
    return ", ".join(filter(None, told))


def in_own_words(
    found: Iterable[Section], events: Mapping[str, Event], grounds: Mapping[str, Grounds]
) -> list[Section]:
    """The sections with dates told as the facts that lines rest on tell them: "early 2019", with the bounds."""
    dates = {id_: grounds[event.id].effective for id_, event in events.items()}
    own = {id_: date for id_, date in dates.items() if date is not None and date.text}
    if not own:
        return list(found)
    return [
        msgspec.structs.replace(each, lines=tuple([_in_own_words(line, own) for line in each.lines])) for each in found
    ]


def _in_own_words(line: Line, own: Mapping[str, Effective]) -> Line:
    since = line.since
    if since is None:
        return line
    for id_ in line.rests_on:
        effective = own.get(id_)
        if effective is not None and (effective.earliest, effective.latest) == (since.earliest, since.latest):
            told = words_and_bounds(effective)
            return msgspec.structs.replace(line, span=_span(since.edtf, line.until and line.until.edtf, told))
    return line


@lru_cache(DATES_CACHED)
def words_and_bounds(effective: Effective) -> str:
    """The date of a fact in words; where those are its own, with its bounds."""
    told = words.date_in_words(effective)
    if not effective.text or effective.earliest is None or effective.latest is None:
        return told
    bounds = period_shortly(day(effective.earliest), day(effective.latest))
    return told if bounds == told else str(fill(TEXTS.span.own, words=told, bounds=bounds))


@lru_cache(DATES_CACHED)
def date(edtf: str) -> str:
    """A date in words."""
    return in_words(parse(edtf))


def is_possible(item: Any) -> bool:
    """Whether an item may hold, or not."""
    return getattr(item, "certainty", None) not in (None, DEFINITE)


class Names:
    """What subjects are called on the last day that is asked for (`now`), and what events state (`sentence`)."""

    def __init__(self, node: Node, found: Mapping[names.Wanted, str], question: Question) -> None:
        self._node, self._found, self._question = node, found, question

    def now(self, tag: str) -> str:
        """On the last day that is asked for."""
        return self._found[tag, self._question.moment.position, self._question.as_of.last]

    def of(self, event: Event) -> words.Names:
        """On the day that the fact which the event states is told by."""
        return self.at(self._question.moment.position, naming_day(self._node, event))

    def at(self, position: int, day: Day) -> words.Names:
        """As known at a position on a day."""
        return lambda tag: self._found.get((tag, position, day), tag.partition("/")[2])

    def sentence(self, event: Event) -> str:
        """The fact that the event states, of a correction the one that it puts in place."""
        return words.title(event.stated, self.of(event))


def named(
    node: Node,
    connection: sa.Connection,
    tags: Iterable[str],
    events: Iterable[Event],
    question: Question,
    also: Iterable[names.Wanted] = (),
) -> Names:
    """The names of these subjects, of those of these events, and of `also` wanted ones: one read for all."""
    position = question.moment.position
    wanted = {*also, *((tag, position, question.as_of.last) for tag in tags)}
    for event in events:
        day = naming_day(node, event)
        wanted |= {(tag, position, day) for tag in entry.subject_tags(event.fact)}
    found = names.lookup(node.queries, connection, wanted, question.moment.generation, drafts=True) if wanted else {}
    return Names(node, found, question)


def called(node: Node, connection: sa.Connection, tags: Iterable[str], question: Question) -> Mapping[str, str]:
    """What subjects are called on the last day that is asked for."""
    wanted = set(tags)
    found = named(node, connection, wanted, (), question)
    return {tag: found.now(tag) for tag in wanted}


def name_all(node: Node, connection: sa.Connection, kind: str, items: Iterable[Any], question: Question) -> None:
    """Give organisations (items with `id` and `name`) that no fact names the name that a plan intends for them."""
    nameless = [each for each in items if each.name == each.id] if kind == "organisation" else []
    if nameless:
        found = called(node, connection, [f"{kind}/{each.id}" for each in nameless], question)
        for each in nameless:
            each.name = found[f"{kind}/{each.id}"]


def naming_day(node: Node, event: Event) -> Day:
    """The day by whose names the fact that an event states is told."""
    return entry.naming_day_of(event.stated.effective, event.recorded_at, node.register)


def rests_on(sections: Iterable[Section]) -> set[str]:
    """The ids of the roots of the facts that the lines shown rest on."""
    return {id_ for each in sections for line in each.lines for id_ in line.rests_on}


def told(sections: Iterable[Section], events: Mapping[str, Event]) -> list[Event]:
    """The events whose facts are told in sentences: by lines that tell them, or that rest on several facts."""
    lines = [line for each in sections for line in each.lines]
    facts = [(line, distinct(line.rests_on, events)) for line in lines if line.tells or len(line.rests_on) > 1]
    return [event for line, found in facts if line.tells or len(found) > 1 for event in found]


def grounds(events: Iterable[Event]) -> dict[str, Grounds]:
    """The grounds of these facts, by the ids of their events."""
    return {event.id: grounds_of(event.body) for event in events}


def proofs(
    sections: Iterable[Section], events: Mapping[str, Event], grounds: Mapping[str, Grounds], called: Names
) -> dict[tuple[str, ...], list[Proof]]:
    """What the lines that are shown rest on, by the ids that they give. events: those that stand, with their `grounds`;
    `called` knows the names of those that are told.
    """
    found = {}
    for line in (line for each in sections for line in each.lines if line.rests_on):
        facts = distinct(line.rests_on, events)
        spoken = line.tells or len(facts) > 1
        found[line.rests_on] = [
            Proof(event.id, sources_of(grounds[event.id]), called.sentence(event) if spoken else "") for event in facts
        ]
    return found


def distinct(ids: Iterable[str], events: Mapping[str, Event]) -> list[Event]:
    """The events that stand for these ids, each once: a statement names a root and its correction."""
    return list({events[id_].id: events[id_] for id_ in ids}.values())


def sources_of(found: Grounds) -> tuple[ShownSource, ...]:
    """What a fact rests on; of a correction what that puts in place rests on too."""
    if len(found.sources) == 1:
        return _shown(*found.sources)
    return tuple(dict.fromkeys(each for cited in found.sources for each in _shown(cited)))


@lru_cache(SOURCES_CACHED)
def _shown(cited: bytes) -> tuple[ShownSource, ...]:
    """The sources in a JSON array, each once: most are cited again and again."""
    return tuple(dict.fromkeys(map(source, read_sources(cited))))


@lru_cache(SOURCES_CACHED)
def source(given: Source) -> ShownSource:
    """A source as it is shown; its address only where it is one that can be opened."""
    about = ", ".join(filter(None, (given.publisher, date(given.published) if given.published else None)))
    address = None if given.url is None else entry.iri(given.url)
    safe = address if address is not None and address.startswith(("http://", "https://")) else None
    return ShownSource(given.title or given.url or "", safe, about, given.quote)

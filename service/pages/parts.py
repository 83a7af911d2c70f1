"""What pages are put together from: sections of lines, each with its certainty, its days, and what it rests on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from events import words
from events.date_words import edtf_in_words, period_shortly
from events.dates import Day, day, parse
from events.event import Effective, Event, Grounds, Source, grounds_of, read_sources
from events.queries import names
from events.queries.answers import DEFINITE, AsOf, Bounds
from events.queries.question import Question
from feeds import entry
from service.node import Node
from service.pages import paths
from service.pages.frame import Feed, Frame
from service.pages.texts import TEXTS, fill

DATES_CACHED: Final = 4_096
SOURCES_CACHED: Final = 4_096
CLOSING: Final = frozenset(
    {"organisation.merged", "organisation.split", "organisation.replaced", "organisation.dissolved"}
)
"""The types of facts that close an organisation, and so end what there is of it besides."""
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
    when, `since` between which days it began, `until` when. possible: it may hold, or not. rests_on: the ids of the
    roots of facts; `tells`: the line tells these in their sentences, after its text. ended_by: likewise, what ended it.
    """

    text: str
    tag: str | None = None
    href: str | None = None
    fine: str = ""
    span: str = ""
    since: Bounds | None = None
    until: str = ""
    possible: bool = False
    rests_on: tuple[str, ...] = ()
    tells: bool = False
    ended_by: tuple[str, ...] = ()


class Proof(msgspec.Struct, frozen=True):
    """What a line rests on: the event whose fact stands, its sources, and the sentence of its fact, where the line
    tells it or rests on others besides.
    """

    id: str
    sources: tuple[ShownSource, ...]
    sentence: str


class End(msgspec.Struct, frozen=True):
    """The event whose fact ended what a line tells, and why that is concluded where the fact does not say so itself."""

    id: str
    why: str


class Section(msgspec.Struct, frozen=True):
    """A heading with its lines. key: its anchor, and the name of its title in the texts. more: how many are cut."""

    key: str
    title: str
    lines: tuple[Line, ...]
    more: int = 0


def line(item: Any, text: str, *fine: str | None, tag: str | None = None) -> Line:
    """A line about an item of an answer."""
    since, until = _sides(item)
    return Line(
        text=text,
        tag=tag,
        fine=", ".join(filter(None, fine)),
        span=_since(since.edtf) if since is not None else "",
        since=since,
        until=_until(until.edtf) if until is not None else "",
        possible=is_possible(item),
        rests_on=getattr(item, "opened_by", ()),
        ended_by=getattr(item, "closed_by", ()) if until is not None else (),
    )


def section(key: str, lines: Sequence[Line]) -> Section:
    """A section, cut where it is too long."""
    return Section(key, getattr(TEXTS.sections, key), tuple(lines[:LINES_MAX]), max(0, len(lines) - LINES_MAX))


def feed(tag: str, title: str) -> Feed:
    """The feed about a subject."""
    path, query = paths.feed(tag)
    return Feed(f"{path}.atom{query}", f"{path}.json{query}", title)


def followed(frame: Frame, tag: str, name: str) -> Frame:
    """The frame with the feed about a subject."""
    return msgspec.structs.replace(frame, feeds=(feed(tag, name),))


def reference_tag(reference: str) -> str:
    """The tag that a reference means: a bare slug is an organisation's."""
    return reference if "/" in reference else f"organisation/{reference}"


def span(item: Any) -> str:
    """From when until when an item holds, in words."""
    since, until = _sides(item)
    told = (_since(since.edtf) if since is not None else "", _until(until.edtf) if until is not None else "")
    return ", ".join(filter(None, told))


def _sides(item: Any) -> tuple[Bounds | None, Bounds | None]:
    return getattr(item, "since", None), getattr(item, "until", None)


@lru_cache(DATES_CACHED)
def _since(edtf: str) -> str:
    return fill(TEXTS.span.since, date=date(edtf))


@lru_cache(DATES_CACHED)
def _until(edtf: str) -> str:
    return fill(TEXTS.span.until, date=date(edtf))


def in_own_words(
    found: Iterable[Section], events: Mapping[str, Event], grounds: Mapping[str, Grounds]
) -> list[Section]:
    """The sections with dates told as the facts that lines rest on tell them: "early 2019", with the bounds."""
    dates = {id_: grounds[event.id].effective for id_, event in events.items()}
    own = {id_: date for id_, date in dates.items() if date is not None and date.text}
    return [
        msgspec.structs.replace(each, lines=tuple([_in_own_words(line, own) for line in each.lines]))
        if any(not own.keys().isdisjoint(line.rests_on) for line in each.lines)
        else each
        for each in found
    ]


def _in_own_words(line: Line, own: Mapping[str, Effective]) -> Line:
    since = line.since
    if since is None:
        return line
    for id_ in line.rests_on:
        effective = own.get(id_)
        if effective is not None and (effective.earliest, effective.latest) == (since.earliest, since.latest):
            return msgspec.structs.replace(line, span=_since_in_words(effective))
    return line


@lru_cache(DATES_CACHED)
def _since_in_words(effective: Effective) -> str:
    return fill(TEXTS.span.since, date=words_and_bounds(effective))


@lru_cache(DATES_CACHED)
def words_and_bounds(effective: Effective) -> str:
    """The date of a fact in words; where those are its own, with its bounds."""
    told = words.date_in_words(effective)
    if not effective.text or effective.earliest is None or effective.latest is None:
        return told
    bounds = period_shortly(day(effective.earliest), day(effective.latest))
    return told if bounds == told else str(fill(TEXTS.span.own, words=told, bounds=bounds))


date = edtf_in_words
"""A date in words."""


@lru_cache(DATES_CACHED)
def _latest(edtf: str) -> Day:
    return parse(edtf).latest


def has_passed(edtf: str, days: AsOf) -> bool:
    """Whether a date is over before the first of the days that are asked for."""
    return _latest(edtf) < day(days.earliest)


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


def ended_by(sections: Iterable[Section], *, alone: bool) -> set[str]:
    """The ids of the roots of the facts that ended what the lines tell; those that did so `alone` only if wanted: their
    pages lead by themselves to what stands.
    """
    lines = (line for each in sections for line in each.lines)
    return {id_ for line in lines if alone or len(line.ended_by) > 1 for id_ in line.ended_by}


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


def ends(
    sections: Iterable[Section], events: Mapping[str, Event], grounds: Mapping[str, Grounds], closings: Iterable[str]
) -> dict[tuple[str, ...], End]:
    """What ended what the lines that are shown tell, by the ids that they give; of several facts the first. events:
    those that stand, with their `grounds`, as far as they were read; closings: what closed the organisation that the
    page is about.
    """
    found, known = {}, set(closings)
    for ids in {line.ended_by for each in sections for line in each.lines if line.ended_by}:
        id_, concluded = ids[0], not known.isdisjoint(ids)
        if id_ in events:
            first = min(distinct(ids, events), key=lambda event: _upper(grounds[event.id].effective))
            id_, concluded = first.id, first.stated.type in CLOSING
        found[ids] = End(id_, TEXTS.span.concluded if concluded else "")
    return found


def _upper(effective: Effective | None) -> tuple[bool, str, str]:
    """By what comes first of several ends."""
    latest = None if effective is None else effective.latest
    return latest is None, latest or "", (effective and effective.earliest) or ""


def distinct(ids: Collection[str], events: Mapping[str, Event]) -> list[Event]:
    """The events that stand for these ids, each once: a statement names a root and its correction."""
    if len(ids) == 1:  # most lines
        return [events[id_] for id_ in ids]
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

"""One event as an entry of a feed, in no particular format.

An entry is a pure function of the event, of the names that its subjects had when the append that holds it was done, and
of the register's own. So it is the same whenever, wherever and by whatever version of the libraries it is made.
"""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

import msgspec

from events import dates, words
from events.dates import Day
from events.event import Effective, Event, RecordedFact, Source
from events.register import Register
from events.standing import KINDS as AMENDMENTS
from feeds.changed import Change


class Link(msgspec.Struct, frozen=True):
    """An address outside the feed, and what it is called there."""

    href: str
    title: str | None = None


class Subject(msgspec.Struct, frozen=True):
    """What an event is about: its tag, such as `organisation/nhsx`, and the name it went by."""

    tag: str
    name: str


class Entry(msgspec.Struct, frozen=True):
    """One event, ready to be written in any format."""

    id: str  # urn:uuid:…
    title: str
    summary: str
    updated: int  # microseconds since 1970 UTC
    page: str  # where people read it
    corrects: str | None  # the page of the event that this one corrects or retracts
    changes: tuple[Change, ...]  # what was before, and is now
    sources: tuple[Link, ...]
    unlinked: tuple[str, ...]  # the titles of sources that have no address
    subjects: tuple[Subject, ...]
    effective: Effective | None
    event: Event


def make(
    event: Event,
    names: words.Names,
    amended: RecordedFact | None,
    register: Register,
    changes: tuple[Change, ...] = (),
) -> Entry:
    """The entry of an event. `names` gives names as on its `naming_day`; `amended` is what a retraction withdraws."""
    fact = event.fact
    return Entry(
        id=f"urn:uuid:{event.id}",
        title=words.title(fact, names, amended),
        summary=words.summary(fact, names, amended),
        updated=event.recorded_at,
        page=page(register, event.id),
        corrects=page(register, fact.data.event) if event.type in AMENDMENTS else None,
        changes=changes,
        sources=tuple(_sources(fact)),
        unlinked=tuple(source.title for source in fact.sources if source.title and not _linked(source)),
        subjects=tuple(Subject(tag, names(tag)) for tag in subject_tags(fact)),
        effective=fact.effective,
        event=event,
    )


def page(register: Register, event_id: str) -> str:
    """The address where people read an event."""
    return f"{register.base_url}/events/{event_id}"


def subject_tags(fact: RecordedFact) -> list[str]:
    """The tags of a fact that name subjects."""
    return [tag for tag in fact.tags if not tag.startswith("type/")]


def naming_day(event: Event, register: Register) -> Day:
    """The day whose names an entry uses.

    It is the first on which the fact may have taken effect; the last, where the first is open; the day on which it was
    recorded, where there is no bound at all.
    """
    return naming_day_of(event.fact.effective, event.recorded_at, register)


def naming_day_of(effective: Effective | None, recorded_at: int, register: Register) -> Day:
    """The same, by what it depends on: the effective date, and when it was recorded (microseconds since 1970 UTC)."""
    bound = None if effective is None else effective.earliest or effective.latest
    return register.today(recorded_at) if bound is None else dates.day(bound)


def _sources(fact: RecordedFact) -> list[Link]:
    return [Link(href, source.title) for source in fact.sources if (href := _linked(source)) is not None]


def _linked(source: Source) -> str | None:
    return None if source.url is None else iri(source.url)


def iri(url: str) -> str | None:
    """The URL with all that an IRI (RFC 3987) forbids percent-encoded; None where that does not make it one."""
    href = _NO_IRI.sub(lambda found: quote(found[0]), url)
    try:
        return href if urlsplit(href).hostname else None
    except ValueError:  # an IPv6 address without its closing bracket, for instance
        return None


_NO_IRI = re.compile(r"[^\w\-.~:/?#\[\]@!$&'()*+,;=%]|%(?![0-9A-Fa-f]{2})")

"""Which events of the log are asked for, by tags, types and effective dates, and the reading of them."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Final

import msgspec
import sqlalchemy as sa

from events import subjects
from events.dates import BEGINNING, END, DateFault, Day, day, period
from events.dcb import Query, QueryItem
from events.event import Effective, Event
from events.log import Log
from events.subjects import SubjectFault
from events.vocabulary import TYPES
from events.vocabulary.defined import is_type_name
from service.problems import InvalidParameter

SCANNED_MAX: Final = 20_000
"""Events that one page looks at for those within the effective dates that are asked for."""
SCANNED_AT_ONCE: Final = 1_000
TAGS_MAX: Final = 20  # in one query
TYPES_MAX: Final = 100


class Selection(msgspec.Struct, frozen=True):
    """Which events are asked for; `first` and `last` are bounds of the effective date, where there are any."""

    tags: tuple[str, ...]
    types: tuple[str, ...]
    first: Day
    last: Day
    parameters: tuple[tuple[str, str], ...]  # as they were given, for the address of the next page

    @property
    def item(self) -> QueryItem:
        """What the events must bear, the dates aside."""
        return QueryItem(self.types, self.tags)

    @property
    def query(self) -> Query:
        """The query of the log."""
        return Query((self.item,))

    @property
    def dated(self) -> bool:
        """Whether effective dates are looked at."""
        return self.first > BEGINNING or self.last < END

    def holds(self, event: Event) -> bool:
        """Whether the event may have taken effect within the bounds."""
        effective = _dated(event.body).effective
        if effective is None:
            return False
        earliest = BEGINNING if effective.earliest is None else day(effective.earliest)
        latest = END if effective.latest is None else day(effective.latest)
        return earliest <= self.last and latest >= self.first


def selected(
    tags: list[str] | None, types: list[str] | None, since: str | None = None, until: str | None = None
) -> Selection:
    """What the parameters mean. Raises InvalidParameter."""
    tags, types = tags or [], types or []
    if len(tags) > TAGS_MAX or len(types) > TYPES_MAX:
        raise InvalidParameter(f"at most {TAGS_MAX} tags and {TYPES_MAX} types")
    for tag in tags:
        check_tag(tag)
    for type_ in types:
        _check_type(type_)
    named = (("effective_from", since), ("effective_to", until))
    return Selection(
        tuple(tags),
        tuple(types),
        BEGINNING if since is None else _days("effective_from", since)[0],
        END if until is None else _days("effective_to", until)[1],
        (
            *(("tag", tag) for tag in tags),
            *(("type", type_) for type_ in types),
            *((name, text) for name, text in named if text is not None),
        ),
    )


def scan(
    log: Log, connection: sa.Connection, selection: Selection, after: int, limit: int, head: int
) -> tuple[list[Event], int]:
    """At most `limit` events after a position, and the last position that was looked at."""
    if not selection.dated:
        page = log.page(connection, selection.query, after=after, limit=limit, upto=head)
        return list(page.records), page.head
    found: list[Event] = []
    scanned = 0
    position = after
    while position < head and scanned < SCANNED_MAX:
        page = log.page(connection, selection.query, after=position, limit=SCANNED_AT_ONCE, upto=head)
        for event in page.records:
            if selection.holds(event):
                found.append(event)
                if len(found) == limit:
                    return found, event.position
        scanned += len(page.records)
        position = page.head
    return found, max(position, after) if position < head else head


class _Dated(msgspec.Struct):
    effective: Effective | None = None


_dated = msgspec.json.Decoder(_Dated).decode


def check_tag(tag: str) -> None:
    """Raises InvalidParameter where a text is no tag of a subject or of a type."""
    if tag.startswith("type/"):
        _check_type(tag.removeprefix("type/"))
        return
    try:
        subjects.split(tag)
    except SubjectFault as fault:
        raise InvalidParameter(f"tag: {fault.message}") from fault


def _check_type(name: str) -> None:
    if name not in TYPES and not is_type_name(name):
        near = get_close_matches(name, TYPES, 1)
        advice = f"did you mean {near[0]}?" if near else "GET /types lists those that there are"
        raise InvalidParameter(f"there is no type {subjects.shown(name)}; {advice}")


def _days(parameter: str, text: str) -> tuple[Day, Day]:
    try:
        asked = period(text)
    except DateFault as fault:
        raise InvalidParameter(f"{parameter}: {fault.message}") from fault
    return asked.first, asked.last

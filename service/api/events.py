"""Events: read the log by tags, types and effective dates, and one event as JSON or a page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from difflib import get_close_matches
from typing import Annotated, Any, Final

import msgspec
import sqlalchemy as sa
from litestar import Controller, Request, get
from litestar.params import FromPath, QueryParameter

from events import event as envelope
from events import subjects
from events.dates import BEGINNING, END, DateFault, Day, day, period
from events.dcb import Query, QueryItem
from events.event import Effective, Event
from events.subjects import SubjectFault
from events.vocabulary import TYPES
from events.vocabulary.defined import is_type_name
from service import caching, paging
from service.access.authority import reads_allowed
from service.answers import HTML, JSON, NDJSON, Answer, Streamed, described
from service.api import appending, event_history
from service.api.appending import RecordedEvent
from service.api.event_history import known_id
from service.api.subjects import cache_control
from service.negotiation import accepts, chosen
from service.node import Node
from service.pages import event as event_page
from service.parameters import LIMIT_DEFAULT, READING, AnyLimit, Reading, Tags, Types
from service.problems import InvalidParameter, NotFound

SCANNED_MAX: Final = 20_000
"""Events that one page looks at for those within the effective dates that are asked for."""
SCANNED_AT_ONCE: Final = 1_000
TAGS_MAX: Final = 20  # in one query
TYPES_MAX: Final = 100


class Events(msgspec.Struct, frozen=True):
    """A page of the log. `position` is the last one scanned: what comes later lies after it."""

    items: list[RecordedEvent]
    next: str | None
    position: int


class EventsController(Controller):
    """The log of facts."""

    path = "/events"
    tags = ("Events",)
    dependencies = READING

    append = appending.append
    history = event_history.read

    @get(
        guards=(reads_allowed,),
        operation_id="list_events",
        summary="The log in the order of its positions, whole or by tags, types and effective dates.",
        responses={200: described(Events, "A page; with Accept: application/x-ndjson all, one a line.")},
    )
    async def list(
        self,
        request: Request[Any, Any, Any],
        node: Reading,
        after: Annotated[int, QueryParameter(ge=0, le=2**53, description="Only events after this position.")] = 0,
        limit: AnyLimit = None,
        tag: Tags = None,
        type_: Types = None,
        effective_from: Annotated[
            str | None, QueryParameter(description="Only facts that may have taken effect then (EDTF) or later.")
        ] = None,
        effective_to: Annotated[
            str | None, QueryParameter(description="Only facts that may have taken effect then (EDTF) or earlier.")
        ] = None,
    ) -> Answer | Streamed:
        """Reads the log. Who has read up to `position` has missed nothing and goes on with `after` from there."""
        selection = _selection(tag or [], type_ or [], effective_from, effective_to)
        if accepts(request, NDJSON):
            if request.scope["state"].get("bodiless"):
                return Answer(media_type=NDJSON)
            return Streamed(_lines(node, selection, after, limit), media_type=NDJSON)
        size = paging.page_size(node.settings, limit or min(LIMIT_DEFAULT, node.settings.page_max))
        return await node.reads(_page, node, request, selection, after, size)

    @get(
        "/{event_id:str}",
        guards=(reads_allowed,),
        operation_id="read_event",
        summary="One event; as a page where HTML is preferred.",
        responses={200: described(RecordedEvent, "The event.")},
    )
    async def read(self, request: Request[Any, Any, Any], node: Reading, event_id: FromPath[str]) -> Answer:
        """One event as it was recorded, by its id."""
        return await node.reads(_read, node, request, event_id)


class Selection(msgspec.Struct, frozen=True):
    """Which events are asked for; `first` and `last` are bounds of the effective date, where there are any."""

    tags: tuple[str, ...]
    types: tuple[str, ...]
    first: Day
    last: Day
    parameters: tuple[tuple[str, str], ...]  # as they were given, for the address of the next page

    @property
    def query(self) -> Query:
        """The query of the log."""
        return Query((QueryItem(self.types, self.tags),))

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


class _Dated(msgspec.Struct):
    effective: Effective | None = None


_dated = msgspec.json.Decoder(_Dated).decode


def _selection(tags: list[str], types: list[str], since: str | None, until: str | None) -> Selection:
    """What the parameters mean. Raises InvalidParameter."""
    if len(tags) > TAGS_MAX or len(types) > TYPES_MAX:
        raise InvalidParameter(f"at most {TAGS_MAX} tags and {TYPES_MAX} types")
    for tag in tags:
        _check_tag(tag)
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


def _check_tag(tag: str) -> None:
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


def _page(node: Node, request: Request[Any, Any, Any], selection: Selection, after: int, limit: int) -> Answer:
    with node.database.snapshot() as connection:
        head = node.log.head_on(connection).position
        etag = caching.weak_etag(selection, after, limit, head, caching.REPRESENTATION)
        control = cache_control(node, immutable=False)
        if caching.unchanged(request, etag):
            return caching.not_modified(etag, control)
        events, position = _scan(node, connection, selection, after, limit, head)
    following = None
    if position < head:
        given = [*selection.parameters, ("after", position), ("limit", limit)]
        following = paging.next_url(node.register, "/events", given)
    body = b'{"items":[%b],"next":%b,"position":%d}' % (
        b",".join(map(envelope.json, events)),
        msgspec.json.encode(following),
        position,
    )
    headers = [
        *caching.headers(etag, control),
        ("orgline-position", str(position)),
        *paging.next_links(following),
    ]
    return Answer(body, headers=headers)


def _scan(
    node: Node, connection: sa.Connection, selection: Selection, after: int, limit: int, head: int
) -> tuple[list[Event], int]:
    """At most `limit` events after a position, and the last position that was looked at."""
    if not selection.dated:
        page = node.log.page(connection, selection.query, after=after, limit=limit, upto=head)
        return list(page.records), page.head
    found: list[Event] = []
    scanned = 0
    position = after
    while position < head and scanned < SCANNED_MAX:
        page = node.log.page(connection, selection.query, after=position, limit=SCANNED_AT_ONCE, upto=head)
        for event in page.records:
            if selection.holds(event):
                found.append(event)
                if len(found) == limit:
                    return found, event.position
        scanned += len(page.records)
        position = page.head
    return found, max(position, after) if position < head else head


async def _lines(node: Node, selection: Selection, after: int, limit: int | None) -> AsyncIterator[bytes]:
    """All events up to the head as it is now, one a line; each part is one read."""
    head = (await node.reads(node.log.head)).position
    left = limit
    position = after
    while position < head and left != 0:
        size = node.settings.page_max if left is None else min(left, node.settings.page_max)
        events, position = await node.reads(_part, node, selection, position, size, head)
        left = None if left is None else left - len(events)
        if events:
            yield b"".join(envelope.json(event) + b"\n" for event in events)


def _part(node: Node, selection: Selection, after: int, limit: int, head: int) -> tuple[list[Event], int]:
    with node.database.snapshot() as connection:
        return _scan(node, connection, selection, after, limit, head)


def _read(node: Node, request: Request[Any, Any, Any], event_id: str) -> Answer:
    id_ = known_id(event_id)
    with node.database.snapshot() as connection:
        event = node.log.by_id(connection, [id_]).get(id_)
        if event is None:
            raise NotFound(f"no event bears the id {id_}")
        if chosen(request, "json", "html") == "html":
            head = node.log.head_on(connection).position
            etag = caching.weak_etag(event_id, head, "html", caching.REPRESENTATION)
            if caching.unchanged(request, etag):
                return caching.not_modified(etag, caching.PERSONAL)
            page = event_page.render(node, connection, event)
            return Answer(page, media_type=HTML, headers=caching.headers(etag, caching.PERSONAL))
    body = envelope.json(event)
    etag = caching.strong_etag(body)
    control = cache_control(node, immutable=False)
    if caching.unchanged(request, etag):
        return caching.not_modified(etag, control)
    return Answer(body, media_type=JSON, headers=caching.headers(etag, control))

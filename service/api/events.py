"""Events: read the log by tags, types and effective dates, and one event as JSON or a page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

import msgspec
from litestar import Controller, Request, get
from litestar.params import FromPath, QueryParameter

from events import event as envelope
from events.event import Event
from events.queries import history
from feeds import cloudevents
from service import caching, paging
from service.access.authority import reads_allowed
from service.answers import HTML, JSON, NDJSON, Answer, Streamed, described
from service.api import about, appending, event_history, following
from service.api.appending import RecordedEvent
from service.api.event_history import known_id
from service.api.following import Wait
from service.api.selecting import Selection, scan, selected
from service.api.subjects import cache_control
from service.negotiation import accepts, chosen, prefers_html
from service.node import Node
from service.pages import event as event_page
from service.pages import event_list
from service.pages import frame as framing
from service.pages.curating import panel
from service.parameters import LIMIT_DEFAULT, READING, AnyLimit, Reading, Tags, Types
from service.problems import InvalidParameter, NotFound, PositionBeyondHead


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
    stream = following.stream

    @get(
        guards=(reads_allowed,),
        operation_id="list_events",
        summary="The log in the order of its positions, whole or by tags, types and effective dates.",
        responses={
            200: described(
                Events,
                "A page; with Accept: application/x-ndjson all, one a line; with Accept: "
                "application/cloudevents-batch+json a page as a batch of CloudEvents, and the header Link leads on.",
            )
        },
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
        wait: Wait = None,
    ) -> Answer | Streamed:
        """Reads the log. Who has read up to `position` has missed nothing and goes on with `after` from there. After a
        position that the log does not have there is nothing to read: it is of another log, or this one was put back.

        With `wait` the answer comes once there is something after `after`, or when that time is over.
        """
        named = about.name(tag or []) if prefers_html(request) else None
        if named is not None:
            return await node.reads.long(about.choose, node, request, named)
        asked = selected(tag, type_, effective_from, effective_to)
        if accepts(request, NDJSON):
            if wait is not None:
                raise InvalidParameter("wait is for pages: leave it out, or accept application/json")
            if request.scope["state"].get("bodiless"):
                return Answer(media_type=NDJSON)
            await following.check(node, after)
            return Streamed(_lines(node, asked, after, limit), media_type=NDJSON)
        size = paging.page_size(node.settings, limit or min(LIMIT_DEFAULT, node.settings.page_max))
        as_batch = accepts(request, cloudevents.BATCH)
        if wait is not None:
            if as_batch:
                raise InvalidParameter("wait is for pages in JSON: leave it out, or accept application/json")
            return await following.awaited(node, request, asked, after, size, wait)
        form = "batch" if as_batch else chosen(request, "json", "html")
        return await node.reads(_page, node, request, asked, after, size, form)

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


def _page(
    node: Node, request: Request[Any, Any, Any], selection: Selection, after: int, limit: int, form: str
) -> Answer:
    with node.database.snapshot() as connection:
        at_head = node.log.head_on(connection)
        head = at_head.position
        if after > head:
            raise PositionBeyondHead(after, head)
        today = node.register.today(node.clock()) if form == "html" else None  # people are told of subjects as of today
        depends = (selection, after, limit, head, at_head.recorded_at, today)
        etag = caching.weak_etag(depends, form, caching.REPRESENTATION)
        control = caching.PERSONAL if form == "html" else cache_control(node, immutable=False)
        if caching.unchanged(request, etag):
            return caching.not_modified(etag, control)
        events, position = scan(node.log, connection, selection, after, limit, head)
        next_ = following.next_page(node, selection, position, limit, head)
        if form == "html":
            tag, type_ = next(iter(selection.tags), None), next(iter(selection.types), None)
            around = framing.of(node, request, "/events")
            question = node.queries.question(connection, None, None, node.clock())
            page = event_list.render(node, connection, events, question, around, next_, tag=tag, type_=type_)
            return Answer(page, media_type=HTML, headers=caching.headers(etag, control))
    if form == "batch":
        headers = [*caching.headers(etag, control), ("orgline-position", str(position)), *paging.next_links(next_)]
        return Answer(cloudevents.batch(node.register, events), media_type=cloudevents.BATCH, headers=headers)
    return following.page(map(envelope.json, events), next_, position, caching.headers(etag, control))


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
        return scan(node.log, connection, selection, after, limit, head)


def _read(node: Node, request: Request[Any, Any, Any], event_id: str) -> Answer:
    id_ = known_id(event_id)
    if chosen(request, "json", "html") == "html":
        return _read_page(node, request, id_)
    with node.database.snapshot() as connection:
        event = node.log.by_id(connection, [id_]).get(id_)
    if event is None:
        raise NotFound(_NOT_FOUND.format(id=id_))
    body = envelope.json(event)
    etag = caching.strong_etag(body)
    control = cache_control(node, immutable=False)
    if caching.unchanged(request, etag):
        return caching.not_modified(etag, control)
    return Answer(body, media_type=JSON, headers=caching.headers(etag, control))


def _read_page(node: Node, request: Request[Any, Any, Any], id_: str) -> Answer:
    with node.database.snapshot() as connection:
        question = node.queries.question(connection, None, None, node.clock())
        etag = caching.weak_etag(id_, question.moment.last, "html", caching.REPRESENTATION)
        if caching.unchanged(request, etag):
            return caching.not_modified(etag, caching.PERSONAL)
        chain = history.of(node.queries, node.log, connection, id_, question.moment)
        if chain is None:
            raise NotFound(_NOT_FOUND.format(id=id_))
        event = chain.member(id_).event
        frame = framing.of(node, request, f"/events/{id_}")
        page = event_page.render(node, connection, event, chain, question, frame, panel(node, request, event, chain))
    return Answer(page, media_type=HTML, headers=caching.headers(etag, caching.PERSONAL))


_NOT_FOUND: Final = "no event bears the id {id}"

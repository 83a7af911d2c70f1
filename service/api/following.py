"""The log as it grows: server-sent events, and pages that wait until there is something on them.

A listener holds no queue of events, only the position it has come to. It takes the next ones from the log when what was
sent before is on its way; if the client takes nothing for too long, its stream ends, and it comes back to its last id.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from typing import Annotated, Any, Final

import msgspec
import structlog
from litestar import Request, Response, get
from litestar.params import HeaderParameter, QueryParameter
from litestar.response.base import ASGIResponse
from litestar.types import Receive, Scope, Send

from events import event as envelope
from events.database import DATABASE_ERRORS
from events.dcb import QueryItem
from events.errors import OrglineError
from service import observing, paging
from service.access.authority import reads_allowed
from service.answers import VARY, Answer, Headers, described
from service.api.selecting import Selection, scan, selected
from service.listeners import Listener
from service.news import EVENTS_MAX
from service.node import Node
from service.parameters import POSITION_MAX, READING_ONE_FORMAT, Reading, Tags, Types
from service.problems import InvalidLastEventId, PositionBeyondHead

EVENT_STREAM: Final = "text/event-stream"
WAIT_S_MAX: Final = 60
RETRY_MS: Final = 2_000
"""After how long a client is to come again whose stream has ended."""
BEGINNING: Final = b"retry: %d\n" % RETRY_MS
END: Final = b": the stream ends here; go on from the last id\n"
"""Without an empty line before or after, since some clients take a block without data for an event."""

logger = structlog.get_logger("orgline")

Wait = Annotated[
    int | None,
    QueryParameter(
        ge=0,
        le=WAIT_S_MAX,
        description="Wait for so many seconds until there are events after `after`; the answer is not to be stored.",
    ),
]


@get(
    "/stream",
    guards=(reads_allowed,),
    dependencies=READING_ONE_FORMAT,
    operation_id="stream_events",
    summary="The log as it grows, as server-sent events.",
    responses={
        200: described(
            str,
            "An event of the log each: its position as `id`, its JSON as `data`. In between come events `position` "
            "with the last position scanned.",
            EVENT_STREAM,
        )
    },
)
async def stream(
    _: Any,
    request: Request[Any, Any, Any],
    node: Reading,
    after: Annotated[
        int | None,
        QueryParameter(ge=0, le=POSITION_MAX, description="Begin after this position; at the head if absent."),
    ] = None,
    last_event_id: Annotated[
        str | None,
        HeaderParameter(name="Last-Event-ID", description="The last id that was received; it precedes `after`."),
    ] = None,
    tag: Tags = None,
    type_: Types = None,
) -> EventStream:
    """Begins at the head as it is now, or goes on after the header `Last-Event-ID`, or after `after`.

    It goes on until the client leaves, the service stops, or the client takes nothing for too long.
    """
    return EventStream(node, request, selected(tag, type_).item, _resumed(last_event_id, after))


async def awaited(
    node: Node, request: Request[Any, Any, Any], asked: Selection, after: int, limit: int, seconds: int
) -> Answer:
    """A page of what is asked for, once there is something on it, or when the time is over.

    Raises PositionBeyondHead, TooManyListeners.
    """
    clock = asyncio.get_running_loop().time
    until = clock() + seconds
    observing.untimed(request.scope)
    with node.listeners.place(request.receive, page=True) as listener:
        await check(node, after)
        events: list[bytes] = []
        position = after
        while True:
            head = node.notices.position
            if position < head:
                events, position = await _next(node, asked, position, limit, head)
            if events or listener.over or clock() >= until:
                break
            await listener.news(position, until)
    next_ = next_page(node, asked, position, limit, head, ("wait", seconds))
    return page(events, next_, position, [("cache-control", "no-store")])


def page(events: Iterable[bytes], next_: str | None, position: int, headers: Headers) -> Answer:
    """A page of events in JSON; `position` is the last one scanned."""
    body = b'{"items":[%b],"next":%b,"position":%d}' % (b",".join(events), msgspec.json.encode(next_), position)
    return Answer(body, headers=[*headers, ("orgline-position", str(position)), *paging.next_links(next_)])


def next_page(
    node: Node, asked: Selection, position: int, limit: int, head: int, *further: tuple[str, object]
) -> str | None:
    """The address of the next page, where the log goes on after a position."""
    if position >= head:
        return None
    given = [*asked.parameters, ("after", position), ("limit", limit), *further]
    return paging.next_url(node.register, "/events", given)


class EventStream(Response[bytes]):
    """The events that are wanted after a position (None: after the head), without end."""

    def __init__(self, node: Node, request: Request[Any, Any, Any], wanted: QueryItem, after: int | None) -> None:
        # Not the base's constructor: nothing that it prepares is used, since `to_asgi_response` is our own.
        self.content = b""
        self.status_code = 200
        self.media_type = EVENT_STREAM
        self._listening = _Listening(node, request, wanted, after)

    def to_asgi_response(self, app: Any, request: Any, **_: Any) -> ASGIResponse:
        """What sends it."""
        return self._listening


class _Listening(ASGIResponse):
    def __init__(self, node: Node, request: Request[Any, Any, Any], wanted: QueryItem, after: int | None) -> None:
        self._node, self._request, self._wanted, self._after = node, request, wanted, after

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI. Raises PositionBeyondHead and TooManyListeners, before anything is sent."""
        node = self._node
        with node.listeners.place(receive) as listener:
            head = await check(node, self._after)
            position = head if self._after is None else self._after
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            if scope["state"].get("bodiless"):
                await send({"type": "http.response.body", "body": b"", "more_body": False})
                return
            try:
                await self._send(send, BEGINNING + _beat(position))
                position = await self._tell(send, listener, position)
                await self._send(send, _beat(position) + END, more=False)
            except TimeoutError:
                logger.info("a listener took nothing for too long", seconds=node.settings.listener_stall_s_max)

    async def _tell(self, send: Send, listener: Listener, position: int) -> int:
        """Send what comes after a position, until it is over or the token is no longer good; the last one scanned."""
        node, notices = self._node, self._node.notices
        clock = asyncio.get_running_loop().time
        next_beat = clock() + node.settings.heartbeat_s
        try:
            while not listener.over:
                if position < notices.position:
                    batch = await node.news.since(position, notices.position, self._wanted)
                    position = batch.position
                    if batch.events:
                        await self._send(send, batch.frames)
                else:
                    await listener.news(position, next_beat)
                if clock() >= next_beat:
                    await node.authority.may_read(self._request)
                    await self._send(send, _beat(position))
                    next_beat = clock() + node.settings.heartbeat_s
        except OrglineError as error:
            logger.info("a stream ends", code=error.code, detail=error.message)
        except DATABASE_ERRORS as error:
            logger.warning("a stream ends, since the database does not answer", exc_info=error)
        return position

    async def _send(self, send: Send, content: bytes, *, more: bool = True) -> None:
        """Raises TimeoutError where the client takes nothing for too long."""
        async with asyncio.timeout(self._node.settings.listener_stall_s_max):
            await send({"type": "http.response.body", "body": content, "more_body": more})


async def check(node: Node, after: int | None) -> int:
    """The head as it is now. Raises PositionBeyondHead where nobody can have come to `after`."""
    head = await node.notices.head()
    if after is not None and after > head:
        raise PositionBeyondHead(after, head)
    return head


async def _next(node: Node, asked: Selection, after: int, limit: int, head: int) -> tuple[list[bytes], int]:
    """At most `limit` events after a position, and the last position that was looked at."""
    if asked.dated or min(limit, head - after) > EVENTS_MAX:
        return await node.reads(_scanned, node, asked, after, limit, head)
    batch = await node.news.since(after, head, asked.item)
    events = [event.json for event in batch.events[:limit]]
    return events, batch.position if len(batch.events) <= limit else batch.events[limit - 1].position


def _scanned(node: Node, asked: Selection, after: int, limit: int, head: int) -> tuple[list[bytes], int]:
    with node.database.snapshot() as connection:
        events, position = scan(node.log, connection, asked, after, limit, head)
    return list(map(envelope.json, events)), position


def _resumed(last_event_id: str | None, after: int | None) -> int | None:
    """The position that the client has come to. Raises InvalidLastEventId."""
    if last_event_id is None:
        return after
    if not _NUMBER(last_event_id) or int(last_event_id) > POSITION_MAX:
        raise InvalidLastEventId("the header Last-Event-ID is no position: send the last id of the stream as it was")
    return int(last_event_id)


def _beat(position: int) -> bytes:
    """Tells the last position that was scanned, also where none of the events up to it was wanted."""
    return b'id: %d\nevent: position\ndata: {"position":%d}\n\n' % (position, position)


_NUMBER: Final = re.compile(r"[0-9]{1,16}").fullmatch
_HEADERS: Final = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # nginx is to pass on each event at once
    (b"vary", VARY.encode()),
]

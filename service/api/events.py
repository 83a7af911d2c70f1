"""Events: append facts, read the log by tags and types, read one event (JSON or a page)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterable
from difflib import get_close_matches
from typing import Annotated, Any, Final

import msgspec
import sqlalchemy as sa
from litestar import Controller, Request, get, post
from litestar.openapi import ResponseSpec
from litestar.params import Parameter

from events import event as envelope
from events import facts, subjects
from events.anomalies import Anomaly
from events.dates import BEGINNING, END, DateFault, day, period
from events.errors import Fault
from events.event import Effective, Event, Source
from events.facts import InvalidFacts
from events.log import Append, AppendConditionFailed, Appended, Query, QueryItem
from events.recording import VersionConflict
from events.subjects import SubjectFault
from events.vocabulary import TYPES
from service import caching, paging
from service.access.authority import reads_allowed, require
from service.access.tokens import Principal
from service.answers import HTML, JSON, NDJSON, Answer, Streamed, encode
from service.api.subjects import cache_control
from service.negotiation import accepts, wanted
from service.node import Node
from service.pages import event as event_page
from service.parameters import LIMIT_DEFAULT, ON_READS, Limit, Tags, Types
from service.problems import InvalidParameter, NotFound, Problem, UnsupportedMediaType

SCANNED_MAX: Final = 20_000
"""Events that one page looks at for those within the effective dates that are asked for."""
KEY_LENGTH_MAX: Final = 255


class RecordedEvent(msgspec.Struct, frozen=True):
    """An event as it is served: the fact, and what the log added."""

    id: str
    type: str
    schema: str
    data: dict[str, Any]
    tags: list[str]
    position: int
    recorded_at: str
    recorded_by: str
    salt: str
    effective: Effective | None = None
    sources: list[Source] = []
    note: str | None = None
    fulfils: dict[str, Any] | None = None
    follows: list[str] = []
    ends: str | None = None


class Events(msgspec.Struct, frozen=True):
    """A page of the log. `position` is the last one scanned: what comes later lies after it."""

    items: list[RecordedEvent]
    next: str | None
    position: int


class AppendedEvents(msgspec.Struct, frozen=True):
    """What was recorded, in the order of the request, and what is odd about it."""

    events: list[RecordedEvent]
    warnings: list[Anomaly] | msgspec.UnsetType = msgspec.UNSET


class EventsController(Controller):
    """The log of facts."""

    path = "/events"
    tags = ("Events",)

    @post(
        operation_id="append_events",
        summary="Record a fact, or several at once: all of them or none.",
        responses={
            201: ResponseSpec(AppendedEvents, description="Recorded. Location names the event where it is one."),
            200: ResponseSpec(AppendedEvents, description="All of it was recorded before; nothing was written now."),
            409: ResponseSpec(Problem, description="Versions or ids are not as expected.", media_type="application/problem+json"),
            422: ResponseSpec(Problem, description="No valid facts: `errors` names every fault.", media_type="application/problem+json"),
            503: ResponseSpec(Problem, description="Not now, or the outcome is unknown: send it again.", media_type="application/problem+json"),
        },
    )
    async def append(self, request: Request[Any, Any, Any]) -> Answer:
        """Takes one fact, or `{"facts": […], "expect": {tag: version}, "strict": false}`, as application/json.

        A header `Idempotency-Key` gives ids to facts that have none, so that the request can be sent again.
        """
        node: Node = request.app.state.node
        principal = await node.authority.writer(request)
        key = _idempotency_key(request)
        _check_content_type(request)
        asked = facts.decode(await request.body())
        _authorise(principal, asked)
        if len(asked.facts) > node.settings.facts_max:
            words = f"has {len(asked.facts)} facts, at most {node.settings.facts_max} are taken at once: send fewer"
            raise InvalidFacts((Fault("/facts", words),))
        if node.recorder.needs_reading(asked):
            append = await node.reads(_prepare, node, asked, principal.name, key)
        else:
            append = node.recorder.prepare(asked, principal.name, None, key)
        _check_sizes(append, node.settings.fact_bytes_max, single=asked.single)
        try:
            appended = await asyncio.wrap_future(node.writer.submit(append))
        except AppendConditionFailed as error:
            raise VersionConflict(await node.reads(_versions, node, asked.expect)) from error
        return _appended(node, appended, single=asked.single)

    @get(
        guards=(reads_allowed,),
        operation_id="list_events",
        summary="The log in the order of its positions, whole or by tags, types and effective dates.",
        responses={200: ResponseSpec(Events, description="A page; with Accept: application/x-ndjson all, one a line.")},
    )
    async def list(
        self,
        request: Request[Any, Any, Any],
        min_position: Annotated[int | None, ON_READS["min_position"]] = None,
        after: Annotated[int, Parameter(ge=0, description="Only events after this position.")] = 0,
        limit: Limit | None = None,
        tag: Tags = None,
        type_: Types = None,
        effective_from: Annotated[
            str | None, Parameter(description="Only facts that may have taken effect on this day (EDTF) or later.")
        ] = None,
        effective_to: Annotated[
            str | None, Parameter(description="Only facts that may have taken effect on this day (EDTF) or earlier.")
        ] = None,
    ) -> Answer | Streamed:
        """Reads the log. Who has read up to `position` has missed nothing and goes on with `after` from there."""
        node: Node = request.app.state.node
        selection = _selection(tag or [], type_ or [], effective_from, effective_to)
        if accepts(request, NDJSON):
            if request.scope["state"].get("bodiless"):
                return Answer(media_type=NDJSON)
            return Streamed(_lines(node, selection, after, limit), media_type=NDJSON)
        return await node.reads(_page, node, request, selection, after, limit or LIMIT_DEFAULT)

    @get(
        "/{event_id:str}",
        guards=(reads_allowed,),
        operation_id="read_event",
        summary="One event; as a page where HTML is preferred.",
        responses={200: ResponseSpec(RecordedEvent, description="The event.")},
    )
    async def read(self, request: Request[Any, Any, Any], event_id: str) -> Answer:
        """One event as it was recorded, by its id."""
        node: Node = request.app.state.node
        return await node.reads(_read, node, request, event_id)

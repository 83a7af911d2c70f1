"""The whole story of a fact: what was recorded first, its corrections and retractions, and what stands."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import sqlalchemy as sa
from litestar import Request, get
from litestar.params import FromPath

from events.queries import answers, history
from feeds import documents
from feeds.selections import Held
from service import caching
from service.access.authority import reads_allowed
from service.answers import Answer, described, encode
from service.api.subjects import cache_control
from service.node import Node
from service.parameters import KnownAt, Reading
from service.problems import NotFound


class Step(msgspec.Struct, frozen=True):
    """An event in the story of a fact; `aims_at` is the event that it corrects or retracts, null for the first.

    `stands`: whether it counts: of the first and the corrections the one whose fact stands, and each retraction that is
    not undone. `undone_by` is the retraction that counts and aims at it. `title` tells it in a sentence.
    """

    id: str
    position: int
    recorded_at: str
    recorded_by: str
    type: str
    aims_at: str | None
    reason: str | None
    stands: bool
    undone_by: str | None
    title: str
    href: str


class History(msgspec.Struct, frozen=True):
    """The story of a fact: `stands` is the event whose fact stands, null where the fact is withdrawn."""

    root: str
    stands: str | None
    known_at: answers.KnownAt
    items: list[Step]


@get(
    "/{event_id:str}/history",
    guards=(reads_allowed,),
    operation_id="read_history_of_event",
    summary="The whole story of a fact: what was recorded first, its corrections and retractions, and what stands.",
    responses={200: described(History, "The events of the story, in the order of their positions.")},
)
async def read(
    _: Any,
    request: Request[Any, Any, Any],
    node: Reading,
    event_id: FromPath[str],
    known_at: KnownAt = None,
) -> Answer:
    """The story of a fact by the id of any event in it, as known at a moment."""
    return await node.reads(_history, node, request, event_id, known_at)


def _history(node: Node, request: Request[Any, Any, Any], event_id: str, known_at: str | None) -> Answer:
    id_ = known_id(event_id)
    with node.database.snapshot() as connection:
        moment = node.queries.moments.at(connection, known_at)
        etag = caching.weak_etag("history", id_, moment, caching.REPRESENTATION)
        control = cache_control(node, immutable=False)
        if caching.unchanged(request, etag):
            return caching.not_modified(etag, control)
        chain = history.of(node.queries, node.log, connection, id_, moment)
        if chain is None:
            by_then = f" up to position {moment.position}" if moment.explicit else ""
            raise NotFound(f"no event{by_then} bears the id {id_}")
        items = _steps(node, connection, chain)
    body = encode(History(chain.root, chain.stands, answers.known_at(moment), items))
    return Answer(body, headers=caching.headers(etag, control))


def _steps(node: Node, connection: sa.Connection, chain: history.Chain) -> list[Step]:
    """The steps with the sentences that the events have in the feeds."""
    ends = {each.event.recorded_at for each in chain.members}
    known = {end: node.queries.moments.end_of_append(connection, end) for end in ends}
    held = [Held(each.event, known[each.event.recorded_at]) for each in chain.members]
    entries = documents.entries(node.queries, connection, node.register, held)
    return [
        Step(
            id=event.id,
            position=event.position,
            recorded_at=event.recorded_at_text,
            recorded_by=event.recorded_by,
            type=event.type,
            aims_at=member.aims_at,
            reason=None if member.aims_at is None else event.fact.data.reason,
            stands=member.stands,
            undone_by=member.undone_by,
            title=entry.title,
            href=entry.page,
        )
        for member, entry in zip(chain.members, entries, strict=True)
        for event in (member.event,)
    ]


def known_id(text: str) -> str:
    """The id of an event, as the log writes it. Raises NotFound where the text cannot be one."""
    id_ = text.lower()
    if not _is_uuid(id_):
        advice = "an id is a UUID such as 0192f3a4-…; GET /events lists events"
        raise NotFound(f"no event bears the id {text[:80]}: {advice}")
    return id_


_is_uuid = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}").fullmatch

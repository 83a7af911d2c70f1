"""`POST /events`: record facts. The busiest route: it takes the body as it is and hands bytes back."""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec
from litestar import Request, post
from litestar.openapi import ResponseSpec

from events import event as envelope
from events import facts
from events.anomalies import Anomaly
from events.dcb import Append, AppendConditionFailed, Appended, AssumptionFailed
from events.errors import Fault, OrglineError
from events.event import Effective, Source
from events.facts import InvalidFacts
from events.mirrors import ReadOnlyMirror
from events.recording import VersionConflict
from events.rehearsing import Change, Rehearsal, rehearse
from events.vocabulary.defined import DEFINED_TYPE, Types
from service.access.authority import require
from service.access.tokens import Principal
from service.answers import JSON, PROBLEM, Answer, described, encode
from service.api import cloudevents
from service.api.append_operation import DRY_RUN, AppendOperation
from service.node import Node
from service.observing import recorded
from service.problems import InvalidIdempotencyKey, Problem, UnsupportedMediaType

KEY_PATTERN: Final = re.compile(r"[\x20-\x7e]{1,255}")
PREPARATIONS_MAX: Final = 5
"""How often an append is prepared, where what its preparation took for granted has changed by then."""
AMENDING: Final = ("fact.", "identity.")
"""Types that begin so need the scope `correct`."""
_OWN: Final = b'"x.'
"""Where a body holds this, it may state facts of users' own types."""


class RehearsedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event as it would be recorded; an id that the client did not give will be another one then."""

    id: str
    type: str
    schema: str
    data: dict[str, Any]
    tags: list[str]
    effective: Effective | None = None
    sources: list[Source] = []
    note: str | None = None
    fulfils: dict[str, Any] | None = None
    follows: list[str] = []
    ends: str | None = None
    definition: str | None = None


class RecordedEvent(RehearsedEvent, frozen=True, kw_only=True):
    """An event as it is served: the fact, and what the log added."""

    position: int
    recorded_at: str
    recorded_by: str
    salt: str


class AppendedEvents(msgspec.Struct, frozen=True):
    """What was recorded, in the order of the request, and what is odd about it."""

    events: list[RecordedEvent]
    warnings: list[Anomaly] | msgspec.UnsetType = msgspec.UNSET


class RehearsedEvents(msgspec.Struct, frozen=True):
    """What a dry run answers: what would be recorded, what would be odd about it, what would change."""

    events: list[RehearsedEvent]
    warnings: list[Anomaly]
    changes: list[Change]


def _problem(description: str) -> ResponseSpec:
    return described(Problem, description, PROBLEM)


@post(
    operation_id="append_events",
    operation_class=AppendOperation,
    summary="Record a fact, or several at once: all of them or none.",
    responses={
        201: described(AppendedEvents, "Recorded. Location names the event where it is one."),
        200: described(
            AppendedEvents | RehearsedEvents,
            "All of it was recorded before; nothing was written now. Or the answer to a dry run.",
        ),
        400: _problem("The body is no JSON, or gives a member twice."),
        401: _problem("A token is needed."),
        403: _problem("The token lacks a scope, or this is a mirror, which takes no facts."),
        409: _problem("Versions or ids are not as expected."),
        413: _problem("The body is too large."),
        415: _problem("The body is neither application/json nor CloudEvents."),
        422: _problem("No valid facts: `errors` names every fault."),
        503: _problem("Not now, or the outcome is unknown: send the same ids again."),
    },
)
async def append(_: Any, request: Request[Any, Any, Any]) -> Answer:
    """Takes one fact, or `{"facts": […], "expect": {tag: version}, "strict": false}`, as application/json; or a
    CloudEvent whose `data` is a fact (application/cloudevents+json), or several (application/cloudevents-batch+json).

    A header `Idempotency-Key` gives ids to facts that have none, so that the request can be sent again. With
    `dry_run=true` nothing is recorded: the answer is what recording it would change, or the same error.
    """
    node: Node = request.app.state.node
    try:
        answer, outcome = await _asked(node, request)
    except OrglineError as error:
        node.metrics.append(error.code)
        raise
    node.metrics.append(outcome)
    return answer


async def _asked(node: Node, request: Request[Any, Any, Any]) -> tuple[Answer, str]:
    """The answer to a request to append, and in a word what became of it. Raises what it is refused with."""
    if node.mirror is not None:
        raise ReadOnlyMirror(node.mirror.source)
    principal = await node.authority.writer(request)
    media_type = _media_type(request.headers.get("content-type"))
    if request.headers.get("content-encoding", "identity") != "identity":
        raise UnsupportedMediaType("a compressed body is not understood here: send it without Content-Encoding")
    key = _idempotency_key(request.headers.get("idempotency-key"))
    if not {"correct", "define-types"} & set(principal.scopes):
        require(principal, "append")  # before the work of reading what is sent
    body = await request.body()
    dry_run = request.query_params.get(DRY_RUN) == "true"
    is_event = media_type in cloudevents.MEDIA_TYPES
    facts_alone = cloudevents.unwrapped(body, media_type) if is_event else body
    try:
        asked = await decoded(node, facts_alone)
        if dry_run:
            return _told(await rehearsal(node, principal, asked, key)), "rehearsed"
        appended = await record(node, request, principal, asked, key)
    except InvalidFacts as error:
        if is_event:
            raise cloudevents.placed(error, body, media_type) from error
        raise
    return _answer(node, appended, single=asked.single), "known" if appended.known else "recorded"


async def record(
    node: Node,
    request: Request[Any, Any, Any],
    principal: Principal,
    asked: facts.Request,
    key: str | None = None,
) -> Appended:
    """Record what is asked for. Raises Forbidden, InvalidFacts, and what the preparation and the log raise."""
    _check(node, principal, asked)
    appended = await _appended(node, principal, asked, key)
    recorded(request.scope, appended.commit)
    if node.traces is not None and appended.commit is not None:
        node.traces.commit(appended.commit)
    return appended


async def rehearsal(node: Node, principal: Principal, asked: facts.Request, key: str | None = None) -> Rehearsal:
    """What recording it would change. Raises what `record` would raise."""
    _check(node, principal, asked)
    if not node.authority.public_reads:
        require(principal, "read")  # what would change tells what is there
    return await node.reads.long(_rehearsed, node, asked, principal.name, key)


def _check(node: Node, principal: Principal, asked: facts.Request) -> None:
    for scope in dict.fromkeys(scope_of(fact.type) for fact in asked.facts):
        require(principal, scope)
    if len(asked.facts) > node.settings.facts_max:
        words = f"{len(asked.facts)} facts are too many for one request: send at most {node.settings.facts_max}"
        raise InvalidFacts((Fault("/facts", words),))


async def _appended(node: Node, principal: Principal, asked: facts.Request, key: str | None) -> Appended:
    for left in reversed(range(PREPARATIONS_MAX)):
        if node.recorder.needs_reading(asked):
            append = await node.reads(_prepare, node, asked, principal.name, key)
        else:
            append = node.recorder.prepare(asked, principal.name, None, key)
        _check_sizes(append, node.settings.fact_bytes_max, single=asked.single)
        try:
            return await node.outcomes.of(node.writer.submit(append))
        except AssumptionFailed:
            if not left:
                raise
        except AppendConditionFailed as error:
            raise VersionConflict(await node.reads(_versions, node, asked.expect)) from error
    raise AssertionError("the last preparation gives or raises something")


async def decoded(node: Node, body: bytes) -> facts.Request:
    """What is asked, by the types that the log defines now: another node may have defined one a moment ago.

    Raises MalformedJson, InvalidFacts.
    """
    known = node.queries.definitions.types
    types = await node.reads(_types, node) if _OWN in body else known
    try:
        return facts.decode(body, types)
    except InvalidFacts:
        newest = await node.reads(_types, node)
        if newest is types:
            raise
        return facts.decode(body, newest)


def _types(node: Node) -> Types:
    with node.database.snapshot() as connection:
        return node.queries.definitions.refresh(connection)


def _media_type(given: str | None) -> str:
    """The media type of a body. Raises UnsupportedMediaType."""
    if given is None or given == JSON:
        return JSON
    media_type, _, parameters = (part.strip().lower() for part in given.partition(";"))
    if "charset" in parameters and "utf-8" not in parameters:
        raise UnsupportedMediaType("the body must be UTF-8: send Content-Type: application/json")
    if media_type != JSON and not (media_type.startswith("application/") and media_type.endswith("+json")):
        raise UnsupportedMediaType(f"{media_type[:80]} is not understood here: send Content-Type: application/json")
    return media_type


def _idempotency_key(given: str | None) -> str | None:
    if given is not None and not KEY_PATTERN.fullmatch(given):
        raise InvalidIdempotencyKey("an Idempotency-Key has 1 to 255 characters of ASCII, such as a UUID")
    return given


def scope_of(type_name: str) -> str:
    """The scope that recording a fact of a type needs."""
    if type_name == DEFINED_TYPE:
        return "define-types"
    return "correct" if type_name.startswith(AMENDING) else "append"


def _prepare(node: Node, asked: facts.Request, recorded_by: str, key: str | None) -> Append:
    with node.database.snapshot() as connection:
        return node.recorder.prepare(asked, recorded_by, connection, key)


def _rehearsed(node: Node, asked: facts.Request, recorded_by: str, key: str | None) -> Rehearsal:
    with node.database.snapshot() as connection:
        append = node.recorder.prepare(asked, recorded_by, connection, key)
        _check_sizes(append, node.settings.fact_bytes_max, single=asked.single)
        try:
            return rehearse(node.log, node.projection, connection, append)
        except AppendConditionFailed as error:
            raise VersionConflict(node.recorder.versions(connection, asked.expect)) from error


def _told(rehearsal: Rehearsal) -> Answer:
    told = {
        "events": [msgspec.Raw(event.body) for event in rehearsal.events],
        "warnings": rehearsal.warnings,
        "changes": rehearsal.changes,
    }
    return Answer(encode(told), headers=[("cache-control", "no-store")])


def _versions(node: Node, expected: dict[str, int]) -> dict[str, int]:
    with node.database.snapshot() as connection:
        return node.recorder.versions(connection, expected)


def _check_sizes(append: Append, bytes_max: int, *, single: bool) -> None:
    faults = tuple(
        Fault("" if single else f"/facts/{n}", f"the fact is too large: {len(record.body)} bytes, at most {bytes_max}")
        for n, record in enumerate(append.records)
        if len(record.body) > bytes_max
    )
    if faults:
        raise InvalidFacts(faults)


def _answer(node: Node, appended: Appended, *, single: bool) -> Answer:
    body = b'{"events":[' + b",".join(map(envelope.json, appended.events)) + b"]"
    if appended.answer:
        body += b',"warnings":' + encode(appended.answer)
    headers = [("orgline-position", str(appended.position)), ("cache-control", "no-store")]
    if single:
        headers.append(("location", f"{node.register.base_url}/events/{appended.events[0].id}"))
    return Answer(body + b"}", status=200 if appended.known else 201, headers=headers)

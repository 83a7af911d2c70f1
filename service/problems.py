"""Everything that can go wrong, as RFC 9457 problems: one table from stable codes to statuses and titles.

The code of an `OrglineError` becomes the last part of the problem's `type`, so that a program can tell problems apart
without reading their sentences. docs/errors.md says the same for people; a test holds the two together.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final
from uuid import uuid4

import msgspec
import structlog
from litestar import Request
from litestar.exceptions import HTTPException
from litestar.exceptions import ValidationException as InvalidByLitestar

from events.anomalies import Anomaly
from events.errors import Fault, OrglineError
from service.answers import HTML, PROBLEM, TEXT, Answer, Headers, encode
from service.negotiation import prefers_html, reads_feeds
from service.pages import render

TYPE_PREFIX: Final = "urn:orgline:problem:"
RETRY_AFTER_S: Final = 1

logger = structlog.get_logger("orgline")


class Kind(msgspec.Struct, frozen=True):
    """One sort of problem. A `passing` one is over in a moment: it is answered with Retry-After."""

    status: int
    title: str
    passing: bool = False


KINDS: Final[dict[str, Kind]] = {
    # the request
    "malformed-json": Kind(400, "The body is no JSON, or gives a member twice"),
    "invalid-date": Kind(400, "A date is not understood"),
    "invalid-known-at": Kind(400, "A state of knowledge (known_at) is not understood"),
    "invalid-query": Kind(400, "The query is not understood"),
    "unknown-parameter": Kind(400, "There is no such query parameter"),
    "invalid-parameter": Kind(400, "A query parameter is not understood"),
    "too-many-to-sort": Kind(400, "The list is too long to be sorted by name"),
    "invalid-cursor": Kind(400, "The cursor belongs to no list, or to another one"),
    "invalid-subject": Kind(400, "A text names no subject"),
    "invalid-idempotency-key": Kind(400, "The Idempotency-Key is not understood"),
    "invalid-last-event-id": Kind(400, "The Last-Event-ID is not understood"),
    "position-beyond-head": Kind(400, "The position lies beyond the head of the log"),
    "bad-request": Kind(400, "The request is not understood"),
    "not-found": Kind(404, "There is no such thing"),
    "method-not-allowed": Kind(405, "The address does not take this method"),
    "not-acceptable": Kind(406, "There is no such representation"),
    "body-too-large": Kind(413, "The body is too large"),
    "unsupported-media-type": Kind(415, "The body is in no format that is understood here"),
    # the facts
    "invalid-facts": Kind(422, "The body holds no valid facts"),
    "unsound-text": Kind(422, "The body holds text or numbers that cannot be stored"),
    "invalid-append": Kind(422, "The append makes no sense by itself"),
    "unknown-event": Kind(422, "An id is mentioned that no event bears"),
    "odd-facts": Kind(422, "The facts do not fit what is recorded, and strict was asked"),
    "version-conflict": Kind(409, "Something was recorded that was not expected"),
    "condition-failed": Kind(409, "Something was recorded that was not expected"),
    "assumption-failed": Kind(503, "Other facts came in between", passing=True),
    "id-conflict": Kind(409, "The id is known, with other content"),
    "partly-known": Kind(409, "Some ids are known, others are new"),
    # access
    "unauthenticated": Kind(401, "A token is needed"),
    "forbidden": Kind(403, "The token does not allow this"),
    "foreign-form": Kind(403, "The form comes from another site"),
    "too-many-tries": Kind(429, "Too many tries to sign in"),
    "read-only-mirror": Kind(403, "This is a mirror of another register, which takes no facts"),
    "invalid-token": Kind(422, "The token cannot be made or found as asked"),
    # the service
    "queue-full": Kind(503, "Too many appends are waiting", passing=True),
    "too-many-listeners": Kind(503, "Too many clients are listening", passing=True),
    "shutting-down": Kind(503, "The service is shutting down", passing=True),
    "database-busy": Kind(503, "Another process holds the database", passing=True),
    "outcome-unknown": Kind(503, "The database failed; whether the append was recorded is not known", passing=True),
    "database-unavailable": Kind(503, "The database does not answer", passing=True),
    "position-not-reached": Kind(503, "This node does not know that position yet", passing=True),
    "unusable-database": Kind(500, "The database cannot be used"),
    "state-version": Kind(503, "The state was made by another version of Orgline"),
    "rebuild-under-way": Kind(503, "Another process makes the state anew"),
    "process-lost": Kind(503, "A process was ended amid its work"),
    "rebuilt-meanwhile": Kind(503, "The state was made anew meanwhile"),
    "unreadable-log": Kind(500, "The log holds what this version cannot read"),
    "not-the-next": Kind(500, "Events of another register do not follow on what is here"),
    "root-differs": Kind(500, "The log is not that of the register that it is a mirror of"),
    "invalid-register": Kind(500, "The register cannot be made as asked"),
    "invalid-settings": Kind(500, "A setting is not understood"),
    "error": Kind(500, "Something went wrong"),
    "internal-error": Kind(500, "Something went wrong that should not"),
}


class NotFound(OrglineError):
    """Nothing is known under an address."""

    code = "not-found"


class NoSuchArchive(NotFound):
    """A feed has no archive with a number, or not yet. `head`: the address of its head document."""

    def __init__(self, message: str, head: str) -> None:
        super().__init__(message)
        self.headers = [("link", f'<{head}>; rel="current"')]


class InvalidParameter(OrglineError):
    """A query parameter's value is not understood."""

    code = "invalid-parameter"


class UnknownParameter(OrglineError):
    """A query parameter does not exist here."""

    code = "unknown-parameter"


class UnsupportedMediaType(OrglineError):
    """The body is of a type that is not understood."""

    code = "unsupported-media-type"


class InvalidIdempotencyKey(OrglineError):
    """The header Idempotency-Key is not understood."""

    code = "invalid-idempotency-key"


class InvalidLastEventId(OrglineError):
    """The header Last-Event-ID is no position."""

    code = "invalid-last-event-id"


class PositionBeyondHead(OrglineError):
    """Events are asked for after a position that the log does not have."""

    code = "position-beyond-head"

    def __init__(self, position: int, head: int) -> None:
        super().__init__(
            f"the log ends at position {head}, so nobody can have read it up to {position}: go on from a position that "
            "this register gave; if it was put back to an earlier state, read it anew"
        )


class TooManyListeners(OrglineError):
    """More clients listen or wait than the limit allows."""

    code = "too-many-listeners"


class PositionNotReached(OrglineError):
    """A read waited in vain for a position."""

    code = "position-not-reached"


class Problem(msgspec.Struct, omit_defaults=True):
    """A problem document (RFC 9457). `detail` says what is wrong and what to do about it."""

    type: str
    title: str
    status: int
    detail: str
    errors: Sequence[Fault] = ()  # every fault of a body: JSON pointers into it
    actual: dict[str, int] | None = None  # the versions that the tags of `expect` have
    known: Sequence[str] = ()  # the ids that are known already
    unknown: Sequence[str] = ()  # the ids that no event bears
    warnings: Sequence[Anomaly] = ()  # why strict refused
    incident: str | None = None  # names the line of the log that tells more


def of_error(error: OrglineError) -> Problem:
    """The problem that an error is; what the error tells beside its message is in members of its own."""
    kind = KINDS[error.code]
    return Problem(
        TYPE_PREFIX + error.code,
        kind.title,
        kind.status,
        error.message,
        errors=getattr(error, "faults", ()),
        actual=getattr(error, "actual", None),
        known=getattr(error, "known", ()),
        unknown=getattr(error, "ids", ()),
        warnings=getattr(error, "warnings", ()),
    )


def answer(request: Request[Any, Any, Any], problem: Problem, headers: Headers = ()) -> Answer:
    """A problem as an answer: for people where they read, as plain text where a feed reader shows it, else as JSON."""
    code = problem.type.removeprefix(TYPE_PREFIX)
    extra = list(headers)
    if KINDS[code].passing:
        extra.append(("retry-after", str(RETRY_AFTER_S)))
    extra.append(("cache-control", "no-store"))
    if prefers_html(request):
        page = render("problem.html", problem=problem, title=problem.title, home=_home(request))
        return Answer(page, status=problem.status, media_type=HTML, headers=extra)
    if reads_feeds(request):
        parts = (problem.title, problem.detail, problem.incident and f"Incident {problem.incident}")
        told = "\n\n".join(filter(None, parts))
        return Answer(f"{told}\n".encode(), status=problem.status, media_type=TEXT, headers=extra)
    return Answer(encode(problem), status=problem.status, media_type=PROBLEM, headers=extra)


def of_orgline(request: Request[Any, Any, Any], error: OrglineError) -> Answer:
    """Exception handler of what was raised on purpose."""
    problem = of_error(error)
    if problem.status >= 500:
        unforeseen = error.code == "outcome-unknown" or not KINDS[error.code].passing
        log = logger.error if unforeseen else logger.warning
        log("request failed", code=error.code, detail=error.message, exc_info=error.__cause__ if unforeseen else None)
    return answer(request, problem, getattr(error, "headers", ()))


def of_http(request: Request[Any, Any, Any], error: HTTPException) -> Answer:
    """Exception handler of what Litestar refuses: no such route, no such method, a body too large."""
    path, method = request.scope["path"], request.scope["method"]
    if isinstance(error, InvalidByLitestar):
        return of_orgline(request, InvalidParameter(_invalid(error)))
    detail = {
        404: f"there is nothing at {path}; the start page / names addresses to try",
        405: f"{path} does not take {method}; the header Allow says what it takes",
        413: "the body is larger than this service takes; send fewer facts at once",
    }.get(error.status_code)
    if error.status_code >= 500:
        return of_unexpected(request, error)
    code = {404: "not-found", 405: "method-not-allowed", 413: "body-too-large"}.get(error.status_code, "bad-request")
    status = error.status_code if code != "bad-request" else 400
    problem = Problem(TYPE_PREFIX + code, KINDS[code].title, status, detail or error.detail)
    return answer(request, problem, [(k.lower(), v) for k, v in (error.headers or {}).items() if k.lower() == "allow"])


def of_database(request: Request[Any, Any, Any], error: Exception) -> Answer:
    """Exception handler of what the database raises: it is away or busy, and the client may ask again."""
    logger.error("database failed", path=request.scope["path"], exc_info=error)
    code = "database-unavailable"
    detail = "the database does not answer as it should; ask again in a moment"
    return answer(request, Problem(TYPE_PREFIX + code, KINDS[code].title, 503, detail))


def of_unexpected(request: Request[Any, Any, Any], error: Exception) -> Answer:
    """Exception handler of everything else: the log tells what happened, the client only under which id."""
    incident = str(uuid4())
    logger.error(
        "unexpected error",
        incident=incident,
        method=request.scope["method"],
        path=request.scope["path"],
        exc_info=error,
    )
    detail = "the request failed by a fault of the service; tell whoever runs it the incident's id"
    code = "internal-error"
    return answer(request, Problem(TYPE_PREFIX + code, KINDS[code].title, 500, detail, incident=incident))


def _invalid(error: InvalidByLitestar) -> str:
    """What Litestar finds wrong with a parameter, in words that tell what to do."""
    extra = error.extra if isinstance(error.extra, list) else []
    told = [f"{each.get('key')}: {_advice(str(each.get('message')))}" for each in extra if isinstance(each, dict)]
    return "; ".join(told) or error.detail or HTTPStatus(400).phrase


def _advice(message: str) -> str:
    for pattern, advice in _ADVICE:
        if found := re.search(pattern, message):
            return advice.format(*found.groups())
    return message.replace("`", "")


_ADVICE: Final = (
    (r">= ([0-9]+)", "write a whole number, at least {}"),
    (r"<= ([0-9]+)", "write a whole number, at most {}"),
    (r"Expected `int", "write a whole number"),
    (r"Expected `bool", "write true or false"),
)


def _home(request: Request[Any, Any, Any]) -> str:
    node = request.app.state.get("node")
    return node.path_prefix if node is not None else ""

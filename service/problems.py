"""Everything that can go wrong, as RFC 9457 problems: one table from stable codes to statuses and titles.

The code of an `OrglineError` becomes the last part of the problem's `type`, so that a program can tell problems apart
without reading their sentences. The documentation's list of errors is made of this table.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote
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
from service.pages import problem as problem_page

TYPE_PREFIX: Final = "urn:orgline:problem:"
RETRY_AFTER_S: Final = 1

logger = structlog.get_logger("orgline")


class Kind(msgspec.Struct, frozen=True):
    """One sort of problem: what is wrong, and what to do about it (for the documentation, in Markdown). A `passing` one
    is over in a moment: it is answered with Retry-After.
    """

    status: int
    title: str
    advice: str
    passing: bool = False


KINDS: Final[dict[str, Kind]] = {
    # the request
    "malformed-json": Kind(
        400, "The body is no JSON, or gives a member twice", "Mend the JSON at the place that `detail` names."
    ),
    "invalid-date": Kind(400, "A date is not understood", "Write the date in one of the forms that `detail` shows."),
    "invalid-known-at": Kind(
        400,
        "A state of knowledge (known_at) is not understood",
        "Write a position, a day, or a time with its offset, not beyond the head of the log.",
    ),
    "invalid-query": Kind(400, "The query is not understood", "Mend the query as `detail` says."),
    "unknown-parameter": Kind(
        400,
        "There is no such query parameter",
        "Use the parameter that `detail` names; `/schema` lists those of each address.",
    ),
    "invalid-parameter": Kind(400, "A query parameter is not understood", "Mend the value as `detail` says."),
    "too-many-to-sort": Kind(
        400,
        "The list is too long to be sorted by name",
        "Narrow it (`organisation`, `status`, `q`, …), or leave `sort` out.",
    ),
    "invalid-cursor": Kind(
        400,
        "The cursor belongs to no list, or to another one",
        "Follow the address in `next` as it is, or begin without `after`.",
    ),
    "invalid-subject": Kind(400, "A text names no subject", "Write `kind/slug`, such as `organisation/nhsx`."),
    "invalid-idempotency-key": Kind(
        400, "The Idempotency-Key is not understood", "Send 1 to 255 characters of ASCII, such as a UUID."
    ),
    "invalid-last-event-id": Kind(
        400, "The Last-Event-ID is not understood", "Send the `id` of an event of the stream as it was: a position."
    ),
    "position-beyond-head": Kind(
        400,
        "The position lies beyond the head of the log",
        "Go on from a position that this register gave; if it was put back to an earlier state, read it anew.",
    ),
    "bad-request": Kind(400, "The request is not understood", "Mend the request as `detail` says."),
    "not-found": Kind(
        404,
        "There is no such thing",
        "Look for the right identifier: `/organisations?q=` searches by how the words of names and identifiers begin. "
        "A subject exists once an event mentions it.",
    ),
    "method-not-allowed": Kind(
        405, "The address does not take this method", "Use a method that the header `Allow` names."
    ),
    "not-acceptable": Kind(
        406,
        "There is no such representation",
        "Accept one of the media types that `detail` names, or write `?format=`.",
    ),
    "body-too-large": Kind(413, "The body is too large", "Send fewer facts at once (`ORGLINE_BODY_BYTES_MAX`)."),
    "unsupported-media-type": Kind(
        415, "The body is in no format that is understood here", "Send `Content-Type: application/json`."
    ),
    # the facts
    "invalid-facts": Kind(
        422,
        "The body holds no valid facts",
        "Mend every fault in `errors`: each has a JSON pointer into the body and says what to do.",
    ),
    "unsound-text": Kind(
        422,
        "The body holds text or numbers that cannot be stored",
        "Leave out what cannot be stored: U+0000, halves of surrogate pairs, integers beyond ±(2⁵³-1).",
    ),
    "invalid-append": Kind(422, "The append makes no sense by itself", "Mend the request as `detail` says."),
    "unknown-event": Kind(
        422,
        "An id is mentioned that no event bears",
        "Name events that are recorded; `unknown` lists the ids that no event bears.",
    ),
    "odd-facts": Kind(
        422,
        "The facts do not fit what is recorded, and strict was asked",
        "Look at `warnings`: mend the facts, or send them without `strict`.",
    ),
    "version-conflict": Kind(
        409,
        "Something was recorded that was not expected",
        "`actual` has the versions: read what is new, decide again, and send with those.",
    ),
    "condition-failed": Kind(409, "Something was recorded that was not expected", "Read what is new and decide again."),
    "assumption-failed": Kind(
        503,
        "Other facts came in between",
        "Nothing was written: send the same request again after `Retry-After`.",
        passing=True,
    ),
    "id-conflict": Kind(
        409, "The id is known, with other content", "Give a new fact a new id; mend a recorded one by `fact.corrected`."
    ),
    "partly-known": Kind(
        409,
        "Some ids are known, others are new",
        "`known` lists the ids that are recorded already: send only the others.",
    ),
    # access
    "unauthenticated": Kind(
        401,
        "A token is needed",
        "Send `Authorization: Bearer TOKEN`, made by `orgline token create NAME --scope append`.",
    ),
    "forbidden": Kind(403, "The token does not allow this", "Use a token with the scope that `detail` names."),
    "read-only-mirror": Kind(
        403,
        "This is a mirror of another register, which takes no facts",
        "Append at the address in `detail`; what is recorded there comes here by itself.",
    ),
    "foreign-form": Kind(
        403,
        "The form comes from another site",
        "Open the page in this register and send the form from there; programs append by `POST /events` with a token.",
    ),
    "too-many-tries": Kind(
        429,
        "Too many tries to sign in",
        "Wait as `Retry-After` says, then try again with a token that is in use.",
    ),
    "invalid-token": Kind(
        422, "The token cannot be made or found as asked", "Give the token a name and at least one of the scopes."
    ),
    # the service
    "queue-full": Kind(
        503, "Too many appends are waiting", "Wait as `Retry-After` says, then send the same ids again.", passing=True
    ),
    "too-many-listeners": Kind(
        503,
        "Too many clients are listening",
        "Wait as `Retry-After` says, or read `GET /events` from time to time (`ORGLINE_LISTENERS_MAX`).",
        passing=True,
    ),
    "shutting-down": Kind(
        503, "The service is shutting down", "Wait as `Retry-After` says, then send the same ids again.", passing=True
    ),
    "database-busy": Kind(
        503,
        "Another process holds the database",
        "Nothing was written: send the same request again; look for a process that is stopped amid its work.",
        passing=True,
    ),
    "read-only-database": Kind(
        503,
        "The database cannot be written",
        "Nothing was recorded: whoever runs the service gives its user the rights to the database's files and their "
        "folder (`orgline doctor` says which); then send the same request again.",
    ),
    "no-layout": Kind(
        501,
        "This picture cannot be drawn here",
        "The lineage itself is there as JSON and as a list; whoever runs the service installs the libraries that "
        "Graphviz needs (`orgline doctor` names the one that is missing).",
    ),
    "outcome-unknown": Kind(
        503,
        "The database failed; whether the append was recorded is not known",
        "Send the same ids (or `Idempotency-Key`) again: what had been recorded is answered with 200.",
        passing=True,
    ),
    "database-unavailable": Kind(
        503,
        "The database does not answer",
        "Ask again in a moment; for whoever runs the service: its log says why.",
        passing=True,
    ),
    "position-not-reached": Kind(
        503,
        "This node does not know that position yet",
        "Ask again in a moment, or without `min_position`.",
        passing=True,
    ),
    "unusable-database": Kind(500, "The database cannot be used", "Set `ORGLINE_DATABASE_URL` as `detail` says."),
    "state-version": Kind(
        503,
        "The state was made by another version of Orgline",
        "For whoever runs the service: as `detail` says, run `orgline rebuild`, or the newer version on this node too.",
    ),
    "rebuild-under-way": Kind(
        503,
        "Another process makes the state anew",
        "For whoever runs the service: let the other `orgline rebuild` finish.",
    ),
    "process-lost": Kind(
        503,
        "A process was ended amid its work",
        "For whoever runs the service: see to it that there is memory enough, and run the command again.",
    ),
    "rebuilt-meanwhile": Kind(
        503, "The state was made anew meanwhile", "For whoever runs the service: run `orgline verify` again."
    ),
    "unreadable-log": Kind(
        500,
        "The log holds what this version cannot read",
        "For whoever runs the service: use the version that wrote it, or a newer one.",
    ),
    "not-the-next": Kind(
        500,
        "Events of another register do not follow on what is here",
        "For whoever keeps a mirror: see docs/following.md.",
    ),
    "root-differs": Kind(
        500,
        "The log is not that of the register that it is a mirror of",
        "For whoever keeps a mirror: see docs/following.md.",
    ),
    "invalid-register": Kind(
        500, "The register cannot be made as asked", "Set the register's settings as `detail` says."
    ),
    "invalid-settings": Kind(
        500, "A setting is not understood", "Mend the variable that `detail` names; see docs/settings.md."
    ),
    "error": Kind(500, "Something went wrong", "See `detail`."),
    "internal-error": Kind(
        500,
        "Something went wrong that should not",
        "Tell whoever runs the service the id in `incident`: the service's log has a line with it.",
    ),
}


class NotFound(OrglineError):
    """Nothing is known under an address."""

    code = "not-found"


class NoSuchArchive(NotFound):
    """A feed has no archive with a number, or not yet. `head`: the address of its head document."""

    def __init__(self, message: str, head: str) -> None:
        super().__init__(message)
        self.headers = [("link", f'<{quote(head, safe="/:@!$&()*+,;=~%?")}>; rel="current"')]


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
    meant: Sequence[str] = ()  # what may be meant by a value that is not understood, the likeliest first
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
        meant=getattr(error, "meant", ()),
    )


def answer(
    request: Request[Any, Any, Any], problem: Problem, headers: Headers = (), page: bytes | None = None
) -> Answer:
    """A problem as an answer: for people where they read, as plain text where a feed reader shows it, else as JSON.

    page: the one that people see, where the problem has one of its own.
    """
    code = problem.type.removeprefix(TYPE_PREFIX)
    extra = list(headers)
    if KINDS[code].passing:
        extra.append(("retry-after", str(RETRY_AFTER_S)))
    extra.append(("cache-control", "no-store"))
    if prefers_html(request):
        page = page or problem_page.render(request, problem)
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
    return answer(request, problem, getattr(error, "headers", ()), getattr(error, "page", None))


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

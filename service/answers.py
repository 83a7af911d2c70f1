"""What handlers return: status, headers and bytes that are made already, sent without further machinery.

Litestar's own Response encodes, merges the headers of all layers and copies; at several thousand requests a second that
costs more than the answer itself. Every answer, errors and 304 included, says what it varies with; whole ones are
compressed where that is worth it and the client takes it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import Any, Final

import msgspec
from litestar import Response
from litestar.openapi import ResponseSpec
from litestar.response import Stream
from litestar.response.base import ASGIResponse
from litestar.types import Receive, Scope, Send

from service import compression
from service.access.sessions import signed_in

JSON: Final = "application/json"
NDJSON: Final = "application/x-ndjson"
HTML: Final = "text/html; charset=utf-8"
TEXT: Final = "text/plain; charset=utf-8"
PROBLEM: Final = "application/problem+json"

VARY: Final = "Accept, Accept-Encoding"
FOR_ONE: Final = "private, no-cache"
"""Of pages. Without a validator: only shown again when one goes back in a browser, with what one had typed."""
OF_PAGES: Final = (
    (
        "content-security-policy",
        "; ".join(
            (
                "default-src 'none'",
                "script-src 'self'",
                "style-src 'self'",
                "img-src 'self' data:",
                "connect-src 'self'",
                "form-action 'self'",
                "frame-ancestors 'none'",
                "base-uri 'none'",
            )
        ),
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
)
"""What every page tells the browser: it loads and runs nothing but files of ours, nothing that stands in the page
itself, is shown in no frame, and tells other sites nothing of where their reader comes from.
"""

Headers = Iterable[tuple[str, str]]

encode = msgspec.json.encode


def described(container: Any, description: str, media_type: str = JSON) -> ResponseSpec:
    """How an answer is described in OpenAPI: the type that its body has, without invented examples."""
    return ResponseSpec(container, generate_examples=False, description=description, media_type=media_type)


class Answer(Response[bytes]):
    """A whole answer. `headers` may name a header twice (WWW-Authenticate, Link).

    coding: in which the content is already; where it is in none, it is compressed as the client likes it. The header
    ETag is that of the plain answer in any case. lasts_until: up to which time (microseconds since 1970) the same
    request has the same answer, unless something is recorded; None where it may have another one at once.
    """

    def __init__(
        self,
        content: bytes = b"",
        *,
        status: int = 200,
        media_type: str = JSON,
        headers: Headers = (),
        coding: str | None = None,
        lasts_until: int | None = None,
    ) -> None:
        # Not the base's constructor: nothing that it prepares is used, since `to_asgi_response` is our own.
        self.content = content
        self.status_code = status
        self.media_type = media_type
        self.coding = coding
        self.plain_headers = headers
        self.lasts_until = lasts_until

    def to_asgi_response(self, app: Any, request: Any, **_: Any) -> ASGIResponse:
        """What sends it. Litestar's further arguments come from its layers, which have nothing to add."""
        content, coding = self.content, self.coding
        if coding is None and compression.worthwhile(content, self.media_type or ""):
            coding = compression.coding_for(request.headers.get("accept-encoding", ""))
            if coding is not None:
                content = compression.CODINGS[coding](content)
        raw = [(b"vary", _VARY)]
        headers = self.plain_headers
        if self.media_type == HTML:
            raw += _OF_PAGES
            if signed_in(request) is not None:  # what it shows besides is theirs, so it is never shown to others
                headers = [*(each for each in headers if each[0] not in _OF_KEEPING), ("cache-control", FOR_ONE)]
        elif self.status_code != 304:
            raw.append(_AS_IT_SAYS)
        for name, value in headers:
            sent = self._tag(value, coding, request) if name == "etag" else value
            raw.append((name.lower().encode(), sent.encode("latin-1", "replace")))
        if coding is not None:
            raw.append((b"content-encoding", coding.encode()))
        if self.status_code != 304:
            raw.append((b"content-type", (self.media_type or JSON).encode()))
            raw.append((b"content-length", str(len(content)).encode()))
        status = self.status_code or 200
        # For whoever is signed in no condition holds (`caching.unchanged`), so others would get an answer too many.
        anybody = self.lasts_until is not None and signed_in(request) is None
        if anybody and request.app.repeating is not None:
            request.app.repeating.keep(request.scope, status, raw, content, self.lasts_until)
        return _Sent(status, raw, content)

    def _tag(self, etag: str, coding: str | None, request: Any) -> str:
        """The entity tag of what is sent; of a 304 that of what the client has."""
        if self.status_code == 304:
            known = request.headers.get("if-none-match", "")
            return next((each for each in tags(known) if compression.plain_tag(each) == etag), etag)
        return etag if coding is None else compression.coded_tag(etag, coding)


class Streamed(Stream):
    """An answer whose parts are made while they are sent."""

    def __init__(self, parts: AsyncIterator[bytes], *, media_type: str, headers: Headers = ()) -> None:
        super().__init__(parts, media_type=media_type, headers={"Vary": VARY, **dict(headers)})


_OF_KEEPING: Final = ("cache-control", "etag", "last-modified")
_VARY: Final = VARY.encode()
_AS_IT_SAYS: Final = (b"x-content-type-options", b"nosniff")
"""No browser takes an answer for something else than it says, whatever stands in it."""
_OF_PAGES: Final = [(name.encode(), value.encode()) for name, value in OF_PAGES]


def tags(header: str) -> list[str]:
    """The entity tags in a header such as If-None-Match."""
    return [each.strip() for each in header.split(",")]


class _Sent(ASGIResponse):
    def __init__(self, status: int, headers: list[tuple[bytes, bytes]], content: bytes) -> None:
        self.status, self.sent_headers, self.sent_content = status, headers, content

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status, "headers": self.sent_headers})
        await send({"type": "http.response.body", "body": self.sent_content, "more_body": False})

"""What handlers return: status, headers and bytes that are made already, sent without further machinery.

Litestar's own Response encodes, merges the headers of all layers and copies; at several thousand requests a second that
costs more than the answer itself. Every answer, errors and 304 included, says what it varies with.
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

JSON: Final = "application/json"
NDJSON: Final = "application/x-ndjson"
HTML: Final = "text/html; charset=utf-8"
PROBLEM: Final = "application/problem+json"

VARY: Final = "Accept, Accept-Encoding"

Headers = Iterable[tuple[str, str]]

encode = msgspec.json.encode


def described(container: Any, description: str, media_type: str = JSON) -> ResponseSpec:
    """How an answer is described in OpenAPI: the type that its body has, without invented examples."""
    return ResponseSpec(container, generate_examples=False, description=description, media_type=media_type)


class Answer(Response[bytes]):
    """A whole answer. `headers` may name a header twice (WWW-Authenticate, Link)."""

    def __init__(
        self, content: bytes = b"", *, status: int = 200, media_type: str = JSON, headers: Headers = ()
    ) -> None:
        # Not the base's constructor: nothing that it prepares is used, since `to_asgi_response` is our own.
        self.content = content
        self.status_code = status
        self.media_type = media_type
        self.raw_headers = [
            (b"vary", _VARY),
            *((name.lower().encode(), value.encode("latin-1", "replace")) for name, value in headers),
        ]
        if status != 304:
            self.raw_headers.append((b"content-type", media_type.encode()))
            self.raw_headers.append((b"content-length", str(len(content)).encode()))

    def to_asgi_response(self, app: Any, request: Any, **_: Any) -> ASGIResponse:
        """What sends it. Litestar's further arguments come from its layers, which have nothing to add."""
        return _Sent(self)


class Streamed(Stream):
    """An answer whose parts are made while they are sent."""

    def __init__(self, parts: AsyncIterator[bytes], *, media_type: str) -> None:
        super().__init__(parts, media_type=media_type, headers={"Vary": VARY})


_VARY: Final = VARY.encode()


class _Sent(ASGIResponse):
    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = self.answer
        await send({"type": "http.response.start", "status": answer.status_code or 200, "headers": answer.raw_headers})
        await send({"type": "http.response.body", "body": answer.content, "more_body": False})

"""The log as a whole: its size and the root hash of its tree."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Controller, Request, get

from events.event import instant
from service import caching
from service.access.authority import reads_allowed
from service.answers import HTML, Answer, described, encode
from service.api.subjects import cache_control
from service.negotiation import prefers_html
from service.pages import frame as framing
from service.pages import render
from service.pages.texts import TEXTS
from service.parameters import READING, Reading


class LogHead(msgspec.Struct, frozen=True):
    """The end of the log: how many events, the root of its hash tree (RFC 9162) in hexadecimal, when it grew last."""

    size: int
    root_hash: str
    recorded_at: str | None


class LogController(Controller):
    """The log."""

    path = "/log"
    tags = ("Log",)
    guards = (reads_allowed,)
    dependencies = READING

    @get(
        operation_id="read_log",
        summary="Size and root hash of the log.",
        responses={200: described(LogHead, "The end of the log.")},
    )
    async def read(self, request: Request[Any, Any, Any], node: Reading) -> Answer:
        """How far the log has come, and the hash that stands for all of it."""
        head = await node.reads(node.log.head)
        recorded_at = instant(head.recorded_at) if head.position else None
        found = LogHead(head.position, head.root_hash.hex(), recorded_at)
        if prefers_html(request):
            page = render("log.html", title=TEXTS.log.title, frame=framing.of(node, request, self.path), head=found)
            etag = caching.strong_etag(page)
            if caching.unchanged(request, etag):
                return caching.not_modified(etag, caching.PERSONAL)
            return Answer(page, media_type=HTML, headers=caching.headers(etag, caching.PERSONAL))
        body = encode(found)
        etag = caching.strong_etag(body)
        control = cache_control(node, immutable=False)
        if caching.unchanged(request, etag):
            return caching.not_modified(etag, control)
        return Answer(body, headers=caching.headers(etag, control))

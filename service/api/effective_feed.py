"""The feed of changes as they come into force. It depends on the clock: another day makes it another document."""

from __future__ import annotations

import re
from typing import Any, Final

from litestar import Request

from feeds import effective
from feeds.effective import Place
from service import caching, compression
from service.answers import Answer
from service.api.feed_forms import Form, coded, told, until_tomorrow
from service.node import Node
from service.problems import InvalidParameter

_PLACE: Final = re.compile(r"(-?[0-9]{1,17})-([0-9]{1,16})", re.ASCII).fullmatch


async def answer(node: Node, request: Request[Any, Any, Any], upto: str | None, form: Form) -> Answer:
    """A page; where the client has it already, no event is read, and where it was made lately, neither.

    Raises InvalidParameter.
    """
    return await node.reads.long(_answer, node, request, None if upto is None else _place(upto), form)


def _answer(node: Node, request: Request[Any, Any, Any], upto: Place | None, form: Form) -> Answer:
    effective.look_through(node.database, node.register)
    now = node.clock()
    control = until_tomorrow(node)
    coding = compression.coding_for(request.headers.get("accept-encoding", ""))
    with node.database.snapshot() as connection:
        reached = effective.reached(node.queries, connection, node.register, now)
        etag = effective.etag(node.register, reached, upto, form.name)
        time = told(reached.modified, now)
        if caching.unchanged(request, etag, time):
            return caching.not_modified(etag, control, time)
        content = node.kept.get((etag, coding))
        if content is None:
            document = effective.page(node.queries, connection, node.register, reached, upto)
            content = coded(form.render(document), coding)
            node.kept.put((etag, coding), content, len(content))
    return Answer(content, media_type=form.media_type, headers=caching.headers(etag, control, time), coding=coding)


def _place(upto: str) -> Place:
    found = _PLACE(upto)
    if found is None:
        raise InvalidParameter(f"upto={upto[:40]}: follow the links of a page, or begin without upto")
    return Place(int(found[1]), int(found[2]))

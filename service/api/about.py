"""Facts about somebody whom people name as they are called: they are led to the facts that bear the tag, or choose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

import msgspec
from litestar import Request

from events.naming import folded
from events.queries import near, search
from service import caching
from service.answers import HTML, Answer
from service.node import Node
from service.pages import event_list
from service.pages import frame as framing
from service.pages.paths import PATHS

KINDS_OF_TAGS: Final = (*PATHS, "type")


def name(tags: Sequence[str]) -> str | None:
    """The first of these that is a name, where one is: no tag, not even one that is written wrongly."""
    return next((each for each in tags if each.partition("/")[0] not in KINDS_OF_TAGS), None)


def choose(node: Node, request: Request[Any, Any, Any], named: str) -> Answer:
    """Sends people on to the facts about the one who is, or was, called so; of several, or where nobody is, they are
    offered who may be meant.
    """
    with node.database.snapshot() as connection:
        question = node.queries.question(connection, None, None, node.clock())
        ever = msgspec.structs.replace(question, as_of=search.EVER)
        hits = search.hits(node.queries, connection, ever, named)
        found = [(f"{each.kind}/{hit.id}", hit.name) for each in hits for hit in each.items]
        wanted = folded(named)
        found = [each for each in found if wanted in (folded(each[1]), each[0].partition("/")[2])] or found
        if len(found) == 1:
            given = parse_qsl(request.scope["query_string"].decode("latin-1"))
            query = urlencode([(key, found[0][0] if value == named else value) for key, value in given], safe="/:")
            return Answer(status=303, headers=[("location", f"{node.path_prefix}/events?{query}"), _UNSTORED])
        meant = found or near.named(node.queries, connection, search.KINDS, named, question)
        frame = framing.of(node, request, "/events")
        page = event_list.render_choice(node, connection, question, frame, named, meant, near=not found)
    return Answer(page, media_type=HTML, headers=[("cache-control", caching.PERSONAL)])


_UNSTORED: Final = ("cache-control", "no-store")

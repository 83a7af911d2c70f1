"""The lineage of an organisation, as JSON or a page."""

from __future__ import annotations

from typing import Any

from litestar import Request

from events.queries import lineage
from events.subjects import slug_fault
from service import caching
from service.answers import HTML, Answer, encode
from service.api import subjects, views
from service.node import Node
from service.pages import lineage as lineage_page


def answer(
    node: Node,
    request: Request[Any, Any, Any],
    form: str,
    slug: str,
    days: str | None,
    known_at: str | None,
    depth: int,
    nodes: int,
) -> Answer:
    with node.database.snapshot() as connection:
        question = node.queries.question(connection, days, known_at, node.clock())
        etag = caching.weak_etag(
            "lineage",
            slug,
            depth,
            nodes,
            question.moment.last,
            subjects.of_question(question),
            caching.REPRESENTATION,
            form,
        )
        control = (
            caching.PERSONAL
            if form == "html"
            else subjects.cache_control(node, immutable=subjects.settled(question, days, known_at))
        )
        if caching.unchanged(request, etag):
            return caching.not_modified(etag, control)
        found = None
        if slug_fault(slug) is None:
            found = lineage.of(node.queries, connection, slug, question, depth, nodes)
        if found is None:
            raise views.unheard(node, connection, request, slug, "lineage", question)
        if form == "html":
            around = views.frame(node, connection, request, found.id, "lineage", question)
            return Answer(lineage_page.render(found, around), media_type=HTML, headers=caching.headers(etag, control))
    return Answer(encode(found), headers=caching.headers(etag, control))

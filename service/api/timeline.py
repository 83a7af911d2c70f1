"""The timeline of an organisation: the facts that stand, as JSON, CSV or a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from litestar import Request

from events.dates import END
from events.queries import timeline
from events.queries.timeline import Entry
from service import paging
from service.answers import Answer
from service.api import subjects, views
from service.histories import Timeline
from service.node import Node
from service.pages import timeline as timeline_page


def answer(
    node: Node,
    request: Request[Any, Any, Any],
    form: str,
    slug: str,
    days: str | None,
    known_at: str | None,
    limit: int,
    after: str | None,
) -> Answer:
    of_list = ("timeline", slug, days)
    place = paging.number(node.register, of_list, after)
    size = paging.page_size(node.settings, limit)
    with node.database.snapshot() as connection:
        question = node.queries.question(connection, days, known_at, node.clock())
        by = END if days is None else question.as_of.last
        moment = question.moment
        depends = (of_list, place, size, by, moment.last, moment.known, moment.generation)
        settled = days is not None and subjects.settled(question, days, known_at)

        def read() -> tuple[Sequence[Any], int | None]:
            found = timeline.of(node.queries, connection, views.tag(slug), moment, place, size, by)
            if found is None:
                raise views.unheard(node, connection, request, slug, "timeline", question)
            return found.items, found.next_after

        asked = [("as_of", days), ("known_at", moment.position)]
        return views.page(
            node,
            request,
            form,
            f"{slug}/timeline",
            of_list,
            depends,
            settled,
            asked,
            size,
            Entry,
            read,
            Timeline,
            lambda items, following: timeline_page.render(
                node,
                connection,
                slug,
                items,
                moment,
                views.frame(node, connection, request, slug, "timeline", question),
                following,
                days,
            ),
        )

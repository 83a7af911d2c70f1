"""What the views of one organisation over time share: pages of them, their frame, what is said of the unknown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from litestar import Request

from events.dates import Day, iso
from events.queries import Question, marks
from events.subjects import slug_fault
from service import caching, paging
from service.answers import HTML, Answer, encode
from service.api import subjects
from service.api import unheard as unheard_answer
from service.negotiation import asked_format
from service.node import Node
from service.pages import frame as framing
from service.pages import parts
from service.pages import subject as subject_page
from service.pages.frame import Frame
from service.problems import NotFound
from service.representations import table

VIEWS: Final = ("state", "timeline", "changes", "lineage", "anomalies")
ABOUT_DAYS: Final = ("state", "lineage")
"""Those with the controls for the day and the knowledge."""


def page(
    node: Node,
    request: Request[Any, Any, Any],
    form: str,
    path: str,
    of_list: object,
    depends: object,
    settled: bool,
    asked: Sequence[tuple[str, object]],
    size: int,
    item: type[msgspec.Struct],
    read: Callable[[], tuple[Sequence[Any], int | None]],
    whole: Callable[..., Any],
    shown: Callable[[Sequence[Any], str | None], bytes],
) -> Answer:
    """A page of a list of one organisation, as JSON, CSV, or as `shown` renders it for people; nothing is read where
    the client has it already.
    """
    etag = caching.weak_etag(depends, caching.REPRESENTATION, form)
    control = caching.PERSONAL if form == "html" else subjects.cache_control(node, immutable=settled)
    if caching.unchanged(request, etag):
        return caching.not_modified(etag, control)
    items, next_after = read()
    following = None
    if next_after is not None:
        following = paging.next_url(
            node.register,
            f"/organisations/{path}",
            [
                *asked,
                ("limit", size),
                ("format", asked_format(request)),
                ("after", paging.cursor(node.register, of_list, str(next_after))),
            ],
        )
    headers = [*caching.headers(etag, control), *paging.next_links(following)]
    if form == "html":
        return Answer(shown(items, following), media_type=HTML, headers=headers)
    if form == "csv":
        headers += table.headers(path)
        return Answer(table.written(item, items), media_type=table.MEDIA_TYPE, headers=headers)
    return Answer(encode(whole(list(items), following)), headers=headers)


def frame(
    node: Node, connection: sa.Connection, request: Request[Any, Any, Any], slug: str, view: str, question: Question
) -> Frame:
    """What a view of an organisation has around it; the page, which knows the name, adds the feed."""
    forms = ("json",) if view == "lineage" else ("json", "csv")
    tag = f"organisation/{slug}"
    days = marks.of(node.queries, connection, [tag], question.moment, owned=True)
    around = framing.of(node, request, f"/organisations/{slug}/{view}", forms, (), question, days)
    tabs = subject_page.organisation_tabs(around, slug, iso(days[0]) if days else None)
    return msgspec.structs.replace(around, tabs=tabs, tab=VIEWS.index(view))


def cut(found: list[Any], place: int, size: int) -> tuple[list[Any], int | None]:
    """The page that begins at a place, and where the next one begins."""
    return found[place : place + size], place + size if len(found) > place + size else None


def tag(slug: str) -> str:
    """The tag of an organisation. Raises NotFound where the text cannot be one's identifier."""
    fault = slug_fault(slug)
    if fault:
        raise NotFound(fault)
    return f"organisation/{slug}"


def unheard(
    node: Node, connection: sa.Connection, request: Request[Any, Any, Any], slug: str, view: str, question: Question
) -> NotFound:
    """Why there is no such view of an organisation; its page keeps the tabs, and the controls that the view has."""

    def around(name: str, days: Sequence[Day]) -> Frame:
        path = f"/organisations/{slug}/{view}"
        frame = framing.of(node, request, path, (), [parts.feed(f"organisation/{slug}", name)], question)
        tabs = subject_page.organisation_tabs(frame, slug, iso(days[0]) if days else None)
        frame = msgspec.structs.replace(frame, tabs=tabs, tab=VIEWS.index(view))
        return frame if view in ABOUT_DAYS else msgspec.structs.replace(frame, when=None)

    return unheard_answer.of(node, connection, request, f"organisation/{slug}", question, around)

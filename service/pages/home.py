"""The start page: what was recorded lately, what comes into force soon, a search. As JSON links to where to go on."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from litestar import Controller, Request, get

from events.queries import history, organisations
from events.queries.listing import Filters, Page, listing
from feeds import effective
from service import caching
from service.access.authority import reads_allowed
from service.answers import HTML, Answer, described, encode
from service.api.subjects import cache_control, of_question
from service.negotiation import prefers_html
from service.node import Node
from service.pages import frame as framing
from service.pages import parts, render, subject
from service.parameters import READING, Reading

ORGANISATIONS_MAX: Final = 30
LATELY_MAX: Final = 10
SOON_MAX: Final = 10
LINKS: Final = (
    ("/organisations", "the organisations today; add ?as_of=2021-06-01 for another day"),
    ("/events", "all that is recorded"),
    ("/types", "the types of facts, each with its JSON Schema"),
    ("/feeds/all.atom", "every change, for a feed reader"),
    ("/feeds", "the feeds there are; add .opml for import into a reader"),
    ("/log", "size and root hash of the log"),
    ("/schema", "all addresses, to read and to try"),
    ("/schema/openapi.json", "the same as OpenAPI 3.1"),
    ("/health/ready", "whether the service is ready"),
)


class Link(msgspec.Struct, frozen=True):
    """An address to try."""

    href: str
    title: str


class Home(msgspec.Struct, frozen=True):
    """The register and where to go on."""

    title: str
    register: str
    size: int
    links: list[Link]


class HomeController(Controller):
    """The start page."""

    path = "/"
    tags = ("Start",)
    guards = (reads_allowed,)
    dependencies = READING

    @get(operation_id="home", summary="Where to begin.", responses={200: described(Home, "Links.")})
    async def home(self, request: Request[Any, Any, Any], node: Reading) -> Answer:
        """A page with what is new, or addresses to try as JSON."""
        return await node.reads(_home, node, request)


def _home(node: Node, request: Request[Any, Any, Any]) -> Answer:
    register = node.register
    html = prefers_html(request)
    with node.database.snapshot() as connection:
        question = node.queries.question(connection, None, None, node.clock())
        head = question.moment.head
        etag = caching.weak_etag(question.moment.last, of_question(question), html, caching.REPRESENTATION)
        control = caching.PERSONAL if html else cache_control(node, immutable=False)
        if caching.unchanged(request, etag):
            return caching.not_modified(etag, control)
        if not html:
            links = [Link(f"{register.base_url}{path}", title) for path, title in LINKS]
            return Answer(
                encode(Home(register.title, register.id, head, links)), headers=caching.headers(etag, control)
            )
        known = listing(
            node.queries, connection, organisations.LISTED, question, Filters(), Page(limit=ORGANISATIONS_MAX)
        )
        parts.name_all(node, connection, "organisation", known.items, question)
        lately = list(range(head, max(0, head - LATELY_MAX), -1))
        reached = effective.reached(node.queries, connection, register, node.clock())
        soon = [place for _, place in effective.coming(node.queries, connection, register, reached, SOON_MAX)]
        told = subject.sentences(node, connection, [*lately, *(place for place in soon if place not in lately)])
        overtaken = history.overtaken(node.queries, connection, [told[each].id for each in lately], question.moment)
    page = render(
        "home.html",
        title=register.title,
        frame=framing.of(node, request, "/"),
        size=head,
        organisations=known.items,
        more=known.next_after is not None,
        lately=[told[position] for position in lately],
        overtaken=overtaken,
        soon=[told[position] for position in soon],
    )
    return Answer(page, media_type=HTML, headers=caching.headers(etag, control))

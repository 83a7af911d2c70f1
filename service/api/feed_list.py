"""Which feeds there are: as a list in pages, and as OPML for import into a reader."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

import msgspec
import sqlalchemy as sa
from litestar import Controller, Request, get
from litestar.params import QueryParameter

from events.queries import Question
from events.queries.listing import Listing, Page
from feeds import catalogue, opml
from feeds.catalogue import Feed, Kind
from service import caching
from service.access.authority import reads_allowed
from service.answers import Answer, Streamed, described
from service.api import lists, subjects
from service.api.lists import Asked
from service.api.subjects import cache_control
from service.node import Node
from service.pages import feed_list as feed_list_page
from service.parameters import LIMIT_DEFAULT, READING_ONE_FORMAT, After, Days, KnownAt, Limit, Reading

AT_ONCE: Final = 1_000
"""Feeds in one part of an OPML document."""
GROUPS: Final[dict[str, tuple[Kind, ...]]] = {
    "Everything": ("all", "effective"),
    "Types of facts": ("types",),
    "Organisations": ("organisations",),
    "People": ("people",),
}


class Feeds(msgspec.Struct, frozen=True):
    """A page of feeds. `next` is the address of the next page, null on the last."""

    items: list[Feed]
    next: str | None


class FeedListController(Controller):
    """The list of feeds."""

    path = "/feeds"
    tags = ("Feeds",)
    guards = subjects.GUARDS
    dependencies = subjects.DEPENDENCIES

    @get(
        operation_id="list_feeds",
        summary="The feeds there are: everything, what comes into force, types in use, and what is known.",
        responses={200: described(Feeds, "A page of feeds.")},
    )
    async def list(
        self,
        request: Request[Any, Any, Any],
        node: Reading,
        days: Days,
        known_at: KnownAt = None,
        kind: Annotated[Kind | None, QueryParameter(description="Only feeds of this kind.")] = None,
        q: lists.Q = None,
        limit: Limit = LIMIT_DEFAULT,
        after: After = None,
    ) -> Answer:
        """Lists feeds, by kind and identifier, with the names of the day asked for."""
        kinds = catalogue.KINDS if kind is None else (kind,)

        def read(connection: sa.Connection, question: Question, page: Page) -> Listing:
            given: dict[str, Any] = {"kinds": kinds, "q": q, "after": page.after or "", "limit": page.limit + 1}
            found = catalogue.feeds(node.queries, connection, node.register, question, **given)
            more = len(found) > page.limit
            return Listing(found[: page.limit], found[page.limit - 1].place if more else None)

        asked = Asked(days=days, known_at=known_at, limit=limit, after=after)
        return await lists.answer(
            node, request, self.path, {"kind": kind, "q": q}, read, asked, Feed, feed_list_page.render
        )


class OpmlController(Controller):
    """Feeds for import into a reader."""

    path = "/feeds.opml"
    tags = ("Feeds",)
    guards = (reads_allowed,)
    dependencies = READING_ONE_FORMAT

    @get(
        operation_id="feeds_opml",
        summary="Feeds as OPML 2.0, for import into a reader.",
        responses={200: described(bytes, "Everything, types in use, organisations, people.", opml.MEDIA_TYPE)},
    )
    async def opml(self, request: Request[Any, Any, Any], node: Reading) -> Answer | Streamed:
        """The feeds of everything, of types in use, organisations and people, by the names of today."""
        return await node.reads(_opml, node, request)


def _opml(node: Node, request: Request[Any, Any, Any]) -> Answer | Streamed:
    with node.database.snapshot() as connection:
        question = node.queries.question(connection, None, None, node.clock())
    position, day = question.moment.position, question.as_of.edtf
    etag = caching.weak_etag("opml", node.register, question.moment.last, day, caching.REPRESENTATION)
    headers = caching.headers(etag, cache_control(node, immutable=False))
    if caching.unchanged(request, etag):
        return Answer(status=304, headers=headers)
    if request.scope["state"].get("bodiless"):
        return Answer(media_type=f"{opml.MEDIA_TYPE}; charset=utf-8", headers=headers)
    modified = question.moment.recorded_at or node.register.created_at
    return Streamed(_parts(node, position, day, modified), media_type=opml.MEDIA_TYPE, headers=headers)


async def _parts(node: Node, position: int, day: str, modified: int) -> AsyncIterator[bytes]:
    """The document in parts, each of which is one read, all as known at one position."""
    yield opml.opening(node.register.title, modified).encode()
    for title, kinds in GROUPS.items():
        yield opml.group_opening(title).encode()
        after: str | None = ""
        while after is not None:
            found = await node.reads.long(_listed, node, position, day, kinds, after)
            yield "".join(map(opml.feed, found)).encode()
            after = found[-1].place if len(found) == AT_ONCE else None
        yield opml.GROUP_CLOSING.encode()
    yield opml.CLOSING.encode()


def _listed(node: Node, position: int, day: str, kinds: tuple[Kind, ...], after: str) -> list[Feed]:
    with node.database.snapshot() as connection:
        question = node.queries.question(connection, day, str(position), node.clock())
        given: dict[str, Any] = {"kinds": kinds, "after": after, "limit": AT_ONCE}
        return catalogue.feeds(node.queries, connection, node.register, question, **given)

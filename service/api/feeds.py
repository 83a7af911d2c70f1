"""Feeds as Atom and JSON Feed: heads and archives of the whole log, and of one organisation, person or type."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

import sqlalchemy as sa
from litestar import Controller, Request, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter

from feeds import archives, atom, documents, effective
from feeds.archives import Archive
from feeds.choices import KINDS, Choice
from feeds.selections import Selection, Version
from service import caching, compression
from service.access.authority import reads_allowed
from service.answers import Answer, described, tags
from service.api import effective_feed, feed_pages
from service.api.feed_forms import SUFFIXES, Form, coded, hub_links, named, told, whose
from service.api.feed_list import FeedListController, OpmlController
from service.api.feed_pages import Upto
from service.api.lists import slug_of
from service.api.selecting import TAGS_MAX, check_tag
from service.node import Node
from service.parameters import READING_ONE_FORMAT, Reading, Tags
from service.problems import InvalidParameter, NoSuchArchive, NotFound

HEAD: Final = {200: described(bytes, "The newest entries, as Atom or as JSON Feed.", atom.MEDIA_TYPE)}
ARCHIVE: Final = {200: described(bytes, "A hundred older entries; they never change.", atom.MEDIA_TYPE)}
ASK_IN_VAIN: Final = ("feedparser/", "UniversalFeedParser/", "rss2email/")
"""Programs that get whole documents though they ask for new entries only: the library feedparser asks for those without
the knowledge of who uses it, and rss2email, for one, takes the answer for an error and is never told of anything new.
"""
LONG: Final = 1 << 62
"""A time that does not come: what depends on the log alone lasts until something is recorded."""
VARY: Final = ("vary", "A-IM")
"""Besides what every answer varies with: heads answer who asks for the new entries only (RFC 3229)."""


def head(family: str, what: str) -> HTTPRouteHandler:
    """The route of the head documents of a family of feeds."""

    @get(
        "/{document:str}",
        operation_id=f"feed_{family}",
        summary=f"What is recorded about {what}, newest first: the identifier with {SUFFIXES}.",
        description="The newest entries, at least a hundred where there are so many; older ones are in archives.",
        responses=HEAD,
    )
    async def head_(
        self: Controller,  # noqa: ARG001 - handlers are methods
        request: Request[Any, Any, Any],
        node: Reading,
        document: FromPath[str],
    ) -> Answer:
        id_, form = named(document)
        return await _head(node, request, Selection(family, id_), form)

    return head_


def archive(family: str, what: str) -> HTTPRouteHandler:
    """The route of the archives of a family of feeds."""

    @get(
        "/{id:str}/archive/{document:str}",
        operation_id=f"feed_{family}_archive",
        summary=f"Older entries about {what}: the number of the archive, from 1 on, with {SUFFIXES}.",
        description="A hundred entries each. Once there, an archive never changes.",
        responses=ARCHIVE,
    )
    async def archive_(
        self: Controller,  # noqa: ARG001 - handlers are methods
        request: Request[Any, Any, Any],
        node: Reading,
        id: FromPath[str],  # noqa: A002 - its name in the address
        document: FromPath[str],
    ) -> Answer:
        return await _archive(node, request, Selection(family, id), document)

    return archive_


PartOf = Annotated[
    str | None,
    QueryParameter(description="What concerns this organisation, or what is under it today, as known now."),
]
PinnedDay = Annotated[
    str | None, QueryParameter(description="The day by which pages of a feed by part_of go: taken from their links.")
]
PinnedKnowledge = Annotated[
    str | None,
    QueryParameter(description="The knowledge by which pages of a feed by part_of go: taken from their links."),
]


class FeedsController(Controller):
    """The feed of all events."""

    path = "/feeds"
    tags = ("Feeds",)
    guards = (reads_allowed,)
    dependencies = READING_ONE_FORMAT

    @get(
        "/{document:str}",
        operation_id="feed_all",
        summary="All that is recorded, newest first, or what is chosen of it (`all`); changes as they come into force "
        f"(`effective`); with {SUFFIXES}.",
        responses=HEAD,
    )
    async def all(
        self,
        request: Request[Any, Any, Any],
        node: Reading,
        document: FromPath[str],
        tag: Tags = None,
        part_of: PartOf = None,
        upto: Upto = None,
        as_of: PinnedDay = None,
        known_at: PinnedKnowledge = None,
    ) -> Answer:
        """The newest events of the register, at least a hundred where there are so many; older ones are in archives.

        With `tag` (at most 20) or `part_of`, or both, a hundred entries a page, and the link `next` leads to the older
        ones. `part_of` takes in the organisation, and all that are definitely or possibly part of it, directly or
        through others, today, in the register's time zone, as known now; a page of older entries goes by the day and
        the knowledge of the first page.

        `effective` has each fact at the beginning of the day after its latest possible day, in the register's time
        zone, or when it was recorded, where that was later; without those that were corrected or retracted by then.
        """
        name, form = named(document)
        if name == effective.PATH:
            if any(each is not None for each in (tag, part_of, as_of, known_at)):
                raise InvalidParameter(f"tag and part_of choose of all that is recorded: ask for all{form.suffix}")
            return await effective_feed.answer(node, request, upto, form)
        if name != "all":
            raise NotFound(
                f"there is no feed {document[:80]}; all{form.suffix} has all that is recorded, "
                f"{effective.PATH}{form.suffix} what comes into force"
            )
        if upto is None and (as_of is not None or known_at is not None):
            raise InvalidParameter("as_of and known_at belong to pages of older entries: follow the links of a page")
        if tag is None and part_of is None:
            if upto is not None:
                raise InvalidParameter("upto belongs to feeds by tag or part_of; older entries of all are in archives")
            return await _head(node, request, Selection("all"), form)
        return await feed_pages.answer(node, request, _choice(tag or [], part_of, as_of, known_at), upto, form)

    @get(
        "/all/archive/{document:str}",
        operation_id="feed_all_archive",
        summary=f"Older entries of all that is recorded: the number of the archive, from 1 on, with {SUFFIXES}.",
        responses=ARCHIVE,
    )
    async def all_archive(self, request: Request[Any, Any, Any], node: Reading, document: FromPath[str]) -> Answer:
        """A hundred entries each. Once there, an archive never changes."""
        return await _archive(node, request, Selection("all"), document)


def _family(family: str, what: str) -> type[Controller]:
    """The controller of one family of feeds."""
    members = {
        "__doc__": f"The feeds about {what}.",
        "path": f"/feeds/{family}",
        "tags": FeedsController.tags,
        "guards": FeedsController.guards,
        "dependencies": FeedsController.dependencies,
        "head": head(family, what),
        "archive": archive(family, what),
    }
    return type(f"{family.capitalize()}Feeds", (Controller,), members)


CONTROLLERS: Final[tuple[type[Controller], ...]] = (
    FeedsController,
    _family("organisations", "one organisation"),
    _family("people", "one person"),
    _family("types", "facts of one type"),
    *map(feed_pages.family, KINDS),
    FeedListController,
    OpmlController,
)


def _choice(tags: list[str], part_of: str | None, as_of: str | None, known_at: str | None) -> Choice:
    """What the parameters mean; the same, however they are ordered. Raises InvalidParameter."""
    if len(tags) > TAGS_MAX:
        raise InvalidParameter(f"at most {TAGS_MAX} tags")
    for each in tags:
        check_tag(each)
    if part_of is None and (as_of is not None or known_at is not None):
        raise InvalidParameter("as_of and known_at say when organisations were under one: they go with part_of")
    return Choice("all", tuple(sorted(set(tags))), slug_of("part_of", part_of), as_of, known_at)


async def _head(node: Node, request: Request[Any, Any, Any], selection: Selection, form: Form) -> Answer:
    """A head document; where the client has it already, no event is read, and where it was made lately, neither.

    One that has to be made is made on a thread, meanwhile others are answered; all who ask for it at once wait for one.
    """
    asked = (node, request, selection, form)
    found = await node.reads(_head_at_hand, *asked)
    if found is not None:
        return found
    async with node.rendering:
        found = await node.reads(_head_at_hand, *asked)
        return await node.reads.long(_head_made, *asked) if found is None else found


def _head_made(node: Node, request: Request[Any, Any, Any], selection: Selection, form: Form) -> Answer:
    found = _head_at_hand(node, request, selection, form, make=True)
    assert found is not None, "it was made"
    return found


def _head_at_hand(
    node: Node, request: Request[Any, Any, Any], selection: Selection, form: Form, *, make: bool = False
) -> Answer | None:
    """The head document, unless it would have to be made, which is to be said by `make`."""
    control = f"{whose(node)}, {caching.HEAD_DOCUMENT}"
    hub = node.hub.address if node.hub is not None else None
    shared = [VARY, *hub_links(hub, documents.address(node.register, selection) + form.suffix)]
    coding = compression.coding_for(request.headers.get("accept-encoding", ""))
    with node.database.snapshot() as connection:
        version = documents.version(node.queries, connection, node.register, selection)
        if version is None:
            raise NotFound(f"there is no feed {selection.path}{form.suffix}: no event is about that")
        etag = documents.etag(node.register, selection, version, form.name, hub)
        # Else who asks by time alone would miss what comes in the same second, and so would libcurl, which throws away
        # what is not newer than what it had, and with it newsboat, which keeps the new ETag still.
        time = told(version.recorded_at, node.clock())
        lasts_until = LONG if time is not None else None
        if caching.unchanged(request, etag, time):
            return caching.not_modified(etag, control, time, *shared, lasts_until=lasts_until)
        seen = _seen(node, request, connection, selection, version, form, hub)
        content = node.kept.get((etag, coding)) if seen is None else None
        if content is None:
            if not make:
                return None
            document = documents.head(node.queries, connection, node.register, selection, after=seen, hub=hub)
            assert document is not None, "the same snapshot has its version"
            content = coded(form.render(document), coding)
            if seen is None:
                node.kept.put((etag, coding), content, len(content))
    if seen is not None:
        headers = [*shared, ("im", "feed"), *caching.headers(etag, "no-store, im", time)]
        return Answer(content, status=226, media_type=form.media_type, headers=headers, coding=coding)
    if request.headers.get("a-im"):
        lasts_until = None  # another program that asks so may get the new entries only
    headers = [*shared, *caching.headers(etag, control, time)]
    return Answer(content, media_type=form.media_type, headers=headers, coding=coding, lasts_until=lasts_until)


def _seen(
    node: Node,
    request: Request[Any, Any, Any],
    connection: sa.Connection,
    selection: Selection,
    version: Version,
    form: Form,
    hub: str | None,
) -> int | None:
    """How many events of the feed the client has seen, where it asks for those after them alone (RFC 3229).

    Only an entity tag that this head had is believed, and only while all that came since is in the head.
    """
    if request.headers.get("user-agent", "").startswith(ASK_IN_VAIN):
        return None
    manipulations = [each.partition(";")[0].strip().lower() for each in request.headers.get("a-im", "").split(",")]
    if "feed" not in manipulations:
        return None
    for tag in tags(request.headers.get("if-none-match", "")):
        counted = _COUNTED(tag)
        count = int(counted[1]) if counted else 0
        if documents.first_in_head(version.count) <= count < version.count:
            then = selection.version_at(node.database, connection, count, version)
            if compression.plain_tag(tag) == documents.etag(node.register, selection, then, form.name, hub):
                return count
    return None


async def _archive(node: Node, request: Request[Any, Any, Any], selection: Selection, document: str) -> Answer:
    """An archive, from where it is kept; one that nobody asked for yet is rendered, which takes a while."""
    name, form = named(document)
    number = int(name) if _NUMBER(name) else 0
    found = await node.reads(_kept, node, selection, number, form) if number else None
    if found is None and number:
        arguments = (node.queries, node.register, selection, number, form.name, form.render)
        found = await node.reads.long(archives.publish, *arguments)
    if found is None:
        raise NoSuchArchive(
            f"there is no archive {name[:20]} of {selection.path}, or not yet; the newest entries are in its head",
            documents.address(node.register, selection) + form.suffix,
        )
    etag = f'"{found.digest.hex()[:32]}"'
    control = f"{whose(node)}, {caching.IMMUTABLE}"
    modified = caching.last_modified(found.published_at)
    if caching.unchanged(request, etag, modified):
        return caching.not_modified(etag, control, modified, lasts_until=LONG)
    coding = compression.coding_for(request.headers.get("accept-encoding", ""), ("gzip", "zstd", "br"))
    headers = caching.headers(etag, control, modified)
    content = _content(node, found, coding)
    return Answer(content, media_type=form.media_type, headers=headers, coding=coding, lasts_until=LONG)


def _kept(node: Node, selection: Selection, number: int, form: Form) -> Archive | None:
    with node.database.snapshot() as connection:
        return archives.kept(node.database, connection, selection, number, form.name)


def _content(node: Node, found: Archive, coding: str | None) -> bytes:
    """The bytes of an archive in a coding; it is kept in that of gzip."""
    if coding == "gzip":
        return found.compressed
    key = (found.digest, coding)
    content = node.kept.get(key)
    if content is None:
        content = coded(found.content(), coding)
        node.kept.put(key, content, len(content))
    return content


_COUNTED: Final = re.compile(r'"([1-9][0-9]{0,15})-').match
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,12}").fullmatch

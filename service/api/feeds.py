"""Feeds as Atom and JSON Feed: heads and archives of the whole log, and of one organisation, person or type."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from litestar import Controller, Request, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from feeds import archives, atom, documents, json_feed
from feeds.archives import Archive
from feeds.documents import Document
from feeds.selections import Selection, Version
from service import caching, compression
from service.access.authority import reads_allowed
from service.answers import Answer, described, tags
from service.node import Node
from service.parameters import READING_ONE_FORMAT, Reading
from service.problems import NoSuchArchive, NotFound


class Form(NamedTuple):
    """A format of documents, named by the end of their addresses."""

    name: str
    suffix: str
    media_type: str
    render: Callable[[Document], bytes]


FORMS: Final = (
    Form("atom", atom.SUFFIX, f"{atom.MEDIA_TYPE}; charset=utf-8", atom.render),
    Form("json", json_feed.SUFFIX, json_feed.MEDIA_TYPE, json_feed.render),
)
SUFFIXES: Final = " or ".join(form.suffix for form in FORMS)

HEAD: Final = {200: described(bytes, "The newest entries, as Atom or as JSON Feed.", atom.MEDIA_TYPE)}
ARCHIVE: Final = {200: described(bytes, "A hundred older entries; they never change.", atom.MEDIA_TYPE)}
SECOND: Final = 1_000_000  # in microseconds, as all times here
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
        id_, form = _named(document)
        return await node.reads(_head, node, request, Selection(family, id_), form)

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


class FeedsController(Controller):
    """The feed of all events."""

    path = "/feeds"
    tags = ("Feeds",)
    guards = (reads_allowed,)
    dependencies = READING_ONE_FORMAT

    @get(
        "/{document:str}",
        operation_id="feed_all",
        summary=f"All that is recorded, newest first: `all` with {SUFFIXES}.",
        responses=HEAD,
    )
    async def all(self, request: Request[Any, Any, Any], node: Reading, document: FromPath[str]) -> Answer:
        """The newest events of the register, at least a hundred where there are so many; older ones are in archives."""
        name, form = _named(document)
        if name != "all":
            raise NotFound(f"there is no feed {document[:80]}; all{form.suffix} has all that is recorded")
        return await node.reads(_head, node, request, Selection("all"), form)

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


CONTROLLERS: Final = (
    FeedsController,
    _family("organisations", "one organisation"),
    _family("people", "one person"),
    _family("types", "facts of one type"),
)


def _named(document: str) -> tuple[str, Form]:
    """The name and the format of a document. Raises NotFound."""
    for form in FORMS:
        if document.endswith(form.suffix) and document != form.suffix:
            return document.removesuffix(form.suffix), form
    shown = document[:80]
    raise NotFound(f"feeds end in {SUFFIXES}: ask for {' or '.join(shown + form.suffix for form in FORMS)}")


def _head(node: Node, request: Request[Any, Any, Any], selection: Selection, form: Form) -> Answer:
    """A head document; where the client has it already, no event is read, and where it was made lately, neither."""
    control = f"{_whose(node)}, {caching.HEAD_DOCUMENT}"
    coding = compression.coding_for(request.headers.get("accept-encoding", ""))
    with node.database.snapshot() as connection:
        version = documents.version(node.queries, connection, node.register, selection)
        if version is None:
            raise NotFound(f"there is no feed {selection.path}{form.suffix}: no event is about that")
        etag = documents.etag(node.register, selection, version, form.name)
        # While the second of the last event is not over there may be another one in it, with the same time as HTTP
        # writes it: until then no time is told. Else who asks by time alone would miss that, and so would libcurl,
        # which throws away what is not newer than what it had, and with it newsboat, which keeps the new ETag still.
        settled = version.recorded_at // SECOND < node.clock() // SECOND - 1
        told = caching.last_modified(version.recorded_at) if settled else None
        lasts_until = LONG if settled else None
        if caching.unchanged(request, etag, told):
            return caching.not_modified(etag, control, told, VARY, lasts_until=lasts_until)
        seen = _seen(node, request, connection, selection, version, form)
        content = node.kept.get((etag, coding)) if seen is None else None
        if content is None:
            document = documents.head(node.queries, connection, node.register, selection, after=seen)
            assert document is not None, "the same snapshot has its version"
            content = _coded(form.render(document), coding)
            if seen is None:
                node.kept.put((etag, coding), content, len(content))
    if seen is not None:
        headers = [VARY, ("im", "feed"), *caching.headers(etag, "no-store, im", told)]
        return Answer(content, status=226, media_type=form.media_type, headers=headers, coding=coding)
    if request.headers.get("a-im"):
        lasts_until = None  # another program that asks so may get the new entries only
    headers = [VARY, *caching.headers(etag, control, told)]
    return Answer(content, media_type=form.media_type, headers=headers, coding=coding, lasts_until=lasts_until)


def _seen(
    node: Node,
    request: Request[Any, Any, Any],
    connection: sa.Connection,
    selection: Selection,
    version: Version,
    form: Form,
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
        told = _COUNTED(tag)
        count = int(told[1]) if told else 0
        if documents.first_in_head(version.count) <= count < version.count:
            then = selection.version_at(node.database, connection, count, version)
            if compression.plain_tag(tag) == documents.etag(node.register, selection, then, form.name):
                return count
    return None


async def _archive(node: Node, request: Request[Any, Any, Any], selection: Selection, document: str) -> Answer:
    """An archive, from where it is kept; one that nobody asked for yet is rendered, which takes a while."""
    name, form = _named(document)
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
    control = f"{_whose(node)}, {caching.IMMUTABLE}"
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
        content = _coded(found.content(), coding)
        node.kept.put(key, content, len(content))
    return content


def _coded(content: bytes, coding: str | None) -> bytes:
    return content if coding is None else compression.CODINGS[coding](content)


def _whose(node: Node) -> str:
    return "public" if node.authority.public_reads else "private"


_COUNTED: Final = re.compile(r'"([1-9][0-9]{0,15})-').match
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,12}").fullmatch

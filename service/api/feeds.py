"""Feeds: the head documents of the whole log, and of one organisation, person or type, as Atom."""

from __future__ import annotations

from typing import Any, Final

from litestar import Controller, Request, get
from litestar.params import FromPath

from feeds import atom, documents
from feeds.selections import Selection
from service import caching
from service.access.authority import reads_allowed
from service.answers import Answer, described
from service.node import Node
from service.parameters import READING_ONE_FORMAT, Reading
from service.problems import NotFound

FORM: Final = "atom"
ATOM: Final = {200: described(bytes, "The newest entries, as Atom.", atom.MEDIA_TYPE)}


class FeedsController(Controller):
    """Feeds."""

    path = "/feeds"
    tags = ("Feeds",)
    guards = (reads_allowed,)
    dependencies = READING_ONE_FORMAT

    @get("/all.atom", operation_id="feed_all", summary="All that is recorded, newest first.", responses=ATOM)
    async def all(self, request: Request[Any, Any, Any], node: Reading) -> Answer:
        """Every event of the register."""
        return await _feed(node, request, Selection("all"))

    @get(
        "/organisations/{document:str}",
        operation_id="feed_organisation",
        summary="What is recorded about an organisation: its identifier with `.atom`, such as nhsx.atom.",
        responses=ATOM,
    )
    async def organisation(self, request: Request[Any, Any, Any], node: Reading, document: FromPath[str]) -> Answer:
        """Every event that names an organisation."""
        return await _feed(node, request, Selection("organisations", _id(document)))

    @get(
        "/people/{document:str}",
        operation_id="feed_person",
        summary="What is recorded about a person: the identifier with `.atom`, such as matthew-gould.atom.",
        responses=ATOM,
    )
    async def person(self, request: Request[Any, Any, Any], node: Reading, document: FromPath[str]) -> Answer:
        """Every event that names a person."""
        return await _feed(node, request, Selection("people", _id(document)))

    @get(
        "/types/{document:str}",
        operation_id="feed_type",
        summary="Facts of one type: its name with `.atom`, such as organisation.merged.atom.",
        responses=ATOM,
    )
    async def type(self, request: Request[Any, Any, Any], node: Reading, document: FromPath[str]) -> Answer:
        """Every event of a type."""
        return await _feed(node, request, Selection("types", _id(document)))


def _id(document: str) -> str:
    if not document.endswith(atom.SUFFIX) or document == atom.SUFFIX:
        raise NotFound(f"feeds end in {atom.SUFFIX}: ask for {document[:80]}{atom.SUFFIX}")
    return document.removesuffix(atom.SUFFIX)


async def _feed(node: Node, request: Request[Any, Any, Any], selection: Selection) -> Answer:
    return await node.reads(_answer, node, request, selection)


def _answer(node: Node, request: Request[Any, Any, Any], selection: Selection) -> Answer:
    """A head document; where the client has it already, no event is read."""
    whose = "public" if node.authority.public_reads else "private"
    control = f"{whose}, {caching.HEAD_DOCUMENT}"
    with node.database.snapshot() as connection:
        version = documents.version(node.queries, connection, node.register, selection)
        if version is None:
            raise NotFound(f"there is no feed {selection.path}{atom.SUFFIX}: no event is about that")
        etag = documents.etag(node.register, selection, version, FORM)
        # While the second of the last append is not over there may be another one in it: until then an earlier time is
        # told, so that nobody who asks by If-Modified-Since alone misses it.
        told = caching.last_modified(min(version.recorded_at, node.clock() - 1_000_000))
        if caching.unchanged(request, etag, caching.last_modified(version.recorded_at)):
            return caching.not_modified(etag, control, told)
        document = documents.head(node.queries, connection, node.register, selection)
    assert document is not None, "the same snapshot has its version"
    headers = caching.headers(etag, control, told)
    return Answer(atom.render(document), media_type=f"{atom.MEDIA_TYPE}; charset=utf-8", headers=headers)

"""Feeds that are head only: pages of what bears some tags, or concerns what is under an organisation."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Controller, Request, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter

from events.queries.parts import PARTS_MAX
from events.subjects import slug_fault
from feeds import atom, documents, pages
from feeds.choices import KINDS, Choice, find
from service import caching, compression
from service.access.authority import reads_allowed
from service.answers import Answer, described
from service.api.feed_forms import SUFFIXES, Form, coded, hub_links, named, told, until_tomorrow, whose
from service.node import Node
from service.parameters import POSITION_MAX, READING_ONE_FORMAT, Reading
from service.problems import InvalidParameter, NotFound

Upto = Annotated[
    str | None,
    QueryParameter(description="A page of older entries: where it begins, taken from a link of the page before."),
]


def family(plural: str) -> type[Controller]:
    """The controller of one family of feeds that are head only."""
    members = {
        "__doc__": f"The feeds about one {KINDS[plural]}.",
        "path": f"/feeds/{plural}",
        "tags": ("Feeds",),
        "guards": (reads_allowed,),
        "dependencies": READING_ONE_FORMAT,
        "head": _route(plural),
    }
    return type(f"{plural.capitalize()}Feeds", (Controller,), members)


def _route(plural: str) -> HTTPRouteHandler:
    kind = KINDS[plural]

    @get(
        "/{document:str}",
        operation_id=f"feed_{plural}",
        summary=f"What is recorded about one {kind}, newest first: the identifier with {SUFFIXES}.",
        description="A hundred entries a page; the link `next` leads to the older ones.",
        responses={200: described(bytes, "A page of entries, as Atom or as JSON Feed.", atom.MEDIA_TYPE)},
    )
    async def head(
        self: Controller,  # noqa: ARG001 - handlers are methods
        request: Request[Any, Any, Any],
        node: Reading,
        document: FromPath[str],
        upto: Upto = None,
    ) -> Answer:
        id_, form = named(document)
        if slug_fault(id_) is not None:
            raise NotFound(_unknown(f"{plural}/{id_}", form))
        return await answer(node, request, Choice(f"{plural}/{id_}", (f"{kind}/{id_}",)), upto, form)

    return head


async def answer(node: Node, request: Request[Any, Any, Any], choice: Choice, upto: str | None, form: Form) -> Answer:
    """A page of a choice; where the client has it already, no event is read, and where it was made lately, neither.

    Raises InvalidParameter, NotFound.
    """
    position = None if upto is None else _position(upto)
    return await node.reads.long(_answer, node, request, choice, position, form)


def _answer(node: Node, request: Request[Any, Any, Any], choice: Choice, upto: int | None, form: Form) -> Answer:
    coding = compression.coding_for(request.headers.get("accept-encoding", ""))
    hub = _hub(node, choice, upto)
    dated = choice.part_of is not None and choice.as_of is None
    control = until_tomorrow(node) if dated else f"{whose(node)}, {caching.HEAD_DOCUMENT}"
    with node.database.snapshot() as connection:
        question = node.queries.question(connection, choice.as_of, choice.known_at, node.clock())
        chosen = find(node.queries, connection, node.register, choice, question)
        if chosen is None:
            raise NotFound(_unknown(choice.path + choice.query(), form))
        if len(chosen.bodies or ()) > PARTS_MAX:
            raise InvalidParameter(f"part_of={choice.part_of}: more than {PARTS_MAX} organisations are under it")
        links = hub_links(hub, documents.suffixed(pages.address(node.register, choice), form.suffix))
        etag = pages.etag(node.register, chosen, upto, form.name, hub)
        # What is under an organisation changes with the days too, at no time that could be told here.
        time = None if choice.part_of is not None else told(chosen.reached.recorded_at, node.clock())
        if caching.unchanged(request, etag, time):
            return caching.not_modified(etag, control, time, *links)
        content = node.kept.get((etag, coding))
        if content is None:
            document = pages.page(node.queries, connection, node.register, chosen, question, upto, hub)
            content = coded(form.render(document), coding)
            node.kept.put((etag, coding), content, len(content))
    headers = [*links, *caching.headers(etag, control, time)]
    return Answer(content, media_type=form.media_type, headers=headers, coding=coding)


def _hub(node: Node, choice: Choice, upto: int | None) -> str | None:
    """The hub that is told of the news on a page: on the first of those about one thing."""
    return None if node.hub is None or upto is not None or choice.path == "all" else node.hub.address


def _position(upto: str) -> int:
    if not (upto.isascii() and upto.isdigit() and int(upto[:17]) <= POSITION_MAX and len(upto) <= 16):
        raise InvalidParameter(f"upto={upto[:40]}: follow the links of a page, or begin without upto")
    return int(upto)


def _unknown(path: str, form: Form) -> str:
    name, mark, query = path.partition("?")
    return f"there is no feed {name[:200]}{form.suffix}{mark}{query[:400]}: no event is about that"

"""The vocabulary: all types of facts, its users' own among them, and each one's JSON Schema."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, get
from litestar.params import FromPath, QueryParameter

from events.vocabulary.defined import Types as Vocabulary
from events.vocabulary.language import FactType
from events.vocabulary.schema import SCHEMAS_CACHED, schema_of
from service import caching
from service.access.authority import reads_allowed
from service.answers import HTML, Answer, described, encode
from service.api.subjects import cache_control
from service.negotiation import prefers_html
from service.node import Node
from service.pages import frame as framing
from service.pages import types as types_page
from service.parameters import READING, Reading
from service.problems import NotFound

SCHEMA: str = "application/schema+json"


class Type(msgspec.Struct, frozen=True, omit_defaults=True):
    """A type of fact. `schema` names it with its version, `href` is where its JSON Schema is; `definition` is the id of
    the event that defined it, where users did.
    """

    type: str
    schema: str
    description: str
    href: str
    definition: str | None = None


class Types(msgspec.Struct, frozen=True):
    """All types of facts."""

    items: list[Type]


class TypesController(Controller):
    """The vocabulary."""

    path = "/types"
    tags = ("Vocabulary",)
    guards = (reads_allowed,)
    dependencies = READING

    @get(
        operation_id="list_types",
        summary="All types of facts.",
        responses={200: described(Types, "The types.")},
    )
    async def list(self, request: Request[Any, Any, Any], node: Reading) -> Answer:
        """The vocabulary: each type with what it says; of users' own types the newest version."""
        types = await node.reads(_types, node)
        if prefers_html(request):
            page = types_page.render_all(types.newest(), framing.of(node, request, self.path))
            return _page(request, page)
        items = [
            Type(
                kind.name, kind.schema, kind.description, f"{node.register.base_url}/types/{kind.name}", kind.definition
            )
            for kind in types.newest()
        ]
        return _answer(node, request, encode(Types(items)), "application/json")

    @get(
        "/{name:str}",
        operation_id="read_type",
        summary="The JSON Schema of a type of fact.",
        responses={200: described(dict[str, Any], "The JSON Schema.", SCHEMA)},
    )
    async def read(
        self,
        request: Request[Any, Any, Any],
        node: Reading,
        name: FromPath[str],
        version: Annotated[
            int | None, QueryParameter(ge=1, le=1_000, description="Which version; by default the newest.")
        ] = None,
    ) -> Answer:
        """The JSON Schema (draft 2020-12) of a whole fact of this type."""
        types = await node.reads(_types, node)
        kind = types.find(name, None if version is None else f"{name}/{version}")
        if kind is None:
            raise NotFound(f"there is no type {name[:80]}; GET /types lists those that there are")
        if version not in (None, kind.version):
            raise NotFound(f"there is no version {version} of {name}; the newest is {kind.version}")
        if prefers_html(request):
            return _page(request, types_page.render(kind, framing.of(node, request, f"{self.path}/{name}")))
        return _answer(node, request, _schema(kind), SCHEMA)


def _types(node: Node) -> Vocabulary:
    with node.database.snapshot() as connection:
        return node.queries.definitions.refresh(connection)


@lru_cache(SCHEMAS_CACHED)
def _schema(kind: FactType) -> bytes:
    return encode(schema_of(kind))


def _page(request: Request[Any, Any, Any], page: bytes) -> Answer:
    etag = caching.strong_etag(page)
    if caching.unchanged(request, etag):
        return caching.not_modified(etag, caching.PERSONAL)
    return Answer(page, media_type=HTML, headers=caching.headers(etag, caching.PERSONAL))


def _answer(node: Node, request: Request[Any, Any, Any], body: bytes, media_type: str) -> Answer:
    etag = caching.strong_etag(body)
    control = cache_control(node, immutable=False)
    if caching.unchanged(request, etag):
        return caching.not_modified(etag, control)
    return Answer(body, media_type=media_type, headers=caching.headers(etag, control))

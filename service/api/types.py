"""The vocabulary: all types of facts, and each one's JSON Schema."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec
from litestar import Controller, Request, get
from litestar.params import FromPath

from events.vocabulary import TYPES
from events.vocabulary.schema import schema_of
from service import caching
from service.access.authority import reads_allowed
from service.answers import Answer, described, encode
from service.api.subjects import cache_control
from service.node import Node
from service.parameters import READING, Reading
from service.problems import NotFound

SCHEMA: str = "application/schema+json"


class Type(msgspec.Struct, frozen=True):
    """A type of fact. `schema` names it with its version, `href` is where its JSON Schema is."""

    type: str
    schema: str
    description: str
    href: str


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
        """The vocabulary: each type with what it says."""
        items = [
            Type(kind.name, kind.schema, kind.description, f"{node.register.base_url}/types/{kind.name}")
            for kind in TYPES.values()
        ]
        return _answer(node, request, encode(Types(items)), "application/json")

    @get(
        "/{name:str}",
        operation_id="read_type",
        summary="The JSON Schema of a type of fact.",
        responses={200: described(dict[str, Any], "The JSON Schema.", SCHEMA)},
    )
    async def read(self, request: Request[Any, Any, Any], node: Reading, name: FromPath[str]) -> Answer:
        """The JSON Schema (draft 2020-12) of a whole fact of this type."""
        if name not in TYPES:
            raise NotFound(f"there is no type {name[:80]}; GET /types lists those that there are")
        return _answer(node, request, _schema(name), SCHEMA)


@cache
def _schema(name: str) -> bytes:
    return encode(schema_of(name))


def _answer(node: Node, request: Request[Any, Any, Any], body: bytes, media_type: str) -> Answer:
    etag = caching.strong_etag(body)
    control = cache_control(node, immutable=False)
    if caching.unchanged(request, etag):
        return caching.not_modified(etag, control)
    return Answer(body, media_type=media_type, headers=caching.headers(etag, control))

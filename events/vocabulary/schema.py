"""The JSON Schema (2020-12) of each type, made from the same structs that read it."""

from __future__ import annotations

from copy import deepcopy
from functools import cache, lru_cache
from typing import Any, Final

import msgspec

from events.event import Stated
from events.vocabulary.language import UNDATED, FactType

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
SCHEMAS_CACHED: Final = 512


def schema_of(kind: FactType) -> dict[str, Any]:
    """The schema of a whole fact of this type, as a client states it. Its `$id` is relative to the register's URL.

    What the definition of a user's type says of the data stands beside what its fields say.
    """
    schema = deepcopy(envelope_schema_of(kind))
    if kind.own_schema is not None:
        schema["$id"] += f"?version={kind.version}"
        # An `$id` of its own: what it refers to as `#/$defs/…` stands in it.
        own = {**kind.own_schema, "$id": f"types/{kind.name}/data?version={kind.version}"}
        schema["properties"]["data"] = {"allOf": [schema["properties"]["data"], own]}
    return schema


@lru_cache(SCHEMAS_CACHED)
def draft_schema_of(kind: FactType) -> dict[str, Any]:
    """The schema of a type's data as a plan drafts them. Not to be changed by the caller."""
    schema: dict[str, Any] = _plain(msgspec.json.schema(kind.draft))
    return schema


@cache
def envelope_schema() -> dict[str, Any]:
    """What holds of a fact of any type. Not to be changed by the caller."""
    schema: dict[str, Any] = _plain(msgspec.json.schema(Stated))
    return schema


@lru_cache(SCHEMAS_CACHED)
def envelope_schema_of(kind: FactType) -> dict[str, Any]:
    """The schema of a whole fact as far as its struct says it. Not to be changed by the caller."""
    (data, _), components = msgspec.json.schema_components((kind.data, Stated), ref_template="#/$defs/{name}")
    definitions = _plain(components)
    fact = definitions.pop("Stated")
    properties = fact["properties"]
    properties["type"] = {"const": kind.name}
    properties["schema"] = {"const": kind.schema, "description": "The version of the type; by default the newest."}
    properties["data"] = data
    fact["required"] = ["type", "effective", "data"] if kind.dated else ["type", "data"]
    _fit_dates(kind, properties, definitions)
    schema: dict[str, Any] = {
        "$schema": DIALECT,
        "$id": f"types/{kind.name}",
        "title": kind.name,
        "description": kind.description,
    }
    if kind.example is not None:
        schema["examples"] = [{"type": kind.name, **kind.example}]
    return (
        schema
        | {key: fact[key] for key in ("type", "properties", "required", "additionalProperties")}
        | {"$defs": definitions}
    )


def _fit_dates(kind: FactType, properties: dict[str, Any], definitions: dict[str, Any]) -> None:
    """Leave out of the envelope what this type cannot have."""
    if not kind.dated:
        for name in UNDATED:
            del properties[name]
        for name in ("StatedDate", "Fulfils"):
            del definitions[name]
        return
    if not kind.ends_something:
        del properties["ends"]
    effective = properties["effective"]
    effective["anyOf"] = [branch for branch in effective["anyOf"] if branch.get("type") != "null"]
    del effective["default"]
    if not kind.opens_something:
        text = next(branch for branch in effective["anyOf"] if branch.get("type") == "string")
        for date in (text, definitions["StatedDate"]["properties"]["edtf"]):
            date["format"] = "edtf-date"
            date["description"] = "A date in EDTF, but no interval: this type of fact opens nothing that could end."


def _plain(value: Any) -> Any:
    """Only what JSON has: tuples as lists."""
    return msgspec.json.decode(msgspec.json.encode(value))

"""The routes, from the OpenAPI description: each with its parameters and answers, and the shapes of these."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Mapping
from functools import cache
from itertools import groupby
from typing import Any, Final, NamedTuple

from orgline_docs.writing import anchor, code, codes, sections, table
from service.api.description import described
from service.app import create_app
from service.settings import Settings

COMMON_AT_LEAST: Final = 6
"""A parameter that so many routes share is explained once."""
TAGS: Final = ("Start", "Events", "State", "Vocabulary", "Feeds", "Log", "Operations")
SHAPES: Final = "#/components/schemas/"


class Route(NamedTuple):
    """One operation."""

    method: str
    path: str
    operation: Mapping[str, Any]

    @property
    def parameters(self) -> list[Mapping[str, Any]]:
        """Those in the address, in the query and in headers."""
        return list(self.operation.get("parameters", ()))


@cache
def description() -> Mapping[str, Any]:
    """The OpenAPI description of the application."""
    return described(create_app(Settings()))


def routes() -> Iterator[Route]:
    """All routes."""
    for path, operations in description()["paths"].items():
        for method, operation in operations.items():
            yield Route(method.upper(), path, operation)


def markdown() -> str:
    """The parameters that many share; a section for each tag, and in it one for each route; the shapes of answers."""
    shared = _shared()
    parts = ["## Parameters of many routes", _parameters([each for _, each in sorted(shared.items())])]
    found = sorted(routes(), key=lambda route: (_rank(route), route.path, route.method))
    for tag, tagged in groupby(found, key=_tag):
        parts.append(f"## {tag}")
        parts += [_route(route, shared) for route in tagged]
    parts += ["## Shapes of answers", *(_shape(name, schema) for name, schema in sorted(_shapes().items()))]
    return sections(parts)


def _shared() -> dict[tuple[str, ...], Mapping[str, Any]]:
    """The parameters of queries and headers that many routes have alike, by what they are known by."""
    every = [each for route in routes() for each in route.parameters if each["in"] != "path"]
    times = Counter(map(_known_by, every))
    return {_known_by(each): each for each in every if times[_known_by(each)] >= COMMON_AT_LEAST}


def _known_by(parameter: Mapping[str, Any]) -> tuple[str, ...]:
    return parameter["name"], *_value(parameter), parameter.get("description", "")


def _tag(route: Route) -> str:
    return str(route.operation["tags"][0])


def _rank(route: Route) -> tuple[int, str]:
    tag = _tag(route)
    return (TAGS.index(tag) if tag in TAGS else len(TAGS)), tag


def _route(route: Route, shared: Container[tuple[str, ...]]) -> str:
    operation = route.operation
    own = [each for each in route.parameters if _known_by(each) not in shared]
    others = [each["name"] for each in route.parameters if _known_by(each) in shared]
    answers = (
        [code(status), codes(answer.get("content", {}), ", "), _of(answer), answer["description"]]
        for status, answer in sorted(operation["responses"].items())
        if status != "default"
    )
    return sections(
        [
            f"{anchor('route-' + operation['operationId'].replace('_', '-'))}### {route.method} {route.path}",
            operation["summary"],
            operation["description"] if operation["description"] != operation["summary"] else "",
            _parameters(own),
            f"And {codes(others)}: see [parameters of many routes](#parameters-of-many-routes)." if others else "",
            _body(operation),
            table(("status", "as", "shape", "when"), answers),
        ]
    )


def _body(operation: Mapping[str, Any]) -> str:
    body = operation.get("requestBody")
    return f"Body, as {codes(body['content'])}: {body['description']}" if body else ""


def _parameters(parameters: list[Mapping[str, Any]]) -> str:
    head = ("parameter", "in", "kind", "default", "meaning")
    return table(head, ([code(each["name"]), each["in"], *_value(each), _meant(each)] for each in parameters))


def _meant(parameter: Mapping[str, Any]) -> str:
    example = parameter.get("example")
    words: str = parameter.get("description", "")
    return words if example is None else f"{words} For example {code(example)}."


def _value(parameter: Mapping[str, Any]) -> tuple[str, str]:
    """Its kind and its default."""
    schema = parameter["schema"]
    default = schema.get("default")
    kind = _kind(schema).removesuffix(" or null").removeprefix("null or ")
    if default is None:
        return kind, "required" if parameter.get("required") else ""
    return kind, code(str(default).lower() if isinstance(default, bool) else default)


def _kind(schema: Mapping[str, Any]) -> str:
    """What values a schema takes, in short."""
    if "$ref" in schema:
        name = str(schema["$ref"]).removeprefix(SHAPES)
        return f"[{name}](#shape-{name.lower()})"
    if "enum" in schema:
        return codes((each for each in schema["enum"] if each is not None), " or ")
    if "const" in schema:
        return code(schema["const"])
    for several in ("oneOf", "anyOf"):
        if several in schema:
            kinds = dict.fromkeys(_kind(each) for each in schema[several])
            return " or ".join(kind for kind in kinds if kind != "null") + (" or null" if "null" in kinds else "")
    kind = schema.get("type", "any")
    if isinstance(kind, list):
        return " or ".join(kind)
    if kind == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    return str(kind)


def _of(answer: Mapping[str, Any]) -> str:
    return ", ".join(dict.fromkeys(_kind(each.get("schema", {})) for each in answer.get("content", {}).values()))


def _shapes() -> Mapping[str, Any]:
    shapes: Mapping[str, Any] = description()["components"]["schemas"]
    return shapes


def _shape(name: str, schema: Mapping[str, Any]) -> str:
    required = schema.get("required", ())
    members = (
        [code(member), _kind(each), "" if member in required else "may be absent", each.get("description", "")]
        for member, each in schema.get("properties", {}).items()
    )
    words = schema.get("description", "")
    return sections(
        [
            f"{anchor('shape-' + name.lower())}### {name}",
            words,
            table(("member", "kind", "presence", "meaning"), members),
        ]
    )

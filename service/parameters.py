"""Query parameters: those that many routes share, and the refusal of those that no route has.

What a route accepts is what its OpenAPI description names, so the two cannot differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Annotated, Any, Final, Literal
from urllib.parse import parse_qsl

import msgspec
from litestar import Litestar, Request
from litestar.di import NamedDependency, Provide
from litestar.openapi.spec import OpenAPIType, Operation, Reference, Schema
from litestar.params import HeaderParameter, QueryParameter, SkipValidation
from litestar.routes import HTTPRoute

from service import tidying
from service.answers import Answer
from service.negotiation import prefers_html
from service.node import Node
from service.problems import InvalidParameter, UnknownParameter

LIMIT_DEFAULT: Final = 100
FIELDS_MAX: Final = 100  # of one query string
POSITION_MAX: Final = 2**53 - 1

_DAYS = "A day, month, year, season or closed interval in EDTF, such as 2021-06-01; today if absent."
AsOf = Annotated[str | None, QueryParameter(description=_DAYS)]
SameAsAsOf = Annotated[str | None, QueryParameter(description="The same as as_of.")]
KnownAt = Annotated[
    str | None,
    QueryParameter(
        description="As it was known then: a position of the log, a day, or a time (RFC 3339); now if absent."
    ),
]
Limit = Annotated[int, QueryParameter(ge=1, le=1_000, description="The most items on one page.")]
AnyLimit = Annotated[
    int | None, QueryParameter(ge=1, le=1_000, description="The most items: 100 on a page, all as x-ndjson if absent.")
]
After = Annotated[
    str | None, QueryParameter(description="Where the page begins: taken from `next` of the page before.")
]
Tags = Annotated[
    list[str] | None,
    QueryParameter(description="A tag such as organisation/nhsx; repeatable: events that bear all of them."),
]
Types = Annotated[
    list[str] | None,
    QueryParameter(
        name="type", description="A type of fact such as organisation.merged; repeatable: events of any of them."
    ),
]

MinPosition = Annotated[
    int | None,
    QueryParameter(
        ge=0,
        le=POSITION_MAX,
        description="Wait, for a bounded time, until this node knows the log up to this position.",
    ),
]
PositionHeader = Annotated[
    int | None, HeaderParameter(name="Orgline-Position", ge=0, le=POSITION_MAX, description="The same as min_position.")
]
_FORMAT = "The representation, rather than what the header Accept says"
Format = Annotated[Literal["json", "html"] | None, QueryParameter(name="format", description=f"{_FORMAT}.")]
StateFormat = Annotated[
    Literal["json", "html", "jsonld", "csv"] | None,
    QueryParameter(
        name="format",
        description=f"{_FORMAT} (application/json, text/html, application/ld+json, text/csv). "
        "Lists are there as CSV; organisations, people and posts as JSON-LD; one organisation as HTML.",
    ),
]


async def current_node(
    request: Request[Any, Any, Any], min_position: MinPosition = None, position_header: PositionHeader = None
) -> Node:
    """The node, once it knows the position that is asked for. Raises PositionNotReached."""
    node: Node = request.app.state.node
    position = min_position if min_position is not None else position_header
    if position is not None:
        await node.reach(position)
    return node


async def reading_node(
    request: Request[Any, Any, Any],
    min_position: MinPosition = None,
    position_header: PositionHeader = None,
    format_: Format = None,  # noqa: ARG001 - declared here, and used by `negotiation.chosen`
) -> Node:
    """The same, for what is answered as JSON or HTML."""
    return await current_node(request, min_position, position_header)


async def state_reading_node(
    request: Request[Any, Any, Any],
    min_position: MinPosition = None,
    position_header: PositionHeader = None,
    format_: StateFormat = None,  # noqa: ARG001 - declared here, and used by `negotiation.chosen`
) -> Node:
    """The same, for states and lists."""
    return await current_node(request, min_position, position_header)


Reading = NamedDependency[SkipValidation[Node]]
READING: Final = {"node": Provide(reading_node)}
"""What a controller needs for its handlers to take `node: Reading`."""
READING_STATE: Final = {"node": Provide(state_reading_node)}
READING_ONE_FORMAT: Final = {"node": Provide(current_node)}


def asked_days(
    node: Reading,  # noqa: ARG001 - after it: what does not depend on one another Litestar puts into tasks of their own
    as_of: AsOf = None,
    at: SameAsAsOf = None,
    date: SameAsAsOf = None,
    on: SameAsAsOf = None,
) -> str | None:
    """The days that are asked for, as they were written. Raises InvalidParameter where they are given twice."""
    given = {"as_of": as_of, "at": at, "date": date, "on": on}
    named = {name: value for name, value in given.items() if value is not None}
    if len(named) > 1:
        raise InvalidParameter(f"{' and '.join(named)} mean the same: give one of them")
    return next(iter(named.values()), None)


Days = NamedDependency[SkipValidation[str | None]]
DAYS: Final = {"days": Provide(asked_days, sync_to_thread=False)}
"""What a controller needs for its handlers to take `days: Days`."""


async def check(request: Request[Any, Any, Any]) -> Answer | None:
    """Before each request: refuse what is no parameter of the route. Raises UnknownParameter, InvalidParameter.

    What a form in a page sent is first put in the terms of the API, by sending the browser on to another address.
    """
    query = request.scope["query_string"]
    scope = request.scope
    known = accepted(request.app).get((scope["method"], scope["path_template"])) if query else None
    if known is not None:  # else there is nothing to check, or a route outside the description, such as a style sheet
        elsewhere = tidying.tidied(request) if prefers_html(request) else None
        if elsewhere is not None:
            return Answer(status=302, headers=[("location", elsewhere), ("cache-control", "no-store")])
        _check(query, known)
    return None


class Accepted(msgspec.Struct, frozen=True):
    """A query parameter of a route: whether it may be repeated, and its values where there are only some."""

    repeatable: bool
    choices: tuple[str, ...]


Route = tuple[str, str]  # method and path, as in /organisations/{id:str}


def accepted(app: Litestar) -> Mapping[Route, Mapping[str, Accepted]]:
    """For each route in the OpenAPI description its query parameters.

    All applications of a process have the same routes, so the description of the first one is looked at.
    """
    if not _accepted:
        paths = app.openapi_schema.paths or {}
        for route in app.routes:
            if isinstance(route, HTTPRoute) and route.path_format in paths:
                for handler in route.route_handlers:
                    if handler.resolve_include_in_schema():
                        for method in handler.http_methods:
                            operation = getattr(paths[route.path_format], method.lower())
                            _accepted[method, route.path_format] = _query_parameters(operation)
    return _accepted


_accepted: dict[Route, Mapping[str, Accepted]] = {}


def _check(query: bytes, known: Mapping[str, Accepted]) -> None:
    try:
        pairs = parse_qsl(query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=FIELDS_MAX)
    except ValueError as error:
        raise InvalidParameter(
            f"the query string is not understood: write it in percent-encoded UTF-8, at most {FIELDS_MAX} parameters"
        ) from error
    seen: set[str] = set()
    for name, value in pairs:
        if name not in known:
            raise UnknownParameter(_no_such(name, known))
        if name in seen and not known[name].repeatable:
            raise InvalidParameter(f"{name} is given twice: give it once")
        if "\0" in value:
            raise InvalidParameter(f"{name}: the character U+0000 cannot be in a value: leave it out")
        choices = known[name].choices
        if choices and value not in choices:
            raise InvalidParameter(f"{name}={value[:40]}: write {' or '.join(choices)}")
        if not value:
            raise InvalidParameter(f"{name} is empty: give it a value or leave it out")
        seen.add(name)


def _no_such(name: str, known: Mapping[str, Accepted]) -> str:
    shown = name if len(name) <= 40 else name[:40] + "…"
    near = get_close_matches(name, known, 1, 0.5)
    if near:
        return f"there is no parameter {shown}; did you mean {near[0]}?"
    if not known:
        return f"there is no parameter {shown}: this address takes none"
    return f"there is no parameter {shown}; this address takes {', '.join(sorted(known))}"


def _query_parameters(operation: Operation | None) -> dict[str, Accepted]:
    found = {}
    for parameter in (operation.parameters or ()) if operation is not None else ():
        if not isinstance(parameter, Reference) and parameter.param_in == "query":
            parts = list(_parts(parameter.schema))
            choices = {str(value) for each in parts for value in each.enum or () if value is not None}
            found[parameter.name] = Accepted(any(map(_is_list, parts)), tuple(sorted(choices)))
    return found


def _parts(schema: Schema | Reference | None) -> Iterator[Schema]:
    """A schema and its alternatives."""
    if isinstance(schema, Schema):
        yield schema
        for alternative in schema.one_of or schema.any_of or ():
            yield from _parts(alternative)


def _is_list(schema: Schema) -> bool:
    return OpenAPIType.ARRAY in (schema.type if isinstance(schema.type, list) else [schema.type])

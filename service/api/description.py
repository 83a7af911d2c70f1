"""The OpenAPI description as it is served: what Litestar makes of the routes, and what it cannot know of them.

A part of an address means the same wherever addresses begin alike, and an example is true of the register that
`orgline demo` serves. So the words and the examples of all parameters in addresses are one table here, and whoever
opens /schema can try each route as it stands there.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any, Final, NamedTuple

from litestar import Litestar, Request
from litestar.openapi.plugins import JsonRenderPlugin

from service.answers import PROBLEM, encode

REFUSED: Final = "The request is not understood: `detail` says why, and what to write."
FAILED: Final = "Any other problem: `type` says which."


class Part(NamedTuple):
    """A parameter in addresses that begin so: what it means, and an example."""

    begins: str
    name: str
    words: str
    example: str


PARTS: Final = (
    Part("/events/{event_id}", "event_id", "The id of an event.", "dedaec04-0812-5dbc-82a3-640d8bef185a"),
    Part("/organisations/{slug}", "slug", "The identifier of an organisation.", "nhsx"),
    Part("/people/{slug}", "slug", "The identifier of a person.", "matthew-gould"),
    Part("/posts/{slug}", "slug", "The identifier of a post.", "nhsx-chief-executive"),
    Part("/plans/{slug}", "slug", "The identifier of a plan.", "merge-nhsx"),
    Part("/initiatives/{slug}", "slug", "The identifier of an initiative.", "contact-tracing-app"),
    Part("/targets/{slug}", "slug", "The identifier of a target.", "paperless-nhs"),
    Part("/responsibilities/{slug}", "slug", "The identifier of a responsibility.", "cyber-security"),
    Part("/types/{name}", "name", "The name of a type of fact.", "organisation.merged"),
    Part("/contexts/", "document", "The version, with .jsonld.", "1.jsonld"),
    Part("/feeds/all/archive/", "document", "The number of the archive, with .atom or .json.", "1.atom"),
    Part("/feeds/organisations/{id}", "id", "The identifier of an organisation.", "nhsx"),
    Part("/feeds/organisations/{id}/archive/", "document", "The number of the archive, with .atom or .json.", "1.atom"),
    Part("/feeds/organisations/", "document", "The identifier of an organisation, with .atom or .json.", "nhsx.atom"),
    Part("/feeds/people/{id}", "id", "The identifier of a person.", "matthew-gould"),
    Part("/feeds/people/{id}/archive/", "document", "The number of the archive, with .atom or .json.", "1.atom"),
    Part("/feeds/people/", "document", "The identifier of a person, with .atom or .json.", "matthew-gould.atom"),
    Part("/feeds/types/{id}", "id", "The name of a type of fact.", "organisation.merged"),
    Part("/feeds/types/{id}/archive/", "document", "The number of the archive, with .atom or .json.", "1.atom"),
    Part("/feeds/types/", "document", "The name of a type of fact, with .atom or .json.", "organisation.merged.atom"),
    Part(
        "/feeds/initiatives/",
        "document",
        "The identifier of an initiative, with .atom or .json.",
        "contact-tracing-app.atom",
    ),
    Part("/feeds/targets/", "document", "The identifier of a target, with .atom or .json.", "paperless-nhs.atom"),
    Part("/feeds/plans/", "document", "The identifier of a plan, with .atom or .json.", "merge-nhsx.atom"),
    Part("/feeds/", "document", "Which feed: all or effective, with .atom or .json.", "all.atom"),
)
"""Of those that fit, the first one counts."""

ASKED: Final = {"as_of": "2021-06-01", "from": "2022-02-01", "to": "2022-02-28", "edtf": "autumn 2021"}
"""Examples of parameters in queries."""
NOT_ASKED: Final = {
    "as_of": ("/feeds/{document}", "/organisations/{slug}/changes"),
    "from": ("/organisations/{slug}/timeline.svg",),
    "to": ("/organisations/{slug}/timeline.svg",),
}
"""Addresses under which an example would not fit the others."""
ASKED_ONLY_THERE: Final = {("/search", "q"): "nhs"}
"""Examples of parameters that are left out elsewhere."""


class Description(JsonRenderPlugin):
    """The description as JSON; its addresses are those under which the register is reached."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """The whole description."""
        prefix = request.app.state.node.path_prefix
        return encode({**completed(openapi_schema), "servers": [{"url": prefix or "/"}]})


def described(app: Litestar) -> dict[str, Any]:
    """The description of an application that need not run."""
    return completed(app.openapi_schema.to_schema())


def completed(schema: dict[str, Any]) -> dict[str, Any]:
    """The description with words and examples for each part of an address, and with the problems that all routes have.

    It is made anew: what is given is not changed.
    """
    schema = deepcopy(schema)
    problem = {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for path, operations in schema["paths"].items():
        for operation in operations.values():
            for parameter in operation.get("parameters", ()):
                _complete(path, parameter)
            answers = operation["responses"]
            if "400" in answers and PROBLEM not in answers["400"]["content"]:  # what Litestar supposes
                answers["400"] = {"description": REFUSED, "content": problem}
            answers["default"] = {"description": FAILED, "content": problem}
    return schema


def _complete(path: str, parameter: dict[str, Any]) -> None:
    name = parameter["name"]
    if parameter["in"] == "path":
        part = next((each for each in PARTS if each.name == name and path.startswith(each.begins)), None)
        if part is not None:
            parameter.setdefault("description", part.words)
            parameter["example"] = part.example
    elif parameter["in"] == "query" and name in ASKED and path not in NOT_ASKED.get(name, ()):
        parameter["example"] = ASKED[name]
    elif (path, name) in ASKED_ONLY_THERE:
        parameter["example"] = ASKED_ONLY_THERE[path, name]

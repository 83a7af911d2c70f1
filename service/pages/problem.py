"""A problem for people: what is wrong, and where to go on."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

import msgspec
from litestar import Request

from service.pages import frame as framing
from service.pages import render as render_template
from service.pages.frame import DAYS, Link
from service.pages.texts import TEXTS

OF_DATES: Final = ("invalid-date", "invalid-known-at")
EXAMPLES: Final = (
    ("2021-06-01", "1 June 2021"),
    ("2021-06", "June 2021"),
    ("2021-23", "autumn 2021"),
    ("2021", "2021"),
    ("2021-01/2021-03", "January 2021 – March 2021"),
)


class Asked(msgspec.Struct, frozen=True):
    """A parameter that was asked for; `label` where it is one to be mended."""

    name: str
    value: str
    label: str | None


def asked(request: Request[Any, Any, Any]) -> list[Asked]:
    """What was asked, to be mended and asked again; the days and moments are shown, what else was asked stays."""
    given = parse_qsl(request.scope["query_string"].decode("latin-1"))
    names = vars(TEXTS.problem.fields)
    return [Asked(name, value, names.get(name)) for name, value in given if name not in ("format", "after")]


def render(request: Request[Any, Any, Any], problem: Any) -> bytes:
    """The page of a problem document; it can be made though the service has not started."""
    node = request.app.state.get("node")
    home, register = (node.path_prefix, node.register.title) if node is not None else ("", "Orgline")
    path = request.scope["path"]
    return render_template(
        "problem.html",
        frame=msgspec.structs.replace(framing.bare(home, register, path), person=framing.person(request)),
        title=problem.title,
        problem=problem,
        dates=EXAMPLES if problem.type.endswith(OF_DATES) else (),
        near=_near(request, path) if problem.status in (400, 404) and request.method == "GET" else [],
        asked=asked(request) if problem.type.endswith(OF_DATES) and request.method == "GET" else [],
    )


def _near(request: Request[Any, Any, Any], path: str) -> list[Link]:
    """The same page without the days and the knowledge that were asked for, where some were."""
    given = parse_qsl(request.scope["query_string"].decode("latin-1"))
    left = [(name, value) for name, value in given if name not in (*DAYS, "known_at", "after")]
    if left == given:
        return []
    return [Link(f"{path}?{urlencode(left)}" if left else path, TEXTS.problem.back)]

"""A problem for people: what is wrong, and where to go on."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

import msgspec
from litestar import Request

from service.pages import frame as framing
from service.pages import render as render_template
from service.pages.frame import DAYS, Link
from service.pages.spoken import as_typed
from service.pages.texts import TEXTS, fill

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
    of_dates = problem.type.endswith(OF_DATES) and request.method == "GET"
    return render_template(
        "problem.html",
        frame=msgspec.structs.replace(framing.bare(home, register, path), person=framing.person(request)),
        title=problem.title,
        problem=problem,
        dates=EXAMPLES if problem.type.endswith(OF_DATES) else (),
        meant=_meant(request, problem, path) if of_dates else [],
        near=_near(request, path) if problem.status in (400, 404) and request.method == "GET" else [],
        asked=asked(request) if of_dates else [],
    )


def _meant(request: Request[Any, Any, Any], problem: Any, path: str) -> list[Link]:
    """The same page for what may be meant by a value that is not understood."""
    given = parse_qsl(request.scope["query_string"].decode("latin-1"))
    return [
        Link(
            f"{path}?{urlencode([*given[:n], (name, each), *given[n + 1 :]], safe='/:')}",
            str(fill(TEXTS.problem.meant, label=getattr(TEXTS.problem.fields, name), meant=as_typed(each))),
        )
        for n, (name, value) in enumerate(given)
        if name in vars(TEXTS.problem.fields) and value in problem.detail
        for each in problem.meant
    ]


def _near(request: Request[Any, Any, Any], path: str) -> list[Link]:
    """The same page without the days and the knowledge that were asked for, where some were."""
    given = parse_qsl(request.scope["query_string"].decode("latin-1"))
    left = [(name, value) for name, value in given if name not in (*DAYS, "known_at", "after")]
    if left == given:
        return []
    return [Link(f"{path}?{urlencode(left)}" if left else path, TEXTS.problem.back)]

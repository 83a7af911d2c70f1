"""A problem for people: what is wrong, and where to go on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode

import msgspec
from litestar import Request

from service.pages import frame as framing
from service.pages import paths
from service.pages import render as render_template
from service.pages.frame import DAYS, Link
from service.pages.spoken import as_typed
from service.pages.texts import TEXTS, code, fill

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


def asked(request: Request[Any, Any, Any], besides: Sequence[str] = ()) -> list[Asked]:
    """What was asked, to be mended and asked again; the days and moments are shown, what else was asked stays.
    besides: what could have been asked and is shown too.
    """
    given = parse_qsl(request.scope["query_string"].decode("latin-1"))
    given += [(name, "") for name in besides if name not in dict(given)]
    names = vars(TEXTS.problem.fields)
    return [Asked(name, value, names.get(name)) for name, value in given if name not in ("format", "after")]


def render(
    request: Request[Any, Any, Any],
    problem: Any,
    subjects: Sequence[tuple[str, str]] = (),
    exchanged: tuple[str, str] | None = None,
) -> bytes:
    """The page of a problem document; it can be made though the service has not started. subjects: tags and names of
    who may be meant. exchanged: the parameters that give an end before its beginning.
    """
    node = request.app.state.get("node")
    home, register = (node.path_prefix, node.register.title) if node is not None else ("", "Orgline")
    path, query = request.scope["path"], request.scope["query_string"].decode("latin-1")
    reading = request.method == "GET"
    of_dates = problem.type.endswith(OF_DATES) and reading
    return render_template(
        "problem.html",
        frame=msgspec.structs.replace(framing.bare(home, register, path, query), person=framing.person(request)),
        title=problem.title,
        problem=problem,
        dates=EXAMPLES if problem.type.endswith(OF_DATES) else (),
        subjects=subjects,
        meant=[
            *(_meant(request, problem, path) if of_dates else ()),
            *(_exchanged(request, path, exchanged) if exchanged is not None else ()),
        ],
        near=list(_near(request, path, problem.status)) if problem.status in (400, 404) and reading else [],
        asked=asked(request, exchanged or ()) if of_dates or exchanged is not None else [],
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


def _exchanged(request: Request[Any, Any, Any], path: str, names: tuple[str, str]) -> Iterator[Link]:
    """The same page with the values of two parameters exchanged, where both were given."""
    given = parse_qsl(request.scope["query_string"].decode("latin-1"))
    values = dict(given)
    if all(name in values for name in names):
        first, last = names
        turned = {first: values[last], last: values[first]}
        told = {name: as_typed(value) for name, value in turned.items()}
        query = urlencode([(name, turned.get(name, value)) for name, value in given if name != "after"], safe="/:")
        yield Link(f"{path}?{query}", str(fill(TEXTS.problem.exchanged, first=told[first], last=told[last])))


def _near(request: Request[Any, Any, Any], path: str, status: int) -> Iterator[Link]:
    """Where one may have wanted to go: the same page without the days and the knowledge that were asked for, where some
    were; the subject that it is a view of, or that is meant by an address in the singular; the list of its kind.
    """
    given = parse_qsl(request.scope["query_string"].decode("latin-1"))
    left = [(name, value) for name, value in given if name not in (*DAYS, "known_at", "after")]
    if left != given:
        yield Link(f"{path}?{urlencode(left)}" if left else path, TEXTS.problem.back)
    _, noun, slug, view, *_ = [*path.split("/"), "", "", ""]
    if noun in paths.PATHS and slug:
        address = paths.of(f"{noun}/{quote(slug)}")
        yield Link(address, str(fill(TEXTS.problem.address, address=address)))
    plural = paths.PATHS.get(noun, f"/{noun}/").strip("/")
    if f"/{plural}/" in paths.PATHS.values():
        if view and status == HTTPStatus.BAD_REQUEST:
            yield Link(f"/{plural}/{quote(slug)}", str(fill(TEXTS.problem.subject, slug=slug)))
        if plural != "organisations":
            yield Link(f"/{plural}", str(fill(TEXTS.problem.list, noun=code("noun", plural))))

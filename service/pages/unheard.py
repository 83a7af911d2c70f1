"""A subject of which nothing was known at the moment asked for, for people: since when it is known, and ways on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from litestar import Request

from events.dates import Day
from events.queries import Question
from events.queries.mentions import Mention
from service.pages import problem
from service.pages import render as render_template
from service.pages.frame import Frame, Link, whole_span
from service.pages.texts import TEXTS, fill

OF_KNOWLEDGE: Final = ("known_at", "known_to")
"""The parameters that say up to when something is known."""


def render(
    request: Request[Any, Any, Any],
    frame: Frame,
    tag: str,
    name: str,
    question: Question,
    first: Mention,
    day: str,
    days: Sequence[Day],
) -> bytes:
    """The page. first: the event that mentions it first, which was recorded on `day` (in words). days: of an
    organisation those on which something changes about it, as far as is known now.
    """
    kind, _, slug = tag.partition("/")
    ways = [
        _way(request, frame, str(first.known_at), str(fill(TEXTS.unheard.then, position=first.known_at))),
        _way(request, frame, None, TEXTS.when.back_to_now),
    ]
    if days:
        asked = {"known_from": question.moment.position, "as_of": whole_span(days, question.as_of.last)}
        ways.insert(0, Link(f"/organisations/{slug}/changes?{urlencode(asked, safe='/:')}", TEXTS.unheard.since))
    return render_template(
        "unheard.html",
        frame=frame,
        title=name,
        kind=kind,
        name=name,
        position=question.moment.position,
        first=first,
        day=day,
        asked=[] if frame.when is not None else problem.asked(request),
        ways=ways,
    )


def _way(request: Request[Any, Any, Any], frame: Frame, known: str | None, title: str) -> Link:
    """The same page by another knowledge; `known` None: by what is known now."""
    query = []
    for key, value in parse_qsl(request.scope["query_string"].decode("latin-1")):
        if key not in OF_KNOWLEDGE:
            query.append((key, value))
        elif known is not None:
            query.append((key, known))
    return Link(f"{frame.path}{'?' if query else ''}{urlencode(query, safe='/:')}", title)

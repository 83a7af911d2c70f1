"""What is answered for a subject that nothing which was known mentions: there is none, or it was not known yet.

People are told who may be meant, and when something was known of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
from litestar import Request

from events.dates import Day
from events.queries import Question, marks, mentions, names, near
from events.subjects import slug_fault, slug_like
from service.negotiation import prefers_html
from service.node import Node
from service.pages import problem as problem_page
from service.pages import unheard as unheard_page
from service.pages.frame import Frame, day_words
from service.pages.texts import TEXTS, code, fill
from service.problems import NotFound, of_error


class Unheard(NotFound):
    """Nothing is known of a subject, or was at the moment asked for. page: says so to people, with the ways to others
    or to other moments; None where a program asks.
    """

    def __init__(self, message: str, page: bytes | None) -> None:
        super().__init__(message)
        self.page = page


def of(
    node: Node,
    connection: sa.Connection,
    request: Request[Any, Any, Any],
    tag: str,
    question: Question,
    around: Callable[[str, Sequence[Day]], Frame] | None = None,
) -> NotFound:
    """Why there is no answer about a subject. `around` makes the frame of its page, where there is one, by its
    name and, of an organisation, by the days on which something changes about it as far as is known now.
    """
    kind, _, slug = tag.partition("/")
    moment = question.moment
    fault = slug_fault(slug)
    first = None if fault is not None else mentions.first(node.queries, connection, tag)
    if first is None or not moment.explicit:
        advice = "; GET /organisations lists those that there are" if kind == "organisation" else ""
        return _never(node, connection, request, tag, question, fault or f"no event mentions the {kind} {slug}{advice}")
    called = (tag, moment.head, question.as_of.last)
    name = names.lookup(node.queries, connection, [called], moment.generation)[called]
    day = day_words(node.register.today(first.recorded_at))
    page = None
    if around is not None and prefers_html(request):
        days: list[Day] = []
        if kind == "organisation":
            now = node.queries.question(connection, None, None, node.clock())
            days = marks.of(node.queries, connection, [tag], now.moment, owned=True)
        page = unheard_page.render(request, around(name, days), tag, name, question, first, day, days)
    return Unheard(
        f"nothing was known of the {kind} {slug} up to position {moment.position} of the log; the first event that "
        f"mentions it is at position {first.position}, recorded on {day}: ask as known at {first.known_at} or later",
        page,
    )


def _never(
    node: Node, connection: sa.Connection, request: Request[Any, Any, Any], tag: str, question: Question, message: str
) -> Unheard:
    """Nothing ever mentioned it: people are told who may be meant."""
    page = None
    if prefers_html(request):
        kind, _, slug = tag.partition("/")
        meant = near.named(node.queries, connection, [kind], slug_like(slug), question)
        said = fill(TEXTS.problem.nothing, kind=code("kind", kind), slug=slug)
        page = problem_page.render(request, of_error(NotFound(said)), meant)
    return Unheard(message, page)

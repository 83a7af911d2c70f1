"""Lists of subjects for people, with a search and what narrows them."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import sqlalchemy as sa

from events.queries import Question, marks, near
from events.queries.answers import DEFINITE
from events.queries.listing import Filters, Listing, Noun, Sort
from service.node import Node
from service.pages import frame as framing
from service.pages import parts, render
from service.pages.frame import Frame
from service.pages.texts import TEXTS, code, fill


def page(
    plural: str, noun: Noun, filters: Filters, sort: Sort
) -> Callable[[Node, sa.Connection, Listing, Question, Frame, str | None], bytes]:
    """What renders a list of this noun, narrowed so."""

    def rendered(
        node: Node, connection: sa.Connection, found: Listing, question: Question, frame: Frame, following: str | None
    ) -> bytes:
        parts.name_all(node, connection, noun.kind, found.items, question)
        tags = [f"{noun.kind}/{each.id}" for each in found.items]
        days = marks.of(node.queries, connection, tags, question.moment) if tags else []
        frame = framing.marked(frame, question, days)
        if noun.kind == "plan":
            calendar = frame.plain("/plans.ics", organisation=filters.organisation, status=filters.status)
            frame = msgspec.structs.replace(frame, calendar=calendar.removeprefix(frame.home))
        assert frame.when is not None
        return render(
            "subjects.html",
            title=fill(TEXTS.lists.title, noun=code("noun", plural), when=frame.when.words),
            frame=frame,
            noun=plural,
            kind=noun.kind,
            items=found.items,
            statuses=noun.statuses,
            filters=filters,
            sort=sort,
            next=following,
            definite=DEFINITE,
            near=_near(node, connection, noun, filters, question) if not found.items else [],
        )

    return rendered


def _near(
    node: Node, connection: sa.Connection, noun: Noun, filters: Filters, question: Question
) -> list[tuple[str, str]]:
    """Who may be meant, where nobody is called as it is searched."""
    return near.named(node.queries, connection, [noun.kind], filters.q, question) if filters.q else []

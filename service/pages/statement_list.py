"""The statements in force for people: whoever they are about."""

from __future__ import annotations

from typing import Any

import msgspec
import sqlalchemy as sa

from events.queries import Question
from events.queries.listing import Listing
from events.queries.statements import StatementItem
from service.node import Node
from service.pages import parts
from service.pages import render as render_template
from service.pages.frame import Frame
from service.pages.parts import Line, Section
from service.pages.texts import TEXTS, code, fill


def render(
    node: Node, connection: sa.Connection, found: Listing, _question: Question, frame: Frame, following: str | None
) -> bytes:
    """A page of the list."""
    shown = Section("statements", TEXTS.sections.statements, tuple(map(_line, found.items)))
    assert frame.when is not None
    return render_template(
        "statements.html",
        title=fill(TEXTS.lists.title, noun=code("noun", "statements"), when=frame.when.words),
        frame=frame,
        shown=[shown] if found.items else [],
        proofs=parts.proofs(node, connection, [shown]),
        next=following,
    )


def _line(each: StatementItem) -> Line:
    value = [_written(each.value)] if each.value is not None else []
    told = parts.line(each, each.name, code("property", each.property), " ".join(filter(None, [each.key, *value])))
    return msgspec.structs.replace(told, tag=each.subject)


def _written(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()

"""The statements in force for people: whoever they are about."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa

from events.queries import Question, history
from events.queries.listing import Listing
from events.queries.statements import StatementItem
from service.node import Node
from service.pages import parts, slots
from service.pages import render as render_template
from service.pages.frame import Frame
from service.pages.parts import Line, Section
from service.pages.subject import Called
from service.pages.texts import TEXTS, code, fill


def render(
    node: Node, connection: sa.Connection, found: Listing, question: Question, frame: Frame, following: str | None
) -> bytes:
    """A page of the list."""
    named = {
        tag
        for each in found.items
        for tag in (*slots.tags(each.property, each.key), *slots.mentioned(each.property, each.value))
    }
    events = history.standing(
        node.queries, connection, {id_ for each in found.items for id_ in each.opened_by}, question.moment
    )
    facts = [parts.distinct(each.opened_by, events) for each in found.items]
    told = [event for each in facts if len(each) > 1 for event in each]
    called = parts.named(node, connection, named, told, question)
    shown = Section("statements", TEXTS.sections.statements, tuple(_line(each, called.now) for each in found.items))
    assert frame.when is not None
    return render_template(
        "statements.html",
        title=fill(TEXTS.lists.title, noun=code("noun", "statements"), when=frame.when.words),
        frame=frame,
        shown=[shown] if found.items else [],
        proofs=parts.proofs([shown], events, parts.grounds(events.values()), called),
        next=following,
    )


def _what(each: StatementItem, called: Called) -> str:
    return slots.what(each.subject.partition("/")[0], each.property, each.key, called)


def _line(each: StatementItem, called: Called) -> Line:
    told = parts.line(each, each.name, _what(each, called), slots.value(each.property, each.value, called))
    return msgspec.structs.replace(told, tag=each.subject)

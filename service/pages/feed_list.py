"""The feeds there are, for people."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa

from events.queries import Question
from events.queries.listing import Listing
from feeds.catalogue import Feed
from service.node import Node
from service.pages import parts
from service.pages import render as render_template
from service.pages.frame import Frame
from service.pages.texts import RAW, TEXTS


def render(
    node: Node, connection: sa.Connection, found: Listing, question: Question, frame: Frame, following: str | None
) -> bytes:
    """A page of the list. Types of facts are told in words, and who is named by a plan alone goes by that name."""
    nameless = [f"organisation/{each.id}" for each in found.items if _is_nameless(each)]
    called = parts.called(node, connection, nameless, question)

    def titled(each: Feed) -> Feed:
        if each.kind == "types":
            return msgspec.structs.replace(each, title=RAW["fields"]["types"].get(each.id, each.title))
        title = called[f"organisation/{each.id}"] if _is_nameless(each) else each.title
        return msgspec.structs.replace(each, title=title)

    items = [titled(each) for each in found.items]
    return render_template("feeds.html", title=TEXTS.feeds.title, frame=frame, items=items, next=following)


def _is_nameless(each: Feed) -> bool:
    return each.kind == "organisations" and each.title == each.id

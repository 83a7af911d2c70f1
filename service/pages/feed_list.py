"""The feeds there are, for people."""

from __future__ import annotations

import sqlalchemy as sa

from events.queries import Question
from events.queries.listing import Listing
from service.node import Node
from service.pages import render as render_template
from service.pages.frame import Frame
from service.pages.texts import TEXTS


def render(
    _node: Node, _connection: sa.Connection, found: Listing, _question: Question, frame: Frame, following: str | None
) -> bytes:
    """A page of the list."""
    return render_template("feeds.html", title=TEXTS.feeds.title, frame=frame, items=found.items, next=following)

"""The log for people: a page of events, in the order in which they were recorded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa

from events.event import Event
from service.node import Node
from service.pages import render as render_template
from service.pages import subject
from service.pages.frame import Frame
from service.pages.texts import TEXTS

LATEST: Final = 100
"""Shown of the end of the log."""


def render(
    node: Node,
    connection: sa.Connection,
    events: Sequence[Event],
    head: int,
    frame: Frame,
    following: str | None,
    *,
    tag: str | None,
    type_: str | None,
) -> bytes:
    """The page; `tag` and `type_` narrow it."""
    told = subject.sentences(node, connection, [event.position for event in events])
    types = node.queries.definitions.refresh(connection)
    return render_template(
        "events.html",
        title=TEXTS.events.title,
        frame=frame,
        items=[told[event.position] for event in events],
        types=sorted(types.names()),
        tag=tag,
        type=type_,
        latest=max(0, head - LATEST),
        next=following,
    )

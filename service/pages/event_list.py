"""The log for people: a page of facts, in the order in which they were recorded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from events.event import Event
from events.queries.question import Question
from service.node import Node
from service.pages import parts, paths, subject
from service.pages import render as render_template
from service.pages.frame import Frame, Link
from service.pages.subject import Told
from service.pages.texts import RAW, TEXTS, fill

LATEST: Final = 100
"""Shown of the end of the log."""
NAMING: Final = ("name.adopted", "name.retired")
"""Facts whose sentence may name nobody but by the name that it is about."""


class Shown(msgspec.Struct, frozen=True):
    """A fact in its sentence. about: whom that does not name as everybody does now."""

    told: Told
    about: Link | None


def render(
    node: Node,
    connection: sa.Connection,
    events: Sequence[Event],
    question: Question,
    frame: Frame,
    following: str | None,
    *,
    tag: str | None,
    type_: str | None,
) -> bytes:
    """The page; `tag` and `type_` narrow it."""
    told = subject.sentences(node, connection, [event.position for event in events])
    naming = {event.position: _whose(event.stated.data) for event in events if event.stated.type in NAMING}
    about = tag if tag is not None and tag.partition("/")[0] in paths.PATHS else None
    called = parts.called(node, connection, {*naming.values(), *filter(None, [about])}, question)
    items = []
    for event in events:
        one, named = told[event.position], naming.get(event.position)
        unsaid = named is not None and named != about and called[named] not in one.title
        items.append(Shown(one, Link(paths.of(named), called[named]) if named is not None and unsaid else None))
    return _page(
        node,
        connection,
        question,
        frame,
        tag=tag,
        type_=type_,
        items=items,
        about=None if about is None else Link(paths.of(about), called[about]),
        following=following,
    )


def render_choice(
    node: Node,
    connection: sa.Connection,
    question: Question,
    frame: Frame,
    name: str,
    found: Sequence[tuple[str, str]],
    *,
    near: bool,
) -> bytes:
    """The page where a name does not tell who is meant. found: who may be. near: nobody is called so, but almost so."""
    said = fill(TEXTS.events.nobody if near else TEXTS.events.which, name=name)
    choices = [(frame.plain("/events", tag=tag), called, tag.partition("/")[2]) for tag, called in found]
    return _page(node, connection, question, frame, tag=name, said=said, choices=choices, near=near)


def _whose(data: Any) -> str:
    """The tag of the subject that a name is given to."""
    return f"organisation/{data.organisation}" if data.organisation else f"person/{data.person}"


def _page(
    node: Node,
    connection: sa.Connection,
    question: Question,
    frame: Frame,
    *,
    tag: str | None,
    type_: str | None = None,
    items: Sequence[Shown] = (),
    about: Link | None = None,
    said: str = "",
    choices: Sequence[tuple[str, str, str]] = (),
    near: bool = False,
    following: str | None = None,
) -> bytes:
    """The form with what it found: facts, or in their place what is `said`, with the addresses, names and identifiers
    of those to choose from.
    """
    known = node.queries.definitions.refresh(connection).names()
    types = sorted(((RAW["fields"]["types"].get(name, name), name) for name in known), key=lambda each: each[0].lower())
    return render_template(
        "events.html",
        title=TEXTS.events.title,
        frame=frame,
        types=types,
        tag=tag,
        type=type_,
        items=items,
        about=about,
        said=said,
        choices=choices,
        near=near,
        latest=max(0, question.moment.head - LATEST),
        next=following,
    )

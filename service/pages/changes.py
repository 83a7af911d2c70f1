"""What changed for people: between two days in the world, or between two moments of our knowledge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from events.queries import Question
from events.queries.answers import DEFINITE
from events.queries.changes import Change
from events.queries.learned import Learned
from service.node import Node
from service.pages import parts, slots, subject
from service.pages import render as render_template
from service.pages.frame import Frame
from service.pages.subject import Called, Told
from service.pages.texts import TEXTS, fill

PARAMETERS: Final = ("from", "to", "known_at", "known_from", "known_to", "as_of")


class Shown(msgspec.Struct, frozen=True):
    """A change of one thing: what it is about, what was before and is after in words, and the facts that made it."""

    tag: str
    name: str
    what: str
    change: str
    on: str
    possible: bool
    before: str | None
    after: str | None
    facts: Sequence[Told]


def render(
    node: Node,
    connection: sa.Connection,
    slug: str,
    items: Sequence[Change | Learned],
    question: Question,
    frame: Frame,
    following: str | None,
    asked: dict[str, str | None],
) -> bytes:
    """A page of changes; `asked` is what the client asks for, by the names of the parameters."""
    own = f"organisation/{slug}"
    # An observation holds on the days on which somebody was seen; that those are over is no change.
    items = [each for each in items if (each.property, each.change) != ("observations", "ended")]
    mentioned = {own}.union(*map(_named, items))
    called = parts.called(node, connection, mentioned, question)
    told = {each.id: each for each in subject.by_ids(node, connection, {id_ for each in items for id_ in each.events})}
    name = called[own]
    return render_template(
        "changes.html",
        title=fill(TEXTS.changes.title, name=name),
        name=name,
        frame=frame,
        items=[
            Shown(
                tag=each.subject,
                name=called[each.subject],
                what=slots.what(each.subject.partition("/")[0], each.property, each.key, called.__getitem__),
                change=getattr(TEXTS.changes, each.change),
                on=parts.date(each.on.edtf) if isinstance(each, Change) and each.on is not None else "",
                possible=isinstance(each, Change) and each.certainty != DEFINITE,
                before=_said(each.property, each.before, called.__getitem__),
                after=_said(each.property, each.after, called.__getitem__),
                facts=[told[id_] for id_ in each.events if id_ in told],
            )
            for each in items
        ],
        asked={name: asked.get(name) for name in PARAMETERS},
        next=following,
    )


def _named(each: Change | Learned) -> set[str]:
    """The tags of the subjects that a change speaks of."""
    values = (said.value for said in (each.before, each.after) if said is not None)
    return {
        each.subject,
        *slots.tags(each.property, each.key),
        *(tag for value in values for tag in slots.mentioned(each.property, value)),
    }


def _said(property_: str, said: Any, called: Called) -> str | None:
    """A statement in words: its value, from when until when; None where there is none."""
    if said is None:
        return None
    return ", ".join(filter(None, (slots.value(property_, said.value, called), parts.span(said))))

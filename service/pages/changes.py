"""What changed for people: between two days in the world, or between two moments of our knowledge."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from events.queries import Question
from events.queries.answers import DEFINITE
from events.queries.changes import Change
from events.queries.learned import Learned
from events.vocabulary import KEY_PARTS
from service.node import Node
from service.pages import parts, subject
from service.pages import render as render_template
from service.pages.frame import Frame
from service.pages.subject import Told
from service.pages.texts import TEXTS, code, fill

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
    mentioned = {tag for each in items for tag in (each.subject, *_tags(each))} | {own}
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
                what=_what(each, called),
                change=getattr(TEXTS.changes, each.change),
                on=parts.date(each.on.edtf) if isinstance(each, Change) and each.on is not None else "",
                possible=isinstance(each, Change) and each.certainty != DEFINITE,
                before=_said(each.before),
                after=_said(each.after),
                facts=[told[id_] for id_ in each.events if id_ in told],
            )
            for each in items
        ],
        asked={name: asked.get(name) for name in PARAMETERS},
        next=following,
    )


def _tags(each: Change | Learned) -> list[str]:
    """The tags of the subjects that the key of its slot names."""
    found = []
    for kind, text in zip(KEY_PARTS.get(each.property, ()), each.key.split(" "), strict=False):
        if kind in ("post", "person", "organisation", "responsibility"):
            found.append(f"{kind}/{text}")
        elif kind == "target" and "/" in text:
            found.append(text)
    return found


def _what(each: Change | Learned, called: Any) -> str:
    """The slot in words: its property, and whom or what its key names."""
    names = [called[tag] for tag in _tags(each)]
    key = ", ".join(names) if names else " ".join(part for part in each.key.split(" ") if not _is_id(part))
    return f"{code('property', each.property)}{f': {key}' if key else ''}"


_is_id = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}").fullmatch


def _said(said: Any) -> str | None:
    """A statement in words: its value, from when until when; None where there is none."""
    if said is None:
        return None
    value = said.value
    if isinstance(value, dict):
        value = value.get("title") or value.get("name") or value.get("status") or ""
    elif isinstance(value, list):
        value = ""
    text = "" if value is None else str(value)
    return ", ".join(filter(None, (text, parts.span(said))))

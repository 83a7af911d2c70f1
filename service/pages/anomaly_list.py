"""What does not fit together, for people: everywhere, and about one organisation."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from events.anomalies import DETAILS, Anomaly
from events.queries import Question
from events.queries.listing import Listing
from service.node import Node
from service.pages import parts, slots, subject
from service.pages import render as render_template
from service.pages.frame import Frame
from service.pages.subject import Told
from service.pages.texts import TEXTS, fill


class Oddity(msgspec.Struct, frozen=True):
    """Something odd: what it is about, what is odd, and the facts concerned, the odd one first."""

    tag: str
    name: str
    what: str
    detail: str
    facts: Sequence[Told]


def render(
    node: Node, connection: sa.Connection, found: Listing, question: Question, frame: Frame, following: str | None
) -> bytes:
    """A page of all that is odd."""
    return _rendered(node, connection, found, question, frame, following, TEXTS.anomalies.title)


def of_organisation(
    node: Node, connection: sa.Connection, found: Listing, question: Question, frame: Frame, following: str | None
) -> bytes:
    """A page of what is odd about one organisation."""
    slug = frame.path.split("/")[2]
    tag = f"organisation/{slug}"
    name = parts.called(node, connection, [tag], question)[tag]
    around = msgspec.structs.replace(frame, tabs=subject.organisation_tabs(frame, slug, None), tab=4)
    title = fill(TEXTS.anomalies.title_of, name=name)
    return _rendered(node, connection, found, question, around, following, title)


def _rendered(
    node: Node,
    connection: sa.Connection,
    found: Listing,
    question: Question,
    frame: Frame,
    following: str | None,
    title: str,
) -> bytes:
    items: Sequence[Anomaly] = found.items
    tags = {tag for each in items for tag in (each.subject, *slots.tags(each.property, each.key))}
    called = parts.called(node, connection, tags, question)
    told = subject.standing_facts(node, connection, {id_ for each in items for id_ in each.events}, question)
    return render_template(
        "anomalies.html",
        title=title,
        frame=msgspec.structs.replace(frame, when=None),
        items=[
            Oddity(
                tag=each.subject,
                name=called[each.subject],
                what=slots.what(each.subject.partition("/")[0], each.property, each.key, called.__getitem__),
                detail=DETAILS[each.code],
                facts=list({told[id_].id: told[id_] for id_ in each.events}.values()),
            )
            for each in items
        ],
        next=following,
    )

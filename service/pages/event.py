"""One event for people: what happened, what it is about, what it rests on, and the whole story of its fact."""

from __future__ import annotations

from typing import Any

import msgspec
import sqlalchemy as sa

from events.dates import day
from events.event import Effective, Event
from events.queries import history
from events.standing import KINDS as AMENDING
from feeds import documents
from feeds.entry import Subject
from feeds.selections import Held
from service.node import Node
from service.pages import parts, paths, subject
from service.pages import render as render_template
from service.pages.frame import Frame, day_words
from service.pages.parts import Line


class Step(msgspec.Struct, frozen=True):
    """An event in the story of a fact. stands: whether it counts."""

    id: str
    title: str
    recorded_at: str
    stands: bool
    reason: str | None


class Seen(msgspec.Struct, frozen=True):
    """Where an organisation is seen on a day on which the fact holds. `day` in words, empty where there is none."""

    path: str
    name: str
    day: str


def render(node: Node, connection: sa.Connection, event: Event, frame: Frame, curating: object = None) -> bytes:
    """The page, with the names that the event's entry in the feeds has. curating: a Panel (curating.py)."""
    fact = event.fact
    end = node.queries.moments.end_of_append(connection, event.recorded_at)
    (entry,) = documents.entries(node.queries, connection, node.register, [Held(event, end)])
    chain = history.of(node.queries, node.log, connection, event.id, node.queries.moments.now(connection))
    assert chain is not None, "the event is recorded"
    told = subject.sentences(node, connection, [each.event.position for each in chain.members])
    subjects = [Line(text=each.name, tag=each.tag, fine=each.tag.partition("/")[0]) for each in entry.subjects]
    replaced: Any = getattr(fact.data, "replacement", None) if event.type in AMENDING else None
    shown = replaced or fact
    return render_template(
        "event.html",
        frame=msgspec.structs.replace(frame, feeds=tuple(parts.feed(each.tag, each.name) for each in entry.subjects)),
        title=entry.title,
        summary=entry.summary.removeprefix(entry.title).lstrip(".").strip(),
        event=event,
        curating=curating,
        see=[_seen(each, shown.effective) for each in entry.subjects if each.tag.startswith("organisation/")],
        note=shown.note,
        reason=fact.data.reason if event.type in AMENDING else None,
        effective=shown.effective,
        effective_words="" if shown.effective is None else parts.words_and_bounds(shown.effective),
        corrects=fact.data.event if event.type in AMENDING else None,
        changes=entry.changes,
        subjects=subjects,
        sources=parts.sources_of(event),
        follows=shown.follows,
        ends=shown.ends,
        fulfils=shown.fulfils,
        stands=chain.stands,
        root=chain.root,
        steps=[
            Step(
                id=each.event.id,
                title=told[each.event.position].title,
                recorded_at=each.event.recorded_at_text,
                stands=each.stands,
                reason=None if each.aims_at is None else each.event.fact.data.reason,
            )
            for each in chain.members
        ],
    )


def _seen(subject: Subject, effective: Effective | None) -> Seen:
    """By the first day on which the fact surely holds; where there is none, by the first on which it may."""
    bound = None if effective is None else _surely_holds(effective) or effective.earliest
    path = paths.of(subject.tag)
    if bound is None:
        return Seen(path, subject.name, "")
    return Seen(f"{path}?as_of={bound}", subject.name, day_words(day(bound)))


def _surely_holds(effective: Effective) -> str | None:
    """The first day on which a fact surely holds; None where there is no such day."""
    first, until = effective.latest, effective.until
    over = None if until is None else until.earliest
    return None if first is None or (over is not None and over <= first) else first

"""One event for people: what happened, what it is about, what it rests on, and the whole story of its fact."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa

from events import words
from events.dates import day
from events.event import Effective, Event, grounds_of
from events.queries import Question
from events.queries.history import Chain
from feeds import changed
from feeds import entry as entries
from feeds.entry import Entry, Subject
from feeds.selections import Held
from service.node import Node
from service.pages import parts, paths
from service.pages import render as render_template
from service.pages.frame import Frame, day_words
from service.pages.parts import Line
from service.pages.story import WITHDRAWAL, Story, besides, reason


class Step(msgspec.Struct, frozen=True):
    """An event in the story of a fact. stands: whether it counts."""

    href: str
    title: str
    recorded_at: str
    stands: bool
    is_this: bool
    reason: str


class Seen(msgspec.Struct, frozen=True):
    """Where an organisation is seen on a day on which the fact holds. `day` in words, empty where there is none."""

    path: str
    name: str
    day: str


def render(
    node: Node,
    connection: sa.Connection,
    event: Event,
    chain: Chain,
    question: Question,
    frame: Frame,
    curating: object = None,
) -> bytes:
    """The page, with the names that the event's entry in the feeds has; what only a plan names goes by that name.
    `chain`: of its fact; curating: a Panel (curating.py).
    """
    shown, aim = event.stated, chain.member(event.id).aims_at
    others = (*shown.follows, *filter(None, [shown.ends]))
    then = node.queries.moments.end_of_append(connection, event.recorded_at), entries.naming_day(event, node.register)
    wanted = [(tag, *then) for tag in entries.subject_tags(event.fact)]
    story = Story(node, connection, chain, question, others, wanted)
    entry = _entry(node, connection, question, Held(event, then[0]), story.called.at(*then), chain)
    subjects = [Line(text=each.name, tag=each.tag, fine=each.tag.partition("/")[0]) for each in entry.subjects]
    called = {each.tag: each.name for each in entry.subjects}
    return render_template(
        "event.html",
        frame=msgspec.structs.replace(frame, feeds=tuple(parts.feed(each.tag, each.name) for each in entry.subjects)),
        title=story.event(event.id).title if event.type == WITHDRAWAL else entry.title,
        summary=story.details(event.id) if aim is not None else besides(entry.summary, entry.title),
        state=story.state(event.id),
        event=event,
        curating=curating,
        see=[_seen(each, shown.effective) for each in entry.subjects if each.tag.startswith("organisation/")],
        note=shown.note or event.fact.note,
        reason=reason(event),
        effective=shown.effective,
        effective_words="" if shown.effective is None else parts.words_and_bounds(shown.effective),
        amends=None if aim is None else story.event(aim),
        before=None if aim is None else story.before(event.id),
        after=None if aim is None else story.after(event.id),
        changes=entry.changes,
        subjects=subjects,
        sources=parts.sources_of(grounds_of(event.body)),
        follows=[story.other(root) for root in shown.follows],
        ends=None if shown.ends is None else story.other(shown.ends),
        fulfils=shown.fulfils,
        plan="" if shown.fulfils is None else called.get(f"plan/{shown.fulfils.plan}", shown.fulfils.plan),
        steps=[
            Step(
                href=told.href,
                title=told.title,
                recorded_at=each.event.recorded_at_text,
                stands=each.stands,
                is_this=each.event.id == event.id,
                reason=reason(each.event),
            )
            for each in chain.members
            for told in (story.event(each.event.id),)
        ],
    )


def _entry(
    node: Node, connection: sa.Connection, question: Question, held: Held, called: words.Names, chain: Chain
) -> Entry:
    """The event's entry in the feeds; of what it changed only where it amends nothing."""
    event, generation = held.event, question.moment.generation
    aim = chain.member(event.id).aims_at
    made = {} if aim else changed.changes(node.queries, connection, [held], {event.id: called}, generation)
    amended = None if aim is None else chain.member(aim).event.fact
    return entries.make(event, called, amended, node.register, made.get(event.id, ()))


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

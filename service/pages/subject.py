"""One subject for people: what is said of it on the days asked for. Each kind says which sections its page has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa
from markupsafe import Markup

from events import words
from events.queries import Question, history
from events.queries.answers import DEFINITE
from events.queries.targets import TargetState
from feeds import documents
from feeds.selections import at_positions
from service.node import Node
from service.pages import parts, reasons, render
from service.pages.frame import Frame, Link
from service.pages.parts import Line, Section
from service.pages.texts import TEXTS, code, fill, status_of


class Told(msgspec.Struct, frozen=True):
    """An event in a sentence, and the day on which it was recorded."""

    id: str
    title: str
    day: str
    position: int


Called = Callable[[str], str]
"""From a subject's tag to its name."""


class Draft(NamedTuple):
    """A section that is still to be told: its lines, once it is known what subjects are called."""

    key: str
    lines: Callable[[Called], Sequence[Line]]

    def told(self, called: Called) -> Section:
        """The section."""
        return parts.section(self.key, self.lines(called))


Sections = Callable[[Any], Iterable[Draft]]


def page(sections: Sections) -> Callable[[Node, sa.Connection, Any, Question, Frame], bytes]:
    """What renders the state of a subject of a kind that has these sections."""

    def rendered(node: Node, connection: sa.Connection, state: Any, question: Question, frame: Frame) -> bytes:
        own = f"{state.kind}/{state.id}"
        # First without names, to learn whose are wanted and what is rested on, since all of that is read at once.
        wished: list[str] = []

        def wish(tag: str) -> str:
            wished.append(tag)
            return ""

        drafted: list[Section] = []
        unnamed: dict[str, Draft] = {}  # whose lines are told anew
        for draft in sections(state):
            before = len(wished)
            section = draft.told(wish)
            if section.lines:
                drafted.append(section)
                if len(wished) > before:
                    unnamed[draft.key] = draft
        wanted = {*wished, own} if state.name == state.id else set(wished)
        still_open = [id_ for id_ in state.undecided if id_ not in state.undecided.idle]
        undecided = still_open[: parts.LINES_MAX]
        # An organisation has the most lines: what ended one of them alone is linked as it is named, not read.
        ended_by = parts.ended_by(drafted, alone=state.kind != "organisation")
        read = {*parts.rests_on(drafted), *ended_by, *undecided}
        events = history.standing(node.queries, connection, read, question.moment)
        told = parts.told(drafted, events)
        called = parts.named(node, connection, wanted, [*told, *(events[id_] for id_ in undecided)], question)
        if own in wanted:  # nothing names it but perhaps a plan
            state.name = called.now(own)
            frame = parts.followed(frame, own, state.name)
        named = [unnamed[each.key].told(called.now) if each.key in unnamed else each for each in drafted]
        grounds = parts.grounds(events.values())
        shown = parts.in_own_words(named, events, grounds)
        return render(
            "subject.html",
            title=f"{state.name}, {frame.when.words}" if frame.when is not None else state.name,
            frame=frame,
            state=state,
            standing=standing(state, frame, called.now),
            last_active=_last_active(state),
            reasons=reasons.why(state, question, called.now),
            aliases=", ".join(getattr(state, "aliases", None) or ()),
            shown=shown,
            proofs=parts.proofs(shown, events, grounds, called),
            ends=parts.ends(shown, events, grounds, _closings(state)),
            undecided=[(events[id_].id, called.sentence(events[id_])) for id_ in undecided],
            more_undecided=len(still_open) - len(undecided),
            has_possible=any(line.possible for each in shown for line in each.lines) or state.certainty != DEFINITE,
        )

    return rendered


def _closings(state: Any) -> set[str]:
    """What closed an organisation after the days that are asked for."""
    return {id_ for life in getattr(state, "existence", ()) for id_ in life.closed_by}


def standing(state: Any, frame: Frame, called: Called) -> Markup:
    """The status in a sentence; of an organisation that is closed what became of it, and when."""
    assert frame.when is not None
    status = _status(state, state.status, called)
    when = fill(TEXTS.status.several, when=frame.when.words) if frame.when.span else frame.when.words
    if state.certainty == DEFINITE:
        return fill(TEXTS.status.line, status=status, when=when)
    text = fill(TEXTS.status.possible, status=status, when=when)
    if state.otherwise is not msgspec.UNSET:
        text += fill(TEXTS.status.otherwise, status=_status(state, state.otherwise, called))
    return text


def _status(state: Any, status: str, called: Called) -> str:
    """A status in words; of an organisation that is closed with what became of it, of a late target that it is."""
    told = status_of(state.kind, status)
    if status == "open" and isinstance(state, TargetState) and _is_past_due(state):
        return str(fill(TEXTS.status.past_due, status=told))
    ended = getattr(state, "closed_by", msgspec.UNSET)
    if status != "closed" or ended is msgspec.UNSET:
        return told
    return fill(TEXTS.status.closed, status=told, how=_ending(state, ended, called))


def _last_active(state: Any) -> Markup | None:
    """Where a closed organisation still has what a reader looks for: the words for that day."""
    day = getattr(state, "last_active", msgspec.UNSET)
    return None if day is msgspec.UNSET else fill(TEXTS.status.last_active, date=parts.date(day))


def _is_past_due(target: TargetState) -> bool:
    """Whether the date is over by which a target was due, whichever of them that is."""
    dues = [parts.has_passed(each.due, target.as_of) for each in target.dues]
    return bool(dues) and all(dues)


def _ending(state: Any, ended: str, called: Called) -> str:
    """How an organisation was closed: "merged into NHS England, February 2022"."""
    by = [each for each in state.successors if each.kind == ended]
    if not by:
        return code("closed_by", ended)
    last = max((each.since for each in by), key=lambda since: (since and since.latest) or "")
    by = [each for each in by if each.since == last]  # an organisation may have been closed more than once
    names = words.listed([called(f"organisation/{each.organisation}") for each in by])
    told = f"{code('closed_into', ended)} {names}"
    return told if last is None else f"{told}, {parts.date(last.edtf)}"


def organisation_tabs(frame: Frame, slug: str, first: str | None) -> tuple[Link, ...]:
    """The views of an organisation; `first`: the day from which on its changes are shown at first. Where there is none,
    nothing dated is known of it, and the way leads to what was learned.
    """
    path = f"/organisations/{slug}"
    here = frame.at(path)
    asked = here[len(frame.home) + len(path) :]
    upto = frame.when.edtf if frame.when is not None and len(frame.when.edtf) == len("2021-06-01") else None
    known_at = frame.known.asked if frame.known is not None else None
    changes = {"from": first, "to": upto, "known_at": known_at} if first else {"known_from": 0, "known_to": known_at}
    return (
        Link(here, TEXTS.tabs.state),
        Link(f"{frame.home}{path}/timeline{asked}", TEXTS.tabs.timeline),
        Link(frame.plain(f"{path}/changes", **changes), TEXTS.tabs.changes),
        Link(f"{frame.home}{path}/lineage{asked}", TEXTS.tabs.lineage),
        Link(frame.plain(f"{path}/anomalies"), TEXTS.tabs.anomalies),
    )


def sentences(node: Node, connection: sa.Connection, positions: Sequence[int]) -> dict[int, Told]:
    """The events at these positions as the feeds tell of them, each by its position."""
    held = at_positions(node.database, connection, positions) if positions else []
    entries = documents.entries(node.queries, connection, node.register, held)
    return {
        event.position: Told(event.id, entry.title, event.recorded_at_text[:10], event.position)
        for entry in entries
        for event in (entry.event,)
    }


def standing_facts(node: Node, connection: sa.Connection, roots: Iterable[str], question: Question) -> dict[str, Told]:
    """The facts that stand, in sentences, by the ids of their roots."""
    events = history.standing(node.queries, connection, roots, question.moment)
    called = parts.named(node, connection, (), events.values(), question)
    return {
        root: Told(event.id, called.sentence(event), event.recorded_at_text[:10], event.position)
        for root, event in events.items()
    }

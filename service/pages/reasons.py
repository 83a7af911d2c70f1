"""Why a status is only possible: what it rests on began or ended on a day that is known only in part, or that is not
the first or the last of those that are asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from events.dates import day
from events.queries.answers import DEFINITE, Bounds
from events.queries.initiatives import InitiativeState
from events.queries.organisations import OrganisationState
from events.queries.people import PersonState
from events.queries.posts import PostState
from events.queries.question import Question
from events.queries.responsibilities import ResponsibilityState
from events.queries.targets import TargetState
from service.pages.parts import date
from service.pages.texts import TEXTS, code, fill

REASONS_MAX: Final = 3
ISO_LENGTH: Final = len("2019-02-19")


class Reason(msgspec.Struct, frozen=True):
    """A reason in words, and the event that it rests on, where it is just one."""

    text: str
    event: str | None


def why(state: Any, question: Question, called: Any) -> list[Reason]:
    """The reasons why the status of a subject is not certain, at most `REASONS_MAX`; none where it is certain, or where
    what its kind says does not tell.
    """
    if state.certainty == DEFINITE:
        return []
    return list(dict.fromkeys(_reasons(state, question, called)))[:REASONS_MAX]


def _reasons(state: Any, question: Question, called: Any) -> Iterator[Reason]:
    texts = TEXTS.why
    match state:
        case OrganisationState():
            for life in state.existence:
                yield from _of(life, question, texts.began, texts.ended)
        case PersonState():
            for each in state.appointments:
                began, ended = (texts.seen, None) if each.observed else (texts.entered, texts.left)
                yield from _of(each, question, began, ended, each.title or called(f"post/{each.post}"))
        case PostState():
            for each in state.holders:
                began, ended = (texts.seen_in, None) if each.observed else (texts.entered_it, texts.left_it)
                yield from _of(each, question, began, ended, each.person_name or called(f"person/{each.person}"))
        case ResponsibilityState():
            for held in state.holders:
                yield from _of(held, question, texts.gained, texts.lost, called(f"organisation/{held.organisation}"))
        case InitiativeState():
            for stage in state.stages:
                if stage.certainty not in (None, DEFINITE):
                    yield from _of(stage, question, texts.reached, None, code("status", stage.stage))
        case TargetState() if state.status == "open":
            for due in state.history[:1]:
                yield from _of(due, question, texts.set, None)


def _of(item: Any, question: Question, began: str, ended: str | None, name: str = "") -> Iterator[Reason]:
    """That the item may have begun after the first day, that it may have ended by the last one."""
    since, until = item.since, item.until
    if since is not None and (since.latest is None or day(since.latest) > question.as_of.first):
        yield _reason(began, name, since, item.opened_by)
    if (
        ended is not None
        and until is not None
        and (until.earliest is None or day(until.earliest) <= question.as_of.last)
    ):
        yield _reason(ended, name, until, item.closed_by)


def _reason(text: str, name: str, bounds: Bounds, events: tuple[str, ...]) -> Reason:
    said = str(fill(text, name=name, date=_on(bounds)))
    return Reason(said, events[0] if len(events) == 1 else None)


def _on(bounds: Bounds) -> str:
    """A date within a sentence."""
    words = date(bounds.edtf)
    if bounds.edtf.startswith("[") or words.startswith("in "):
        return words
    return str(fill(TEXTS.why.on_day if len(bounds.edtf) == ISO_LENGTH else TEXTS.why.in_time, date=words))

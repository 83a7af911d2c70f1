"""Appointments as items: with their terms in force, and what was only observed where nothing else is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from events.queries import answers
from events.queries.answers import Appointment, Slots
from events.queries.question import Question
from events.queries.reading import Stated
from events.queries.values import latest

Terms = Mapping[tuple[str, str], Sequence[Stated]]
"""The terms of appointments, by the organisation's tag and by post and person."""

PROPERTIES = ("appointments", "observations", "terms")


def items(slots: Slots, question: Question) -> list[Appointment]:
    """The appointments that are definite or possible on the days that are asked for, of all statements by property."""
    terms = _terms(slots)
    held = [_item(each, terms, question) for each in answers.in_force(slots.get("appointments", ()), question)]
    known = {(each.organisation, each.post, each.person) for each in held}
    seen = [_item(each, {}, question) for each in answers.in_force(slots.get("observations", ()), question)]
    return held + [each for each in seen if (each.organisation, each.post, each.person) not in known]


def over_time(statements: Sequence[Stated], question: Question) -> list[Appointment]:
    """All appointments at any time, the earliest first; `certainty` is null where one does not hold then."""
    slots = answers.by_property(statements)
    found, terms = slots.get("appointments", ()), _terms(slots)
    return [
        _item(each, terms, question)
        for each in sorted(found, key=lambda each: (each.since_earliest, each.since_latest, each.key))
    ]


def _terms(slots: Slots) -> Terms:
    found: dict[tuple[str, str], list[Stated]] = {}
    for each in slots.get("terms", ()):
        found.setdefault((each.subject, each.key), []).append(each)
    return found


def _item(stated: Stated, terms: Terms, question: Question) -> Appointment:
    post, person = stated.key.split(" ")[:2]
    data = stated.data or {}
    own = latest(terms.get((stated.subject, f"{post} {person}"), ()), question)
    if own is not None:
        data = {**data, **own.value}
    return Appointment(
        **answers.item(stated, question),
        organisation=stated.slug,
        post=post,
        person=person,
        observed=stated.property_ == "observations",
        **data,
    )

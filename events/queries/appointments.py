"""Appointments as items: with their terms in force, and what was only observed where nothing else is known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from events.queries import answers
from events.queries.answers import Appointment
from events.queries.question import Question
from events.queries.reading import Stated
from events.queries.values import latest

PROPERTIES = ("appointments", "observations", "terms")


def items(statements: Sequence[Stated], question: Question) -> list[Appointment]:
    """The appointments that are definite or possible on the days that are asked for."""
    held = [_item(each, statements, question) for each in _of(statements, "appointments", question)]
    known = {(each.organisation, each.post, each.person) for each in held}
    seen = [_item(each, statements, question) for each in _of(statements, "observations", question)]
    return held + [each for each in seen if (each.organisation, each.post, each.person) not in known]


def over_time(statements: Sequence[Stated], question: Question) -> list[Appointment]:
    """All appointments at any time, the earliest first; `certainty` is null where one does not hold then."""
    found = answers.of_property(statements, "appointments")
    return [
        _item(each, statements, question)
        for each in sorted(found, key=lambda each: (each.span.since_earliest, each.span.since_latest, each.key))
    ]


def _of(statements: Iterable[Stated], property_: str, question: Question) -> list[Stated]:
    return answers.in_force((each for each in statements if each.property_ == property_), question)


def _item(stated: Stated, statements: Sequence[Stated], question: Question) -> Appointment:
    post, person = stated.key.split(" ")[:2]
    data = stated.data or {}
    key = f"{post} {person}"
    terms = latest(
        (s for s in statements if s.property_ == "terms" and s.key == key and s.subject == stated.subject), question
    )
    if terms is not None and stated.property_ == "appointments":
        data = {**data, **terms.value}
    return Appointment(
        **answers.item(stated, question),
        organisation=stated.slug,
        post=post,
        person=person,
        observed=stated.property_ == "observations",
        **data,
    )

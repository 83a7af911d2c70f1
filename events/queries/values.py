"""Reading value slots: which values are possible on the days that are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from events.dates import Day
from events.queries.answers import DEFINITE, POSSIBLE, Slots
from events.queries.question import Question
from events.queries.reading import Stated
from events.state import certainty


class Value(msgspec.Struct, frozen=True):
    """One value that a slot may hold on the days that are asked for, and the statements that say so."""

    value: Any
    certainty: str
    statements: tuple[Stated, ...]

    @property
    def opened_by(self) -> tuple[str, ...]:
        """The events that set it."""
        if len(self.statements) == 1:
            return self.statements[0].opened_by
        return tuple(sorted({id_ for each in self.statements for id_ in each.opened_by}))


def values(statements: Sequence[Stated], first: Day, last: Day) -> list[Value]:
    """The values of one slot that are definite or possible on these days, the earliest first."""
    if len(statements) == 1:  # most slots
        (only,) = statements
        found = only.certainty(first, last) if only.value is not None else None
        return [Value(only.data, found, (only,))] if found is not None else []
    grouped: dict[str, list[Stated]] = {}
    for each in sorted(statements, key=lambda each: (each.since_earliest, each.since_latest)):
        if each.value is not None and each.certainty(first, last) is not None:
            grouped.setdefault(each.value, []).append(each)
    return [
        Value(msgspec.json.decode(text), certainty(held, first, last) or POSSIBLE, tuple(held))
        for text, held in grouped.items()
    ]


def latest(statements: Sequence[Stated], question: Question) -> Value | None:
    """The value of one slot on the last day that is asked for: the definite one, else the earliest possible."""
    day = question.as_of.last
    found = values(statements, day, day)
    return next((each for each in found if each.certainty == DEFINITE), found[0] if found else None)


def one(slots: Slots, property_: str, question: Question) -> Any:
    """The value itself of a slot without key, or None; `slots` are the statements of one subject by property."""
    held = slots.get(property_)
    if held is None:
        return None
    if len(held) == 1:  # most slots
        (only,) = held
        return only.data if only.certainty(question.as_of.last, question.as_of.last) is not None else None
    value = latest(held, question)
    return value.value if value is not None else None

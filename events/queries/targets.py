"""Targets: when something is due, by whom, and how that was moved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
import sqlalchemy as sa

from events.queries import answers, names
from events.queries.answers import DEFINITE, POSSIBLE, Item, Slots, Standing, Subject
from events.queries.listing import Link, Noun, gathering
from events.queries.question import Question
from events.queries.reading import Queries, Stated
from events.queries.values import one, values

STATUSES: Final = ("open", "met", "missed", "dropped", "not_yet", "unknown")


class Due(msgspec.Struct, frozen=True):
    """A due date (EDTF) that is definite or possible."""

    due: str
    certainty: str


class TargetEntry(msgspec.Struct, kw_only=True):
    """A target on the days that are asked for; `due` only where it is definite, else see `dues`."""

    target: str
    name: str | None
    status: str
    certainty: str
    due: str | None
    dues: list[Due]
    opened_by: tuple[str, ...]
    organisation: str | None = None
    scope: str | None = None
    measure: str | None = None


class DueHistory(Item, kw_only=True):
    """A due date and from when until when it was the target's."""

    due: str


class TargetState(Subject, kw_only=True):
    """One target."""

    due: str | None
    dues: list[Due]
    history: list[DueHistory]
    organisation: str | None
    scope: str | None
    measure: str | None
    extensions: dict[str, list[answers.Extension]]
    undecided: list[str]


def state(queries: Queries, connection: sa.Connection, slug: str, question: Question) -> TargetState | None:
    """The target; None where no event that is known mentions it."""
    tag = f"target/{slug}"
    subject = queries.found(connection, tag, question.moment)
    if subject is None:
        return None
    statements = queries.of(connection, question.moment, [tag])
    found = entry(answers.by_property(statements), slug, question)
    history = sorted(answers.of_property(statements, "due"), key=lambda each: (each.since_earliest, each.since_latest))
    return TargetState(
        **answers.head(subject, question),
        name=names.best(names.of(statements, tag), question.as_of.last, slug),
        **_standing(statements, slug, question).head,
        due=found.due if found is not None else None,
        dues=found.dues if found is not None else [],
        history=[DueHistory(**answers.item(each, question), due=each.data) for each in history],
        organisation=found.organisation if found is not None else None,
        scope=found.scope if found is not None else None,
        measure=found.measure if found is not None else None,
        extensions=answers.extensions(statements, question),
        undecided=answers.undecided(statements, question),
    )


def entry(slots: Slots, slug: str, question: Question) -> TargetEntry | None:
    """The target by its statements; None before it may have been set."""
    days = question.as_of
    statuses = values(slots.get("status", ()), days.first, days.last)
    dues = values(slots.get("due", ()), days.first, days.last)
    if not statuses and not dues:
        return None
    first = statuses[0] if statuses else dues[0]
    decided = len(statuses) == 1 and first.certainty == DEFINITE
    return TargetEntry(
        target=slug,
        name=one(slots, "name", question),
        status=first.value if statuses else "open",
        certainty=DEFINITE if decided else POSSIBLE,
        due=next((each.value for each in dues if each.certainty == DEFINITE), None),
        dues=[Due(each.value, each.certainty) for each in dues],
        opened_by=tuple(sorted({id_ for each in dues for id_ in each.opened_by})),
        organisation=one(slots, "organisation", question),
        scope=one(slots, "scope", question),
        measure=one(slots, "measure", question),
    )


def _standing(statements: Sequence[Stated], slug: str, question: Question) -> Standing:
    slots = answers.by_property(statements)
    found, statuses = entry(slots, slug, question), slots.get("status", ())
    if found is None:
        status = "not_yet" if statuses else "unknown"
        return Standing(status=status, certainty=DEFINITE, possible=(status,))
    others = [each.value for each in values(statuses, question.as_of.first, question.as_of.last)]
    possible = tuple(dict.fromkeys((found.status, *others)))
    return Standing(status=found.status, certainty=found.certainty, possible=possible)


LISTED: Final = Noun(
    kind="target",
    statuses=STATUSES,
    standing=_standing,
    gather=gathering(own=("name", "status", "due")),
    link=Link(("organisation",)),
)

"""Responsibilities: who holds them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa

from events.queries import answers, names
from events.queries.answers import Extension, Responsibility, Standing, Subject
from events.queries.listing import Link, Noun, gathering
from events.queries.question import Question
from events.queries.reading import Queries, Stated

STATUSES: Final = ("held", "not_held")
HOLDING: Final = ("responsibilities",)


class ResponsibilityState(Subject, kw_only=True):
    """One responsibility; status held or not_held. `holders` then, `succession` at any time."""

    holders: list[Responsibility]
    succession: list[Responsibility]
    extensions: dict[str, list[Extension]]
    undecided: list[str]


def state(queries: Queries, connection: sa.Connection, slug: str, question: Question) -> ResponsibilityState | None:
    """The responsibility; None where no event that is known mentions it."""
    tag = f"responsibility/{slug}"
    subject = queries.found(connection, tag, question.moment)
    if subject is None:
        return None
    about = queries.about(connection, question.moment, [tag], HOLDING)
    ordered = sorted(about, key=lambda each: (each.since_earliest, each.since_latest, each.subject))
    items = [
        Responsibility(**answers.item(s, question), organisation=s.slug, responsibility=s.key, **(s.data or {}))
        for s in ordered
    ]
    return ResponsibilityState(
        **answers.head(subject, question),
        name=names.best(names.of(about, tag), question.as_of.last, slug),
        **_standing(about, slug, question).head,
        holders=[each for each in items if each.certainty is not None],
        succession=items,
        extensions=answers.extensions(queries.of(connection, question.moment, [tag]), question),
        undecided=answers.undecided(about, question),
    )


def _standing(statements: Sequence[Stated], _slug: str, question: Question) -> Standing:
    return answers.settle_held(statements, question, *STATUSES)


LISTED: Final = Noun(
    kind="responsibility",
    statuses=STATUSES,
    standing=_standing,
    gather=gathering(about=HOLDING),
    link=Link(HOLDING, part=0),
    held="held",
    holding=HOLDING,
    part=0,
)

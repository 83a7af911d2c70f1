"""People: the posts that they hold, their names and attributes."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa

from events.queries import answers, appointments, names, organisations
from events.queries.answers import DEFINITE, Appointment, Attribute, Name, Subject
from events.queries.question import Question
from events.queries.reading import Queries


class PersonState(Subject, kw_only=True):
    """One person; status in_post or not_in_post."""

    names: list[Name]
    appointments: list[Appointment]
    attributes: list[Attribute]
    undecided: list[str]


def state(queries: Queries, connection: sa.Connection, slug: str, question: Question) -> PersonState | None:
    """The person; None where no event that is known mentions them."""
    tag = f"person/{slug}"
    if not queries.mentioned(connection, tag, question.moment):
        return None
    own = queries.of(connection, question.moment, [tag])
    about = queries.about(connection, question.moment, [tag], appointments.PROPERTIES)
    held = answers.in_force(own, question)
    posts = appointments.items(about, question)
    in_post = any(each.certainty == DEFINITE for each in posts)
    return PersonState(
        kind="person",
        id=slug,
        name=names.best(names.of([*own, *about], tag), question.as_of.last, slug),
        status="in_post" if posts else "not_in_post",
        certainty=DEFINITE if in_post or not posts else answers.POSSIBLE,
        otherwise="not_in_post" if posts and not in_post else msgspec.UNSET,
        version=queries.version(connection, tag, question.moment),
        as_of=answers.as_of(question),
        known_at=answers.known_at(question.moment),
        names=organisations.name_items(held, question),
        appointments=posts,
        attributes=organisations.attributes(held, question),
        undecided=answers.undecided([*own, *about], question),
    )

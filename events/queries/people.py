"""People: the posts that they hold, their names and attributes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
import sqlalchemy as sa

from events.queries import answers, appointments, names, organisations
from events.queries.answers import Aliases, Appointment, Attribute, Extension, Name, Standing, Subject
from events.queries.listing import Link, Noun, gathering
from events.queries.question import Question
from events.queries.reading import Queries, Stated

STATUSES: Final = ("in_post", "not_in_post")
SERVICE: Final = ("appointments", "observations")


class PersonState(Subject, kw_only=True):
    """One person; status in_post or not_in_post. `appointments` on the days asked for, `career` at any time."""

    names: list[Name]
    appointments: list[Appointment]
    career: list[Appointment]
    attributes: list[Attribute]
    extensions: dict[str, list[Extension]]
    undecided: list[str]
    aliases: Aliases = msgspec.UNSET


def state(queries: Queries, connection: sa.Connection, slug: str, question: Question) -> PersonState | None:
    """The person, by any of their identifiers; None where no event that is known mentions them."""
    subject = queries.found(connection, f"person/{slug}", question.moment)
    if subject is None:
        return None
    tag, slug = subject.tag, subject.slug
    own = queries.of(connection, question.moment, [tag])
    about = queries.about(connection, question.moment, [tag], appointments.PROPERTIES)
    held = answers.by_property(answers.in_force(own, question))
    return PersonState(
        **answers.head(subject, question),
        name=names.best(names.of([*own, *about], tag), question.as_of.last, slug),
        **_standing(about, slug, question).head,
        aliases=answers.aliases(queries, connection, subject, question),
        names=organisations.name_items(held, question),
        appointments=appointments.items(answers.by_property(about), question),
        career=appointments.over_time(about, question),
        attributes=organisations.attributes(held, question),
        extensions=answers.extensions(own, question),
        undecided=answers.undecided([*own, *about], question),
    )


def _standing(statements: Sequence[Stated], _slug: str, question: Question) -> Standing:
    served = [each for each in statements if each.property_ in SERVICE]
    return answers.settle_held(served, question, *STATUSES)


LISTED: Final = Noun(
    kind="person",
    statuses=STATUSES,
    standing=_standing,
    gather=gathering(own=("name", "names"), about=SERVICE),
    link=Link(SERVICE, part=1),
    held="in_post",
    holding=SERVICE,
    part=1,
)

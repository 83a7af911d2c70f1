"""Posts: who holds them, and who held them before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import sqlalchemy as sa

from events.queries import answers, appointments, names, organisations
from events.queries.answers import Appointment, Extension, Post, Relation, Standing, Subject
from events.queries.listing import Link, Noun, gathering
from events.queries.question import Moment, Question
from events.queries.reading import Queries, Stated

STATUSES: Final = ("filled", "vacant", "abolished", "not_yet", "unknown")
SERVICE: Final = ("appointments", "observations")


class PostState(Subject, kw_only=True):
    """One post; status filled, vacant or abolished. `holders` on the days asked for, `succession` at any time."""

    posts: list[Post]
    holders: list[Appointment]
    succession: list[Appointment]
    relations: list[Relation]
    extensions: dict[str, list[Extension]]
    undecided: list[str]


def state(queries: Queries, connection: sa.Connection, slug: str, question: Question) -> PostState | None:
    """The post; None where no event that is known mentions it."""
    tag = f"post/{slug}"
    subject = queries.found(connection, tag, question.moment)
    if subject is None:
        return None
    own = queries.of(connection, question.moment, [tag])
    about = queries.about(connection, question.moment, [tag])
    lives = answers.of_property(about, "posts")
    return PostState(
        **answers.head(subject, question),
        name=names.best(names.of(about, tag), question.as_of.last, slug),
        **_standing(about, slug, question).head,
        posts=[
            Post(**answers.item(s, question), organisation=s.slug, post=s.key, **(s.data or {}))
            for s in answers.in_force(lives, question)
        ],
        holders=appointments.items(answers.by_property(about), question),
        succession=appointments.over_time(about, question),
        relations=organisations.relations(
            answers.by_property(answers.in_force(own, question)),
            answers.by_property(answers.in_force(about, question)),
            question,
        ),
        extensions=answers.extensions(own, question),
        undecided=answers.undecided([*own, *about], question),
    )


def bodies(queries: Queries, connection: sa.Connection, slugs: Iterable[str], moment: Moment) -> dict[str, list[str]]:
    """The organisations that posts are in, or were once, by the posts' slugs; a post of which
    nothing says so is left out. One read.
    """
    found: dict[str, list[str]] = {}
    tags = [f"post/{slug}" for slug in slugs]
    for tag, each in queries.concerning(connection, moment, tags, ("posts", *SERVICE)) if tags else ():
        those = found.setdefault(tag.partition("/")[2], [])
        if each.slug not in those:
            those.append(each.slug)
    return found


def _standing(statements: Sequence[Stated], _slug: str, question: Question) -> Standing:
    lives = answers.of_property(statements, "posts")
    held = [each for each in statements if each.property_ in SERVICE]
    days = answers.days_to_look_at([*lives, *held], question)
    return answers.settle([_statuses_on(lives, held, day) for day in days], STATUSES)


def _statuses_on(lives: list[Stated], held: list[Stated], day: int) -> list[str]:
    in_post = [each.certainty(day, day) for each in held]
    found = ["filled"] if any(in_post) else []
    if answers.DEFINITE in in_post:
        return found
    existing = [each.certainty(day, day) for each in lives]
    # Where the holder goes only with the post itself, it is never vacant in between.
    ends = {id_ for each in lives for id_ in each.closed_by}
    leaving = [each for each, sure in zip(held, in_post, strict=True) if sure == answers.POSSIBLE]
    stays = any(each.since_latest <= day and not each.doubtful and ends.issuperset(each.closed_by) for each in leaving)
    if (any(existing) or (not lives and held)) and not stays:
        found.append("vacant")
    if answers.DEFINITE not in existing:
        if any(each.until_earliest <= day for each in lives):
            found.append("abolished")
        elif any(each.since_latest > day for each in lives):
            found.append("not_yet")
        elif not lives and not held:
            found.append("unknown")
    return found


LISTED: Final = Noun(
    kind="post",
    statuses=STATUSES,
    standing=_standing,
    gather=gathering(about=("posts", *SERVICE)),
    link=Link(("posts", *SERVICE), part=0, lasting=True),
    held="filled",
    holding=SERVICE,
    part=0,
)

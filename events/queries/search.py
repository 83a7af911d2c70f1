"""What is called so, of whatever kind: subjects by the beginnings of the words of their names and identifiers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec
import sqlalchemy as sa

from events.dates import FIRST_DAY, LAST_DAY, Period
from events.naming import folded
from events.queries import initiatives, names, plans, targets
from events.queries.answers import DEFINITE
from events.queries.question import Question
from events.queries.reading import Queries

KINDS: Final = ("organisation", "person", "post", "responsibility", "initiative", "target", "plan")
SHOWN_MAX: Final = 10
"""Of one kind; the others are counted."""
TOLD: Final = (initiatives.LISTED, targets.LISTED, plans.LISTED)
"""The kinds whose status is told: what bears such a name need not be there yet on the days that are asked for."""
EVER: Final = Period("0001/9999", FIRST_DAY, LAST_DAY)
"""All the days that there are, to find what was called so at any time."""


class Hit(msgspec.Struct, frozen=True):
    """A subject that is called so (`certainty`: on each of the days asked for, or perhaps on some), and its name.

    status: of an initiative, a target or a plan, on those days; `status_certainty` says how certain that is.
    """

    id: str
    name: str
    certainty: str
    status: str | msgspec.UnsetType = msgspec.UNSET
    status_certainty: str | msgspec.UnsetType = msgspec.UNSET


class Hits(msgspec.Struct, frozen=True):
    """Those of one kind: how many, and the first of them: the certain before the possible, the shortest identifier
    first, since it has the least besides what is searched.
    """

    kind: str
    count: int
    items: list[Hit]


def hits(queries: Queries, connection: sa.Connection, question: Question, q: str) -> list[Hits]:
    """What is found on the days that are asked for, of each kind of which there is any."""
    found = queries.selecting.searched_among(connection, question, KINDS, q)
    wanted = folded(q)

    def order(tag: str) -> tuple[bool, bool, int, str]:
        slug = tag.partition("/")[2]
        return found[tag] != DEFINITE, slug != wanted, len(slug), slug

    of_kind: dict[str, list[str]] = {kind: [] for kind in KINDS}
    for tag in sorted(found, key=order):
        of_kind[tag.partition("/")[0]].append(tag)
    position, day = question.moment.position, question.as_of.last
    shown = {tag for tags in of_kind.values() for tag in tags[:SHOWN_MAX]}
    called = names.lookup(queries, connection, ((tag, position, day) for tag in shown), question.moment.generation)
    standing = _standing(queries, connection, question, shown)
    return [
        Hits(
            kind,
            len(tags),
            [
                Hit(tag.partition("/")[2], called[tag, position, day], found[tag], *standing.get(tag, ()))
                for tag in tags[:SHOWN_MAX]
            ],
        )
        for kind, tags in of_kind.items()
        if tags
    ]


def _standing(
    queries: Queries, connection: sa.Connection, question: Question, tags: Iterable[str]
) -> dict[str, tuple[str, str]]:
    """The status, and its certainty, of those of these subjects of which it is told."""
    found = {}
    for noun in TOLD:
        own = sorted(tag for tag in tags if tag.startswith(f"{noun.kind}/"))
        for tag, statements in noun.gather(queries, connection, question, own).items() if own else ():
            standing = noun.standing(statements, tag.partition("/")[2], question)
            found[tag] = standing.status, standing.certainty
    return found

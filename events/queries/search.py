"""What is called so, of whatever kind: subjects by the beginnings of the words of their names and identifiers."""

from __future__ import annotations

from typing import Final

import msgspec
import sqlalchemy as sa

from events.dates import FIRST_DAY, LAST_DAY, Period
from events.naming import folded
from events.queries import names
from events.queries.answers import DEFINITE
from events.queries.question import Question
from events.queries.reading import Queries

KINDS: Final = ("organisation", "person", "post", "responsibility", "initiative", "target", "plan")
SHOWN_MAX: Final = 10
"""Of one kind; the others are counted."""
EVER: Final = Period("0001/9999", FIRST_DAY, LAST_DAY)
"""All the days that there are, to find what was called so at any time."""


class Hit(msgspec.Struct, frozen=True):
    """A subject that is called so (`certainty`: on each of the days asked for, or perhaps on some), and its name."""

    id: str
    name: str
    certainty: str


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
    return [
        Hits(
            kind,
            len(tags),
            [Hit(tag.partition("/")[2], called[tag, position, day], found[tag]) for tag in tags[:SHOWN_MAX]],
        )
        for kind, tags in of_kind.items()
        if tags
    ]

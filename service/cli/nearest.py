"""What may have been meant by an identifier that there is not."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Final

import sqlalchemy as sa

from events import tables
from events.database import AFTER_ALL

COMPARED_MAX: Final = 20_000
"""How many identifiers one that was mistyped is compared with."""
NEAR_MAX: Final = 3


def near(connection: sa.Connection, kind: str, slug: str) -> list[str]:
    """The identifiers that are most like one that there is not; those that begin with the same letter come first."""
    first = _of_kind(connection, kind, slug[:1], COMPARED_MAX)
    there = dict.fromkeys([*first, *_of_kind(connection, kind, "", COMPARED_MAX - len(first))])
    parts = [each for each in there if f"-{slug}-" in f"-{each}-"]
    return list(dict.fromkeys([*get_close_matches(slug, there, NEAR_MAX), *parts]))[:NEAR_MAX]


def mentioned_at(connection: sa.Connection, kind: str, slug: str) -> int | None:
    """The position since which a subject is known; None where it is not."""
    subject = tables.subject.c
    return connection.scalar(
        sa.select(subject.mentioned_at).select_from(_CURRENT).where(subject.kind == kind, subject.id == slug)
    )


def _of_kind(connection: sa.Connection, kind: str, beginning: str, most: int) -> list[str]:
    subject = tables.subject.c
    rows = connection.scalars(
        sa.select(subject.id)
        .select_from(_CURRENT)
        .where(subject.kind == kind, subject.id >= beginning, subject.id < beginning + AFTER_ALL)
        .order_by(subject.id)
        .limit(most)
    )
    return list(rows)


_CURRENT: Final = tables.subject.join(
    tables.projection,
    sa.and_(tables.projection.c.current.is_(sa.true()), tables.projection.c.generation == tables.subject.c.generation),
)

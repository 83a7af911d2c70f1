"""The first event that mentions a subject: since then something is known of it."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa

from events import tables
from events.queries.reading import Queries


class Mention(msgspec.Struct, frozen=True):
    """An event that mentions a subject. known_at: the last position of its append, since which that is known."""

    id: str
    position: int
    recorded_at: int  # microseconds since 1970 UTC
    known_at: int


def first(queries: Queries, connection: sa.Connection, tag: str) -> Mention | None:
    """The first event that bears a subject's tag, however late it was recorded; None where none does."""
    event, tagged = tables.event, tables.event_tag
    prepared = queries.database.prepare(
        "first mention",
        lambda: (
            sa.select(event.c.id, event.c.position, event.c.recorded_at)
            .select_from(tagged.join(event, event.c.position == tagged.c.position))
            .where(tagged.c.tag == sa.bindparam("tag"))
            .order_by(tagged.c.position)
            .limit(1)
        ),
    )
    row = prepared.one(connection, tag=tag)
    if row is None:
        return None
    id_, position, recorded_at = row
    return Mention(id_, position, recorded_at, queries.moments.end_of_append(connection, recorded_at))

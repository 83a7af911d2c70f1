"""The days on which something about subjects begins or ends: marks on a line of time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import sqlalchemy as sa

from events import tables
from events.dates import BEGINNING, END, Day
from events.queries.question import Moment
from events.queries.reading import Queries
from events.queries.selecting import recorded_then

MARKS_MAX: Final = 1_000


def of(queries: Queries, connection: sa.Connection, tags: Iterable[str], moment: Moment) -> list[Day]:
    """The first days on which statements of or about these subjects may begin or end, in order; at most `MARKS_MAX`."""
    database, statement, target = queries.database, tables.statement, tables.statement_target

    def made() -> sa.Select[tuple[int]]:
        known = sa.and_(statement.c.generation == sa.bindparam("generation"), recorded_then(statement))
        own = database.among(statement.c.subject, "subjects")
        same = sa.and_(statement.c.generation == target.c.generation, statement.c.id == target.c.statement)
        about = target.join(statement, same)
        concerning = database.among(target.c.subject, "subjects")
        days = sa.union(
            *(
                select.where(known)
                for column in (statement.c.since_earliest, statement.c.until_earliest)
                for select in (
                    sa.select(column.label("day")).where(own),
                    sa.select(column.label("day")).select_from(about).where(concerning),
                )
            )
        ).subquery()
        within = sa.and_(days.c.day > BEGINNING, days.c.day < END)
        return sa.select(days.c.day).where(within).order_by(days.c.day).limit(MARKS_MAX)

    prepared = database.prepare("marks", made)
    arguments = {"generation": moment.generation, "position": moment.position, "subjects": database.listed(tags)}
    return [row[0] for row in prepared.all(connection, **arguments)]

"""Identifiers: which organisation bears a code."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from events import tables
from events.database import Database
from events.dates import Day
from events.queries.question import Moment

PROPERTY: Final = "identifiers"


class Bearers:
    """Looks up identifiers of one register."""

    def __init__(self, database: Database) -> None:
        statement = tables.statement
        self._sql = database.prepare(
            "bearers of an identifier",
            sa.select(statement.c.subject, statement.c.since_earliest, statement.c.until_latest)
            .where(
                statement.c.generation == sa.bindparam("generation"),
                statement.c.property == PROPERTY,
                statement.c.key == sa.bindparam("key"),
                statement.c.recorded_to.is_(None),
            )
            .order_by(statement.c.subject),
        )

    def find(self, connection: sa.Connection, moment: Moment, scheme: str, value: str, day: Day) -> list[str]:
        """The slugs of the organisations that bear the identifier on a day, else of all that ever did."""
        rows = self._sql.all(connection, generation=moment.generation, key=f"{scheme} {value}")
        now = {subject for subject, since, until in rows if since <= day < until}
        return sorted(tag.partition("/")[2] for tag in now or {subject for subject, _, _ in rows})

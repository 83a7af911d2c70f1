"""The days on which something about subjects begins or ends: marks on a line of time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import sqlalchemy as sa

from events import tables
from events.dates import BEGINNING, END, Day
from events.queries.concerning import OWNING
from events.queries.question import Moment
from events.queries.reading import Queries, Stated
from events.queries.selecting import recorded_then

MARKS_MAX: Final = 1_000
SPAN: Final = ("since_earliest", "since_latest", "until_earliest", "until_latest", "doubtful")


def of(
    queries: Queries, connection: sa.Connection, tags: Iterable[str], moment: Moment, *, owned: bool = False
) -> list[Day]:
    """The days on which what is said of these subjects changes, in order, at most `MARKS_MAX`: a statement of or about
    them becomes possible, becomes certain, is no longer certain, is surely over. owned: also a statement of a plan, an
    initiative or a target that concerns them.
    """
    database, statement, target = queries.database, tables.statement, tables.statement_target

    def made() -> sa.CompoundSelect[tuple[int, int]]:
        known = sa.and_(statement.c.generation == sa.bindparam("generation"), recorded_then(statement))
        same = sa.and_(statement.c.generation == target.c.generation, statement.c.id == target.c.statement)
        days = sa.select(*(statement.c[name] for name in SPAN)).where(known)
        about = days.select_from(target.join(statement, same))
        branches = [
            days.where(database.among(statement.c.subject, "subjects")),
            about.where(database.among(target.c.subject, "subjects")),
        ]
        if owned:
            owning = statement.alias("owning")
            concerning = (
                sa.select(owning.c.subject)
                .select_from(
                    target.join(
                        owning, sa.and_(owning.c.generation == target.c.generation, owning.c.id == target.c.statement)
                    )
                )
                .where(
                    target.c.generation == sa.bindparam("generation"),
                    database.among(target.c.subject, "subjects"),
                    database.among(owning.c.property, "properties"),
                    recorded_then(owning),
                )
            )
            branches.append(days.where(statement.c.subject.in_(concerning)))
        return sa.union_all(*branches)

    prepared = database.prepare("marks, owned too" if owned else "marks", made)
    arguments = {"generation": moment.generation, "position": moment.position, "subjects": database.listed(tags)}
    if owned:
        arguments["properties"] = database.listed(OWNING)
    return _days(prepared.all(connection, **arguments))


def among(statements: Iterable[Stated]) -> list[Day]:
    """The same of statements that are at hand."""
    spans = {
        (each.since_earliest, each.since_latest, each.until_earliest, each.until_latest, each.doubtful)
        for each in statements
    }
    return _days(spans)


def _days(spans: Iterable[tuple[Day, Day, Day, Day, bool]]) -> list[Day]:
    days: set[Day] = set()
    for since_earliest, since_latest, until_earliest, until_latest, doubtful in spans:
        days.add(since_earliest)
        days.add(until_latest)
        if since_latest < until_earliest and not doubtful:
            days.add(since_latest)
            days.add(until_earliest)
    return sorted(days - {BEGINNING, END})[:MARKS_MAX]

"""The statements of and about a subject, slot by slot, from which it is told what changed and what was learned."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from events import tables
from events.database import Slot
from events.queries import answers
from events.queries.answers import Bounds
from events.queries.question import Moment
from events.queries.reading import STATED, Queries, Stated

# The properties by which plans, initiatives and targets name whom they concern.
OWNING: Final = ("organisation", "changes")


class Said(msgspec.Struct, kw_only=True):
    """A statement: its value (null where it says only that something holds), from when until when."""

    value: Any
    since: Bounds | None
    until: Bounds | None
    opened_by: tuple[str, ...]
    closed_by: tuple[str, ...]


def concerning(
    queries: Queries,
    connection: sa.Connection,
    tag: str,
    moments: Sequence[Moment],
    name: str,
    condition: sa.ColumnElement[bool],
    **arguments: Any,
) -> list[tuple[Stated, int]]:
    """The statements of and about a subject, and of the plans, initiatives and targets that concern it, that meet a
    condition; each once, with the position since which it is known.
    """
    database, statement, target = queries.database, tables.statement, tables.statement_target
    generation: sa.BindParameter[int] = sa.bindparam("generation")
    columns = [statement.c[name] for name in ("id", "recorded_from", *STATED)]
    own = database.prepare(
        f"{name}, of",
        lambda: sa.select(*columns).where(
            statement.c.generation == generation, database.among(statement.c.subject, "subjects"), condition
        ),
    )
    about = database.prepare(
        f"{name}, about",
        lambda: (
            sa.select(*columns)
            .select_from(
                target.join(
                    statement,
                    sa.and_(statement.c.generation == target.c.generation, statement.c.id == target.c.statement),
                )
            )
            .where(target.c.generation == generation, database.among(target.c.subject, "subjects"), condition)
        ),
    )
    concerned = {each.subject for moment in moments for each in queries.about(connection, moment, [tag], OWNING)}
    arguments["generation"] = moments[-1].generation
    rows = own.all(connection, subjects=database.listed([tag, *sorted(concerned)]), **arguments)
    rows += about.all(connection, subjects=database.listed([tag]), **arguments)
    unique = {row[0]: row for row in rows}
    return [(Stated(*row[2:]), row[1]) for row in unique.values()]


def said(stated: Stated) -> dict[str, Any]:
    """The fields of `Said`."""
    return {
        "value": stated.data,
        "since": answers.bounds(stated.since_earliest, stated.since_latest),
        "until": answers.until(stated),
        "opened_by": stated.opened_by,
        "closed_by": stated.closed_by,
    }


def by_slot(statements: Iterable[Stated]) -> dict[Slot, list[Stated]]:
    """The statements of each slot, in the order of their beginnings."""
    grouped: dict[Slot, list[Stated]] = {}
    for each in sorted(statements, key=lambda each: (each.since_earliest, each.since_latest)):
        grouped.setdefault(slot_of(each), []).append(each)
    return grouped


def slot_of(stated: Stated | None) -> Slot:
    """The slot of a statement that is there."""
    assert stated is not None, "a change has a side"
    return stated.subject, stated.property_, stated.key

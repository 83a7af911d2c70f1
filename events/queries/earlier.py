"""What slots said on some day, as known at some position: in bulk, for feeds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

import sqlalchemy as sa

from events import tables
from events.database import SLOT_COLUMNS
from events.dates import Day
from events.held import Slot
from events.queries.reading import Queries

Wanted: TypeAlias = tuple[Slot, int, Day]  # slot, position up to which it is known, day


def lookup(
    queries: Queries, connection: sa.Connection, wanted: Iterable[Wanted], generation: int
) -> dict[Wanted, list[str]]:
    """The values, as canonical JSON and in that order, that each of these slots had or may have had on its day."""
    asked = set(wanted)
    if not asked:
        return {}
    database = queries.database
    prepared = database.prepare("values of slots", lambda: _query(database.slots()))
    rows = prepared.all(connection, **database.slotted(generation, sorted({slot for slot, _, _ in asked})))
    held: dict[Slot, list[tuple[str, Day, Day, int, int | None]]] = {}
    for subject, property_, key, *said in rows:
        if said[0] is not None:
            held.setdefault((subject, property_, key), []).append((said[0], said[1], said[2], said[3], said[4]))
    return {
        (slot, position, day): sorted(
            {
                value
                for value, begin, end, since, until in held.get(slot, ())
                if begin <= day < end and since <= position and (until is None or until > position)
            }
        )
        for slot, position, day in asked
    }


def _query(slots: sa.FromClause) -> sa.Select[tuple[str, str, str, str | None, int, int, int, int | None]]:
    statement = tables.statement
    on = sa.and_(*(statement.c[name] == slots.c[name] for name in SLOT_COLUMNS))
    span = ("value", "since_earliest", "until_latest", "recorded_from", "recorded_to")
    wanted = (statement.c[name] for name in (*SLOT_COLUMNS[1:], *span))
    return sa.select(*wanted).select_from(slots.join(statement, on))

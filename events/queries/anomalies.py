"""What does not fit together, as it was known at a moment, in the order in which it arose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from events import tables
from events.anomalies import Anomaly, told
from events.held import OWNED, OWNER
from events.queries.listing import Count, Listing, Page
from events.queries.question import Question
from events.queries.reading import Queries

EVER = "0000-01-01/9999-12-31"
"""The days of a question that asks for none: an anomaly that is forgotten after its day would not be mended."""


def owned(queries: Queries, connection: sa.Connection, tag: str, question: Question) -> list[str]:
    """A subject, and the plans, initiatives and targets that it ever owned."""
    about = queries.about(connection, question.moment, [tag], (OWNER, "changes"))
    return [tag, *sorted({each.subject for each in about if each.subject.startswith(OWNED)})]


def listing(
    queries: Queries,
    connection: sa.Connection,
    question: Question,
    page: Page,
    *,
    code: str | None = None,
    subjects: Sequence[str] | None = None,
) -> Listing:
    """A page of what is odd about facts that may lie within the days asked for: with this code, if one is given, and
    concerning one of these subjects (tags), if some are.
    """
    anomaly, moment, days = tables.anomaly, question.moment, question.as_of
    conditions = [
        anomaly.c.generation == moment.generation,
        anomaly.c.recorded_from <= moment.position,
        sa.or_(anomaly.c.recorded_to.is_(None), anomaly.c.recorded_to > moment.position),
        anomaly.c.earliest <= days.last,
        anomaly.c.latest >= days.first,
    ]
    if code is not None:
        conditions.append(anomaly.c.code == code)
    arguments: dict[str, Any] = {}
    if subjects is None:
        conditions.append(anomaly.c.concerns == anomaly.c.subject)
    else:
        conditions.append(queries.database.among(anomaly.c.concerns, "subjects"))
        arguments["subjects"] = queries.database.listed(subjects)
    order = (anomaly.c.recorded_from, anomaly.c.id)
    what = tuple(anomaly.c[name] for name in ("subject", "property", "key", "code", "events"))
    found = sa.select(*order, *what).where(*conditions).distinct()
    count = None
    if page.count:
        # What is odd is odd for sure.
        counted = sa.select(sa.func.count()).select_from(found.subquery())
        count = Count(connection.execute(counted, arguments).scalar_one(), 0)
    if page.after is not None:
        position, _, id_ = page.after.partition(" ")
        after = int(position)
        conditions = [
            anomaly.c.recorded_from >= after,
            sa.or_(anomaly.c.recorded_from > after, anomaly.c.id > id_),
        ]
        found = found.where(*conditions)
    rows = connection.execute(found.order_by(*order).limit(page.limit + 1), arguments).all()
    items: list[Anomaly] = [told((row[2], row[3], row[4]), row[5], row[6].split(" ")) for row in rows[: page.limit]]
    last = rows[page.limit - 1] if len(rows) > page.limit else None
    return Listing(items, None if last is None else f"{last[0]} {last[1]}", count)

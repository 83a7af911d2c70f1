"""What is looked up of a node when its metrics are asked for."""

from __future__ import annotations

import asyncio
import platform
from collections.abc import Iterator
from typing import Final

import sqlalchemy as sa
import structlog

from events import tables
from events.database import DATABASE_ERRORS
from events.projection import VERSION
from feeds import topics
from service import files
from service.metrics import Measured
from service.node import Node
from service.version import version

DATABASE_S_MAX: Final = 5.0
"""How long the database may take; then it counts as away, since who asks for metrics does not wait long either."""

logger = structlog.get_logger("orgline")


async def measured(node: Node, under_way: int) -> list[Measured]:
    """All that can be looked up now; `under_way`: requests that are being answered."""
    found = [("orgline_http_requests_under_way", (), float(under_way)), *_of_process(node)]
    try:
        async with asyncio.timeout(DATABASE_S_MAX):
            found += await node.reads(lambda: list(_of_database(node)))
    except (*DATABASE_ERRORS, TimeoutError) as error:
        logger.warning("the database does not answer who asks for metrics", exc_info=error)
        found.append(("orgline_database_up", (), 0.0))
    return found


def _of_process(node: Node) -> Iterator[Measured]:
    yield "orgline_build_info", (version(), platform.python_version(), node.database.dialect), 1.0
    yield "orgline_append_queue_requests", (), float(node.writer.waiting)
    yield "orgline_append_queue_limit_requests", (), float(node.settings.waiting_appends_max)
    yield "orgline_writer_up", (), float(node.writer.works)
    listeners = node.listeners
    yield "orgline_listeners", ("stream",), float(listeners.taken - listeners.waiting)
    yield "orgline_listeners", ("page",), float(listeners.waiting)
    yield "orgline_listeners_limit", (), float(node.settings.listeners_max)
    if node.hub is not None:
        for outcome in ("sent", "failed", "left"):
            yield "orgline_hub_pings_total", (outcome,), float(getattr(node.hub, outcome))
    if node.repeating is not None:
        yield "orgline_cache_hits_total", ("answers",), float(node.repeating.repeated)
        yield "orgline_cache_misses_total", ("answers",), float(node.repeating.made)
        yield "orgline_cache_bytes", ("answers",), float(node.repeating.size)
    yield "orgline_cache_hits_total", ("documents",), float(node.kept.found)
    yield "orgline_cache_misses_total", ("documents",), float(node.kept.missed)
    yield "orgline_cache_bytes", ("documents",), float(node.kept.size)
    for name, size in files.sizes(node.database).items():
        yield "orgline_database_file_bytes", (name,), float(size)
    free = files.free(node.database)
    if free is not None:
        yield "orgline_disk_free_bytes", (), float(free)


def _of_database(node: Node) -> Iterator[Measured]:
    projection = tables.projection
    with node.database.snapshot() as connection:
        head = node.log.head_on(connection)
        rows = connection.execute(sa.select(projection.c.generation, projection.c.current, projection.c.version)).all()
    yield "orgline_database_up", (), 1.0
    yield "orgline_log_head_position", (), float(head.position)
    if head.position:
        yield "orgline_log_head_recorded_timestamp_seconds", (), head.recorded_at / 1_000_000
    current = next(row for row in rows if row.current)
    yield "orgline_projection_generation", (), float(current.generation)
    yield "orgline_projection_current", (), float(current.version == VERSION)
    unfinished = sum(row.generation > current.generation for row in rows)
    yield "orgline_projection_rebuilds_unfinished", (), float(unfinished)
    if node.hub is not None:
        told = topics.told(node.database, node.hub.address)
        yield "orgline_hub_behind_events", (), float(max(0, head.position - told))

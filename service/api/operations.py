"""For those who run the service: is it alive, is it ready."""

from __future__ import annotations

from typing import Any

import msgspec
import sqlalchemy as sa
import structlog
from litestar import Controller, Request, get

import migrations
from events import tables
from events.database import DATABASE_ERRORS
from events.projection import VERSION
from service.answers import Answer, described, encode
from service.node import Node

NO_STORE = (("cache-control", "no-store"),)
OK = "ok"

logger = structlog.get_logger("orgline")


class Alive(msgspec.Struct, frozen=True):
    """The process answers."""

    status: str


class Ready(msgspec.Struct, frozen=True):
    """Whether requests can be served: `ready` or `not_ready`, and each check by name: `ok`, or what is wrong."""

    status: str
    checks: dict[str, str]


class OperationsController(Controller):
    """Operations."""

    path = "/health"
    tags = ("Operations",)

    @get(
        "/live",
        operation_id="health_live",
        summary="Whether the process answers.",
        responses={200: described(Alive, "It does.")},
    )
    async def live(self) -> Answer:
        """Touches nothing but the process."""
        return Answer(encode(Alive("alive")), headers=NO_STORE)

    @get(
        "/ready",
        operation_id="health_ready",
        summary="Whether requests can be served.",
        responses={
            200: described(Ready, "They can."),
            503: described(Ready, "They cannot: see the checks."),
        },
    )
    async def ready(self, request: Request[Any, Any, Any]) -> Answer:
        """Checks the database, its schema, and the version of the statements that are kept in it."""
        node: Node = request.app.state.node
        found = await node.reads(_checks, node)
        ready = all(told == OK for told in found.values())
        body = encode(Ready("ready" if ready else "not_ready", found))
        return Answer(body, status=200 if ready else 503, headers=NO_STORE)


def _checks(node: Node) -> dict[str, str]:
    found: dict[str, str] = {}
    try:
        node.log.head()
        found["database"] = OK
        revision, newest = migrations.current(node.database), migrations.newest()
        found["schema"] = OK if revision == newest else f"at {revision}, needed is {newest}: run orgline migrate"
        found["projection"] = _projection(node)
    except DATABASE_ERRORS as error:
        logger.exception("readiness")
        found["database"] = f"does not answer ({type(error).__name__}): see the service's log"
    return found


def _projection(node: Node) -> str:
    table = tables.projection
    with node.database.snapshot() as connection:
        version = connection.execute(sa.select(table.c.version).where(table.c.current.is_(sa.true()))).scalar_one()
    return OK if version == VERSION else f"made by version {version}, this is {VERSION}: run orgline rebuild"

"""For those who run the service: is it alive, is it ready."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import msgspec
import structlog
from litestar import Controller, Request, get

from events.database import DATABASE_ERRORS
from service import checks, files
from service.answers import Answer, described, encode
from service.checks import Check
from service.node import Node

NO_STORE = (("cache-control", "no-store"),)
OK = "ok"
DATABASE_S_MAX: Final = 5.0
"""How long the database may take; then it counts as away: who asks whether a node is ready does not wait long."""

logger = structlog.get_logger("orgline")


class Alive(msgspec.Struct, frozen=True):
    """The process answers."""

    status: str


class Ready(msgspec.Struct, frozen=True):
    """Whether requests can be served: `ready` or `not_ready`.

    `checks`: by name `ok`, or what is wrong; `details`: the same with the status of each (ok, warning, failed), what
    was found, and what to do. A warning does not make the service unready.
    """

    status: str
    checks: dict[str, str]
    details: list[Check]


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
        """Checks the database, its schema, the version of the statements that are kept in it, the thread that writes,
        the rights to the files and the room on the disk (SQLite), and the hub, where there is one.
        """
        node: Node = request.app.state.node
        found = await _checks(node)
        ready = all(each.status != "failed" for each in found)
        told = {each.name: OK if each.status == OK else _words(each) for each in found}
        body = encode(Ready("ready" if ready else "not_ready", told, found))
        return Answer(body, status=200 if ready else 503, headers=NO_STORE)


async def _checks(node: Node) -> list[Check]:
    try:
        async with asyncio.timeout(DATABASE_S_MAX):
            found = await node.reads(checks.of_database, node.database)
    except (*DATABASE_ERRORS, TimeoutError) as error:
        found = [checks.does_not_answer(error)]
    if found[0].status == "failed":
        logger.error("readiness", detail=found[0].detail)
    file = files.database_file(node.database)
    rights = [] if file is None else [checks.rights(file)]
    return [*found, *rights, _writer(node), *checks.disk(node.database), *_hub(node)]


def _writer(node: Node) -> Check:
    if node.writer.works:
        return Check("writer", "ok", f"{node.writer.waiting} appends wait")
    return Check("writer", "failed", "appends are not taken up any more", "restart the service, unless it is stopping")


def _hub(node: Node) -> list[Check]:
    if node.hub is None:
        return []
    if not node.hub.failures:
        return [Check("hub", "ok", "takes pings")]
    return [
        Check(
            "hub",
            "warning",
            f"took none of the last {node.hub.failures} pings",
            "see the service's log for what it says; pings are sent again until it takes them",
        )
    ]


def _words(check: Check) -> str:
    return f"{check.detail}: {check.hint}"

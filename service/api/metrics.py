"""`GET /metrics`: what Prometheus asks for, again and again."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Request, get

from service.access.authority import operating_allowed
from service.answers import Answer, described
from service.measuring import measured
from service.node import Node

PLAIN = "text/plain"


class MetricsController(Controller):
    """What the service measures of itself."""

    path = "/metrics"
    tags = ("Operations",)
    guards = (operating_allowed,)

    @get(
        operation_id="metrics",
        summary="What the service counts and measures about itself, for Prometheus.",
        responses={200: described(str, "The text format of Prometheus, or OpenMetrics where it is accepted.", PLAIN)},
    )
    async def read(self, request: Request[Any, Any, Any]) -> Answer:
        """Open where reading is; else a token of scope operate is needed. docs/metrics.md says what each is."""
        node: Node = request.app.state.node
        found = await measured(node, request.app.state.observing.under_way)
        content, media_type = node.metrics.exposed(request.headers.get("accept", ""), found)
        return Answer(content, media_type=media_type, headers=(("cache-control", "no-store"),))

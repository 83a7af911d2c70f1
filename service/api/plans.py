"""Plans: `/plans/{slug}`."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Request, get
from litestar.params import FromPath

from events.queries import plans
from events.queries.plans import PlanState
from service.answers import Answer, described
from service.api import subjects
from service.parameters import Days, KnownAt, Reading


class Plans(Controller):
    """One plan."""

    path = "/plans"
    tags = ("State",)
    guards = subjects.GUARDS
    dependencies = subjects.DEPENDENCIES

    @get(
        "/{slug:str}",
        operation_id="read_plan",
        summary="A plan: what was announced, and what has become of it.",
        responses={200: described(PlanState, "The state of the plan.")},
    )
    async def read(
        self, request: Request[Any, Any, Any], node: Reading, slug: FromPath[str], days: Days, known_at: KnownAt = None
    ) -> Answer:
        """A plan: what was announced, and what has become of it."""
        return await subjects.state(node, request, "plan", slug, days, known_at, plans.state)

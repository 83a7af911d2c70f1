"""Plans: the list, and the state of one."""

from __future__ import annotations

from typing import Any, Literal

from litestar import Controller, Request, get
from litestar.params import FromPath

from events.queries import plans
from events.queries.plans import PlanState
from service.answers import Answer, described
from service.api import lists, subjects
from service.pages import plan as plan_page
from service.parameters import Days, KnownAt, Reading

Status = Literal["pending", "overdue", "partly_fulfilled", "fulfilled", "superseded", "withdrawn", "not_yet", "unknown"]


class Plans(Controller):
    """Plans."""

    path = "/plans"
    tags = ("State",)
    guards = subjects.GUARDS
    dependencies = subjects.DEPENDENCIES

    list = lists.route("plans", plans.LISTED, Status)

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
        return await subjects.state(node, request, "plan", slug, days, known_at, plans.state, plan_page.render)

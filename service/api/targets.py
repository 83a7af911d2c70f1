"""Targets: the list, and the state of one."""

from __future__ import annotations

from typing import Any, Literal

from litestar import Controller, Request, get
from litestar.params import FromPath

from events.queries import targets
from events.queries.targets import TargetState
from service.answers import Answer, described
from service.api import lists, subjects
from service.pages import target as target_page
from service.parameters import Days, KnownAt, Reading

Status = Literal["open", "met", "missed", "dropped", "not_yet", "unknown"]


class Targets(Controller):
    """Targets."""

    path = "/targets"
    tags = ("State",)
    guards = subjects.GUARDS
    dependencies = subjects.DEPENDENCIES

    list = lists.route("targets", targets.LISTED, Status)

    @get(
        "/{slug:str}",
        operation_id="read_target",
        summary="A target: when it is due, and all dates that it had.",
        responses={200: described(TargetState, "The state of the target.")},
    )
    async def read(
        self, request: Request[Any, Any, Any], node: Reading, slug: FromPath[str], days: Days, known_at: KnownAt = None
    ) -> Answer:
        """A target: when it is due, and all dates that it had."""
        return await subjects.state(node, request, "target", slug, days, known_at, targets.state, target_page.render)

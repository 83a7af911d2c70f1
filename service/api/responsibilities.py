"""Responsibilities: the list, and the state of one."""

from __future__ import annotations

from typing import Any, Literal

from litestar import Controller, Request, get
from litestar.params import FromPath

from events.queries import responsibilities
from events.queries.responsibilities import ResponsibilityState
from service.answers import Answer, described
from service.api import lists, subjects
from service.pages import responsibility as responsibility_page
from service.parameters import Days, KnownAt, Reading

Status = Literal["held", "not_held"]


class Responsibilities(Controller):
    """Responsibilities."""

    path = "/responsibilities"
    tags = ("State",)
    guards = subjects.GUARDS
    dependencies = subjects.DEPENDENCIES

    list = lists.route("responsibilities", responsibilities.LISTED, Status)

    @get(
        "/{slug:str}",
        operation_id="read_responsibility",
        summary="A responsibility: who holds it on the days asked for, and who did when.",
        responses={200: described(ResponsibilityState, "The state of the responsibility.")},
    )
    async def read(
        self, request: Request[Any, Any, Any], node: Reading, slug: FromPath[str], days: Days, known_at: KnownAt = None
    ) -> Answer:
        """A responsibility: who holds it on the days asked for, and who did when."""
        return await subjects.state(
            node, request, "responsibility", slug, days, known_at, responsibilities.state, responsibility_page.render
        )

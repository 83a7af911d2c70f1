"""Initiatives: the list, and the state of one."""

from __future__ import annotations

from typing import Any, Literal

from litestar import Controller, Request, get
from litestar.params import FromPath

from events.queries import initiatives
from events.queries.initiatives import InitiativeState
from service.answers import Answer, described
from service.api import lists, subjects
from service.pages import initiative as initiative_page
from service.parameters import Days, KnownAt, Reading

Status = Literal["announced", "commissioned", "trialled", "launched", "ended", "not_yet", "unknown"]


class Initiatives(Controller):
    """Initiatives."""

    path = "/initiatives"
    tags = ("State",)
    guards = subjects.GUARDS
    dependencies = subjects.DEPENDENCIES

    list = lists.route("initiatives", initiatives.LISTED, Status)

    @get(
        "/{slug:str}",
        operation_id="read_initiative",
        summary="An initiative: its stage, all its stages over time, and its funding.",
        responses={200: described(InitiativeState, "The state of the initiative.")},
    )
    async def read(
        self, request: Request[Any, Any, Any], node: Reading, slug: FromPath[str], days: Days, known_at: KnownAt = None
    ) -> Answer:
        """An initiative: its stage, all its stages over time, and its funding."""
        return await subjects.state(
            node, request, "initiative", slug, days, known_at, initiatives.state, initiative_page.render
        )

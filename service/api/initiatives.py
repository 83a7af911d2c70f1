"""Initiatives: the list, and the state of one."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from litestar import Controller, Request, get
from litestar.params import FromPath, QueryParameter

from events.queries import initiatives
from events.queries.initiatives import InitiativeState
from events.queries.listing import Filters
from service.answers import Answer, described
from service.api import lists, subjects
from service.api.lists import Asked, Subjects
from service.parameters import LIMIT_DEFAULT, After, Days, KnownAt, Limit, Reading

Status = Literal["announced", "commissioned", "trialled", "launched", "ended", "not_yet", "unknown"]


class Initiatives(Controller):
    """Initiatives."""

    path = "/initiatives"
    tags = ("State",)
    guards = subjects.GUARDS
    dependencies = subjects.DEPENDENCIES

    @get(
        operation_id="list_initiatives",
        summary="The initiatives that match on the days asked for, by identifier.",
        responses={200: described(Subjects, "A page of initiatives.")},
    )
    async def list(
        self,
        request: Request[Any, Any, Any],
        node: Reading,
        days: Days,
        known_at: KnownAt = None,
        status: Annotated[Status | None, QueryParameter(description="Only those with this status.")] = None,
        organisation: lists.OfOrganisation = None,
        q: lists.Q = None,
        certainty: lists.Certainty = None,
        sort: lists.Sorting = "id",
        count: lists.Counting = False,
        limit: Limit = LIMIT_DEFAULT,
        after: After = None,
    ) -> Answer:
        """Lists initiatives. Pages followed by `next` keep to the days and knowledge of the first."""
        organisation = lists.slug_of("organisation", organisation)
        filters = Filters(status=status, organisation=organisation, q=q, certainty=certainty)
        asked = Asked(days=days, known_at=known_at, count=count, limit=limit, after=after, sort=sort)
        return await lists.subjects(node, request, self.path, initiatives.LISTED, filters, asked)

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
        return await subjects.state(node, request, "initiative", slug, days, known_at, initiatives.state)

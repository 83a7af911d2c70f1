"""People: the list, and the state of one."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from litestar import Controller, Request, get
from litestar.params import FromPath, QueryParameter

from events.queries import people
from events.queries.listing import Filters
from events.queries.people import PersonState
from service.answers import Answer, described
from service.api import lists, subjects
from service.api.lists import Asked, Subjects
from service.parameters import LIMIT_DEFAULT, After, Days, KnownAt, Limit, Reading
from service.representations import linked

Status = Literal["in_post", "not_in_post"]


class People(Controller):
    """People: the list, and one of them."""

    path = "/people"
    tags = ("State",)
    guards = subjects.GUARDS
    dependencies = subjects.DEPENDENCIES

    @get(
        operation_id="list_people",
        summary="The people that match on the days asked for, by identifier.",
        responses={200: described(Subjects, "A page of people.")},
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
        """Lists people. Pages followed by `next` keep to the days and knowledge of the first."""
        organisation = lists.slug_of("organisation", organisation)
        filters = Filters(status=status, organisation=organisation, q=q, certainty=certainty)
        asked = Asked(days=days, known_at=known_at, count=count, limit=limit, after=after, sort=sort)
        return await lists.subjects(node, request, self.path, people.LISTED, filters, asked)

    @get(
        "/{slug:str}",
        operation_id="read_person",
        summary="A person: names, appointments and attributes on the days asked for.",
        responses={200: described(PersonState, "The state of the person.")},
    )
    async def read(
        self, request: Request[Any, Any, Any], node: Reading, slug: FromPath[str], days: Days, known_at: KnownAt = None
    ) -> Answer:
        """A person: names, appointments and attributes on the days asked for."""
        return await subjects.state(
            node, request, "person", slug, days, known_at, people.state, as_linked=linked.person
        )

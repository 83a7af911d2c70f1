"""Posts: the list, and the state of one."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from litestar import Controller, Request, get
from litestar.params import FromPath, QueryParameter

from events.queries import posts
from events.queries.listing import Filters
from events.queries.posts import PostState
from service.answers import Answer, described
from service.api import lists, subjects
from service.api.lists import Asked, Subjects
from service.parameters import LIMIT_DEFAULT, After, Days, KnownAt, Limit, Reading
from service.representations import linked

Status = Literal["filled", "vacant", "abolished", "not_yet", "unknown"]


class Posts(Controller):
    """Posts."""

    path = "/posts"
    tags = ("State",)
    guards = subjects.GUARDS
    dependencies = subjects.DEPENDENCIES

    @get(
        operation_id="list_posts",
        summary="The posts that match on the days asked for, by identifier.",
        responses={200: described(Subjects, "A page of posts.")},
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
        """Lists posts. Pages followed by `next` keep to the days and knowledge of the first."""
        organisation = lists.slug_of("organisation", organisation)
        filters = Filters(status=status, organisation=organisation, q=q, certainty=certainty)
        asked = Asked(days=days, known_at=known_at, count=count, limit=limit, after=after, sort=sort)
        return await lists.subjects(node, request, self.path, posts.LISTED, filters, asked)

    @get(
        "/{slug:str}",
        operation_id="read_post",
        summary="A post: who holds it on the days asked for, and who did when.",
        responses={200: described(PostState, "The state of the post.")},
    )
    async def read(
        self, request: Request[Any, Any, Any], node: Reading, slug: FromPath[str], days: Days, known_at: KnownAt = None
    ) -> Answer:
        """A post: who holds it on the days asked for, and who did when."""
        return await subjects.state(node, request, "post", slug, days, known_at, posts.state, as_linked=linked.post)

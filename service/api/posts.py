"""Posts: the list, and the state of one."""

from __future__ import annotations

from typing import Any, Literal

from litestar import Controller, Request, get
from litestar.params import FromPath

from events.queries import posts
from events.queries.posts import PostState
from service.answers import Answer, described
from service.api import lists, subjects
from service.pages import post as post_page
from service.parameters import Days, KnownAt, Reading
from service.representations import linked

Status = Literal["filled", "vacant", "abolished", "not_yet", "unknown"]


class Posts(Controller):
    """Posts."""

    path = "/posts"
    tags = ("State",)
    guards = subjects.GUARDS
    dependencies = subjects.DEPENDENCIES

    list = lists.route("posts", posts.LISTED, Status)

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
        return await subjects.state(
            node, request, "post", slug, days, known_at, posts.state, post_page.render, as_linked=linked.post
        )

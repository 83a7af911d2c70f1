"""People: the list, and the state of one."""

from __future__ import annotations

from typing import Any, Literal

from litestar import Controller, Request, get
from litestar.params import FromPath

from events.queries import people
from events.queries.people import PersonState
from service.answers import Answer, described
from service.api import lists, subjects
from service.pages import person as person_page
from service.parameters import Days, KnownAt, Reading
from service.representations import linked

Status = Literal["in_post", "not_in_post"]


class People(Controller):
    """People: the list, and one of them."""

    path = "/people"
    tags = ("State",)
    guards = subjects.GUARDS
    dependencies = subjects.DEPENDENCIES

    list = lists.route("people", people.LISTED, Status)

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
            node, request, "person", slug, days, known_at, people.state, person_page.render, as_linked=linked.person
        )

"""Organisations: the list, one organisation's state (JSON or a page), and its timeline."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from litestar import Controller, Request, get
from litestar.params import FromPath, QueryParameter

from events.queries import organisations, timeline
from events.queries.listing import Filters
from events.queries.organisations import OrganisationState, OrganisationSummary
from events.queries.timeline import Entry
from events.subjects import slug_fault
from service import caching, paging
from service.answers import Answer, described, encode
from service.api import lists, subjects
from service.api.lists import Asked, Count
from service.node import Node
from service.pages import organisation as organisation_page
from service.parameters import LIMIT_DEFAULT, After, Days, KnownAt, Limit, Reading
from service.problems import InvalidParameter, NotFound

Status = Literal["active", "closed", "announced", "not_yet", "unknown"]


class Organisations(msgspec.Struct, frozen=True):
    """A page of organisations. `next` is the address of the next page, null on the last."""

    items: list[OrganisationSummary]
    next: str | None
    count: Count | msgspec.UnsetType = msgspec.UNSET


class Timeline(msgspec.Struct, frozen=True):
    """A page of facts in effective order."""

    items: list[Entry]
    next: str | None


class OrganisationsController(Controller):
    """Organisations."""

    path = "/organisations"
    tags = ("State",)
    guards = subjects.GUARDS
    dependencies = subjects.DEPENDENCIES

    @get(
        operation_id="list_organisations",
        summary="The organisations that match on the days asked for, by identifier.",
        responses={200: described(Organisations, "A page of organisations.")},
    )
    async def list(
        self,
        request: Request[Any, Any, Any],
        node: Reading,
        days: Days,
        known_at: KnownAt = None,
        status: Annotated[Status | None, QueryParameter(description="Only those with this status.")] = None,
        classification: Annotated[
            str | None, QueryParameter(description="Only those classified so: a value, or scheme:value.")
        ] = None,
        part_of: Annotated[str | None, QueryParameter(description="Only the parts of this organisation.")] = None,
        name: Annotated[str | None, QueryParameter(description="Only those with this name, in any case.")] = None,
        q: lists.Q = None,
        identifier: Annotated[
            str | None, QueryParameter(description="Only the bearer of this code: scheme:value.")
        ] = None,
        certainty: lists.Certainty = None,
        sort: lists.Sorting = "id",
        count: lists.Counting = False,
        limit: Limit = LIMIT_DEFAULT,
        after: After = None,
    ) -> Answer:
        """Lists organisations. A chain of pages, followed by `next`, keeps to the days and knowledge of its first."""
        if identifier is not None and ":" not in identifier:
            raise InvalidParameter(f"identifier={identifier}: write scheme:value, such as ods:X26")
        filters = Filters(
            status=status,
            classification=classification,
            part_of=lists.slug_of("part_of", part_of),
            name=name,
            q=q,
            identifier=identifier,
            certainty=certainty,
        )
        asked = Asked(days=days, known_at=known_at, count=count, limit=limit, after=after, sort=sort)
        return await lists.subjects(node, request, self.path, organisations.LISTED, filters, asked)

    @get(
        "/{slug:str}",
        operation_id="read_organisation",
        summary="What an organisation looked like on the days asked for; as a page where HTML is preferred.",
        responses={200: described(OrganisationState, "The state of the organisation.")},
    )
    async def read(
        self, request: Request[Any, Any, Any], node: Reading, slug: FromPath[str], days: Days, known_at: KnownAt = None
    ) -> Answer:
        """What an organisation looked like on the days asked for, as it was known at a moment."""
        return await subjects.state(
            node, request, "organisation", slug, days, known_at, organisations.state, organisation_page.render
        )

    @get(
        "/{slug:str}/timeline",
        operation_id="read_timeline",
        summary="The facts about an organisation that stand, in the order in which they took effect.",
        responses={200: described(Timeline, "A page of facts.")},
    )
    async def timeline(
        self,
        request: Request[Any, Any, Any],
        node: Reading,
        slug: FromPath[str],
        known_at: KnownAt = None,
        limit: Limit = LIMIT_DEFAULT,
        after: After = None,
    ) -> Answer:
        """The facts about an organisation that stand, corrections applied, in effective order."""
        return await node.reads(_timeline, node, request, slug, known_at, limit, after)


def _timeline(
    node: Node, request: Request[Any, Any, Any], slug: str, known_at: str | None, limit: int, after: str | None
) -> Answer:
    of_list = ("timeline", slug)
    place = paging.number(node.register, of_list, after)
    size = paging.page_size(node.settings, limit)
    with node.database.snapshot() as connection:
        question = node.queries.question(connection, None, known_at, node.clock())
        moment = question.moment
        etag = caching.weak_etag(
            of_list, place, size, moment.head, moment.position, moment.generation, caching.REPRESENTATION
        )
        control = subjects.cache_control(node, immutable=False)
        if caching.unchanged(request, etag):
            return caching.not_modified(etag, control)
        fault = slug_fault(slug)
        found = None if fault else timeline.of(node.queries, connection, f"organisation/{slug}", question, place, size)
        if found is None:
            raise NotFound(fault or f"no event mentions the organisation {slug}")
    following = None
    if found.next_after is not None:
        following = paging.next_url(
            node.register,
            f"/organisations/{slug}/timeline",
            [
                ("known_at", moment.position),
                ("limit", limit),
                ("after", paging.cursor(node.register, of_list, str(found.next_after))),
            ],
        )
    headers = [*caching.headers(etag, control), *paging.next_links(following)]
    return Answer(encode(Timeline(found.items, following)), headers=headers)

"""Organisations: the list, one organisation's state (JSON, JSON-LD or a page)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from litestar import Controller, Request, get
from litestar.params import FromPath, QueryParameter

from events.queries import organisations
from events.queries.listing import Filters
from events.queries.organisations import OrganisationState, OrganisationSummary
from service.answers import Answer, described
from service.api import lists, subjects
from service.api.lists import Asked, Count
from service.pages import organisation as organisation_page
from service.parameters import LIMIT_DEFAULT, After, Days, KnownAt, Limit, Reading
from service.problems import InvalidParameter
from service.representations import linked

Status = Literal["active", "closed", "announced", "not_yet", "unknown"]


class Organisations(msgspec.Struct, frozen=True):
    """A page of organisations. `next` is the address of the next page, null on the last."""

    items: list[OrganisationSummary]
    next: str | None
    count: Count | msgspec.UnsetType = msgspec.UNSET


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
        return await lists.subjects(
            node, request, self.path, organisations.LISTED, filters, asked, linked.organisations
        )

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
            node,
            request,
            "organisation",
            slug,
            days,
            known_at,
            organisations.state,
            organisation_page.render,
            linked.organisation,
        )

"""An organisation over time: its timeline, what changed, its lineage."""

from __future__ import annotations

from typing import Annotated, Any, Final

from litestar import Controller, Request, get
from litestar.params import FromPath, QueryParameter

from events.queries.lineage import DEPTH_DEFAULT, DEPTH_MAX, NODES_DEFAULT, NODES_MAX, Lineage
from service.answers import Answer, described
from service.api import changes, lineage, subjects, timeline
from service.histories import Changes, Lessons, Timeline
from service.negotiation import chosen
from service.parameters import LIMIT_DEFAULT, After, Days, KnownAt, Limit, Reading
from service.problems import InvalidParameter

_GIVE: Final = "give from (and to) for what changed between two days, or known_from (and known_to) for what was learned"


class HistoriesController(Controller):
    """Organisations over time."""

    path = "/organisations/{slug:str}"
    tags = ("State",)
    guards = subjects.GUARDS
    dependencies = subjects.DEPENDENCIES

    @get(
        "/timeline",
        operation_id="read_timeline",
        summary="The facts about an organisation that stand, in the order in which they took effect.",
        responses={200: described(Timeline, "A page of facts.")},
    )
    async def timeline(
        self,
        request: Request[Any, Any, Any],
        node: Reading,
        slug: FromPath[str],
        days: Days,
        known_at: KnownAt = None,
        limit: Limit = LIMIT_DEFAULT,
        after: After = None,
    ) -> Answer:
        """The facts about an organisation that stand, corrections applied, in effective order; with `as_of` those that
        may have taken effect by then (and those without a date).
        """
        form = chosen(request, "json", "html", "csv")
        return await node.reads.long(timeline.answer, node, request, form, slug, days, known_at, limit, after)

    @get(
        "/changes",
        operation_id="read_changes",
        summary="What began, ended or was replaced between two days; or what was learned between two moments.",
        responses={200: described(Changes | Lessons, "A page of changes.")},
    )
    async def changes(
        self,
        request: Request[Any, Any, Any],
        node: Reading,
        slug: FromPath[str],
        days: Days,
        from_: Annotated[
            str | None, QueryParameter(name="from", description="The first day: a day, month, year or season in EDTF.")
        ] = None,
        to: Annotated[
            str | None,
            QueryParameter(description="The last day, inclusive: a day, month, year or season; today if absent."),
        ] = None,
        known_at: KnownAt = None,
        known_from: Annotated[
            str | None, QueryParameter(description="The earlier moment of knowledge, written like known_at.")
        ] = None,
        known_to: Annotated[
            str | None, QueryParameter(description="The later moment of knowledge, like known_at; now if absent.")
        ] = None,
        limit: Limit = LIMIT_DEFAULT,
        after: After = None,
    ) -> Answer:
        """With `from`: the statements of and about the organisation that began, ended or were replaced from that day to
        the day `to`, both inclusive. With `known_from`: what is said of the days `as_of` at one moment of knowledge and
        not at the other.
        """
        form = chosen(request, "json", "html", "csv")
        if from_ is None and known_from is None:
            missing = next((name for name, value in (("to", to), ("known_to", known_to)) if value is not None), None)
            raise InvalidParameter(f"{missing} alone says too little: {_GIVE}" if missing else _GIVE)
        in_world = [name for name, value in (("from", from_), ("to", to), ("known_at", known_at)) if value is not None]
        in_log = [
            name for name, v in (("known_from", known_from), ("known_to", known_to), ("as_of", days)) if v is not None
        ]
        if in_world and in_log:
            raise InvalidParameter(f"{in_world[0]} and {in_log[0]} are of two kinds of question: {_GIVE}")
        if from_ is not None:
            return await node.reads.long(changes.in_world, node, request, form, slug, from_, to, known_at, limit, after)
        assert known_from is not None
        return await node.reads.long(
            changes.in_log, node, request, form, slug, days, known_from, known_to, limit, after
        )

    @get(
        "/lineage",
        operation_id="read_lineage",
        summary="What an organisation came from and what became of it, all generations both ways.",
        responses={200: described(Lineage, "The organisations and the links between them.")},
    )
    async def lineage(
        self,
        request: Request[Any, Any, Any],
        node: Reading,
        slug: FromPath[str],
        days: Days,
        known_at: KnownAt = None,
        depth: Annotated[
            int, QueryParameter(ge=1, le=DEPTH_MAX, description="How many generations each way.")
        ] = DEPTH_DEFAULT,
        nodes: Annotated[
            int, QueryParameter(ge=1, le=NODES_MAX, description="How many organisations at most.")
        ] = NODES_DEFAULT,
    ) -> Answer:
        """The organisations that this one came from and those that came from it, and how one turned into another."""
        form = chosen(request, "json", "html")
        return await node.reads.long(lineage.answer, node, request, form, slug, days, known_at, depth, nodes)

"""An organisation as pictures: its timeline and its lineage, and all plans as a calendar."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final
from urllib.parse import urlencode

import sqlalchemy as sa
from litestar import Controller, Request, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, QueryParameter

from events.dates import BEGINNING, END, period
from events.queries import Question, intended, lanes, lineage
from events.queries.lanes import Window
from events.queries.lineage import DEPTH_DEFAULT, DEPTH_MAX, NODES_MAX
from feeds import calendar
from service import caching
from service.answers import Answer, described
from service.api import lists, subjects, unheard, views
from service.api.plans import Status
from service.node import Node
from service.parameters import DAYS, READING_ONE_FORMAT, Days, KnownAt, Reading
from service.problems import InvalidParameter
from service.representations import drawing, lineage_picture, timeline_picture
from service.representations.drawing import MEDIA_TYPE, WIDTH_DEFAULT, WIDTH_MAX, WIDTH_MIN
from service.representations.lineage_picture import NODES_DRAWN_DEFAULT, NODES_DRAWN_MAX

Width = Annotated[
    int,
    QueryParameter(
        ge=WIDTH_MIN,
        le=WIDTH_MAX,
        description="For which width it is drawn, in CSS pixels; it is scaled to any. "
        "The default can be read on a telephone; 960 suits a wide page.",
    ),
]
Draw = Callable[[sa.Connection, Question, str], bytes | None]

DRAWN: Final = 1
"""Of pictures of this version; grows whenever the same state would be drawn otherwise."""
CALENDAR: Final = 1
"""The same of calendars."""
DEPENDENCIES: Final = {**READING_ONE_FORMAT, **DAYS}


def _picture(description: str) -> dict[int, ResponseSpec]:
    return {200: described(str, description, MEDIA_TYPE)}


class PicturesController(Controller):
    """Organisations as pictures."""

    path = "/organisations/{slug:str}"
    tags = ("State",)
    guards = subjects.GUARDS
    dependencies = DEPENDENCIES

    @get(
        "/timeline.svg",
        operation_id="draw_timeline",
        summary="The history of an organisation as a picture: status, names, posts, initiatives, targets, plans.",
        responses=_picture("An SVG picture without scripts, for light and dark and for paper."),
    )
    async def timeline(
        self,
        request: Request[Any, Any, Any],
        node: Reading,
        slug: FromPath[str],
        days: Days,
        known_at: KnownAt = None,
        from_: Annotated[
            str | None, QueryParameter(name="from", description="Where it begins: a day, month, year or season.")
        ] = None,
        to: Annotated[
            str | None, QueryParameter(description="Where it ends, inclusive: a day, month, year or season.")
        ] = None,
        width: Width = WIDTH_DEFAULT,
    ) -> Answer:
        """The history of an organisation as lanes over one axis of time. With `as_of` those days are marked. What is
        only possible, what is planned and what is known of a date to the month alone looks and reads so.
        """
        window = Window(BEGINNING if from_ is None else period(from_).first, END if to is None else period(to).last)
        if window.first > window.last:
            raise InvalidParameter(f"from={from_} is after to={to}: give the earlier day in from")

        def draw(connection: sa.Connection, question: Question, seed: str) -> bytes | None:
            found = lanes.of(node.queries, connection, slug, question, window, marked=days is not None)
            if found is None:
                return None
            asked = timeline_picture.Asked(
                question=question,
                marked=days is not None,
                window=window,
                width=width,
                source=_source(node, question),
                seed=seed,
            )
            return timeline_picture.draw(found, asked)

        depends = ("timeline.svg", slug, days is not None, window, width)
        return await node.reads.long(_answer, node, request, slug, days, known_at, depends, draw)

    @get(
        "/lineage.svg",
        operation_id="draw_lineage",
        summary="What an organisation came from and what became of it, as a picture.",
        responses=_picture("An SVG picture without scripts, with links to the organisations' pages."),
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
            int,
            QueryParameter(
                ge=1,
                le=NODES_MAX,
                description=f"How many organisations at most; no more than {NODES_DRAWN_MAX} are drawn.",
            ),
        ] = NODES_DRAWN_DEFAULT,
        width: Width = WIDTH_DEFAULT,
    ) -> Answer:
        """Mergers, splits and replacements over all generations: boxes side by side where there is room, else each
        organisation on a line of its own, in order of time.
        """

        def draw(connection: sa.Connection, question: Question, seed: str) -> bytes | None:
            most = min(nodes, NODES_DRAWN_MAX)
            found = lineage.of(node.queries, connection, slug, question, depth, most, at_once=True)
            if found is None:
                return None
            asked = lineage_picture.Asked(
                width=width, register=node.register, source=_source(node, question), seed=seed
            )
            return lineage_picture.draw(found, asked)

        depends = ("lineage.svg", slug, depth, nodes, width)
        return await node.reads.long(_answer, node, request, slug, days, known_at, depends, draw)


class CalendarController(Controller):
    """Plans as a calendar."""

    path = "/plans.ics"
    tags = ("State",)
    guards = subjects.GUARDS
    dependencies = DEPENDENCIES

    @get(
        operation_id="read_plans_calendar",
        summary="What is announced, as a calendar to subscribe to: plans, and when targets are due.",
        responses={200: described(str, "A calendar (iCalendar, RFC 5545).", "text/calendar")},
    )
    async def plans(
        self,
        request: Request[Any, Any, Any],
        node: Reading,
        days: Days,
        known_at: KnownAt = None,
        organisation: lists.OfOrganisation = None,
        status: Annotated[
            Status | None, QueryParameter(description="Only plans with this status; no targets then.")
        ] = None,
    ) -> Answer:
        """A calendar of whole days: an entry lasts over the days between which it is meant to be, and says so in words.
        Its status: tentative until it is fulfilled (confirmed), withdrawn or superseded (cancelled).
        """
        slug = lists.slug_of("organisation", organisation)
        return await node.reads.long(_calendar, node, request, days, known_at, slug, status)


def _calendar(
    node: Node,
    request: Request[Any, Any, Any],
    days: str | None,
    known_at: str | None,
    organisation: str | None,
    status: str | None,
) -> Answer:
    with node.database.snapshot() as connection:
        question = node.queries.question(connection, days, known_at, node.clock())
        depends = ("plans.ics", organisation, status, question.moment.last, subjects.of_question(question))
        etag = caching.weak_etag(*depends, CALENDAR)
        control = subjects.cache_control(node, immutable=subjects.settled(question, days, known_at))
        if caching.unchanged(request, etag):
            return caching.not_modified(etag, control)
        found = intended.of(node.queries, connection, question, organisation, status)
    query = urlencode({name: each for name, each in (("organisation", organisation), ("status", status)) if each})
    address = f"{node.register.base_url}/plans.ics{'?' if query else ''}{query}"
    of = f" ({organisation})" if organisation else ""
    content = calendar.rendered(node.register, found.items, address, f"{node.register.title}: plans{of}", cut=found.cut)
    headers = [*caching.headers(etag, control), ("content-disposition", 'inline; filename="plans.ics"')]
    return Answer(content, media_type=calendar.MEDIA_TYPE, headers=headers)


def _answer(
    node: Node,
    request: Request[Any, Any, Any],
    slug: str,
    days: str | None,
    known_at: str | None,
    depends: tuple[object, ...],
    draw: Draw,
) -> Answer:
    """The picture; where the client has it already nothing is read, and where it was drawn lately nothing is drawn."""
    with node.database.snapshot() as connection:
        question = node.queries.question(connection, days, known_at, node.clock())
        etag = caching.weak_etag(depends, question.moment.last, subjects.of_question(question), DRAWN)
        control = subjects.cache_control(node, immutable=subjects.settled(question, days, known_at))
        if caching.unchanged(request, etag):
            return caching.not_modified(etag, control)
        content = node.kept.get((etag, None))
        if content is None:
            tag = views.tag(slug)
            content = draw(connection, question, etag)
            if content is None:
                raise unheard.of(node, connection, request, tag, question)
            node.kept.put((etag, None), content, len(content))
    headers = [
        *caching.headers(etag, control),
        ("content-security-policy", drawing.policy(content)),
    ]
    return Answer(content, media_type=MEDIA_TYPE, headers=headers)


def _source(node: Node, question: Question) -> str:
    """What a picture says of where it is from."""
    moment = question.moment
    known = f", as known at position {moment.position}" if moment.explicit else ""
    return f"Source: {node.register.title}{known}."

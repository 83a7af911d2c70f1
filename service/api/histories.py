"""An organisation over time: its timeline, what changed, its lineage."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Final

import msgspec
import sqlalchemy as sa
from litestar import Controller, Request, get
from litestar.params import FromPath, QueryParameter

from events.dates import END, Period, iso, period
from events.queries import Question, answers, changes, learned, lineage, timeline
from events.queries.answers import AsOf
from events.queries.answers import KnownAt as Known
from events.queries.changes import Change
from events.queries.learned import Learned
from events.queries.lineage import DEPTH_DEFAULT, DEPTH_MAX, NODES_DEFAULT, NODES_MAX, Lineage
from events.queries.timeline import Entry
from events.subjects import slug_fault
from service import caching, paging
from service.answers import HTML, Answer, described, encode
from service.api import subjects
from service.negotiation import asked_format, chosen
from service.node import Node
from service.pages import changes as changes_page
from service.pages import frame as framing
from service.pages import lineage as lineage_page
from service.pages import parts
from service.pages import subject as subject_page
from service.pages import timeline as timeline_page
from service.pages.frame import Frame
from service.parameters import LIMIT_DEFAULT, After, Days, KnownAt, Limit, Reading
from service.problems import InvalidParameter, NotFound
from service.representations import table


class Timeline(msgspec.Struct, frozen=True):
    """A page of facts in effective order."""

    items: list[Entry]
    next: str | None


class Changes(msgspec.Struct, frozen=True):
    """A page of what changed from one day to another, both inclusive."""

    items: list[Change]
    next: str | None
    between: AsOf
    known_at: Known


class Lessons(msgspec.Struct, frozen=True):
    """A page of what was learned about some days between two moments."""

    items: list[Learned]
    next: str | None
    as_of: AsOf
    known_from: Known
    known_to: Known


Asked = tuple[Any, ...]
VIEWS: Final = ("state", "timeline", "changes", "lineage", "anomalies")
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
        return await node.reads(_timeline, node, request, form, slug, days, known_at, limit, after)

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
            return await node.reads(_changes, node, request, form, slug, from_, to, known_at, limit, after)
        assert known_from is not None
        return await node.reads(_learned, node, request, form, slug, days, known_from, known_to, limit, after)

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
        return await node.reads(_lineage, node, request, form, slug, days, known_at, depth, nodes)


def _timeline(
    node: Node,
    request: Request[Any, Any, Any],
    form: str,
    slug: str,
    days: str | None,
    known_at: str | None,
    limit: int,
    after: str | None,
) -> Answer:
    of_list = ("timeline", slug, days)
    place = paging.number(node.register, of_list, after)
    size = paging.page_size(node.settings, limit)
    with node.database.snapshot() as connection:
        question = node.queries.question(connection, days, known_at, node.clock())
        by = END if days is None else question.as_of.last
        moment = question.moment
        depends = (of_list, place, size, by, moment.head, moment.position, moment.generation)
        settled = days is not None and subjects.settled(question, days, known_at)

        def read() -> tuple[Sequence[Any], int | None]:
            found = timeline.of(node.queries, connection, _tag(slug), moment, place, size, by)
            if found is None:
                raise _not_mentioned(slug)
            return found.items, found.next_after

        asked = [("as_of", days), ("known_at", moment.position)]
        return _page(
            node,
            request,
            form,
            f"{slug}/timeline",
            of_list,
            depends,
            settled,
            asked,
            size,
            Entry,
            read,
            Timeline,
            lambda items, following: timeline_page.render(
                node,
                connection,
                slug,
                items,
                moment,
                _frame(node, connection, request, slug, "timeline", question),
                following,
                days,
            ),
        )


def _changes(
    node: Node,
    request: Request[Any, Any, Any],
    form: str,
    slug: str,
    from_: str,
    to: str | None,
    known_at: str | None,
    limit: int,
    after: str | None,
) -> Answer:
    with node.database.snapshot() as connection:
        question = node.queries.question(connection, None, known_at, node.clock())
        moment = question.moment
        last = question.as_of.last if to is None else period(to).last
        first = period(from_).first
        if first > last:
            upto = f"to={to}" if to is not None else "today, which is the last day where to is absent"
            raise InvalidParameter(f"from={from_} is after {upto}: give the earlier day in from")
        first_day, last_day = str(iso(first)), str(iso(last))
        window = Period(first_day if first == last else f"{first_day}/{last_day}", first, last)
        of_list = ("changes", slug, first, last)
        place = paging.number(node.register, of_list, after)
        size = paging.page_size(node.settings, limit)
        depends = (of_list, place, size, moment.head, moment.position, moment.generation)
        settled = to is not None and subjects.settled(question, from_, known_at)

        def read() -> tuple[Sequence[Any], int | None]:
            return _cut(slug, changes.between(node.queries, connection, _tag(slug), window, moment), place, size)

        def whole(items: list[Change], following: str | None) -> Changes:
            between = AsOf(window.edtf, first_day, last_day)
            return Changes(items, following, between, answers.known_at(moment))

        asked = [("from", first_day), ("to", last_day), ("known_at", moment.position)]
        return _page(
            node,
            request,
            form,
            f"{slug}/changes",
            of_list,
            depends,
            settled,
            asked,
            size,
            Change,
            read,
            whole,
            lambda items, following: changes_page.render(
                node,
                connection,
                slug,
                items,
                question,
                _frame(node, connection, request, slug, "changes", question),
                following,
                {"from": from_, "to": to, "known_at": known_at},
            ),
        )


def _learned(
    node: Node,
    request: Request[Any, Any, Any],
    form: str,
    slug: str,
    days: str | None,
    known_from: str,
    known_to: str | None,
    limit: int,
    after: str | None,
) -> Answer:
    with node.database.snapshot() as connection:
        question = node.queries.question(connection, days, known_to, node.clock())
        later = question.moment
        earlier = node.queries.moments.at(connection, known_from)
        if earlier.position > later.position:
            upto = f"known_to={known_to}" if known_to is not None else "the head of the log"
            raise InvalidParameter(f"known_from={known_from} is after {upto}: give the earlier moment in known_from")
        of_list = ("learned", slug, question.as_of, earlier.position, later.position)
        place = paging.number(node.register, of_list, after)
        size = paging.page_size(node.settings, limit)
        depends = (of_list, place, size, later.head, later.generation)
        settled = subjects.settled(question, days, known_to)

        def read() -> tuple[Sequence[Any], int | None]:
            found = learned.between(node.queries, connection, _tag(slug), question.as_of, earlier, later)
            return _cut(slug, found, place, size)

        def whole(items: list[Learned], following: str | None) -> Lessons:
            as_of = answers.as_of(question)
            return Lessons(items, following, as_of, answers.known_at(earlier), answers.known_at(later))

        asked = [("as_of", question.as_of.edtf), ("known_from", earlier.position), ("known_to", later.position)]
        return _page(
            node,
            request,
            form,
            f"{slug}/changes",
            of_list,
            depends,
            settled,
            asked,
            size,
            Learned,
            read,
            whole,
            lambda items, following: changes_page.render(
                node,
                connection,
                slug,
                items,
                question,
                _frame(node, connection, request, slug, "changes", question),
                following,
                {"known_from": known_from, "known_to": known_to, "as_of": days},
            ),
        )


def _lineage(
    node: Node,
    request: Request[Any, Any, Any],
    form: str,
    slug: str,
    days: str | None,
    known_at: str | None,
    depth: int,
    nodes: int,
) -> Answer:
    with node.database.snapshot() as connection:
        question = node.queries.question(connection, days, known_at, node.clock())
        etag = caching.weak_etag(
            "lineage",
            slug,
            depth,
            nodes,
            question.moment.head,
            subjects.of_question(question),
            caching.REPRESENTATION,
            form,
        )
        control = (
            caching.PERSONAL
            if form == "html"
            else subjects.cache_control(node, immutable=subjects.settled(question, days, known_at))
        )
        if caching.unchanged(request, etag):
            return caching.not_modified(etag, control)
        found = None
        if slug_fault(slug) is None:
            found = lineage.of(node.queries, connection, slug, question, depth, nodes)
        if found is None:
            raise _not_mentioned(slug)
        if form == "html":
            around = _frame(node, connection, request, found.id, "lineage", question)
            return Answer(lineage_page.render(found, around), media_type=HTML, headers=caching.headers(etag, control))
    return Answer(encode(found), headers=caching.headers(etag, control))


def _page(
    node: Node,
    request: Request[Any, Any, Any],
    form: str,
    path: str,
    of_list: object,
    depends: object,
    settled: bool,
    asked: Sequence[tuple[str, object]],
    size: int,
    item: type[msgspec.Struct],
    read: Callable[[], tuple[Sequence[Any], int | None]],
    whole: Callable[..., Any],
    shown: Callable[[Sequence[Any], str | None], bytes],
) -> Answer:
    """A page of a list of one organisation, as JSON, CSV, or as `shown` renders it for people; nothing is read where
    the client has it already.
    """
    etag = caching.weak_etag(depends, caching.REPRESENTATION, form)
    control = caching.PERSONAL if form == "html" else subjects.cache_control(node, immutable=settled)
    if caching.unchanged(request, etag):
        return caching.not_modified(etag, control)
    items, next_after = read()
    following = None
    if next_after is not None:
        following = paging.next_url(
            node.register,
            f"/organisations/{path}",
            [
                *asked,
                ("limit", size),
                ("format", asked_format(request)),
                ("after", paging.cursor(node.register, of_list, str(next_after))),
            ],
        )
    headers = [*caching.headers(etag, control), *paging.next_links(following)]
    if form == "html":
        return Answer(shown(items, following), media_type=HTML, headers=headers)
    if form == "csv":
        headers += table.headers(path)
        return Answer(table.written(item, items), media_type=table.MEDIA_TYPE, headers=headers)
    return Answer(encode(whole(list(items), following)), headers=headers)


def _frame(
    node: Node, connection: sa.Connection, request: Request[Any, Any, Any], slug: str, view: str, question: Question
) -> Frame:
    """What a view of an organisation has around it."""
    forms = ("json",) if view == "lineage" else ("json", "csv")
    tag = f"organisation/{slug}"
    days = subject_page.days_of_change(node, connection, tag, question)
    name = parts.called(node, connection, [tag], question)[tag]
    around = framing.of(node, request, f"/organisations/{slug}/{view}", forms, [parts.feed(tag, name)], question, days)
    tabs = subject_page.organisation_tabs(around, slug, iso(days[0]) if days else None)
    return msgspec.structs.replace(around, tabs=tabs, tab=VIEWS.index(view))


def _cut(slug: str, found: list[Any] | None, place: int, size: int) -> tuple[list[Any], int | None]:
    """The page that begins at a place, and where the next one begins. Raises NotFound where there is no list."""
    if found is None:
        raise _not_mentioned(slug)
    return found[place : place + size], place + size if len(found) > place + size else None


def _tag(slug: str) -> str:
    """The tag of an organisation. Raises NotFound where the text cannot be one's identifier."""
    fault = slug_fault(slug)
    if fault:
        raise NotFound(fault)
    return f"organisation/{slug}"


def _not_mentioned(slug: str) -> NotFound:
    return NotFound(slug_fault(slug) or f"no event mentions the organisation {slug}")

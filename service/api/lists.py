"""What all lists share: paging pinned to the knowledge of the first page, counts, certainty, the ETag on the head.

A controller says which parameters its list takes and how one page is read (`Read`); the rest is here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Final, Literal

import msgspec
import sqlalchemy as sa
from litestar import Controller, Request, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter

from events.queries import Question, answers
from events.queries.answers import Subject
from events.queries.listing import Filters, Listing, Noun, Page, Sort, listing
from events.subjects import SubjectFault, reference, split
from service import caching, paging
from service.answers import HTML, Answer, described, encode
from service.api.subjects import cache_control, of_question, settled
from service.negotiation import asked_format, chosen
from service.node import Node
from service.pages import frame as framing
from service.pages import subject_list
from service.pages.frame import Frame
from service.parameters import LIMIT_DEFAULT, After, Days, KnownAt, Limit, Reading
from service.problems import InvalidParameter
from service.representations import linked, table

Q = Annotated[
    str | None,
    QueryParameter(description="Only those with a word in a name, or in the identifier, that begins so, in any case."),
]
OfOrganisation = Annotated[str | None, QueryParameter(description="Only those of this organisation: its identifier.")]
Certainty = Annotated[
    Literal["definite", "possible"] | None,
    QueryParameter(description="Only what is definite, or only what is possible, in the list and in its count."),
]
Sorting = Annotated[
    Literal["id", "name"],
    QueryParameter(description="By identifier, or by name on the last day asked for (at most 10,000 items)."),
]
Counting = Annotated[bool, QueryParameter(description="Whether to count all that match.")]

Status = str
"""In the route of each noun those that it can have."""

Linked = Callable[[str, Sequence[Any], answers.AsOf, answers.KnownAt], bytes]
Shown = Callable[[Node, sa.Connection, Listing, Question, Frame, str | None], bytes]
"""Renders the page for people; the last argument is the address of the next page."""
Read = Callable[[sa.Connection, Question, Page], Listing]


class Count(msgspec.Struct, frozen=True):
    """How many items there are in all; the two are disjoint."""

    definite: int
    possible: int


class Subjects(msgspec.Struct, frozen=True):
    """A page of subjects. `next` is the address of the next page, null on the last."""

    items: list[Subject]
    next: str | None
    count: Count | msgspec.UnsetType = msgspec.UNSET


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a client asks of any list, as it was written."""

    days: str | None
    known_at: str | None
    count: bool = False
    limit: int = LIMIT_DEFAULT
    after: str | None = None
    sort: Sort = "id"


def route(plural: str, noun: Noun, statuses: object) -> HTTPRouteHandler:
    """The route that lists a noun: `plural` is its name there, `statuses` the Literal of those that it can have."""

    @get(
        operation_id=f"list_{plural}",
        summary=f"The {plural} that match on the days asked for, by identifier.",
        description=f"Lists {plural}. Pages followed by `next` keep to the days and knowledge of the first.",
        responses={200: described(Subjects, f"A page of {plural}.")},
        signature_namespace={"Status": statuses},
    )
    async def list_(
        self: Controller,
        request: Request[Any, Any, Any],
        node: Reading,
        days: Days,
        known_at: KnownAt = None,
        status: Annotated[Status | None, QueryParameter(description="Only those with this status.")] = None,
        organisation: OfOrganisation = None,
        q: Q = None,
        certainty: Certainty = None,
        sort: Sorting = "id",
        count: Counting = False,
        limit: Limit = LIMIT_DEFAULT,
        after: After = None,
    ) -> Answer:
        organisation = slug_of("organisation", organisation)
        filters = Filters(status=status, organisation=organisation, q=q, certainty=certainty)
        asked = Asked(days=days, known_at=known_at, count=count, limit=limit, after=after, sort=sort)
        return await subjects(node, request, self.path, noun, filters, asked)

    return list_


async def subjects(
    node: Node,
    request: Request[Any, Any, Any],
    path: str,
    noun: Noun,
    filters: Filters,
    asked: Asked,
    as_linked: Linked | None = None,
) -> Answer:
    """A page of the subjects of one kind; as JSON-LD too where `as_linked` writes it."""
    shown = subject_list.page(path.removeprefix("/"), noun, filters, asked.sort)

    def read(connection: sa.Connection, question: Question, page: Page) -> Listing:
        return listing(node.queries, connection, noun, question, filters, page)

    given = msgspec.structs.asdict(filters)
    return await answer(node, request, path, given, read, asked, noun.summary, shown, as_linked)


async def answer(
    node: Node,
    request: Request[Any, Any, Any],
    path: str,
    filters: Mapping[str, object],
    read: Read,
    asked: Asked,
    item: type[msgspec.Struct],
    shown: Shown,
    as_linked: Linked | None = None,
) -> Answer:
    """A page of any list: `filters` are its own parameters, which the address of the next page names again; `item` is
    the type of its items, which gives the columns of its CSV; `shown` renders it for people.

    Raises InvalidCursor, InvalidParameter, NotAcceptable, and what `read` raises.
    """
    form = chosen(request, "json", "html", "csv", *(["jsonld"] if as_linked else []))
    return await node.reads.long(_answer, node, request, form, path, filters, read, asked, item, shown, as_linked)


def slug_of(parameter: str, text: str | None) -> str | None:
    """The slug of an organisation that may be written with its kind. Raises InvalidParameter."""
    if text is None:
        return None
    try:
        kind, slug = split(text if "/" in text else f"organisation/{text}")
    except SubjectFault as fault:
        raise InvalidParameter(f"{parameter}={text[:40]}: {fault.message}") from fault
    if kind != "organisation":
        raise InvalidParameter(f"{parameter}={text[:40]}: write an organisation, such as nhsx")
    return slug


def tag_of(parameter: str, text: str | None) -> str | None:
    """The tag of a subject, written so or as an organisation's slug. Raises InvalidParameter."""
    if text is None:
        return None
    try:
        return reference(text)
    except SubjectFault as fault:
        raise InvalidParameter(f"{parameter}={text[:40]}: {fault.message}") from fault


def _answer(
    node: Node,
    request: Request[Any, Any, Any],
    form: str,
    path: str,
    filters: Mapping[str, object],
    read: Read,
    asked: Asked,
    item: type[msgspec.Struct],
    shown: Shown,
    as_linked: Linked | None,
) -> Answer:
    given = {name: value for name, value in filters.items() if value is not None}
    of_list = (path, asked.sort, tuple(given.items()))
    place = paging.place(node.register, of_list, asked.after)
    size = paging.page_size(node.settings, asked.limit)
    with node.database.snapshot() as connection:
        question = node.queries.question(connection, asked.days, asked.known_at, node.clock())
        last = question.moment.last
        etag = caching.weak_etag(
            of_list, place, size, asked.count, last, of_question(question), caching.REPRESENTATION, form
        )
        control = cache_control(node, immutable=settled(question, asked.days, asked.known_at))
        if form == "html":
            control = caching.PERSONAL
        if caching.unchanged(request, etag):
            return caching.not_modified(etag, control)
        found = read(connection, question, Page(after=place, limit=size, sort=asked.sort, count=asked.count))
        following = _next(node, path, of_list, {**given, "format": asked_format(request)}, question, asked, found)
        if form == "html":
            forms = ("json", *(["jsonld"] if as_linked else []), "csv")
            around = framing.of(node, request, path, forms, question=question)
            page = shown(node, connection, found, question, around, following)
            return Answer(page, media_type=HTML, headers=caching.headers(etag, control))
    headers = [*caching.headers(etag, control), *paging.next_links(following)]
    if form != "json" and found.count is not None:
        headers.append(("orgline-count", f"definite={found.count.definite}, possible={found.count.possible}"))
    if form == "csv":
        headers += table.headers(path, question.as_of.edtf)
        return Answer(table.written(item, found.items), media_type=table.MEDIA_TYPE, headers=headers)
    if form == "jsonld" and as_linked is not None:
        written = as_linked(
            node.register.base_url, found.items, answers.as_of(question), answers.known_at(question.moment)
        )
        return Answer(written, media_type=linked.MEDIA_TYPE, headers=headers)
    body: dict[str, Any] = {"items": found.items, "next": following}
    if found.count is not None:
        body["count"] = found.count
    return Answer(encode(body), headers=headers)


def _next(
    node: Node,
    path: str,
    of_list: object,
    filters: Mapping[str, object],
    question: Question,
    asked: Asked,
    found: Listing,
) -> str | None:
    if found.next_after is None:
        return None
    parameters: Final = [
        ("as_of", question.as_of.edtf),
        ("known_at", question.moment.position),
        *filters.items(),
        ("sort", asked.sort if asked.sort != "id" else None),
        ("count", "true" if asked.count else None),
        ("limit", asked.limit),
        ("after", paging.cursor(node.register, of_list, found.next_after)),
    ]
    return paging.next_url(node.register, path, parameters)

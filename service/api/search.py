"""The search over all kinds of subjects."""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec
from litestar import Controller, Request, get
from litestar.params import QueryParameter

from events.queries import answers, near, search
from events.queries.answers import AsOf, KnownAt
from events.queries.search import Hits
from service import caching, parameters
from service.answers import HTML, Answer, described, encode
from service.api import subjects
from service.negotiation import chosen
from service.node import Node
from service.pages import found as page
from service.pages import frame as framing
from service.parameters import Days, Reading
from service.problems import InvalidParameter

Q_LENGTH_MAX: Final = 200


class Found(msgspec.Struct, frozen=True):
    """What is called so on the days asked for, by kind. All of one kind: the list of that kind with the same `q`."""

    q: str
    as_of: AsOf
    known_at: KnownAt
    kinds: list[Hits]


class SearchController(Controller):
    """The search over all kinds."""

    path = "/search"
    tags = ("State",)
    guards = subjects.GUARDS
    dependencies = subjects.DEPENDENCIES

    @get(
        operation_id="search",
        summary="What is called so on the days asked for, of whatever kind.",
        responses={200: described(Found, "The first of each kind, and how many there are.")},
    )
    async def find(
        self,
        request: Request[Any, Any, Any],
        node: Reading,
        days: Days,
        known_at: parameters.KnownAt = None,
        q: Annotated[
            str | None,
            QueryParameter(
                max_length=Q_LENGTH_MAX,
                description="How a word of a name, or of the identifier, begins, in any case; more words may follow.",
            ),
        ] = None,
    ) -> Answer:
        """Finds subjects of all kinds by name: ten of each kind, and how many. For all of one kind ask its list.

        A browser that finds exactly one is sent on to its page.
        """
        form = chosen(request, "json", "html")
        if q is None and form == "json":
            raise InvalidParameter("q: say what to look for, such as q=nhs")
        return await node.reads.long(_find, node, request, form, days, known_at, q)


def _find(
    node: Node, request: Request[Any, Any, Any], form: str, days: str | None, known_at: str | None, q: str | None
) -> Answer:
    queries = node.queries
    with node.database.snapshot() as connection:
        question = queries.question(connection, days, known_at, node.clock())
        etag = caching.weak_etag(
            "search", q, question.moment.last, subjects.of_question(question), caching.REPRESENTATION, form
        )
        control = caching.PERSONAL
        if form == "json":
            control = subjects.cache_control(node, immutable=subjects.settled(question, days, known_at))
        if caching.unchanged(request, etag):
            return caching.not_modified(etag, control)
        hits = search.hits(queries, connection, question, q) if q else []
        if form == "json":
            asked, known = answers.as_of(question), answers.known_at(question.moment)
            return Answer(encode(Found(q or "", asked, known, hits)), headers=caching.headers(etag, control))
        frame = framing.of(node, request, "/search", question=question)
        if sum(each.count for each in hits) == 1:
            (only,) = hits
            address = page.address(frame, only.kind, only.items[0])
            return Answer(status=303, headers=[("location", address), ("cache-control", "no-store")])
        at_other_times, meant = [], []
        if q and not hits:
            ever = msgspec.structs.replace(question, as_of=search.EVER)
            at_other_times = search.hits(queries, connection, ever, q)
            if not at_other_times:
                meant = near.named(queries, connection, search.KINDS, q, question)
    rendered = page.render(frame, q, hits, at_other_times, meant)
    return Answer(rendered, media_type=HTML, headers=caching.headers(etag, control))

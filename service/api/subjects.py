"""What the routes of all kinds of subjects share: one subject's state, with the conditional request answered first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from litestar import Request

from events.dates import Day, iso
from events.queries import Queries, Question, marks, organisations
from events.queries.question import Moment
from events.queries.reading import Remembering
from events.subjects import slug_fault
from events.vocabulary import TYPES
from feeds import atom
from service import caching
from service.access.authority import reads_allowed
from service.answers import HTML, Answer, encode
from service.api import unheard
from service.negotiation import chosen
from service.node import Node
from service.pages import frame as framing
from service.pages import paths
from service.pages import subject as subject_page
from service.pages.frame import Frame
from service.pages.parts import feed as feed_of
from service.parameters import DAYS, READING_STATE
from service.problems import NotFound
from service.representations import linked

Read = Callable[[Queries, sa.Connection, str, Question], Any]
Page = Callable[[Node, sa.Connection, Any, Question, Frame], bytes]
Linked = Callable[[str, Any], bytes]

GUARDS: Final = (reads_allowed,)
DEPENDENCIES: Final = {**READING_STATE, **DAYS}

TYPES_VERSION: Final = caching.strong_etag(repr(sorted(kind.schema for kind in TYPES.values())).encode())


async def state(
    node: Node,
    request: Request[Any, Any, Any],
    kind: str,
    slug: str,
    as_of: str | None,
    known_at: str | None,
    read: Read,
    page: Page | None = None,
    as_linked: Linked | None = None,
) -> Answer:
    """The state of one subject: as JSON, as HTML where there is a `page` for it, as JSON-LD where it can be linked."""
    form = chosen(request, "json", *(["html"] if page else []), *(["jsonld"] if as_linked else []))
    return await node.reads(_state, node, request, kind, slug, as_of, known_at, read, form, page, as_linked)


def cache_control(node: Node, *, immutable: bool) -> str:
    """How long JSON may be kept."""
    whose = "public" if node.authority.public_reads else "private"
    return f"{whose}, {caching.IMMUTABLE if immutable else caching.REVALIDATE}"


def settled(question: Question, as_of: str | None, known_at: str | None) -> bool:
    """Whether no later append can change the answer: both are explicit, and that knowledge is complete.

    A position is complete once it is recorded; a time only when something was recorded after it.
    """
    moment = question.moment
    if as_of is None or known_at is None:
        return False
    return known_at.isdigit() or moment.position < moment.head


def of_question(question: Question) -> tuple[object, ...]:
    """What an answer depends on by its question, for its ETag."""
    moment = question.moment
    return question.as_of, moment.known if moment.explicit else None, moment.generation


def _state(
    node: Node,
    request: Request[Any, Any, Any],
    kind: str,
    slug: str,
    as_of: str | None,
    known_at: str | None,
    read: Read,
    form: str,
    page: Page | None,
    as_linked: Linked | None,
) -> Answer:
    queries = Remembering(node.queries)
    with node.database.snapshot() as connection:
        question = queries.question(connection, as_of, known_at, node.clock())
        asked = f"{kind}/{slug}"
        subject = None if slug_fault(slug) else queries.found(connection, asked, question.moment)
        if subject is None:
            raise _unheard(node, connection, request, asked, question)
        tag = subject.tag
        if form == "html":
            depends: object = question.moment.last
            control = caching.PERSONAL
        else:
            # The version is part of the answer, and an event may raise it without changing a statement.
            depends = (subject.changed, subject.changed_at, subject.version)
            control = cache_control(node, immutable=settled(question, as_of, known_at))
        version = linked.VERSION if form == "jsonld" else caching.REPRESENTATION
        etag = caching.weak_etag(tag, depends, of_question(question), TYPES_VERSION, version, form)
        # What answers for an alias is another subject, at an address of its own (RFC 9110, 8.7).
        moved = [] if tag == asked else [("content-location", _address(node, request, tag))]
        if caching.unchanged(request, etag):
            return Answer(status=304, headers=[*caching.headers(etag, control), *moved])
        node.reads.about(subject.version)
        found = read(queries, connection, slug, question)
        assert found is not None, "a subject that has a freshness is mentioned"
        headers = [*caching.headers(etag, control), *moved, *_feed(node, tag)]
        if form == "jsonld" and as_linked is not None:
            return Answer(as_linked(node.register.base_url, found), media_type=linked.MEDIA_TYPE, headers=headers)
        if form == "html" and page is not None:
            days = _days_of_change(queries, connection, tag, question.moment)
            around = _frame(node, request, tag, found, question, days, linked=as_linked is not None)
            return Answer(page(node, connection, found, question, around), media_type=HTML, headers=headers)
        return Answer(encode(found), headers=headers)


def _days_of_change(queries: Queries, connection: sa.Connection, tag: str, moment: Moment) -> list[Day]:
    """The days on which something about the subject changes."""
    if tag.startswith("organisation/"):
        return organisations.days(queries, connection, tag, moment)
    return marks.of(queries, connection, [tag], moment)


def _frame(
    node: Node,
    request: Request[Any, Any, Any],
    tag: str,
    found: Any,
    question: Question,
    days: Sequence[Day],
    *,
    linked: bool,
) -> Frame:
    """What the page of a subject has around it; an organisation's has the views of it besides."""
    forms = ("json", "jsonld") if linked else ("json",)
    around = framing.of(node, request, paths.of(tag), forms, [feed_of(tag, found.name)], question, days)
    if not tag.startswith("organisation/"):
        return around
    tabs = subject_page.organisation_tabs(around, found.id, iso(days[0]) if days else None)
    return msgspec.structs.replace(around, tabs=tabs, tab=0, calendar=f"/plans.ics?organisation={found.id}")


def _unheard(
    node: Node, connection: sa.Connection, request: Request[Any, Any, Any], tag: str, question: Question
) -> NotFound:
    """Why there is no state of a subject; its page keeps the controls and the tabs."""

    def around(name: str, days: Sequence[Day]) -> Frame:
        frame = framing.of(node, request, paths.of(tag), (), [feed_of(tag, name)], question)
        if not tag.startswith("organisation/"):
            return frame
        first = iso(days[0]) if days else None
        return msgspec.structs.replace(
            frame, tabs=subject_page.organisation_tabs(frame, tag.partition("/")[2], first), tab=0
        )

    return unheard.of(node, connection, request, tag, question, around)


def _address(node: Node, request: Request[Any, Any, Any], tag: str) -> str:
    """The address of the same answer under the identifier that is kept."""
    query = f"?{request.url.query}" if request.url.query else ""
    return f"{node.register.base_url}{paths.of(tag)}{query}"


def _feed(node: Node, tag: str) -> list[tuple[str, str]]:
    """The header by which a reader finds the feed about a subject (RFC 8288), where there is one."""
    kind, _, slug = tag.partition("/")
    if kind not in paths.FEEDS:
        return []
    address = f"{node.register.base_url}{paths.FEEDS[kind]}{slug}{atom.SUFFIX}"
    return [("link", f'<{address}>; rel="alternate"; type="{atom.MEDIA_TYPE}"')]

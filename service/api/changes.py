"""What changed about an organisation between two days, or was learned of it between two moments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from litestar import Request

from events.dates import Period, iso, period
from events.queries import answers, changes, learned
from events.queries.answers import AsOf
from events.queries.changes import Change
from events.queries.learned import Elsewhere, Learned
from service import paging
from service.answers import Answer
from service.api import subjects, views
from service.histories import Changes, Lessons
from service.negotiation import prefers_html
from service.node import Node
from service.pages import changes as changes_page
from service.pages import problem as problem_page
from service.problems import InvalidParameter, of_error


class Reversed(InvalidParameter):
    """The later of two days or moments was given as the earlier one. page: offers to people to exchange them; None
    where a program asks.
    """

    def __init__(self, message: str, page: bytes | None) -> None:
        super().__init__(message)
        self.page = page


def in_world(
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
            message = f"from={from_} is after {upto}: give the earlier day in from"
            raise _reversed(request, message, ("from", "to"))
        first_day, last_day = str(iso(first)), str(iso(last))
        window = Period(first_day if first == last else f"{first_day}/{last_day}", first, last)
        of_list = ("changes", slug, first, last)
        place = paging.number(node.register, of_list, after)
        size = paging.page_size(node.settings, limit)
        depends = (of_list, place, size, moment.last, moment.known, moment.generation)
        settled = to is not None and subjects.settled(question, from_, known_at)

        def read() -> tuple[Sequence[Any], int | None]:
            found = changes.between(node.queries, connection, views.tag(slug), window, moment)
            if found is None:
                raise views.unheard(node, connection, request, slug, "changes", question)
            return views.cut(found, place, _of_whole_days(found, place, size) if form == "html" else size)

        def whole(items: list[Change], following: str | None) -> Changes:
            between = AsOf(window.edtf, first_day, last_day)
            return Changes(items, following, between, answers.known_at(moment))

        asked = [("from", first_day), ("to", last_day), ("known_at", moment.position)]
        return views.page(
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
                views.frame(node, connection, request, slug, "changes", question),
                following,
                {"from": from_, "to": to, "known_at": known_at},
                window,
            ),
        )


def _of_whole_days(found: Sequence[Change], place: int, size: int) -> int:
    """How many changes a page for people has, from a place on: so many that what comes about on the same days, and so
    by one fact, stays together; where those alone are more than a page, as many as it holds.
    """
    end = place + size
    if end >= len(found):
        return size
    while end > place and found[end].on == found[end - 1].on:
        end -= 1
    return end - place or size


def in_log(
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
        earlier = node.queries.moments.at(connection, known_from, later)
        if earlier.position > later.position:
            upto = f"known_to={known_to}" if known_to is not None else "the head of the log"
            message = f"known_from={known_from} is after {upto}: give the earlier moment in known_from"
            raise _reversed(request, message, ("known_from", "known_to"))
        of_list = ("learned", slug, question.as_of, earlier.position, later.position)
        place = paging.number(node.register, of_list, after)
        size = paging.page_size(node.settings, limit)
        depends = (of_list, place, size, later.last, earlier.known, later.known, later.generation)
        settled = subjects.settled(question, days, known_to)

        left_out: list[Elsewhere | None] = []

        def read() -> tuple[Sequence[Any], int | None]:
            moments = earlier, later
            tag, page = views.tag(slug), form == "html"
            found = learned.told(node.queries, connection, tag, question.as_of, *moments, elsewhere=page)
            if found is None:
                raise views.unheard(node, connection, request, slug, "changes", question)
            left_out.append(found[1])
            return views.cut(found[0], place, size)

        def whole(items: list[Learned], following: str | None) -> Lessons:
            as_of = answers.as_of(question)
            return Lessons(items, following, as_of, answers.known_at(earlier), answers.known_at(later))

        asked = [("as_of", question.as_of.edtf), ("known_from", earlier.position), ("known_to", later.position)]
        return views.page(
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
                views.frame(node, connection, request, slug, "changes", question),
                following,
                {"known_from": known_from, "known_to": known_to, "as_of": days},
                elsewhere=left_out[0],
            ),
        )


def _reversed(request: Request[Any, Any, Any], message: str, names: tuple[str, str]) -> Reversed:
    """Why an end before its beginning is not understood."""
    problem = of_error(InvalidParameter(message))
    return Reversed(message, problem_page.render(request, problem, (), names) if prefers_html(request) else None)

"""What every page has around its own matter: the day and the knowledge that it is about, with the controls to change
them, and the addresses of the same answer in other forms and of its feed.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlencode

import msgspec
from litestar import Request

from events.date_words import edtf_in_words
from events.dates import Day, Period, iso
from events.event import instant
from events.queries.question import Moment, Question
from service.access.sessions import signed_in
from service.pages.texts import TEXTS, fill

if TYPE_CHECKING:  # the node answers problems, and those have pages
    from service.node import Node

DAYS: Final = ("as_of", "at", "date", "on")
OF_THE_CONTROLS: Final = (*DAYS, "known_at", "format", "after", "min_position")
FORMATS: Final = ("json", "jsonld", "csv")
DAYS_CACHED: Final = 4_096
MARGIN_DAYS: Final = 60
"""Shown by the slider before the first mark and after the last one."""


class Link(msgspec.Struct, frozen=True):
    """An address of this service, without the path of its base URL, and what it is called."""

    href: str
    title: str


class Feed(msgspec.Struct, frozen=True):
    """A feed about the matter of a page."""

    atom: str
    json: str
    title: str


class Mark(msgspec.Struct, frozen=True):
    """A day on the slider: its number (days since 0001-01-01, the first of which is 1) and in words."""

    number: Day
    words: str


class When(msgspec.Struct, frozen=True):
    """The days that the page is about: in EDTF, in words, from the first to the last in words where they are several;
    whether it is only that nobody asked for another; the slider's bounds, place and marks, and the nearest other days
    on which something changes.
    """

    edtf: str
    words: str
    span: str | None
    is_today: bool
    number: Day
    least: Day
    most: Day
    marks: tuple[Mark, ...] = ()
    before: Link | None = None
    after: Link | None = None


class Known(msgspec.Struct, frozen=True):
    """The knowledge that the page is from: a position of the log and when it was recorded (None: nothing yet).

    asked: what the client wrote, where it did.
    """

    position: int
    recorded_at: str | None
    asked: str | None
    head: int


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """All this. base: the register's address; home: the path in it, before every link. path: of the page.

    query: all that is asked for, for links back to it and to the same in other forms. kept: what the controls leave as
    it is. feeds: of the page's matter; that of all comes besides. calendar: of the plans that touch it.
    """

    home: str
    register: str
    path: str
    base: str = ""
    query: str = ""
    kept: tuple[tuple[str, str], ...] = ()
    when: When | None = None
    known: Known | None = None
    formats: tuple[Link, ...] = ()
    feeds: tuple[Feed, ...] = ()
    calendar: str | None = None
    tabs: tuple[Link, ...] = ()
    tab: int = -1  # which of them the page is
    person: str | None = None  # who is signed in

    @property
    def here(self) -> str | None:
        """The path of this page with all that is asked for, to come back to it; None for the page to sign in, and for
        the start page, to which one comes anyway.
        """
        if self.path in ("/", "/sign-in"):
            return None
        return f"{self.path}?{self.query}" if self.query else self.path

    def at(self, path: str, **parameters: object) -> str:
        """The address of another page about the same days, known as here; `parameters` come besides."""
        asked: dict[str, object] = {}
        if self.when is not None and not self.when.is_today:
            asked["as_of"] = self.when.edtf
        if self.known is not None and self.known.asked is not None:
            asked["known_at"] = self.known.asked
        return self.plain(path, **asked | parameters)

    def plain(self, path: str, **parameters: object) -> str:
        """The address of another page, with just these parameters, as far as they are not None."""
        given = {name: value for name, value in parameters.items() if value is not None}
        return f"{self.home}{path}" + (f"?{urlencode(given, safe='/:')}" if given else "")


def bare(home: str, register: str, path: str, query: str = "") -> Frame:
    """The frame of a page that is about no day: of what is recorded, of an error."""
    return Frame(home=home, register=register, path=path, query=query)


def person(request: Request[Any, Any, Any]) -> str | None:
    """The name of who is signed in."""
    session = signed_in(request)
    return None if session is None else session.principal.name


def of(
    node: Node,
    request: Request[Any, Any, Any],
    path: str,
    formats: Iterable[str] = ("json",),
    feeds: Sequence[Feed] = (),
    question: Question | None = None,
    marks: Sequence[Day] | None = None,
    moment: Moment | None = None,
) -> Frame:
    """The frame of an answer to a request; with a `question` the page has the controls for it."""
    given = parse_qsl(request.scope["query_string"].decode("latin-1"))
    asked = dict(given)
    days = next((asked[name] for name in DAYS if name in asked), None)
    moment = question.moment if question is not None else moment
    others = [(name, value) for name, value in given if name not in OF_THE_CONTROLS]
    same = [(name, value) for name, value in given if name != "format"]
    kept = tuple(others)
    home, query = node.path_prefix, urlencode(same, safe="/:")
    before_format = f"{path}?{query}&format=" if query else f"{path}?format="
    return Frame(
        person=person(request),
        base=node.register.base_url,
        home=home,
        register=node.register.title,
        path=path,
        query=query,
        kept=kept,
        when=None if question is None else _when(question.as_of, days, path, kept, asked.get("known_at"), marks),
        known=None if moment is None else _known(moment, asked.get("known_at")),
        formats=tuple(Link(before_format + form, getattr(TEXTS.formats, form)) for form in formats),
        feeds=tuple(feeds),
    )


def marked(frame: Frame, question: Question, marks: Sequence[Day]) -> Frame:
    """The same with marks on its slider."""
    assert frame.when is not None
    asked = None if frame.when.is_today else frame.when.edtf
    known_at = None if frame.known is None else frame.known.asked
    when = _when(question.as_of, asked, frame.path, frame.kept, known_at, marks)
    return msgspec.structs.replace(frame, when=when)


@lru_cache(DAYS_CACHED)
def day_words(day: Day) -> str:
    """A day in words."""
    text = iso(day)
    return "" if text is None else edtf_in_words(text)


@lru_cache(DAYS_CACHED)
def _mark(day: Day) -> Mark:
    return Mark(day, day_words(day))


def whole_span(days: Sequence[Day], last: Day) -> str:
    """In EDTF all the time from the first of these days to the last of them, or to a later one."""
    return f"{iso(days[0])}/{iso(max(days[-1], last))}"


def _when(
    days: Period,
    asked: str | None,
    path: str,
    kept: Sequence[tuple[str, str]],
    known_at: str | None,
    marks: Sequence[Day] | None,
) -> When:
    several = days.first != days.last
    span = fill(TEXTS.when.span, first=day_words(days.first), last=day_words(days.last)) if several else None

    def to(day: Day) -> Link:
        query = [*kept, ("as_of", str(iso(day))), *([("known_at", known_at)] if known_at else [])]
        return Link(f"{path}?{urlencode(query, safe='/:')}", day_words(day))

    found = marks or ()
    before, after = bisect_left(found, days.first), bisect_right(found, days.last)
    return When(
        edtf=days.edtf,
        words=edtf_in_words(days.edtf),
        span=span,
        is_today=asked is None,
        number=days.first,
        least=min([days.first, *found[:1]]) - MARGIN_DAYS,
        most=max([days.last, *found[-1:]]) + MARGIN_DAYS,
        marks=tuple(map(_mark, found)),
        before=to(found[before - 1]) if before else None,
        after=to(found[after]) if after < len(found) else None,
    )


def _known(moment: Moment, asked: str | None) -> Known:
    recorded_at = instant(moment.recorded_at) if moment.position else None
    return Known(moment.position, recorded_at, asked, moment.head)

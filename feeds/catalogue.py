"""The feeds there are: everything, what comes into force, one about each type in use and each subject that is known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Literal, get_args

import msgspec
import sqlalchemy as sa

from events.dcb import type_tag
from events.naming import folded, has_word
from events.queries import Queries, Question, names
from events.register import Register
from feeds import atom, effective, json_feed
from feeds.choices import KINDS as OF_PAGES
from feeds.selections import PAGED, TAG_KINDS

Kind = Literal["all", "effective", "types", "organisations", "people", "initiatives", "targets", "plans"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
"""In the order in which they are listed; within each, feeds are in the order of their identifiers, bytewise."""

_SINGLE: Final = {"all": "All changes", effective.PATH: "Changes as they come into force"}
_TAG_KINDS: Final = {**TAG_KINDS, **OF_PAGES}


class Feed(msgspec.Struct, frozen=True):
    """A feed: what it is about, and its addresses. `page` is where people read what it is about, if there is a page."""

    kind: Kind
    id: str | None  # none of `all` and `effective`
    title: str
    atom: str
    json: str
    page: str | None

    @property
    def place(self) -> str:
        """Where it stands in the list."""
        return f"{self.kind}/{self.id or ''}"


def feeds(
    queries: Queries,
    connection: sa.Connection,
    register: Register,
    question: Question,
    *,
    kinds: Sequence[Kind] = KINDS,
    q: str | None = None,
    after: str = "",
    limit: int,
) -> list[Feed]:
    """The next `limit` feeds after a place, of these kinds; by the names on the last day asked for.

    q: only those with a word in a name, in the identifier or in the title that begins so, in any case.
    """
    found: list[tuple[Kind, str | None]] = []
    kind_after, _, id_after = after.partition("/")
    passed = kinds.index(kind_after) if kind_after in kinds else 0
    for kind in kinds[passed:]:
        after_id = id_after if kind == kind_after else ""
        wanted = limit - len(found)
        if not wanted:
            break
        if kind in _SINGLE:
            if kind != kind_after and (q is None or has_word(_SINGLE[kind], folded(q))):
                found.append((kind, None))
            continue
        found += ((kind, id_) for id_ in _ids(queries, connection, question, kind, q, after_id, wanted))
    called = _called(queries, connection, question, found)
    return [_feed(register, kind, id_, called(kind, id_)) for kind, id_ in found]


def _ids(
    queries: Queries, connection: sa.Connection, question: Question, kind: Kind, q: str | None, after: str, limit: int
) -> list[str]:
    """The identifiers of one kind, in order, after one of them."""
    selecting, of_kind = queries.selecting, _TAG_KINDS[kind]
    if kind == "types":
        named = queries.definitions.refresh(connection).names()
        borne = queries.versions(connection, map(type_tag, named), question.moment)
        known = {name for name in named if borne.get(type_tag(name)) and (q is None or has_word(name, folded(q)))}
    elif q is None:
        return selecting.subjects(connection, question.moment, of_kind, after, limit)
    else:
        known = set(selecting.searched(connection, question, of_kind, q))
    return sorted(id_ for id_ in known if id_ > after)[:limit]


def _called(
    queries: Queries, connection: sa.Connection, question: Question, feeds: Sequence[tuple[Kind, str | None]]
) -> Callable[[Kind, str | None], str]:
    """The titles of feeds; the names of their subjects are one read."""
    moment = (question.moment.position, question.as_of.last)
    tags = [f"{_TAG_KINDS[kind]}/{id_}" for kind, id_ in feeds if id_ is not None and kind != "types"]
    wanted = [(tag, *moment) for tag in tags]
    found = names.lookup(queries, connection, wanted, question.moment.generation) if wanted else {}

    def called(kind: Kind, id_: str | None) -> str:
        if id_ is None:
            return _SINGLE[kind]
        return id_ if kind == "types" else found[f"{_TAG_KINDS[kind]}/{id_}", *moment]

    return called


def _feed(register: Register, kind: Kind, id_: str | None, title: str) -> Feed:
    path = kind if id_ is None else f"{kind}/{id_}"
    address = f"{register.base_url}/feeds/{path}"
    page = f"{register.base_url}/{'' if id_ is None else path}" if kind in PAGED else None
    return Feed(kind, id_, title, address + atom.SUFFIX, address + json_feed.SUFFIX, page)

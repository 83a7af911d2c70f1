"""What a feed of pages is about: the events that bear some tags, or concern one of several organisations.

Its events are found by the index of tags alone, from either end and in bounded time: where few of many events match, a
page stops after so many that were looked at, and the next one goes on from there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final
from urllib.parse import urlencode
from uuid import UUID, uuid5

import msgspec
import sqlalchemy as sa

from events import tables
from events.database import Database
from events.queries import Queries, Question
from events.queries.parts import under
from events.register import Register
from events.vocabulary import TYPES

KINDS: Final = {"initiatives": "initiative", "targets": "target", "plans": "plan"}
"""The families of feeds of pages, by the kind of tag that they select."""
SCANNED_MAX: Final = 20_000
"""Events with the rarest tag that one page looks at, for those that bear the others too."""
READ_MAX: Final = 5_000
"""The same where the events themselves have to be read, to see whether they concern one of several organisations."""
READ_AT_ONCE: Final = 500


class Choice(msgspec.Struct, frozen=True):
    """A feed of pages: events that bear all of `tags` and, where it is given, concern what is under an organisation.

    `as_of` and `known_at` say on which days, as known when, it is under it: those of a walk through pages; else the
    present.
    """

    path: str  # all, or such as initiatives/ai-lab
    tags: tuple[str, ...] = ()
    part_of: str | None = None
    as_of: str | None = None
    known_at: str | None = None

    def query(self, *further: tuple[str, object]) -> str:
        """The query of its addresses, with its question mark; empty where there is none."""
        given: list[tuple[str, object]] = []
        if self.path == "all":
            given += [("tag", tag) for tag in self.tags]
        named = (("part_of", self.part_of), ("as_of", self.as_of), ("known_at", self.known_at))
        given += [(name, value) for name, value in named if value is not None]
        encoded = urlencode([*given, *further], safe=":/")
        return f"?{encoded}" if encoded else ""

    def urn(self, register: Register) -> str:
        """The id of the feed, the same for all its pages."""
        return uuid5(UUID(register.id), f"feeds/{self.path}{self.live.query()}").urn

    @property
    def live(self) -> Choice:
        """The same, as it is at present."""
        return msgspec.structs.replace(self, as_of=None, known_at=None)

    def pinned(self, question: Question) -> Choice:
        """The same, as it is for this question, whenever it is asked for."""
        if self.part_of is None:
            return self
        return msgspec.structs.replace(self, as_of=question.as_of.edtf, known_at=str(question.moment.position))


class Reached(msgspec.Struct, frozen=True):
    """How far the events of a choice may have come: what a head depends on, besides the register's own.

    Each further event that matches makes `position` grow; it may grow without one.
    """

    position: int  # of the log; 0 where there is none
    recorded_at: int  # of that position, or when the register was made; microseconds since 1970 UTC
    bodies: str = ""  # a digest of the organisations


class Found(msgspec.Struct, frozen=True):
    """Positions of events that match, in the order in which they were looked for.

    `edge`: the first position that was not looked at; None where nothing is left.
    """

    positions: list[int]
    edge: int | None


class Chosen:
    """The events of a choice, as the log is in one snapshot."""

    def __init__(
        self,
        database: Database,
        connection: sa.Connection,
        choice: Choice,
        reached: Reached,
        tags: Sequence[str],
        bodies: frozenset[str] | None,
    ) -> None:
        self.choice, self.reached, self.bodies = choice, reached, bodies
        self._database, self._connection, self._tags = database, connection, tags

    def newest(self, upto: int, limit: int) -> Found:
        """The last `limit` events up to a position, the newest first."""
        return self._cut(self._found(0, upto + 1, limit + 1, ascending=False), limit)

    def next_newer(self, after: int, limit: int) -> Found:
        """The first `limit` events after a position, the oldest first."""
        return self._cut(self._found(after, self.reached.position + 1, limit + 1, ascending=True), limit)

    @staticmethod
    def _cut(found: Found, limit: int) -> Found:
        """No more than asked for; one more was looked up, to know whether there is more."""
        positions = found.positions
        return Found(positions[:limit], positions[limit]) if len(positions) > limit else found

    def _found(self, after: int, before: int, limit: int, *, ascending: bool) -> Found:
        """Between two positions, both exclusive."""
        if not self._tags and self.bodies is not None:
            return Found(self._of_any(after, before, limit, ascending), None)
        if self.bodies is None:
            return self._of_all(after, before, limit, ascending)
        return self._of_all_and_any(after, before, limit, ascending)

    def _of_all(self, after: int, before: int, limit: int, ascending: bool) -> Found:
        """Those that bear all tags."""
        edge = None
        if len(self._tags) > 1:
            prepared = self._database.prepare(f"edge of a tag, {ascending}", _EDGE[ascending])
            given = {"tag0": self._tags[0], "after": after, "before": before, "scanned": SCANNED_MAX}
            row = prepared.one(self._connection, **given)
            if row is not None:
                edge = int(row[0])
                after, before = (after, edge) if ascending else (edge, before)
        return Found(self._positions(self._tags, after, before, limit, ascending), edge)

    def _of_any(self, after: int, before: int, limit: int, ascending: bool) -> list[int]:
        """Those that concern any organisation: of each in turn, from the one whose event comes first."""
        assert self.bodies is not None
        database = self._database
        prepared = database.prepare(f"nearest of tags, {ascending}", lambda: _nearest(database, ascending))
        asked = database.giving("asked", ("tag",), ((tag,) for tag in sorted(self.bodies)))
        rows = prepared.all(self._connection, **asked, after=after, before=before)
        nearest = [(int(position), tag) for tag, position in rows if position is not None]
        found: list[int] = []
        for position, tag in sorted(nearest, reverse=not ascending):
            if len(found) == limit and (position > found[-1] if ascending else position < found[-1]):
                break
            more = self._positions([tag], after, before, limit, ascending)
            found = sorted({*found, *more}, reverse=not ascending)[:limit]
        return found

    def _of_all_and_any(self, after: int, before: int, limit: int, ascending: bool) -> Found:
        """Those that bear all tags and concern any organisation: the events that bear the tags are read."""
        assert self.bodies is not None
        found: list[int] = []
        for _ in range(READ_MAX // READ_AT_ONCE):
            page = self._of_all(after, before, READ_AT_ONCE, ascending)
            about = self._about_bodies(page.positions)
            found += [each for each in page.positions if each in about]
            full = len(page.positions) == READ_AT_ONCE
            if len(found) >= limit or not (full or page.edge):
                return Found(found[:limit], None)
            if full:
                after, before = (page.positions[-1], before) if ascending else (after, page.positions[-1])
            elif page.edge is not None:  # which was not looked at
                after, before = (page.edge - 1, before) if ascending else (after, page.edge + 1)
        return Found(found, after + 1 if ascending else before - 1)

    def _about_bodies(self, positions: Sequence[int]) -> set[int]:
        assert self.bodies is not None
        database = self._database
        prepared = database.prepare("bodies of positions", lambda: _bodies_at(database))
        rows = prepared.all(
            self._connection, **database.giving("asked", ("position",), ((each,) for each in positions))
        )
        read = ((position, _tags_in(bytes(body)).tags) for position, body in rows if body is not None)  # not redacted
        return {position for position, tags in read if not self.bodies.isdisjoint(tags)}

    def _positions(self, tags: Sequence[str], after: int, before: int, limit: int, ascending: bool) -> list[int]:
        prepared = self._database.prepare(
            f"positions of {len(tags)} tags, {ascending}", lambda: _bearing(len(tags), ascending)
        )
        named = {f"tag{n}": tag for n, tag in enumerate(tags)}
        rows = prepared.all(self._connection, **named, after=after, before=before, most=limit)
        return [row[0] for row in rows]


def find(
    queries: Queries, connection: sa.Connection, register: Register, choice: Choice, question: Question
) -> Chosen | None:
    """The events of a choice; None where it is about something that no event mentions. Reads no event.

    question: the days and the knowledge that decide what is under an organisation.
    """
    database = queries.database
    bodies = None
    if choice.part_of is not None:
        bodies = under(queries, connection, choice.part_of, question)
        if bodies is None:
            return None
    heads = _heads(database, connection, {*choice.tags, *(bodies or ())})
    if any(tag not in heads and not _may_be_empty(tag) for tag in choice.tags):
        return None
    none = (0, 0, register.created_at)
    # An event that matches bears all tags: so what is the last of any of them grows with each.
    lasts = [min((heads.get(tag, none)[1:] for tag in choice.tags), default=None)]
    digest = ""
    if bodies is not None:
        lasts.append(max((heads.get(tag, none)[1:] for tag in bodies), default=None))
        digest = sha256("\n".join(sorted(bodies)).encode()).hexdigest()
    position, recorded_at = min(last for last in lasts if last is not None)
    reached = Reached(position, recorded_at, digest)
    rarest_first = sorted(choice.tags, key=lambda tag: (heads.get(tag, none)[0], tag))
    return Chosen(database, connection, choice, reached, rarest_first, bodies)


def _heads(database: Database, connection: sa.Connection, tags: Iterable[str]) -> dict[str, tuple[int, int, int]]:
    """How many events bear each tag, the position and the recorded time of the last."""
    prepared = database.prepare("heads of tags", lambda: _tag_heads(database))
    rows = prepared.all(connection, tags=database.listed(sorted(tags)))
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


def _may_be_empty(tag: str) -> bool:
    kind, _, name = tag.partition("/")
    return kind == "type" and name in TYPES


class _Tagged(msgspec.Struct):
    tags: tuple[str, ...] = ()


_tags_in = msgspec.json.Decoder(_Tagged).decode
_event, _event_tag, _tag_head = tables.event, tables.event_tag, tables.tag_head
_after, _before = sa.bindparam("after", type_=sa.BigInteger), sa.bindparam("before", type_=sa.BigInteger)


def _between(position: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    return sa.and_(position > _after, position < _before)


def _towards(position: sa.ColumnElement[int], ascending: bool) -> sa.ColumnElement[int]:
    return position.asc() if ascending else position.desc()


def _bearing(count: int, ascending: bool) -> sa.Select[tuple[int]]:
    """SELECT of the positions of events with so many tags; what is asked besides the first is asked of each of its."""
    first = _event_tag.alias("first")
    conditions = [first.c.tag == sa.bindparam("tag0"), _between(first.c.position)]
    for n in range(1, count):
        other = _event_tag.alias(f"other{n}")
        conditions.append(
            sa.exists().where(other.c.tag == sa.bindparam(f"tag{n}"), other.c.position == first.c.position)
        )
    most = sa.bindparam("most", type_=sa.Integer)
    return sa.select(first.c.position).where(*conditions).order_by(_towards(first.c.position, ascending)).limit(most)


def _edge(ascending: bool) -> sa.Select[tuple[int]]:
    first = _event_tag.alias("first")
    return (
        sa.select(first.c.position)
        .where(first.c.tag == sa.bindparam("tag0"), _between(first.c.position))
        .order_by(_towards(first.c.position, ascending))
        .limit(1)
        .offset(sa.bindparam("scanned", type_=sa.Integer))
    )


_EDGE: Final = {ascending: _edge(ascending) for ascending in (False, True)}


def _nearest(database: Database, ascending: bool) -> sa.Select[tuple[str, int]]:
    asked = database.given("asked", tag=sa.Text)
    position = (
        sa.select(_event_tag.c.position)
        .where(_event_tag.c.tag == asked.c.tag, _between(_event_tag.c.position))
        .order_by(_towards(_event_tag.c.position, ascending))
        .limit(1)
        .scalar_subquery()
    )
    return sa.select(asked.c.tag, position)


def _bodies_at(database: Database) -> sa.Select[tuple[int, bytes]]:
    asked = database.given("asked", position=sa.BigInteger)
    return sa.select(_event.c.position, _event.c.body).join_from(asked, _event, _event.c.position == asked.c.position)


def _tag_heads(database: Database) -> sa.Select[tuple[str, int, int, int]]:
    columns = (_tag_head.c[name] for name in ("tag", "version", "last_position", "last_recorded_at"))
    return sa.select(*columns).where(database.among(_tag_head.c.tag, "tags"))

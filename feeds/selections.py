"""What a feed is about: the whole log, or the events that bear one tag; read by number, the newest first.

The events of a selection are numbered 1, 2, 3 … in the order of their positions: the tag's sequence, and over the whole
log the position itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID, uuid5

import msgspec
import sqlalchemy as sa

from events import tables
from events.database import Database
from events.definitions import at_hand
from events.event import Event
from events.register import Register
from events.vocabulary import TYPES

TAG_KINDS: Final = {"organisations": "organisation", "people": "person", "types": "type"}
"""The families of feeds besides `all`, by the kind of tag that they select."""

PAGED: Final = frozenset({"all", "organisations"})
"""The families of which there are pages for people."""


ARCHIVED: Final = frozenset({"all", "organisations", "people", "types"})
"""The families of which there are archives."""


class Version(msgspec.Struct, frozen=True):
    """How far a selection has come: all that a head document's content depends on, besides the register's own."""

    count: int  # of its events
    position: int  # of the last of them; 0 where there is none
    recorded_at: int  # of the last of them, or when the register was made; microseconds since 1970 UTC


class Held(msgspec.Struct, frozen=True):
    """An event with the last position of the append that it came with."""

    event: Event
    append_end: int


class Selection(msgspec.Struct, frozen=True):
    """One feed: its family (`all` or one of TAG_KINDS) and, but for `all`, the id of what it is about."""

    family: str
    id: str | None = None

    @property
    def tag(self) -> str | None:
        """The tag that its events bear; None for the whole log."""
        return None if self.id is None else f"{TAG_KINDS[self.family]}/{self.id}"

    @property
    def paged(self) -> bool:
        """Whether there is a page for people about it."""
        return self.family in PAGED

    @property
    def archived(self) -> bool:
        """Whether its older events are in archives."""
        return self.family in ARCHIVED

    @property
    def path(self) -> str:
        """`all` or `organisations/nhsx`: what tells its addresses from those of other feeds."""
        return self.family if self.id is None else f"{self.family}/{self.id}"

    def urn(self, register: Register) -> str:
        """The id of the feed, the same for all its documents: a UUID of version 5 in the register's own."""
        return uuid5(UUID(register.id), f"feeds/{self.path}").urn

    def version(self, database: Database, connection: sa.Connection, register: Register) -> Version | None:
        """How far it has come, from one row; None where it is about something that no event mentions.

        The log as a whole and a type of the vocabulary may still be empty.
        """
        if self.tag is None:
            row = database.prepare("feed of all", _ALL_VERSION).one(connection)
        elif self.id is not None and _ID(self.id):
            row = database.prepare("feed of a tag", _TAG_VERSION).one(connection, tag=self.tag)
        else:
            return None
        if row is not None and row[0]:
            return Version(*row)
        may_be_empty = self.tag is None or (self.family == "types" and self.id in TYPES)
        return Version(0, 0, register.created_at) if may_be_empty else None

    def position(self, database: Database, connection: sa.Connection, number: int, version: Version) -> int:
        """The position of the event with a number, from 1 to `version.count`.

        The index of tags is in the order of positions, with which the numbers grow: so it is halved until it is found.
        """
        if self.tag is None:
            return number
        at_or_after = database.prepare("of a tag at or after", _AT_OR_AFTER)
        first, last = number, version.position
        while first < last:
            middle = (first + last) // 2
            row = at_or_after.one(connection, tag=self.tag, position=middle)
            assert row is not None
            position, found = row
            if found == number:
                return int(position)
            first, last = (position + 1, last) if found < number else (first, middle - 1)
        return last

    def version_at(self, database: Database, connection: sa.Connection, number: int, version: Version) -> Version:
        """How far it had come with the event that has a number, from 1 to `version.count`."""
        position = self.position(database, connection, number, version)
        row = database.prepare("recorded at", _RECORDED_AT).one(connection, position=position)
        assert row is not None
        return Version(number, position, row[0])

    def newest(self, database: Database, connection: sa.Connection, upto: int, limit: int) -> list[Held]:
        """Its last `limit` events up to a position, the newest first."""
        if self.tag is None:
            rows = database.prepare("newest of all", _ALL_NEWEST).all(connection, upto=upto, most=limit)
        else:
            rows = database.prepare("newest of a tag", _TAG_NEWEST).all(connection, tag=self.tag, upto=upto, most=limit)
        return _held(database, connection, rows)


def at_positions(database: Database, connection: sa.Connection, positions: Sequence[int]) -> list[Held]:
    """The events at these positions, the newest first."""
    prepared = database.prepare("events at positions", lambda: _at_positions(database))
    asked = database.giving("asked", ("position",), ((each,) for each in positions))
    return _held(database, connection, prepared.all(connection, **asked, most=len(positions)))


def _held(database: Database, connection: sa.Connection, rows: Iterable[Sequence[Any]]) -> list[Held]:
    held = [Held(Event(row[0], row[1], row[2], row[3], row[4], bytes(row[5]), bytes(row[6])), row[7]) for row in rows]
    at_hand(database, connection, (each.event.body for each in held))
    return held


_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*").fullmatch

_event, _event_tag, _tag_head, _log_head = tables.event, tables.event_tag, tables.tag_head, tables.log_head


def _newest(positions: sa.Select[tuple[int]]) -> sa.Select[tuple[object, ...]]:
    """SELECT of the events at the last positions of a SELECT, each with the last position of its append.

    All events of one append, and no others, have the same recorded time.
    """
    last = positions.order_by(sa.desc("position")).limit(sa.bindparam("most", type_=sa.Integer)).subquery()
    # Written so that both databases walk the index on the recorded time; max(position) has PostgreSQL read all events.
    same = _event.alias("same")
    append_end = (
        sa.select(same.c.position)
        .where(same.c.recorded_at <= _event.c.recorded_at)
        .order_by(same.c.recorded_at.desc(), same.c.position.desc())
        .limit(1)
        .scalar_subquery()
    )
    columns = tables.EVENT_COLUMNS
    return (
        sa.select(*columns, append_end)
        .join_from(last, _event, _event.c.position == last.c.position)
        .order_by(_event.c.position.desc())
    )


_upto = sa.bindparam("upto", type_=sa.BigInteger)
_ALL_VERSION = sa.select(_log_head.c.position, _log_head.c.position, _log_head.c.recorded_at)
_TAG_VERSION = sa.select(_tag_head.c.version, _tag_head.c.last_position, _tag_head.c.last_recorded_at).where(
    _tag_head.c.tag == sa.bindparam("tag")
)
_RECORDED_AT = sa.select(_event.c.recorded_at).where(_event.c.position == sa.bindparam("position"))
_AT_OR_AFTER = (
    sa.select(_event_tag.c.position, _event_tag.c.sequence)
    .where(_event_tag.c.tag == sa.bindparam("tag"), _event_tag.c.position >= sa.bindparam("position"))
    .order_by(_event_tag.c.position)
    .limit(1)
)
_ALL_NEWEST = _newest(sa.select(_event.c.position).where(_event.c.position <= _upto))
_TAG_NEWEST = _newest(
    sa.select(_event_tag.c.position).where(_event_tag.c.tag == sa.bindparam("tag"), _event_tag.c.position <= _upto)
)


def _at_positions(database: Database) -> sa.Select[tuple[object, ...]]:
    asked = database.given("asked", position=sa.BigInteger)
    return _newest(sa.select(asked.c.position.label("position")))

"""The users' own types of a register, as its log defines them.

Two questions, two answers. *Which types are there by name?* is asked before facts are stated or listed: `Definitions`
keeps what it has read, and `refresh` reads what was defined since. *What is the type of this recorded fact?* is asked
of each row of the log that is read: the body names the definition, and `at_hand` sees to it that its type is there. As
a definition's id follows from what it says, the second answer is kept for the whole process.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

import sqlalchemy as sa

from events import tables
from events.database import Database
from events.dcb import type_tag
from events.event import read_body
from events.standing import KINDS as AMENDING
from events.vocabulary.defined import BUILT_IN, DEFINED, DEFINED_TYPE, Definition, Types, fact_type
from events.vocabulary.language import FactType

OWN: Final = "x."
"""What the names of users' types begin with."""


class Definitions:
    """The types of one register; `types` are those that were known when it was last refreshed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.types = BUILT_IN

    def refresh(self, connection: sa.Connection) -> Types:
        """The types as the log defines them now."""
        row = self._database.prepare("last of a tag", _LAST).one(connection, tag=type_tag(DEFINED_TYPE))
        types = self.types
        if row is None or row[0] <= types.position:
            return types
        rows = self._database.prepare("bodies of a tag", _BODIES).all(
            connection, tag=type_tag(DEFINED_TYPE), after=types.position
        )
        for position, id_, body in rows:
            types = types.with_definition(_type(id_, bytes(body)), position)
        if types.position > self.types.position:  # else another thread was quicker
            self.types = types
        return types


def may_rest_on_one(type_: str) -> bool:
    """Whether an event of this type may rest on a definition: one of a user's type, and whatever amends one."""
    return type_.startswith(OWN) or type_ in AMENDING


def at_hand(database: Database, connection: sa.Connection, bodies: Iterable[bytes | None]) -> None:
    """See to it that the definitions on which these bodies rest are in DEFINED, so that `read_body` can read them."""
    named = {id_.decode() for body in bodies if body is not None and _MARK in body for id_ in _NAMED(body)}
    missing = named - DEFINED.keys()
    if missing:
        rows = database.prepare("definitions by id", lambda: _by_id(database)).all(
            connection, ids=database.listed(missing)
        )
        for id_, type_, body in rows:
            if type_ == DEFINED_TYPE:
                _type(id_, bytes(body))


_MARK = b'"definition":"'
_NAMED = re.compile(rb'"definition":"([0-9a-f-]{36})"').findall


def _type(id_: str, body: bytes) -> FactType:
    """What the definition in an event's body makes; kept, so that it is made once."""
    kind = DEFINED.get(id_)
    if kind is None:
        definition = read_body(body).data
        assert isinstance(definition, Definition)
        kind = DEFINED[id_] = fact_type(definition, id_)
    return kind


_event, _event_id, _tagged = tables.event, tables.event_id, tables.event_tag
_LAST = sa.select(tables.tag_head.c.last_position).where(tables.tag_head.c.tag == sa.bindparam("tag"))
_BODIES = (
    sa.select(_event.c.position, _event.c.id, _event.c.body)
    .select_from(_tagged.join(_event, _event.c.position == _tagged.c.position))
    .where(
        _tagged.c.tag == sa.bindparam("tag"),
        _tagged.c.position > sa.bindparam("after", type_=sa.BigInteger),
        _event.c.type == DEFINED_TYPE,
    )
    .order_by(_tagged.c.position)
)


def _by_id(database: Database) -> sa.Select[tuple[str, str, bytes]]:
    return (
        sa.select(_event.c.id, _event.c.type, _event.c.body)
        .select_from(_event_id.join(_event, _event.c.position == _event_id.c.position))
        .where(database.among(_event_id.c.id, "ids"))
    )

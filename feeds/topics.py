"""Which feeds have news, for a hub of WebSub (W3C Recommendation of 23 January 2018), and how far a hub was told.

The log itself is the list of what is still to be told: nothing is written with an append, only one row a hub, with the
last position up to which it heard of everything. So nothing is lost, whatever ends before the hub has answered.

Topics are the head documents whose addresses follow from an event's tags: those of the whole log, of its type, and of
its organisations, people, initiatives, targets and plans. What is chosen by parameters, and what comes into force as
time passes, is none.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import sqlalchemy as sa

from events import tables
from events.database import Database
from events.dcb import Query, type_tag
from events.event import tags_of_body
from events.log import Log
from events.register import Register
from feeds import atom, choices, json_feed, selections

READ_AT_ONCE: Final = 500
SUFFIXES: Final = (atom.SUFFIX, json_feed.SUFFIX)
OF_ALL: Final = len(SUFFIXES)
"""The first of the addresses are those of the whole log, in each format."""

hub_told = sa.Table(
    "hub_told",
    tables.metadata,
    sa.Column("hub", sa.Text, primary_key=True),  # its address
    sa.Column("position", sa.BigInteger, nullable=False),  # up to which it was told all
)


def begin(database: Database, hub: str) -> None:
    """A hub that is new is told what is recorded from now on."""
    with database.append_transaction() as connection:
        head = connection.scalar(sa.select(tables.log_head.c.position))
        database.insert_missing(hub_told).many(connection, [(hub, head)])


def told(database: Database, hub: str) -> int:
    """The position up to which a hub was told all."""
    with database.snapshot() as connection:
        row = database.prepare("told a hub", _TOLD).one(connection, hub=hub)
    assert row is not None, "the node began with this hub"
    return int(row[0])


def note(database: Database, hub: str, position: int) -> None:
    """A hub was told all up to a position."""
    with database.transaction() as connection:
        connection.execute(sa.update(hub_told).where(hub_told.c.hub == hub).values(position=position))


def touched(log: Log, register: Register, after: int, upto: int) -> list[str]:
    """The addresses of the head documents that have news from between two positions, each once."""
    tags: dict[str, None] = {}
    with log.database.snapshot() as connection:
        while after < upto:
            page = log.page(connection, Query.all(), after=after, limit=READ_AT_ONCE, upto=upto)
            for event in page.records:
                tags |= dict.fromkeys((type_tag(event.type), *tags_of_body(event.body)))
            after = page.head
    return list(addresses(register, ["all", *filter(None, map(_path, tags))]))


def addresses(register: Register, paths: Iterable[str]) -> Iterable[str]:
    """The addresses of head documents, in each format."""
    for path in paths:
        for suffix in SUFFIXES:
            yield f"{register.base_url}/feeds/{path}{suffix}"


def _path(tag: str) -> str | None:
    """`organisations/nhsx` for `organisation/nhsx`; None for what has no feed."""
    kind, _, id_ = tag.partition("/")
    family = _FAMILIES.get(kind)
    return None if family is None else f"{family}/{id_}"


_FAMILIES: Final = {kind: family for family, kind in (selections.TAG_KINDS | choices.KINDS).items()}
_TOLD: Final = sa.select(hub_told.c.position).where(hub_told.c.hub == sa.bindparam("hub"))

"""The organisations under one: its parts, their parts, and so on."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from events import tables
from events.database import Database
from events.queries.question import Question
from events.queries.reading import Queries
from events.queries.selecting import in_force_then, known_then

PARTS_MAX: Final = 10_000
"""Organisations under one that are looked up."""


def under(queries: Queries, connection: sa.Connection, slug: str, question: Question) -> frozenset[str] | None:
    """The tags of the organisation itself, and of all that were definitely or possibly part of it, directly or through
    others, on the days asked for, with all their aliases; None where no event that was known mentions it.

    No more than PARTS_MAX and those of one further level: who asks sees by their number that these are not all.
    """
    moment = question.moment
    subject = queries.found(connection, f"organisation/{slug}", moment)
    if subject is None:
        return None
    tag = subject.tag
    database = queries.database
    parts = database.prepare("parts of organisations", lambda: _parts(database))
    aliases = database.prepare("aliases of organisations", lambda: _aliases(database))
    known = {"generation": moment.generation, "position": moment.position}
    days = {"first": question.as_of.first, "last": question.as_of.last}
    found, level = {tag}, {tag}
    while level and len(found) <= PARTS_MAX:
        keys = database.listed(f"part_of {each}" for each in sorted(level))
        rows = parts.all(connection, **known, **days, keys=keys)
        level = {row[0] for row in rows if row[0].startswith("organisation/")} - found
        found |= level
    found |= {row[0] for row in aliases.all(connection, **known, tags=database.listed(sorted(found)))}
    return frozenset(found)


def _parts(database: Database) -> sa.Select[tuple[str]]:
    statement = tables.statement
    selected = sa.select(statement.c.subject).where(
        in_force_then(), statement.c.property == "relations", database.among(statement.c.key, "keys")
    )
    return database.by_index(selected, statement, "ix_statement_property")


def _aliases(database: Database) -> sa.Select[tuple[str]]:
    alias = tables.alias
    selected = sa.select(alias.c.subject).where(known_then(alias), database.among(alias.c.representative, "tags"))
    return database.by_index(selected, alias, "ix_alias_generation_representative")

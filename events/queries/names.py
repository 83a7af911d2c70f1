"""Names: what a subject is called on a day, and in bulk for feeds and pages.

In force on the day, the definite before the possible, then brand, trading, legal, short, then the latest since, then
bytewise; else the last that was; else the first to come; else the identifier itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, TypeVar

import msgspec
import sqlalchemy as sa

from events import tables
from events.database import Database
from events.dates import Day
from events.naming import ABOUT, NAMING, OWN, drafted_in, name_in
from events.prepared import InOrder
from events.queries.answers import DEFINITE
from events.queries.reading import Queries, Stated

Said = TypeVar("Said")

Wanted = tuple[str, int, Day]  # tag, position up to which it is known, day


class Named(msgspec.Struct, frozen=True):
    """A name with its kind (an order of preference) and the statement that says it."""

    name: str
    rank: int
    stated: Stated


def of(statements: Iterable[Stated], tag: str) -> list[Named]:
    """All names, at any time, that these statements (of and about the subject) give it."""
    naming = [each for each in statements if each.property_ in NAMING]
    return [named for each in naming if (named := _named(each, tag)) is not None]


def best(names: Sequence[Named], day: Day, fallback: str) -> str:
    """What the subject is called on a day."""
    if not names:
        return fallback
    certainties = [(each.stated.certainty(day, day), each) for each in names]
    now = [(certainty, each) for certainty, each in certainties if certainty is not None]
    if now:
        _, chosen = min(
            now,
            key=lambda pair: (pair[0] != DEFINITE, pair[1].rank, -pair[1].stated.since_earliest, pair[1].name.encode()),
        )
        return chosen.name
    past = [each for each in names if each.stated.until_latest <= day]
    if past:
        return min(past, key=lambda each: (-each.stated.until_latest, each.rank, each.name.encode())).name
    return min(names, key=lambda each: (each.stated.since_earliest, each.rank, each.name.encode())).name


def lookup(
    queries: Queries,
    connection: sa.Connection,
    wanted: Iterable[Wanted],
    generation: int | None = None,
    *,
    drafts: bool = False,
) -> dict[Wanted, str]:
    """What each of these subjects was called on its day, as known at its position: one read for all of them, and one
    more for those of which drafts are wanted.

    An alias goes by the name of the subject that answers for it. `generation`: of the state, where it is known.
    drafts: an organisation that no fact names goes by the name that a plan intends for it.
    """
    asked = set(wanted)
    if generation is None:
        generation = queries.moments.now(connection).generation
    kept = {(tag, position): tag for tag, position, _ in asked}
    held: dict[str, list[tuple[Named, int, int | None]]] = {}
    for since, until, tag, subject, *told in _rows(queries.database, connection, asked, generation):
        if told[0] is None:  # an alias, and who answered for it
            for alias, position in kept:
                if alias == tag and since <= position and (until is None or until > position):
                    kept[alias, position] = subject
            continue
        named = _named(Stated(subject, *told), tag)
        if named is not None:
            held.setdefault(tag, []).append((named, since, until))
    known = {each: _known(held.get(subject, ()), each[1]) for each, subject in kept.items()}
    nameless = {kept[each] for each, found in known.items() if drafts and not found}
    intended = _intended(queries.database, connection, nameless, generation)
    answer: dict[Wanted, str] = {}
    for tag, position, day in asked:
        planned = _known(intended.get(kept[tag, position], ()), position)
        answer[tag, position, day] = best(known[tag, position], day, planned[-1] if planned else tag.partition("/")[2])
    return answer


def _known(said: Iterable[tuple[Said, int, int | None]], position: int) -> list[Said]:
    """What was known at a position, of what was from one on until another."""
    return [each for each, since, until in said if since <= position and (until is None or until > position)]


def _named(stated: Stated, tag: str) -> Named | None:
    """The name that a statement of or about the subject gives it, if it does."""
    found = name_in(tag, stated.subject, stated.property_, stated.key, stated.data)
    return Named(*found, stated) if found is not None else None


def _intended(
    database: Database, connection: sa.Connection, tags: Iterable[str], generation: int
) -> dict[str, list[tuple[str, int, int | None]]]:
    """The names that plans intend for the organisations among these subjects, each with the position from which and
    until which it was known that they do, in the order in which they came.
    """
    wanted = [tag for tag in tags if tag.startswith("organisation/")]
    found: dict[str, list[tuple[str, int, int | None]]] = {}
    if not wanted:
        return found
    rows = database.prepare("names in drafts", lambda: _drafting(database)).all(
        connection, generation=generation, tags=database.listed(wanted)
    )
    for tag, since, until, value in rows:
        draft = drafted_in(tag, "changes", msgspec.json.decode(value)) if value is not None else None
        if draft is not None:
            found.setdefault(tag, []).append((draft, since, until))
    return found


def _drafting(database: Database) -> sa.Select[Any]:
    statement, target = tables.statement, tables.statement_target
    same = sa.and_(statement.c.generation == target.c.generation, statement.c.id == target.c.statement)
    return (
        sa.select(target.c.subject, statement.c.recorded_from, statement.c.recorded_to, statement.c.value)
        .select_from(target.join(statement, same))
        .where(
            target.c.generation == sa.bindparam("generation"),
            database.among(target.c.subject, "tags"),
            statement.c.property == "changes",
        )
        .order_by(target.c.statement)
    )


def _rows(database: Database, connection: sa.Connection, wanted: Iterable[Wanted], generation: int) -> list[Any]:
    """What statements of and about these subjects, and about those that answer for them, say by properties that may
    name: from which position until which, of whom, the statement's subject, property and key, its value and days. And
    who answered for whom: with no property.
    """
    tags = {tag for tag, _, _ in wanted}
    about = {tag for tag in tags if tag.partition("/")[0] in ABOUT}
    return database.prepare("names of and about", lambda: _naming(database)).all(
        connection,
        generation=generation,
        **database.giving("asked", ("tag",), ((tag,) for tag in tags)),
        own=database.listed(OWN),
        **database.giving("concerned", ("tag",), ((tag,) for tag in about)),
        naming=database.listed(_NAMING_OTHERS),
    )


_NAMING_OTHERS: Final = tuple(sorted({name for _, names in ABOUT.values() for name in names}))
_DAYS: Final = ("value", "since_earliest", "since_latest", "until_earliest", "until_latest", "doubtful")


def _naming(database: Database) -> sa.CompoundSelect[Any]:
    statement, target, alias = tables.statement, tables.statement_target, tables.alias
    generation: sa.BindParameter[int] = sa.bindparam("generation")

    def answering(name: str) -> tuple[sa.FromClause, sa.CompoundSelect[Any]]:
        """The subjects that are given, with who answered for them; and the tags of all of these."""
        asked = database.given(name, tag=sa.Text)
        answered = InOrder(asked, alias, sa.and_(alias.c.generation == generation, alias.c.subject == asked.c.tag))
        return answered, sa.union_all(sa.select(asked.c.tag), sa.select(alias.c.representative).select_from(answered))

    recorded = [statement.c.recorded_from, statement.c.recorded_to]
    told = [statement.c[name] for name in ("subject", "property", "key", *_DAYS)]
    same = sa.and_(statement.c.generation == target.c.generation, statement.c.id == target.c.statement)
    aliases, asked = answering("asked")
    _, concerned = answering("concerned")
    nothing = [sa.null().label(column.name) for column in told[1:]]
    known = [alias.c.recorded_from, alias.c.recorded_to, alias.c.subject.label("tag"), alias.c.representative]
    return sa.union_all(
        sa.select(*recorded, statement.c.subject.label("tag"), *told).where(
            statement.c.generation == generation,
            statement.c.subject.in_(asked),
            database.among(statement.c.property, "own"),
        ),
        sa.select(*recorded, target.c.subject.label("tag"), *told)
        .select_from(target.join(statement, same))
        .where(
            target.c.generation == generation,
            target.c.subject.in_(concerned),
            database.among(statement.c.property, "naming"),
        ),
        sa.select(*known, *nothing).select_from(aliases),
    )

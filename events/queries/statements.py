"""The statements in force on the days that are asked for, as known at a moment: who was responsible for what, and more.

They are ordered by property, key and subject, then by their days. `certainty` and the count are of each statement by
itself, so both come from the index over properties alone.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from events import tables
from events.canonical import encode_plain
from events.changes import effect_of
from events.database import SLOT_COLUMNS, Database, Slot
from events.folding import targets_of
from events.prepared import Prepared
from events.queries import answers, names
from events.queries.answers import DEFINITE, POSSIBLE, Item
from events.queries.listing import Count, Listing, Page
from events.queries.question import Question
from events.queries.reading import STATED, Queries, Stated
from events.queries.selecting import SPAN, in_force_then, recorded_then, surely
from events.subjects import KINDS
from events.vocabulary import KEY_PARTS

ORDER: Final = ("property", "key", "subject")


class Wanted(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the list is limited to; `subject` and `target` are tags, `value` is text or JSON."""

    property: str | None = None
    key: str | None = None
    value: str | None = None
    subject: str | None = None
    target: str | None = None
    q: str | None = None  # what a word of a name or of the identifier of its subject begins with
    certainty: str | None = None


class StatementItem(Item, kw_only=True):
    """A statement in force. `parts` are those of its key by name; `targets` (tags) whom it also concerns."""

    subject: str
    name: str
    property: str
    key: str
    parts: dict[str, str]
    value: Any
    targets: tuple[str, ...]


class Place(msgspec.Struct, frozen=True, array_like=True):
    """Where a page begins: in which slot, after how many of its statements."""

    property: str
    key: str
    subject: str
    after: int


def listing(queries: Queries, connection: sa.Connection, question: Question, wanted: Wanted, page: Page) -> Listing:
    """A page of the statements in force."""
    place = msgspec.json.decode(page.after, type=Place) if page.after is not None else None
    arguments = _arguments(queries, connection, question, wanted)
    shape = frozenset(_shape(wanted))
    skipped = place.after if place is not None else 0
    reading = _prepared_page(queries.database, shape, begun=place is not None)
    begin = {f"begin_{name}": getattr(place, name) for name in ORDER} if place is not None else {}
    rows = reading.all(connection, **arguments, **begin, most=skipped + page.limit + 1)[skipped:]
    shown = [Stated(*row) for row in rows[: page.limit]]
    return Listing(
        _items(queries, connection, question, shown),
        _following(shown, place) if len(rows) > page.limit else None,
        _count(queries.database, connection, shape, arguments) if page.count else None,
    )


def _shape(wanted: Wanted) -> set[str]:
    """Which conditions the SQL has: those that are given; of `certainty` its value."""
    given = {name for name, value in msgspec.structs.asdict(wanted).items() if value is not None}
    return given if wanted.certainty is None else given - {"certainty"} | {wanted.certainty}


def _following(shown: Sequence[Stated], place: Place | None) -> str:
    last = _slot(shown[-1])
    of_it = sum(_slot(each) == last for each in shown)
    if place is not None and (place.property, place.key, place.subject) == last:
        of_it += place.after
    return json.dumps([*last, of_it])  # in ASCII, as a cursor has to be printable


def _slot(stated: Stated) -> tuple[str, str, str]:
    return stated.property_, stated.key, stated.subject


def _items(
    queries: Queries, connection: sa.Connection, question: Question, shown: Sequence[Stated]
) -> list[StatementItem]:
    position, day = question.moment.position, question.as_of.last
    called = names.lookup(
        queries, connection, ((each.subject, position, day) for each in shown), question.moment.generation
    )
    concerned = _targets(queries, connection, question, shown)
    return [
        StatementItem(
            **answers.item(each, question),
            subject=each.subject,
            name=called[each.subject, position, day],
            property=each.property_,
            key=each.key,
            parts=_parts(each.property_, each.key),
            value=each.data,
            targets=targets_of(each.opened_by, concerned.get((each.subject, each.property_, each.key), {})),
        )
        for each in shown
    ]


def _parts(property_: str, key: str) -> dict[str, str]:
    names_ = KEY_PARTS.get(property_, ()) if key else ()
    return dict(zip(names_, key.split(" ", len(names_) - 1), strict=False)) if names_ else {}


def _targets(
    queries: Queries, connection: sa.Connection, question: Question, shown: Sequence[Stated]
) -> dict[Slot, dict[str, tuple[str, ...]]]:
    """Whom the effects that opened these statements concern, by slot and event."""
    database, moment = queries.database, question.moment
    if not shown:
        return {}
    slots = dict.fromkeys((each.subject, each.property_, each.key) for each in shown)
    rows = database.prepare("effects that opened", lambda: _effects(database)).all(
        connection,
        **database.slotted(moment.generation, slots),
        roots=database.listed({id_ for each in shown for id_ in each.opened_by}),
        position=moment.position,
    )
    found: dict[Slot, dict[str, tuple[str, ...]]] = {}
    for subject, property_, key, kept in rows:
        slot = (subject, property_, key)
        effect = effect_of(slot, kept)
        found.setdefault(slot, {}).update(dict.fromkeys(effect.fact.ids, effect.targets))
    return found


def _arguments(queries: Queries, connection: sa.Connection, question: Question, wanted: Wanted) -> dict[str, Any]:
    moment, database = question.moment, queries.database
    arguments: dict[str, Any] = {
        "generation": moment.generation,
        "position": moment.position,
        "first": question.as_of.first,
        "last": question.as_of.last,
    }
    for name in ("property", "key"):
        if (text := getattr(wanted, name)) is not None:
            arguments[name] = text
    for name in ("subject", "target"):
        if (tag := getattr(wanted, name)) is not None:
            arguments[name] = queries.representative(connection, tag, moment)
    if wanted.value is not None:
        arguments["values"] = database.listed(_written(wanted.value))
    if wanted.q is not None:
        kinds = [tag.partition("/")[0] for tag in (wanted.subject,) if tag] or KINDS
        found = (
            f"{kind}/{slug}"
            for kind in kinds
            for slug in queries.selecting.searched(connection, question, kind, wanted.q)
        )
        arguments["called"] = database.listed(found)
    return arguments


def _written(value: str) -> list[str]:
    """How a value may be kept: as the text that it is, or as the JSON that it may be meant as."""
    found = [encode_plain(value).decode()]
    with contextlib.suppress(msgspec.DecodeError, RecursionError):  # what is no JSON, or too deep, is a text only
        found.append(encode_plain(msgspec.json.decode(value)).decode())
    return found


def _selected(database: Database, shape: frozenset[str], *columns: Any) -> sa.Select[Any]:
    statement, target = tables.statement, tables.statement_target
    selected = sa.select(*columns).select_from(statement).where(in_force_then())
    for name in ("property", "key", "subject"):
        if name in shape:
            selected = selected.where(statement.c[name] == sa.bindparam(name))
    if "value" in shape:
        selected = selected.where(database.among(statement.c.value, "values"))
    if "q" in shape:
        selected = selected.where(database.among(statement.c.subject, "called"))
    selected = selected.where(*_certain(shape))
    if "target" in shape:
        concerning = sa.select(target.c.statement).where(
            target.c.generation == sa.bindparam("generation"), target.c.subject == sa.bindparam("target")
        )
        selected = selected.where(statement.c.id.in_(concerning))
    return selected if "subject" in shape else database.by_index(selected, statement, _index(shape))


def _certain(shape: frozenset[str]) -> list[sa.ColumnElement[bool]]:
    return [*([surely()] if DEFINITE in shape else ()), *([sa.not_(surely())] if POSSIBLE in shape else ())]


def _index(shape: frozenset[str]) -> str:
    if "target" in shape:
        return "ix_statement_generation_id"
    if "q" in shape and "property" not in shape:
        return "sqlite_autoindex_statement_1"  # its primary key
    return "ix_statement_property"


def _effects(database: Database) -> sa.Select[Any]:
    effect, slots = tables.effect, database.slots()
    same = sa.and_(*(effect.c[name] == slots.c[name] for name in SLOT_COLUMNS))
    return (
        sa.select(effect.c.subject, effect.c.property, effect.c.key, effect.c.fact)
        .select_from(slots.join(effect, same))
        .where(database.among(effect.c.root, "roots"), recorded_then(effect))
    )


def _prepared_page(database: Database, shape: frozenset[str], *, begun: bool) -> Prepared:
    """A page in full order. Where the index knows all that is asked, it finds the slots of the page first: to look at
    the rows of what is not in force would cost several times as much.
    """

    def made() -> sa.Select[Any]:
        statement = tables.statement
        most: sa.BindParameter[int] = sa.bindparam("most")
        columns = [statement.c[name] for name in STATED]
        ordered = [statement.c[name] for name in (*ORDER, *SPAN, "value")]
        if not shape <= INDEXED:
            return _begun(_selected(database, shape, *columns), shape, begun).order_by(*ordered).limit(most)
        slot = [statement.c[name] for name in ORDER]
        found = _begun(_selected(database, shape, *slot), shape, begun).order_by(*ordered[:-1]).limit(most)
        first = sa.select(found.subquery("found")).distinct().subquery("first")
        of_it = (statement.c[name] == first.c[name] for name in ORDER)
        same = sa.and_(*of_it, in_force_then(), *_certain(shape))
        return sa.select(*columns).select_from(first.join(statement, same)).order_by(*ordered).limit(most)

    return database.prepare(f"page of statements by {_told(shape)}{', further' if begun else ''}", made)


INDEXED: Final = frozenset({"property", "key", DEFINITE, POSSIBLE})
"""What `ix_statement_property` can tell of what is asked for."""


def _begun(selected: sa.Select[Any], shape: frozenset[str], begun: bool) -> sa.Select[Any]:
    """From the slot on where the page begins, unless it is the first."""
    free = [name for name in ORDER if name not in shape]
    if not begun or not free:
        return selected
    begin = (sa.bindparam(f"begin_{name}", type_=sa.Text) for name in free)
    return selected.where(sa.tuple_(*(tables.statement.c[name] for name in free)) >= sa.tuple_(*begin))


def _count(database: Database, connection: sa.Connection, shape: frozenset[str], arguments: dict[str, Any]) -> Count:
    def made() -> sa.Select[Any]:
        sure = sa.func.coalesce(sa.func.sum(sa.case((surely(), 1), else_=0)), 0)
        return _selected(database, shape, sure, sa.func.count())

    row = database.prepare(f"count of statements by {_told(shape)}", made).one(connection, **arguments)
    assert row is not None, "an aggregate has a row"
    definite, total = int(row[0]), int(row[1])
    return Count(definite, total - definite)


def _told(shape: frozenset[str]) -> str:
    return " ".join(sorted(shape)) or "nothing"

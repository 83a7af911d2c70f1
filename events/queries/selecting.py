"""Which subjects come into question for a list, by indexes alone: what is in force, who is called so, who there is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec
import sqlalchemy as sa

from events import tables
from events.canonical import encode_plain
from events.database import AFTER_ALL, Database
from events.naming import ABOUT, OWN, WORD_LENGTH_MAX, folded, has_word, name_in
from events.prepared import Prepared
from events.queries.question import Moment, Question
from events.state import Dated, Span, certainty

SPAN: Final = ("since_earliest", "since_latest", "until_earliest", "until_latest", "doubtful")
PARTS: Final = (0, 1)  # of a key, by which holders are named

Certainties = dict[str, str]  # how certain it is, by slug (or tag, where that is said)


class Selecting:
    """The prepared selections of one register. Each takes its certainty from the statements that it rests on."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sql = _Sql(database)

    def slot(
        self,
        connection: sa.Connection,
        question: Question,
        kind: str,
        property_: str,
        key: str | None,
        value: str | None,
    ) -> Certainties:
        """The subjects of a kind with a property in force (with this key and this value, a text, if they are given)."""
        prepared = self._sql.slots[key is not None, value is not None]
        rows = prepared.all(
            connection,
            **_in_force(question),
            property=property_,
            key=key,
            value=encode_plain(value).decode() if value is not None else None,
        )
        prefix = f"{kind}/"
        return settled(((row[0].partition("/")[2], row[2:]) for row in rows if row[0].startswith(prefix)), question)

    def surely_held(
        self, connection: sa.Connection, question: Question, properties: Iterable[str], part: int | None
    ) -> int:
        """How many have one of these properties in force, surely and by one statement: subjects, or (with a `part`)
        those that part of a key names. By far the most that have it at all.
        """
        row = self._sql.surely_held[part].one(
            connection, **_in_force(question), properties=self._database.listed(properties)
        )
        assert row is not None, "an aggregate has a row"
        return int(row[0])

    def perhaps_held(
        self, connection: sa.Connection, question: Question, properties: Iterable[str], part: int | None
    ) -> set[str]:
        """Those of whom some statement in force is not sure by itself; others, or all of them together, may be."""
        rows = self._sql.perhaps_held.all(
            connection, **_in_force(question), properties=self._database.listed(properties)
        )
        return {subject.partition("/")[2] if part is None else key.split(" ")[part] for subject, key in rows}

    def holders(
        self,
        connection: sa.Connection,
        question: Question,
        kind: str,
        properties: Sequence[str],
        own: bool,
        page: Mapping[str, Any],
    ) -> list[str]:
        """The slugs of a kind, in order, with one of these properties in force (`own`: of them, else about them)."""
        prefix = f"{kind}/"
        prepared = self._sql.own_holders if own else self._sql.holders
        arguments = {"property": properties[0]} if own else {"properties": self._database.listed(properties)}
        rows = prepared.all(
            connection,
            **_in_force(question),
            **arguments,
            after=prefix + str(page["after"]),
            before=prefix + AFTER_ALL,
            most=page["most"],
        )
        return [row[0].removeprefix(prefix) for row in rows]

    def called(self, connection: sa.Connection, question: Question, kind: str, name: str) -> Certainties:
        """The subjects of a kind with exactly this name, in any case."""
        wanted = folded(name)
        rows = self._naming(connection, question, (kind,), self._sql.called, {"text": wanted[:WORD_LENGTH_MAX]})
        return _slugs(settled(_named(rows, lambda found: folded(found) == wanted), question))

    def searched(self, connection: sa.Connection, question: Question, kind: str, beginning: str) -> Certainties:
        """The subjects of a kind with a word in a name, in their identifier or in that of an alias, that begins so."""
        return _slugs(self.searched_among(connection, question, (kind,), beginning))

    def searched_among(
        self, connection: sa.Connection, question: Question, kinds: Sequence[str], beginning: str
    ) -> Certainties:
        """The same among several kinds, by tag."""
        wanted = folded(beginning)
        text = wanted[:WORD_LENGTH_MAX]
        words = {"text": text, "before": text + AFTER_ALL}
        rows = self._naming(connection, question, kinds, self._sql.searched, words)
        found = settled(_named(rows, lambda name: has_word(name, wanted)), question)
        arguments = {**_moment(question.moment), **words, "kinds": self._database.listed(kinds)}
        for tag, representative in self._sql.identified.all(connection, **arguments):
            if has_word(tag.partition("/")[2], wanted):
                found[representative or tag] = "definite"
        return found

    def _naming(
        self,
        connection: sa.Connection,
        question: Question,
        kinds: Sequence[str],
        naming: _Naming,
        words: Mapping[str, str],
    ) -> list[Any]:
        """The statements in force that may name those who were ever called so: their own, and those about them."""
        listed = self._database.listed
        arguments = {**_in_force(question), **words}
        rows = naming.own.all(connection, **arguments, kinds=listed(kinds), properties=listed(OWN))
        others = [kind for kind in kinds if kind in ABOUT]
        if others:
            properties = listed(sorted({name for kind in others for name in ABOUT[kind][1]}))
            rows += naming.about.all(connection, **arguments, kinds=listed(others), properties=properties)
        return rows

    def subjects(self, connection: sa.Connection, moment: Moment, kind: str, after: str, most: int) -> list[str]:
        """The slugs of this kind that were mentioned by then and are no aliases, bytewise, after one of them."""
        rows = self._sql.subjects.all(connection, **_moment(moment), kind=kind, after=after, most=most)
        return [row[0] for row in rows]

    def known(self, connection: sa.Connection, moment: Moment, kind: str, slugs: Iterable[str]) -> set[str]:
        """Those of these slugs that were mentioned by then and are no aliases."""
        rows = self._sql.known.all(connection, **_moment(moment), kind=kind, ids=self._database.listed(slugs))
        return {row[0] for row in rows}


def settled(rows: Iterable[tuple[str, Sequence[Any]]], question: Question) -> Certainties:
    """How certain each is by its spans; without those that hold on none of the days that are asked for."""
    first, last = question.as_of.first, question.as_of.last
    found: Certainties = {}
    unsure: dict[str, list[Span]] = {}
    for slug, (since_earliest, since_latest, until_earliest, until_latest, doubtful) in rows:
        if since_latest <= first and last < until_earliest and not doubtful:
            found[slug] = "definite"
        elif found.get(slug) != "definite":
            span = Span(None, since_earliest, since_latest, until_earliest, until_latest, bool(doubtful), (), (), ())
            unsure.setdefault(slug, []).append(span)
    for slug, spans in unsure.items():
        if slug not in found and (sure := certainty(spans, first, last)) is not None:
            found[slug] = sure
    return found


def _named(rows: Iterable[Sequence[Any]], right: Any) -> Iterable[tuple[str, Sequence[Any]]]:
    for tag, subject, property_, key, value, *span in rows:
        data = msgspec.json.decode(value) if value is not None else None
        named = name_in(tag, subject, property_, key, data)
        if named is not None and right(named[0]):
            yield tag, span


def _slugs(found: Certainties) -> Certainties:
    return {tag.partition("/")[2]: certainty for tag, certainty in found.items()}


def _moment(moment: Moment) -> dict[str, int]:
    return {"generation": moment.generation, "position": moment.position}


def is_sure(stated: Dated, question: Question) -> bool:
    """What `surely` says, of a statement that is at hand."""
    first, last = question.as_of.first, question.as_of.last
    return stated.since_latest <= first and stated.until_earliest > last and not stated.doubtful


def _in_force(question: Question) -> dict[str, int]:
    return {**_moment(question.moment), "first": question.as_of.first, "last": question.as_of.last}


def known_then(table: sa.Table) -> sa.ColumnElement[bool]:
    """Whether a row of a generation was known at a position."""
    return sa.and_(table.c.generation == sa.bindparam("generation"), recorded_then(table))


def recorded_then(table: sa.FromClause) -> sa.ColumnElement[bool]:
    """The same, where the generation is told apart otherwise."""
    position: sa.BindParameter[int] = sa.bindparam("position")
    return sa.and_(
        table.c.recorded_from <= position, sa.or_(table.c.recorded_to.is_(None), table.c.recorded_to > position)
    )


def in_force_then() -> sa.ColumnElement[bool]:
    """Whether a statement, as known at a position, is definite or possible on a day from `first` to `last`."""
    statement = tables.statement
    return sa.and_(
        known_then(statement),
        statement.c.since_earliest <= sa.bindparam("last"),
        statement.c.until_latest > sa.bindparam("first"),
    )


def surely() -> sa.ColumnElement[bool]:
    """Whether a statement is by itself definite on each day from `first` to `last`."""
    statement = tables.statement
    return sa.and_(
        statement.c.since_latest <= sa.bindparam("first"),
        statement.c.until_earliest > sa.bindparam("last"),
        statement.c.doubtful.is_(sa.false()),
    )


class _Naming(NamedTuple):
    """Statements that may name a subject: its own, and those about it."""

    own: Prepared
    about: Prepared


class _Sql:
    def __init__(self, database: Database) -> None:
        statement, target, word, subject = tables.statement, tables.statement_target, tables.name_word, tables.subject
        alias = tables.alias
        span = [statement.c[name] for name in SPAN]
        in_force = in_force_then()
        after, before = sa.bindparam("after", type_=sa.Text), sa.bindparam("before", type_=sa.Text)
        most: sa.BindParameter[int] = sa.bindparam("most")

        slots = sa.select(statement.c.subject, statement.c.key, *span).where(
            in_force, statement.c.property == sa.bindparam("property")
        )
        slots = database.by_index(slots, statement, "ix_statement_property")
        key, value = statement.c.key == sa.bindparam("key"), statement.c.value == sa.bindparam("value")
        self.slots: dict[tuple[bool, bool], Prepared] = {
            (False, False): database.prepare("in force of a property", slots),
            (True, False): database.prepare("in force of a key", slots.where(key)),
            (False, True): database.prepare("in force with a value", slots.where(value)),
            (True, True): database.prepare("in force of a key with a value", slots.where(key, value)),
        }
        holding = sa.and_(in_force, database.among(statement.c.property, "properties"))

        def surely_held(of: sa.ColumnElement[str]) -> sa.Select[Any]:
            counted = sa.select(sa.func.count(of.distinct())).select_from(statement).where(holding, surely())
            return database.by_index(counted, statement, "ix_statement_property")

        named_by: dict[int | None, sa.ColumnElement[str]] = {None: statement.c.subject}
        named_by.update((part, database.word(statement.c.key, part)) for part in PARTS)
        self.surely_held = {
            part: database.prepare(f"how many surely hold, by part {part}", surely_held(of))
            for part, of in named_by.items()
        }
        perhaps = sa.select(statement.c.subject, statement.c.key).where(holding, ~surely())
        self.perhaps_held = database.prepare(
            "perhaps held", database.by_index(perhaps, statement, "ix_statement_property")
        )
        self.own_holders = database.prepare(
            "subjects that hold",
            sa.select(statement.c.subject)
            .distinct()
            .where(
                in_force,
                statement.c.property == sa.bindparam("property"),
                statement.c.key == "",
                statement.c.subject > after,
                statement.c.subject < before,
            )
            .order_by(statement.c.subject)
            .limit(most),
        )
        self.holders = database.prepare(
            "subjects that are held",
            sa.select(target.c.subject)
            .distinct()
            .select_from(target.join(statement, _same_statement(target.c.statement, target.c.generation)))
            .where(
                in_force,
                target.c.generation == sa.bindparam("generation"),
                target.c.subject > after,
                target.c.subject < before,
                database.among(statement.c.property, "properties"),
            )
            .order_by(target.c.subject)
            .limit(most),
        )
        of_kind = sa.and_(
            word.c.generation == sa.bindparam("generation"),
            database.among(word.c.kind, "kinds"),
            word.c.recorded_from <= sa.bindparam("position"),
        )
        text: sa.BindParameter[str] = sa.bindparam("text", type_=sa.Text)
        begins = sa.and_(word.c.text >= text, word.c.text < before)

        def naming(name: str, wanted: sa.ColumnElement[bool]) -> _Naming:
            ever = sa.select(word.c.subject).where(of_kind, wanted)
            says = [statement.c[name] for name in ("subject", "property", "key", "value")]
            own = sa.select(statement.c.subject.label("named"), *says, *span)
            about = sa.select(target.c.subject, *says, *span).select_from(
                target.join(statement, _same_statement(target.c.statement, target.c.generation))
            )
            there = target.c.generation == sa.bindparam("generation")
            return _Naming(
                database.prepare(f"{name}, own", own.where(holding, statement.c.subject.in_(ever))),
                database.prepare(f"{name}, about", about.where(holding, there, target.c.subject.in_(ever))),
            )

        self.called = naming("called", word.c.text == text)
        self.searched = naming("called by a word", begins)
        self.identified = database.prepare(
            "identified by a word",
            sa.select(word.c.subject, alias.c.representative)
            .distinct()
            .select_from(word.outerjoin(alias, sa.and_(known_then(alias), alias.c.subject == word.c.subject)))
            .where(of_kind, begins),
        )
        there = sa.and_(
            subject.c.generation == sa.bindparam("generation"),
            subject.c.kind == sa.bindparam("kind"),
            subject.c.mentioned_at <= sa.bindparam("position"),
            ~sa.exists().where(known_then(alias), alias.c.subject == subject.c.kind + "/" + subject.c.id),
        )
        self.subjects = database.prepare(
            "subjects", sa.select(subject.c.id).where(there, subject.c.id > after).order_by(subject.c.id).limit(most)
        )
        self.known = database.prepare(
            "subjects of these", sa.select(subject.c.id).where(there, database.among(subject.c.id, "ids"))
        )


def _same_statement(id_: sa.ColumnElement[int], generation: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    return sa.and_(tables.statement.c.generation == generation, tables.statement.c.id == id_)

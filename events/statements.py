"""The state's tables: what a fold asks of them, and how its changes are written to them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import groupby
from typing import Any, Final

import sqlalchemy as sa

from events import tables
from events.changes import SPAN_COLUMNS, Changes, effect_of, span_of
from events.database import AFTER_ALL, SLOT_COLUMNS, Database
from events.dcb import type_tag
from events.definitions import at_hand
from events.event import RecordedFact, read_body
from events.folding import Lookups, targets_of
from events.held import ONLOOKING, ONLOOKING_FROM_AFAR, Held, Misfit, Slot, Statement
from events.identities import Alias, Equation
from events.standing import Amendment
from events.vocabulary.identities import EQUATED


class Stored(Lookups):
    """What was recorded before, from the database."""

    def __init__(self, sql: Sql, database: Database, connection: sa.Connection, generation: int) -> None:
        self._sql, self._database, self._connection, self._generation = sql, database, connection, generation

    def held(self, slots: Iterable[Slot]) -> dict[Slot, Held]:
        """What these slots hold."""
        arguments = self._database.slotted(self._generation, slots)
        found: dict[Slot, Held] = {}
        for subject, property_, key, root, part, since, fact in self._sql.effects.all(self._connection, **arguments):
            slot = (subject, property_, key)
            found.setdefault(slot, Held()).effects[root, part] = (effect_of(slot, fact), since)
        if found:
            for row in self._sql.statements.all(self._connection, **arguments):
                statement = Statement(row[3], span_of(row[4:13]), (), row[13])
                found.setdefault((row[0], row[1], row[2]), Held()).statements.append(statement)
            self._add_targets(found)
            self._add_misfits(found, arguments)
        return found

    def slots_on(self, subject: str, properties: Iterable[str], beginning: str) -> list[Slot]:
        """The slots of this subject and these properties whose key (of slugs, as theirs are) begins so."""
        rows = self._sql.slots_on.all(
            self._connection,
            generation=self._generation,
            subject=subject,
            properties=self._database.listed(properties),
            beginning=beginning,
            beyond=beginning + AFTER_ALL,
        )
        return [(row[0], row[1], row[2]) for row in rows]

    def slots_towards(self, target: str, property_: str) -> list[Slot]:
        """The slots of this property with this other end."""
        rows = self._sql.slots_towards.all(
            self._connection, generation=self._generation, target=target, property=property_
        )
        return [(row[0], row[1], row[2]) for row in rows]

    def onlookers(self, subjects: Iterable[str]) -> list[tuple[str, Slot]]:
        """The slots that look at slots of these subjects, each with the one it looks at."""
        listed = self._database.listed
        arguments = {"generation": self._generation, "subjects": listed(subjects)}
        rows = self._sql.onlookers.all(self._connection, **arguments, near=listed(ONLOOKING))
        rows += self._sql.onlookers_from_afar.all(self._connection, **arguments, afar=listed(ONLOOKING_FROM_AFAR))
        return [(row[0], (row[1], row[2], row[3])) for row in rows]

    def roots(self, ids: Collection[str]) -> dict[str, str]:
        """The root of each of these ids that is an amendment's."""
        listed = self._database.listed(ids)
        return dict(self._sql.roots.all(self._connection, generation=self._generation, ids=listed))

    def amendments(self, root: str) -> list[Amendment]:
        """All amendments of a root."""
        rows = self._sql.amendments.all(self._connection, generation=self._generation, root=root)
        return [Amendment(*row) for row in rows]

    def fact(self, id_: str) -> RecordedFact:
        """The fact of an event."""
        row = self._sql.body.one(self._connection, id=id_)
        assert row is not None, "the log refuses ids that it does not know"
        body = bytes(row[0])
        at_hand(self._database, self._connection, (body,))
        return read_body(body)

    def position_of(self, id_: str) -> int:
        """The position of an event."""
        row = self._sql.position.one(self._connection, id=id_)
        assert row is not None, "the log refuses ids that it does not know"
        return int(row[0])

    def bearing(self, tags: Collection[str], upto: int) -> list[RecordedFact]:
        """The facts of all events up to a position that bear one of these tags, in their order."""
        rows = self._sql.bearing.all(self._connection, tags=self._database.listed(tags), upto=upto)
        bodies = [bytes(body) for body in dict(rows).values()]
        at_hand(self._database, self._connection, bodies)
        return [read_body(body) for body in bodies]

    def equations(self, subjects: Collection[str]) -> list[Equation]:
        """All equations that stand and name one of these subjects."""
        rows = self._sql.equations.all(
            self._connection, generation=self._generation, subjects=self._database.listed(subjects)
        )
        members: dict[tuple[str, int, str, int], list[str]] = {}
        for member, *of in rows:
            members.setdefault(tuple(of), []).append(member)
        return [
            Equation(root, position, tuple(named), keep, since)
            for (root, position, keep, since), named in members.items()
        ]

    def aliases(self, subjects: Collection[str]) -> dict[str, Alias]:
        """Those of these subjects that are aliases."""
        rows = self._sql.aliases.all(
            self._connection, generation=self._generation, subjects=self._database.listed(subjects)
        )
        return {subject: Alias(representative, since) for subject, representative, since in rows}

    def _add_targets(self, found: dict[Slot, Held]) -> None:
        """A statement concerns what the effects that opened it concern."""
        for held in found.values():
            targets = {id_: effect.targets for effect, _ in held.effects.values() for id_ in effect.fact.ids}
            for statement in held.statements:
                statement.targets = targets_of(statement.span.opened_by, targets)

    def _add_misfits(self, found: dict[Slot, Held], arguments: dict[str, Any]) -> None:
        rows = self._sql.anomalies.all(self._connection, **arguments)
        for (*slot, since, code, roots, earliest, latest), same in groupby(rows, key=lambda row: row[:-1]):
            concerns = tuple(row[-1] for row in same)
            misfit = Misfit(code, tuple(roots.split(" ")), concerns, earliest, latest)
            found[slot[0], slot[1], slot[2]].misfits[misfit] = since


class Sql:
    """The prepared statements of the projection."""

    def __init__(self, database: Database) -> None:
        self._database = database
        effect, statement, amendment = tables.effect, tables.statement, tables.amendment
        alias, equation = tables.alias, tables.equation
        generation: sa.BindParameter[int] = sa.bindparam("generation")
        prepare, slots = database.prepare, database.slots()

        def of_slots(table: sa.Table, *columns: str) -> sa.Select[Any]:
            on = sa.and_(*(table.c[name] == slots.c[name] for name in SLOT_COLUMNS))
            wanted = (table.c[name] for name in ("subject", "property", "key", *columns))
            return sa.select(*wanted).select_from(slots.join(table, on)).where(table.c.recorded_to.is_(None))

        self.current = prepare(
            "current generation",
            sa.select(
                *(tables.projection.c[name] for name in ("generation", "statements", "version")),
                sa.exists().where(tables.tag_head.c.tag == type_tag(EQUATED)).label("equated"),
            ).where(tables.projection.c.current.is_(sa.true())),
        )
        self.advance = prepare(
            "advance projection",
            sa.update(tables.projection)
            .values(position=sa.bindparam("new_position"), statements=sa.bindparam("new_statements"))
            .where(tables.projection.c.generation == generation),
        )
        self.effects = prepare("effects of slots", of_slots(effect, "root", "part", "recorded_from", "fact"))
        self.statements = prepare("statements of slots", of_slots(statement, "id", *SPAN_COLUMNS, "recorded_from"))
        self.slots_on = prepare(
            "slots on a subject",
            sa.select(effect.c.subject, effect.c.property, effect.c.key)
            .distinct()
            .where(
                effect.c.generation == generation,
                effect.c.subject == sa.bindparam("subject"),
                database.among(effect.c.property, "properties"),
                effect.c.key >= sa.bindparam("beginning", type_=sa.Text),
                effect.c.key < sa.bindparam("beyond", type_=sa.Text),
                effect.c.recorded_to.is_(None),
            ),
        )
        self.slots_towards = prepare(
            "slots towards a target",
            sa.select(effect.c.subject, effect.c.property, effect.c.key)
            .distinct()
            .where(
                effect.c.generation == generation,
                effect.c.target == sa.bindparam("target"),
                effect.c.property == sa.bindparam("property"),
                effect.c.recorded_to.is_(None),
            ),
        )
        anomaly = tables.anomaly
        what = ("recorded_from", "code", "events", "earliest", "latest")
        self.anomalies = prepare(
            "anomalies of slots",
            database.by_index(of_slots(anomaly, *what, "concerns"), anomaly, "ix_anomaly_slot").order_by(
                *(anomaly.c[name] for name in ("subject", "property", "key", *what, "concerns"))
            ),
        )
        subject_ = effect.c.subject
        self.onlookers = prepare(
            "onlookers of subjects",
            sa.select(subject_.label("seen"), subject_, effect.c.property, effect.c.key)
            .distinct()
            .where(
                effect.c.generation == generation,
                database.among(subject_, "subjects"),
                database.among(effect.c.property, "near"),
                effect.c.recorded_to.is_(None),
            ),
        )
        self.onlookers_from_afar = prepare(
            "onlookers of targets",
            sa.select(effect.c.target, subject_, effect.c.property, effect.c.key)
            .distinct()
            .where(
                effect.c.generation == generation,
                database.among(effect.c.target, "subjects"),
                database.among(effect.c.property, "afar"),
                effect.c.recorded_to.is_(None),
            ),
        )
        self.roots = prepare(
            "roots of amendments",
            sa.select(amendment.c.id, amendment.c.root).where(
                amendment.c.generation == generation, database.among(amendment.c.id, "ids")
            ),
        )
        self.amendments = prepare(
            "amendments of a root",
            sa.select(amendment.c.position, amendment.c.id, amendment.c.event, amendment.c.kind).where(
                amendment.c.generation == generation, amendment.c.root == sa.bindparam("root")
            ),
        )
        self.body = prepare(
            "body by id",
            sa.select(tables.event.c.body)
            .select_from(tables.event.join(tables.event_id, tables.event_id.c.position == tables.event.c.position))
            .where(tables.event_id.c.id == sa.bindparam("id")),
        )
        self.position = prepare(
            "position by id", sa.select(tables.event_id.c.position).where(tables.event_id.c.id == sa.bindparam("id"))
        )
        event, tag = tables.event, tables.event_tag
        self.bearing = prepare(
            "bodies by tags",
            sa.select(event.c.position, event.c.body)
            .select_from(tag.join(event, event.c.position == tag.c.position))
            .where(database.among(tag.c.tag, "tags"), tag.c.position <= sa.bindparam("upto"))
            .order_by(event.c.position),
        )
        other = equation.alias("other")
        self.equations = prepare(
            "equations that name subjects",
            database.by_index(
                sa.select(
                    *(equation.c[name] for name in ("subject", "root", "position", "keep", "recorded_from"))
                ).where(
                    equation.c.generation == generation,
                    equation.c.recorded_to.is_(None),
                    equation.c.root.in_(
                        sa.select(other.c.root).where(
                            other.c.generation == generation,
                            database.among(other.c.subject, "subjects"),
                            other.c.recorded_to.is_(None),
                        )
                    ),
                ),
                equation,
                "ix_equation_generation_root",
            ),
        )
        self.aliases = prepare(
            "standing aliases",
            sa.select(alias.c.subject, alias.c.representative, alias.c.recorded_from).where(
                alias.c.generation == generation,
                database.among(alias.c.subject, "subjects"),
                alias.c.recorded_to.is_(None),
            ),
        )
        self.insert_effect = database.insert(effect)
        self.insert_statement = database.insert(statement)
        self.insert_target = database.insert(tables.statement_target)
        self.insert_amendment = database.insert(amendment)
        self.insert_name = database.insert_missing(tables.name_word)
        asked, subject = database.given("asked", generation=sa.Integer, kind=sa.Text, id=sa.Text), tables.subject
        self.known = prepare(
            "subjects known",
            sa.select(subject.c.kind, subject.c.id).select_from(
                asked.join(subject, sa.and_(*(subject.c[name] == asked.c[name] for name in SUBJECT_COLUMNS)))
            ),
        )
        self.upsert_subject = database.upsert(tables.subject, "changed_at")
        self.insert_anomaly = database.insert(anomaly)
        self.end_anomaly = prepare(
            "end anomaly",
            sa.update(anomaly)
            .values(recorded_to=sa.bindparam("to"))
            .where(
                anomaly.c.generation == generation,
                *(anomaly.c[name] == sa.bindparam(f"its_{name}") for name in ("concerns", "recorded_from", "id")),
            ),
        )
        self.end_statement = prepare(
            "end statement",
            sa.update(statement)
            .values(recorded_to=sa.bindparam("to"))
            .where(statement.c.generation == generation, statement.c.id == sa.bindparam("statement")),
        )
        self.insert_equation = database.insert(equation)
        self.insert_alias = database.insert(alias)
        self.end_equation = prepare(
            "end equation",
            sa.update(equation)
            .values(recorded_to=sa.bindparam("to"))
            .where(
                equation.c.generation == generation,
                equation.c.root == sa.bindparam("its_root"),
                equation.c.recorded_from == sa.bindparam("since"),
            ),
        )
        self.end_alias = prepare(
            "end alias",
            sa.update(alias)
            .values(recorded_to=sa.bindparam("to"))
            .where(
                alias.c.generation == generation,
                alias.c.subject == sa.bindparam("its_subject"),
                alias.c.recorded_from == sa.bindparam("since"),
            ),
        )
        keys = ("subject", "property", "key", "root", "part", "recorded_from")
        self.end_effect = prepare(
            "end effect",
            sa.update(effect)
            .values(recorded_to=sa.bindparam("to"))
            .where(
                effect.c.generation == generation, *(effect.c[name] == sa.bindparam(f"its_{name}") for name in keys)
            ),
        )

    def write(self, connection: sa.Connection, generation: int, changes: Changes) -> None:
        """Write what a fold has changed."""
        self.end_statement.many(connection, changes.ended_statement_rows(generation))
        self.end_effect.many(connection, [(to, generation, *key) for to, *key in changes.ended_effects])
        self.end_anomaly.many(connection, [(to, generation, *key) for to, *key in changes.ended_misfits])
        self.insert_effect.many(connection, changes.effect_rows(generation))
        self.insert_statement.many(connection, changes.statement_rows(generation))
        self.insert_target.many(connection, changes.target_rows(generation))
        self.insert_name.many(connection, changes.name_rows(generation, self._known(connection, generation, changes)))
        self.upsert_subject.many(connection, changes.subject_rows(generation))
        self.insert_amendment.many(connection, changes.amendment_rows(generation))
        self.insert_anomaly.many(connection, changes.anomaly_rows(generation))
        self.end_equation.many(connection, [(to, generation, *key) for to, *key in changes.ended_equations])
        self.end_alias.many(connection, [(to, generation, *key) for to, *key in changes.ended_aliases])
        self.insert_equation.many(connection, changes.equation_rows(generation))
        self.insert_alias.many(connection, changes.alias_rows(generation))

    def _known(self, connection: sa.Connection, generation: int, changes: Changes) -> set[str]:
        """Which of the subjects that were touched had been mentioned before."""
        rows = ((generation, *tag.split("/", 1)) for tag in changes.tags())
        asked = self._database.giving("asked", SUBJECT_COLUMNS, rows)
        return {f"{kind}/{slug}" for kind, slug in self.known.all(connection, **asked)}


SUBJECT_COLUMNS: Final = ("generation", "kind", "id")

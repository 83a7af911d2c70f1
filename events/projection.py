"""Statements kept in step with the log, in the append's own transaction.

For each append, in order: what stands after it (`standing`), which slots that touches (`slots`), what those say now
(`state`), and what of it differs from before. Only the difference is written: a statement that no longer holds gets
`recorded_to`, a new one `recorded_from`, both the last position of the append; so every earlier answer can be given
again for ever.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final, Protocol

import msgspec
import sqlalchemy as sa

from events import anomalies, tables
from events.anomalies import Anomaly
from events.canonical import canonical
from events.database import SLOT_COLUMNS, Database
from events.errors import OrglineError
from events.event import Event, RecordedFact, read_body
from events.log import Written
from events.slots import Held, Slot, Slots, Source, Statement, owner_slots, target_of
from events.standing import KINDS, Amendment, standing
from events.state import SlotFact, Span
from events.vocabulary import Effect, effects

VERSION: Final = 1  # grows whenever the same log would give other statements; `orgline rebuild` then makes them anew

_KEPT = msgspec.msgpack.Encoder()
_READ = msgspec.msgpack.Decoder(tuple[SlotFact, tuple[str, ...]])


class StrictlyRefused(OrglineError):
    """The client asked with `strict`, and something about the facts is odd."""

    code = "odd-facts"

    def __init__(self, warnings: Sequence[Anomaly]) -> None:
        super().__init__("the facts do not fit what is recorded, and strict was asked: see warnings")
        self.warnings = tuple(warnings)


class Context(msgspec.Struct, frozen=True):
    """What goes with an append besides its records: the facts as decoded, and whether odd ones are refused."""

    facts: tuple[RecordedFact, ...]
    strict: bool = False


class Projection:
    """The follower of the log that keeps the current generation of statements."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.sql = Sql(database)

    def follow(self, connection: sa.Connection, written: Sequence[Written]) -> list[list[Anomaly]]:
        """Fold the appends of one commit in; for each the warnings about its facts.

        Raises StrictlyRefused.
        """
        row = self.sql.current.one(connection)
        assert row is not None, "the first migration makes the first generation"
        generation, statements = row
        stored = Stored(self.sql, self._database, connection, generation)
        fold = Fold(Slots(stored), stored, statements)
        commits = [(each, _facts(each)) for each in written]
        fold.prepare(fact for _, facts in commits for fact in facts)
        warnings = []
        for each, facts in commits:
            found = fold.append(each.events, facts)
            if found and isinstance(each.append.context, Context) and each.append.context.strict:
                raise StrictlyRefused(found)
            warnings.append(found)
        fold.changes.write(self.sql, connection, generation)
        position = written[-1].events[-1].position
        self.sql.advance.many(connection, [(position, fold.changes.statements, generation)])
        return warnings


class Lookups(Source, Protocol):
    """What a fold asks of what was recorded before, besides the slots."""

    def roots(self, ids: Collection[str]) -> dict[str, str]:
        """The root of each of these ids that is an amendment's."""
        ...

    def amendments(self, root: str) -> list[Amendment]:
        """All amendments of a root."""
        ...

    def fact(self, id_: str) -> RecordedFact:
        """The fact of an event."""
        ...


class Fold:
    """Takes in one append after another and collects what is to be written."""

    def __init__(self, slots: Slots, lookups: Lookups, statements: int) -> None:
        self._slots = slots
        self._lookups = lookups
        self._facts: dict[str, RecordedFact] = {}
        self._roots: dict[str, str] = {}
        self._prepared: dict[str, list[Effect]] = {}
        self._amendments: dict[str, list[Amendment]] = {}
        self.changes = Changes(statements)

    def prepare(self, facts: Iterable[RecordedFact]) -> None:
        """Load in one go what folding these facts will look at."""
        facts = list(facts)
        mentioned = {id_ for fact in facts for id_ in _mentioned(fact)}
        if mentioned:
            self._roots.update(self._lookups.roots(mentioned))
        needed: list[Slot] = []
        for fact in facts:
            id_ = str(fact.id)
            effects_ = self._effects(id_, id_, fact)
            if not fact.follows and fact.ends is None:  # else they may name an amendment of this very commit
                self._prepared[id_] = effects_
            for effect in effects_:
                needed.extend(self._slots.needs(effect))
        self._slots.load(needed)

    def append(self, events: Sequence[Event], facts: Sequence[RecordedFact]) -> list[Anomaly]:
        """Fold one append in; the warnings about its facts."""
        position = events[-1].position
        touched: dict[Slot, None] = {}
        roots: set[str] = set()
        for event, fact in zip(events, facts, strict=True):
            if event.type in KINDS:  # before all else: a fact may follow a correction that comes later in its append
                self._roots[event.id] = self._roots.get(fact.data.event, fact.data.event)
        stated: list[tuple[str, RecordedFact]] = []
        for event, fact in zip(events, facts, strict=True):
            if event.type in KINDS:
                root = self._amend(event, fact, position, touched)
                if standing(root, self._amendments[root]) == event.id:
                    stated.append((root, self._standing_fact(event.id)))
            else:
                root = event.id
                stated.append((root, fact))
                self._put(self._effects(root, root, fact), position, touched)
            roots.add(root)
            self._facts[event.id] = fact
            self.changes.mention(fact.tags, position)
        found: list[Anomaly] = []
        for slot in touched:
            odd = self._refold(slot, position)
            found.extend(anomalies.of_slot(slot, odd, roots))
        found.extend(anomalies.of_facts(stated, self._slots))
        return found

    def _amend(self, event: Event, fact: RecordedFact, position: int, touched: dict[Slot, None]) -> str:
        aim: str = fact.data.event
        root = self._roots[event.id]
        amendments = self._amendments.get(root)
        if amendments is None:
            amendments = self._amendments[root] = self._lookups.amendments(root)
        before = standing(root, amendments)
        amendment = Amendment(event.position, event.id, aim, KINDS[event.type])
        amendments.append(amendment)
        self.changes.amendments.append((root, amendment))
        self._facts[event.id] = fact
        after = standing(root, amendments)
        if after != before:
            if before is not None:
                self._take(self._effects(root, before, self._standing_fact(before)), position, touched)
            if after is not None:
                effects_ = self._effects(root, after, self._standing_fact(after))
                self._slots.load(slot for effect in effects_ for slot in self._slots.needs(effect))
                self._put(effects_, position, touched)
        return root

    def _standing_fact(self, id_: str) -> RecordedFact:
        fact = self._facts.get(id_)
        if fact is None:
            fact = self._facts[id_] = self._lookups.fact(id_)
            self._roots.update(self._lookups.roots(set(_mentioned(fact)) - self._roots.keys()))
        return fact.data.replacement if fact.type in KINDS else fact

    def _effects(self, root: str, by: str, fact: RecordedFact) -> list[Effect]:
        ids = (root,) if by == root else (root, by)
        return effects(fact, root, ids, self._roots)

    def _put(self, effects_: Sequence[Effect], position: int, touched: dict[Slot, None]) -> None:
        for part, effect in enumerate(effects_):
            slot = self._slots.put(effect, part, position)
            self.changes.effect(effect, part, position)
            self._touch(slot, effect, touched)

    def _take(self, effects_: Sequence[Effect], position: int, touched: dict[Slot, None]) -> None:
        for part, effect in enumerate(effects_):
            slot, since = self._slots.take(effect, part)
            self.changes.end_effect(effect, part, since, position)
            self._touch(slot, effect, touched)

    def _touch(self, slot: Slot, effect: Effect, touched: dict[Slot, None]) -> None:
        touched[slot] = None
        if effect.fact.effect == "end" or effect.property == "posts":
            dependents = self._slots.dependents(slot)
            self._slots.load(dependents)
            touched.update(dict.fromkeys(sorted(dependents)))

    def _refold(self, slot: Slot, position: int) -> Sequence[Any]:
        held = self._slots[slot]
        folded = self._slots.fold(slot)
        targets = {id_: effect.targets for effect, _ in held.effects.values() for id_ in effect.fact.ids}
        wanted = [(span, _targets(span, targets)) for span in folded.spans]
        kept = [each for each in held.statements if (each.span, each.targets) in wanted]
        had = [(each.span, each.targets) for each in kept]
        gone = [each for each in held.statements if each not in kept]
        new = [each for each in wanted if each not in had]
        if gone or new:
            for statement in gone:
                self.changes.end_statement(slot, statement, position)
            made = [self.changes.statement(slot, span, towards, position) for span, towards in new]
            held.statements = kept + made
            for owner_slot in owner_slots(slot[0]):
                for statement in self._slots[owner_slot].statements:
                    self.changes.concern(statement.targets, position)
        return folded.oddities


class Changes:
    """What a fold wants written."""

    def __init__(self, statements: int) -> None:
        self.statements = statements  # the highest statement id given so far
        self.amendments: list[tuple[str, Amendment]] = []
        self._mentioned: dict[str, int] = {}
        self._changed: dict[str, int] = {}
        self._effects: dict[tuple[str, str, str, str, int, int], tuple[Effect, int | None]] = {}
        self._ended_effects: list[tuple[int, str, str, str, str, int, int]] = []
        self._statements: dict[int, tuple[Slot, Statement, int | None]] = {}
        self._ended: dict[int, int] = {}

    def mention(self, tags: Iterable[str], position: int) -> None:
        """An event that bears these tags was recorded."""
        for tag in tags:
            if not tag.startswith("type/"):
                self._mentioned.setdefault(tag, position)
                self._changed[tag] = position

    def effect(self, effect: Effect, part: int, position: int) -> None:
        """An effect came into being."""
        key = (effect.subject, effect.property, effect.key, effect.fact.root, part, position)
        self._effects[key] = (effect, None)

    def end_effect(self, effect: Effect, part: int, since: int, position: int) -> None:
        """An effect, there since `since`, is no more."""
        key = (effect.subject, effect.property, effect.key, effect.fact.root, part, since)
        if key not in self._effects:
            self._ended_effects.append((position, *key))
        elif since == position:
            del self._effects[key]
        else:
            self._effects[key] = (effect, position)

    def statement(self, slot: Slot, span: Span, targets: tuple[str, ...], position: int) -> Statement:
        """A new statement."""
        self.statements += 1
        statement = Statement(self.statements, span, targets, position)
        self._statements[statement.id] = (slot, statement, None)
        self.concern((slot[0], *targets), position)
        return statement

    def end_statement(self, slot: Slot, statement: Statement, position: int) -> None:
        """A statement no longer holds."""
        self.concern((slot[0], *statement.targets), position)
        if statement.id not in self._statements:
            self._ended[statement.id] = position
        elif statement.recorded_from == position:
            del self._statements[statement.id]
        else:
            self._statements[statement.id] = (slot, statement, position)

    def concern(self, tags: Iterable[str], position: int) -> None:
        """What is to be said about these subjects changed."""
        for tag in tags:
            self._mentioned.setdefault(tag, position)
            self._changed[tag] = position

    def effect_rows(self, generation: int) -> list[tuple[Any, ...]]:
        """The rows of `effect`, in the order of its columns."""
        return [
            (generation, *key[:5], key[5], until, target_of(effect), _KEPT.encode((effect.fact, effect.targets)))
            for key, (effect, until) in self._effects.items()
        ]

    def statement_rows(self, generation: int) -> list[tuple[Any, ...]]:
        """The rows of `statement`, in the order of its columns."""
        return [
            (generation, each.id, *slot, *_span_columns(each.span), each.recorded_from, until)
            for slot, each, until in self._statements.values()
        ]

    def target_rows(self, generation: int) -> list[tuple[Any, ...]]:
        """The rows of `statement_target`."""
        return [(generation, target, each.id) for _, each, _ in self._statements.values() for target in each.targets]

    def subject_rows(self, generation: int) -> list[tuple[Any, ...]]:
        """The rows of `subject`; `mentioned_at` counts only where the subject is new."""
        return [
            (generation, *tag.split("/", 1), self._mentioned[tag], changed) for tag, changed in self._changed.items()
        ]

    def amendment_rows(self, generation: int) -> list[tuple[Any, ...]]:
        """The rows of `amendment`."""
        return [(generation, root, a.position, a.id, a.event, a.kind) for root, a in self.amendments]

    def write(self, sql: Sql, connection: sa.Connection, generation: int) -> None:
        """Write it all."""
        sql.end_statement.many(connection, [(to, generation, id_) for id_, to in self._ended.items()])
        sql.end_effect.many(connection, [(to, generation, *key) for to, *key in self._ended_effects])
        sql.insert_effect.many(connection, self.effect_rows(generation))
        sql.insert_statement.many(connection, self.statement_rows(generation))
        sql.insert_target.many(connection, self.target_rows(generation))
        sql.upsert_subject.many(connection, self.subject_rows(generation))
        sql.insert_amendment.many(connection, self.amendment_rows(generation))


class Stored(Lookups):
    """What was recorded before, from the database."""

    def __init__(self, sql: Sql, database: Database, connection: sa.Connection, generation: int) -> None:
        self._sql, self._database, self._connection, self._generation = sql, database, connection, generation

    def held(self, slots: Iterable[Slot]) -> dict[Slot, Held]:
        """What these slots hold."""
        arguments = self._database.slotted(self._generation, slots)
        found: dict[Slot, Held] = {}
        for subject, property_, key, root, part, since, fact in self._sql.effects.all(self._connection, **arguments):
            slot_fact, targets = _READ.decode(fact)
            held = found.setdefault((subject, property_, key), Held())
            held.effects[root, part] = (Effect(subject, property_, key, targets, slot_fact), since)
        if found:
            by_id: dict[int, Statement] = {}
            for row in self._sql.statements.all(self._connection, **arguments):
                statement = Statement(row[3], span_of(row[4:13]), (), row[13])
                by_id[statement.id] = statement
                found.setdefault((row[0], row[1], row[2]), Held()).statements.append(statement)
            self._add_targets(found)
        return found

    def slots_on(self, subject: str, properties: Iterable[str]) -> list[Slot]:
        """The slots of this subject and these properties."""
        rows = self._sql.slots_on.all(
            self._connection,
            generation=self._generation,
            subject=subject,
            properties=self._database.listed(properties),
        )
        return [(row[0], row[1], row[2]) for row in rows]

    def slots_towards(self, target: str, property_: str) -> list[Slot]:
        """The slots of this property with this other end."""
        rows = self._sql.slots_towards.all(
            self._connection, generation=self._generation, target=target, property=property_
        )
        return [(row[0], row[1], row[2]) for row in rows]

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
        return read_body(bytes(row[0]))

    def _add_targets(self, found: dict[Slot, Held]) -> None:
        """A statement concerns what the effects that opened it concern."""
        for held in found.values():
            targets = {id_: effect.targets for effect, _ in held.effects.values() for id_ in effect.fact.ids}
            for statement in held.statements:
                statement.targets = _targets(statement.span, targets)


SPAN_COLUMNS: Final = (
    "value",
    "since_earliest",
    "since_latest",
    "until_earliest",
    "until_latest",
    "doubtful",
    "opened_by",
    "closed_by",
    "undecided",
)


class Sql:
    """The prepared statements of the projection."""

    def __init__(self, database: Database) -> None:
        effect, statement, amendment = tables.effect, tables.statement, tables.amendment
        generation: sa.BindParameter[int] = sa.bindparam("generation")
        prepare, slots = database.prepare, database.slots()

        def of_slots(table: sa.Table, *columns: str) -> sa.Select[Any]:
            on = sa.and_(*(table.c[name] == slots.c[name] for name in SLOT_COLUMNS))
            wanted = (table.c[name] for name in ("subject", "property", "key", *columns))
            return sa.select(*wanted).select_from(slots.join(table, on)).where(table.c.recorded_to.is_(None))

        self.current = prepare(
            "current generation",
            sa.select(tables.projection.c.generation, tables.projection.c.statements).where(
                tables.projection.c.current.is_(sa.true())
            ),
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
        self.insert_effect = database.insert(effect)
        self.insert_statement = database.insert(statement)
        self.insert_target = database.insert(tables.statement_target)
        self.insert_amendment = database.insert(amendment)
        self.upsert_subject = database.upsert(tables.subject, "changed_at")
        self.end_statement = prepare(
            "end statement",
            sa.update(statement)
            .values(recorded_to=sa.bindparam("to"))
            .where(statement.c.generation == generation, statement.c.id == sa.bindparam("statement")),
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


def span_of(row: Sequence[Any]) -> Span:
    """The span of a row of `statement`: its columns from `value` to `undecided`."""
    return Span(
        row[0],
        row[1],
        row[2],
        row[3],
        row[4],
        bool(row[5]),
        _ids(row[6]),
        _ids(row[7]),
        tuple(tuple(each) for each in msgspec.json.decode(row[8])) if row[8] is not None else (),
    )


def _ids(text: str) -> tuple[str, ...]:
    return tuple(text.split(" ")) if text else ()


def _span_columns(span: Span) -> tuple[Any, ...]:
    undecided = canonical([list(each) for each in span.undecided]).decode() if span.undecided else None
    return (
        span.value,
        span.since_earliest,
        span.since_latest,
        span.until_earliest,
        span.until_latest,
        span.doubtful,
        " ".join(span.opened_by),
        " ".join(span.closed_by),
        undecided,
    )


def _targets(span: Span, targets: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    if len(span.opened_by) == 1:
        return targets.get(span.opened_by[0], ())
    return tuple(sorted({target for id_ in span.opened_by for target in targets.get(id_, ())}))


def _facts(written: Written) -> tuple[RecordedFact, ...]:
    context = written.append.context
    if isinstance(context, Context):
        return context.facts
    return tuple(read_body(event.body) for event in written.events)


def _mentioned(fact: RecordedFact) -> Iterable[str]:
    yield from fact.follows
    if fact.ends is not None:
        yield fact.ends
    if fact.type in KINDS:
        yield fact.data.event
        replacement = getattr(fact.data, "replacement", None)
        if replacement is not None:
            yield from replacement.follows
            if replacement.ends is not None:
                yield replacement.ends

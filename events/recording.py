"""From what a client asks to what the log appends: ids, tags that come from other events, conditions.

All of it happens before the write lock. What is looked up does not change once it is there: the tags of an event, the
first fact on a plan, the position of the n-th event of a tag. Where there is no first fact yet, the append says so
(`assumes`), and is prepared anew (`AssumptionFailed`) if another came first.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from typing import Any, Final, NoReturn

import msgspec
import sqlalchemy as sa

from events import tables
from events.database import Database
from events.dcb import Append, AppendCondition, Query, QueryItem, Record, UnknownEvent, type_tag
from events.definitions import Definitions
from events.errors import Fault, OrglineError
from events.event import Fact, RecordedFact, id_of_key, new_id
from events.facts import InvalidFacts, Request, body_of, event_ids_mentioned, recorded, tags_of
from events.held import OWNED
from events.projection import Context
from events.standing import KINDS
from events.vocabulary.amendments import Corrected
from events.vocabulary.defined import DEFINED_TYPE, Types, definition_id, definition_of
from events.vocabulary.defining import unfit
from events.vocabulary.identities import EQUATED

OWNERS_KEPT_MAX: Final = 10_000


class VersionConflict(OrglineError):
    """A tag is not at the version that the client expects."""

    code = "version-conflict"

    def __init__(self, actual: dict[str, int]) -> None:
        words = ", ".join(f"{tag} is at {version}" for tag, version in sorted(actual.items()))
        super().__init__(f"not at the expected version: {words}; read what is new, then decide again")
        self.actual = actual


class Ahead:
    """What is prepared to be recorded before what is prepared now, in the same transaction: by id, and the first fact
    on each plan, initiative or target that had none.
    """

    def __init__(self) -> None:
        self.records: dict[str, Record] = {}
        self.first: dict[str, Record] = {}

    def add(self, append: Append) -> None:
        """One more append is prepared."""
        self.records.update((record.id, record) for record in append.records)
        for condition in append.assumes:
            tag = condition.fail_if_events_match.single_tag
            if tag is not None and tag.startswith(OWNED):
                self.first[tag] = next(record for record in append.records if tag in record.tags)


class Recorder:
    """Prepares appends for one register. `clock_ms` gives milliseconds since 1970, `entropy` so many random bytes."""

    def __init__(
        self,
        database: Database,
        *,
        clock_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        entropy: Callable[[int], bytes] = os.urandom,
        definitions: Definitions | None = None,
    ) -> None:
        self._clock_ms = clock_ms
        self._entropy = entropy
        self._sql = _Sql(database)
        self._owners: dict[str, frozenset[str]] = {}
        self._listed = database.listed
        self.definitions = definitions or Definitions(database)

    def needs_reading(self, request: Request) -> bool:
        """Whether `prepare` will look at the database."""
        return bool(request.expect) or any(
            fact.type in KINDS or fact.type == DEFINED_TYPE or any(tag.startswith(OWNED) for tag in tags_of(fact))
            for fact in request.facts
        )

    def prepare(
        self,
        request: Request,
        recorded_by: str,
        connection: sa.Connection | None,
        key: str | None = None,
        ahead: Ahead | None = None,
    ) -> Append:
        """The append that the request asks for; `key` is the client's Idempotency-Key (each recorder's own).

        `connection` may be None where `needs_reading` says so. `ahead` is what goes before it in its transaction: if
        that is refused, the append is refused with UnknownEvent where it builds on it.
        Raises InvalidFacts, UnknownEvent, VersionConflict.
        """
        batch = _Batch(self, request, connection, None if key is None else f"{recorded_by}\n{key}", ahead or Ahead())
        facts = tuple(batch.recorded())
        prefix = "" if request.single else "/facts/{}"
        records = tuple(
            Record(fact.type, fact.tags, body_of(fact, prefix.format(n)), str(fact.id)) for n, fact in enumerate(facts)
        )
        return Append(
            records,
            tuple(batch.conditions()),
            recorded_by,
            (*(_none_before(tag) for tag in sorted(batch.unowned)), *batch.undefined()),
            frozenset(batch.built_on.union(*(event_ids_mentioned(fact) for fact in facts))),
            Context(facts, request.strict),
        )

    def versions(self, connection: sa.Connection, tags: Iterable[str]) -> dict[str, int]:
        """The versions of these tags: how many events bear them."""
        wanted = list(tags)
        found = dict(self._sql.versions.all(connection, tags=self._listed(wanted)))
        return {tag: found.get(tag, 0) for tag in wanted}


def same_fact(one: bytes, other: bytes) -> bool:
    """Whether two canonical bodies hold the same fact: neither tags that other events lend it count, nor which version
    of its type was the newest when it came.
    """
    return one == other or _as_stated(one) == _as_stated(other)


def _as_stated(body: bytes) -> dict[str, Any]:
    fact: dict[str, Any] = msgspec.json.decode(body)
    for name in ("tags", "schema", "definition"):
        fact.pop(name, None)
    return fact


class _Batch:
    """One request while it is prepared; its facts may refer to one another."""

    def __init__(
        self,
        recorder: Recorder,
        request: Request,
        connection: sa.Connection | None,
        key: str | None,
        ahead: Ahead,
    ) -> None:
        self._recorder, self._request, self._connection, self._ahead = recorder, request, connection, ahead
        now = recorder._clock_ms()
        self._types: Types | None = None  # where something is defined: those that it was defined beside
        facts = [self._defined(n, fact) if fact.type == DEFINED_TYPE else fact for n, fact in enumerate(request.facts)]
        self._facts = [
            fact if fact.id is not None else msgspec.structs.replace(fact, id=self._id(n, now, key))
            for n, fact in enumerate(facts)
        ]
        self._by_id = {str(fact.id): n for n, fact in enumerate(self._facts)}
        self._tags: dict[str, set[str]] = {}
        self.unowned: set[str] = set()  # plans, initiatives and targets of which no fact is recorded yet
        self.built_on: set[str] = set()  # the first facts on such, where they are ahead

    def recorded(self) -> Iterable[RecordedFact]:
        for n, fact in enumerate(self._facts):
            tags = tags_of(fact)
            if fact.type in KINDS:
                tags |= self._tags_of_event(n, fact)
            owned = [tag for tag in tags if tag.startswith(OWNED)]
            for tag in owned:
                tags |= self._owners(tag)
            self._tags[str(fact.id)] = tags
            yield recorded(fact, tags)

    def conditions(self) -> Iterable[AppendCondition]:
        if not self._request.expect:
            return
        assert self._connection is not None
        sql = self._recorder._sql
        for tag, version in self._request.expect.items():
            after = 0
            if version:
                row = sql.nth.one(self._connection, tag=tag, sequence=version)
                if row is None:
                    raise VersionConflict(self._recorder.versions(self._connection, self._request.expect))
                after = row[0]
            yield AppendCondition(Query((QueryItem(tags=(tag,)),)), after)

    def undefined(self) -> Iterable[AppendCondition]:
        """That no type was defined since, where one is defined now."""
        if self._types is not None:
            query = Query((QueryItem(tags=(type_tag(DEFINED_TYPE),)),))
            yield AppendCondition(query, self._types.position)

    def _defined(self, n: int, fact: Fact) -> Fact:
        """A definition with its version, and the id that follows. Raises InvalidFacts."""
        assert self._connection is not None
        if self._types is None:
            self._types = self._recorder.definitions.refresh(self._connection)
        elif any(each.type == DEFINED_TYPE for each in self._request.facts[:n]):
            self._refuse(n, "/type", "one request can define one type: send the others by themselves")
        made = definition_of(fact.data, self._types)
        id_ = definition_id(made)
        if fact.id not in (None, id_):
            self._refuse(n, "/id", f"the id of a definition follows from what it says: leave it out, or write {id_}")
        if id_ not in self._types.positions:
            for pointer, words in unfit(made, self._types):
                self._refuse(n, f"/data{pointer}", words)
        return msgspec.structs.replace(fact, data=made, id=id_)

    def _refuse(self, n: int, pointer: str, words: str) -> NoReturn:
        raise InvalidFacts((Fault(pointer if self._request.single else f"/facts/{n}{pointer}", words),))

    def _id(self, index: int, now: int, key: str | None) -> str:
        return new_id(now, self._recorder._entropy(10)) if key is None else id_of_key(key, index)

    def _tags_of_event(self, n: int, fact: Fact) -> set[str]:
        """The tags that an amendment takes over from the event that it aims at."""
        aim = fact.data.event
        if aim in self._tags:
            target: Fact | Record | _Tagged = self._facts[self._by_id[aim]]
            tags = self._tags[aim]
        else:
            target = kept = self._before(aim)
            tags = set(kept.tags)
        if target.type == DEFINED_TYPE:
            words = "is the definition of a type, which facts rest on: it stays as it is; define its next version"
            self._refuse(n, "/data/event", words)
        if isinstance(fact.data, Corrected):
            pointer = "/data" if self._request.single else f"/facts/{n}/data"
            if target.type == "fact.retracted":
                words = "is a retraction, which holds no fact to correct: undo it with fact.retracted"
                raise InvalidFacts((Fault(f"{pointer}/event", words),))
            # An amendment bears the types of all that it concerns.
            if (f"type/{EQUATED}" in tags) != (fact.data.replacement.type == EQUATED):
                words = f"{EQUATED} can take the place of {EQUATED} only, and no other type can: retract it instead"
                raise InvalidFacts((Fault(f"{pointer}/replacement/type", words),))
        return set(tags)

    def _before(self, id_: str) -> Record | _Tagged:
        """An event that comes before this request. What is recorded already is as it is, whatever is ahead."""
        assert self._connection is not None
        row = self._recorder._sql.body.one(self._connection, id=id_)
        if row is not None:
            return _read_tags(bytes(row[0]))
        ahead = self._ahead.records.get(id_)
        if ahead is None:
            raise UnknownEvent(f"no event bears the id {id_}; amendments aim at what is recorded before", ids=(id_,))
        return ahead

    def _owners(self, tag: str) -> frozenset[str]:
        """The organisations of the first fact on a plan, initiative or target; nothing where this is the first."""
        ahead = self._ahead.first.get(tag)
        if ahead is not None:
            self.built_on.add(ahead.id)
            return _organisations(ahead.tags)
        known = self._recorder._owners
        owners = known.get(tag)
        if owners is None:
            assert self._connection is not None
            row = self._recorder._sql.first.one(self._connection, tag=tag)
            if row is None:
                self.unowned.add(tag)
                earlier = [tags for tags in self._tags.values() if tag in tags]
                return _organisations(earlier[0]) if earlier else frozenset()
            if len(known) >= OWNERS_KEPT_MAX:
                known.clear()
            owners = known[tag] = _organisations(_read_tags(bytes(row[0])).tags)
        return owners


def _none_before(tag: str) -> AppendCondition:
    return AppendCondition(Query((QueryItem(tags=(tag,)),)), 0)


class _Tagged(msgspec.Struct, frozen=True):
    type: str
    tags: tuple[str, ...] = ()


_read_tags = msgspec.json.Decoder(_Tagged).decode


def _organisations(tags: Iterable[str]) -> frozenset[str]:
    return frozenset(tag for tag in tags if tag.startswith("organisation/"))


class _Sql:
    def __init__(self, database: Database) -> None:
        event, event_id, tag, head = tables.event, tables.event_id, tables.event_tag, tables.tag_head
        self.body = database.prepare(
            "body by id",
            sa.select(event.c.body)
            .select_from(event.join(event_id, event_id.c.position == event.c.position))
            .where(event_id.c.id == sa.bindparam("id")),
        )
        self.first = database.prepare(
            "body of the first event of a tag",
            sa.select(event.c.body)
            .select_from(tag.join(event, event.c.position == tag.c.position))
            .where(tag.c.tag == sa.bindparam("tag"))
            .order_by(tag.c.position)
            .limit(1),
        )
        # The n-th event is looked for from the end of its tag, where expectations lie.
        self.nth = database.prepare(
            "position of the n-th event of a tag",
            sa.select(tag.c.position)
            .where(tag.c.tag == sa.bindparam("tag"), tag.c.sequence == sa.bindparam("sequence"))
            .order_by(tag.c.position.desc())
            .limit(1),
        )
        self.versions = database.prepare(
            "versions of tags", sa.select(head.c.tag, head.c.version).where(database.among(head.c.tag, "tags"))
        )

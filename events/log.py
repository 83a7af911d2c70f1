"""The append-only tagged log: a Dynamic Consistency Boundary event store (dcb.events) on SQL.

It knows nothing of organisations: a record is a type, tags, an id and bytes. Positions are 1, 2, 3 … dense and in
commit order, because they are given under the write lock inside the transaction that commits. So a reader that has
seen position n never later finds a record below n that it had not seen.

What follows from the records in the same transaction (the statements) is kept by a *follower*, which is handed the
records of every commit on the same connection and may refuse an append by raising an `OrglineError`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from itertools import groupby
from operator import attrgetter
from typing import Any, Final, Protocol

import msgspec
import sqlalchemy as sa

from events import merkle, tables
from events.database import Database
from events.dcb import (
    Append,
    AppendCondition,
    AppendConditionFailed,
    Appended,
    AssumptionFailed,
    IdConflict,
    InvalidAppend,
    InvalidQuery,
    PartlyKnown,
    Query,
    QueryItem,
    Record,
    UnknownEvent,
    type_tag,
)
from events.definitions import at_hand
from events.errors import OrglineError
from events.event import Event, instant, tags_of_body
from events.mirrors import NotTheNext, ReadOnlyMirror, RootDiffers

SALT_BYTES: Final = 16
PAGE_MAX: Final = 1_000  # events that one read should ask for


class Head(msgspec.Struct, frozen=True):
    """The end of the log: last position (0 while empty), its recorded time (µs since 1970 UTC), the tree's root."""

    position: int
    recorded_at: int
    root_hash: bytes


class Page(msgspec.Struct, frozen=True):
    """Records in the order of their positions, and how far the log was read."""

    records: tuple[Event, ...]
    head: int  # the last position returned where the limit cut the page, else the log's head


class Written(msgspec.Struct, frozen=True):
    """One append as it was written, for the follower."""

    append: Append
    events: tuple[Event, ...]


class Follower(Protocol):
    """What is kept in step with the log inside the transaction that commits."""

    def follow(self, connection: sa.Connection, written: Sequence[Written]) -> Sequence[Any]:
        """Take in the appends of one commit, in order; one answer for each. An OrglineError undoes the commit."""


class _Entry(msgspec.Struct, frozen=True):
    hash: str
    id: str
    position: int
    recorded_at: str
    recorded_by: str
    type: str


_encode_entry = msgspec.json.Encoder(order="sorted").encode


def leaf_hash(event: Event) -> bytes:
    """The hash of an event's log entry: the canonical JSON of position, times, id, type and sha256(salt + body)."""
    digest = sha256(event.salt + event.body).hexdigest()
    entry = _Entry(digest, event.id, event.position, instant(event.recorded_at), event.recorded_by, event.type)
    return merkle.leaf(_encode_entry(entry))


def microseconds() -> int:
    """The clock: whole microseconds since 1970 UTC."""
    return time.time_ns() // 1_000


class Log:
    """The log of one database.

    `clock` gives microseconds since 1970, `entropy` so many random bytes; `same_content` says whether two bodies
    under one id are the same fact (by default: the same bytes).
    """

    def __init__(
        self,
        database: Database,
        *,
        follower: Follower | None = None,
        clock: Callable[[], int] = microseconds,
        entropy: Callable[[int], bytes] = os.urandom,
        same_content: Callable[[bytes, bytes], bool] = bytes.__eq__,
    ) -> None:
        self.database = database
        self._follower = follower
        self._clock = clock
        self._entropy = entropy
        self._same_content = same_content
        self._sql = _Sql(database)

    def append(
        self, records: Iterable[Record], conditions: Iterable[AppendCondition] = (), *, recorded_by: str = ""
    ) -> int:
        """Append all records or none; the position of the last.

        Raises AppendConditionFailed, IdConflict, PartlyKnown or InvalidAppend, with nothing written.
        """
        (outcome,) = self.commit([Append(tuple(records), tuple(conditions), recorded_by)])
        if isinstance(outcome, OrglineError):
            raise outcome
        return outcome.position

    def commit(
        self, appends: Sequence[Append], *, locked: Callable[[], None] | None = None
    ) -> list[Appended | OrglineError]:
        """Append several requests in one transaction: for each what became of it, or why it alone was refused.

        An error of the follower or of the database is raised, with nothing written. A mirror refuses all of them.
        `locked` is called as soon as the write lock is had.
        """
        with self.database.append_transaction() as connection:
            if locked is not None:
                locked()
            batch = _Batch(self, connection, appends)
            outcomes = [batch.take(append) for append in appends]
            if batch.written:
                batch.write()
                if self._follower is not None:
                    answers = self._follower.follow(connection, batch.written)
                    fresh = (o for o in outcomes if isinstance(o, Appended) and not o.known)
                    for outcome, answer in zip(fresh, answers, strict=True):
                        outcome.answer = answer
        return outcomes

    def replicate(self, events: Sequence[Event], *, root_hash: bytes | None = None) -> Head:
        """Repeat events of another register as they were recorded there, in one transaction; the log's end then.

        They are whole appends and begin with the next position. root_hash: what the tree must have with them (then the
        log counts as proved up to there). Raises NotTheNext, RootDiffers and what the follower raises, with nothing
        written.
        """
        appends = [_repeated(tuple(each)) for _, each in groupby(events, key=attrgetter("recorded_at"))]
        with self.database.append_transaction() as connection:
            batch = _Batch(self, connection, [written.append for written in appends])
            for written in appends:
                batch.repeat(written)
            if appends:
                batch.write()
                if self._follower is not None:
                    self._follower.follow(connection, batch.written)
            head = self.head_on(connection)
            if root_hash is not None:
                if root_hash != head.root_hash:
                    raise RootDiffers(
                        f"the root hash of the first {head.position} events is {head.root_hash.hex()} by what was "
                        f"read of them, and {root_hash.hex()} by what their register says"
                    )
                self._sql.update_proved.many(connection, [(head.position,)])
        return head

    def rehearse(self, connection: sa.Connection, append: Append) -> Appended:
        """What would become of an append by what this connection sees, if it came next. Nothing is written.

        Raises as `append` does; the follower is not asked.
        """
        outcome = _Batch(self, connection, [append]).take(append)
        if isinstance(outcome, OrglineError):
            raise outcome
        return outcome

    def read(self, query: Query | None = None, *, after: int = 0, limit: int | None = None) -> Page:
        """The events that match, after a position, in order; at most `limit`."""
        with self.database.snapshot() as connection:
            return self.page(connection, query or Query.all(), after=after, limit=limit)

    def page(
        self,
        connection: sa.Connection,
        query: Query,
        *,
        after: int = 0,
        limit: int | None = None,
        upto: int | None = None,
    ) -> Page:
        """As `read`, on a connection that is at hand; positions above `upto` are left out."""
        if not query.items:
            raise InvalidQuery("a query needs at least one item; Query.all() matches everything")
        if after < 0 or (limit is not None and limit < 1):
            raise InvalidQuery("after is a position from 0 on, limit a number from 1 on")
        head = self.head_on(connection).position if upto is None else upto
        statement = _matching(query, after, head).order_by(tables.event.c.position).limit(limit)
        events = tuple([_event(row) for row in connection.execute(statement).all()])
        at_hand(self.database, connection, (event.body for event in events))
        return Page(events, events[-1].position if limit is not None and len(events) == limit else head)

    def head(self) -> Head:
        """The end of the log."""
        with self.database.snapshot() as connection:
            return self.head_on(connection)

    def head_on(self, connection: sa.Connection) -> Head:
        """As `head`, on a connection that is at hand."""
        row = self._sql.head.one(connection)
        assert row is not None, "the first migration makes the row of log_head"
        return Head(row[0], row[1], bytes(row[3]))

    def by_id(self, connection: sa.Connection, ids: Iterable[str]) -> dict[str, Event]:
        """The events with these ids, those that there are."""
        rows = self._sql.by_id.all(connection, ids=self.database.listed(ids))
        events = {event.id: event for event in map(_event, rows)}
        at_hand(self.database, connection, (event.body for event in events.values()))
        return events


class _Sql:
    def __init__(self, database: Database) -> None:
        head, event, event_id, tag = tables.log_head, tables.event, tables.event_id, tables.tag_head
        prepare = database.prepare
        self.head = prepare("head", sa.select(*_HEAD_COLUMNS))
        self.known = prepare(
            "known ids", sa.select(event_id.c.id, event_id.c.position).where(database.among(event_id.c.id, "ids"))
        )
        self.by_id = prepare(
            "events by id",
            sa.select(*tables.EVENT_COLUMNS)
            .select_from(event.join(event_id, event_id.c.position == event.c.position))
            .where(database.among(event_id.c.id, "ids")),
        )
        self.tags = prepare(
            "tag heads",
            sa.select(tag.c.tag, tag.c.version, tag.c.last_position).where(database.among(tag.c.tag, "tags")),
        )
        self.insert_event = database.insert(event)
        self.insert_id = database.insert(event_id)
        self.insert_tag = database.insert(tables.event_tag)
        self.upsert_head = database.upsert(tag, "version", "last_position", "last_recorded_at")
        self.update_proved = prepare("set proved", sa.update(tables.mirror).values(proved=sa.bindparam("new_proved")))
        self.update_head = prepare(
            "set head",
            sa.update(head).values(
                position=sa.bindparam("new_position"),
                recorded_at=sa.bindparam("new_recorded_at"),
                frontier=sa.bindparam("new_frontier"),
                root_hash=sa.bindparam("new_root_hash"),
            ),
        )


_HEAD_COLUMNS = (
    *(tables.log_head.c[name] for name in ("position", "recorded_at", "frontier", "root_hash")),
    sa.select(tables.mirror.c.source).scalar_subquery(),
)


def _event(row: Sequence[Any]) -> Event:
    return Event(row[0], row[1], row[2], row[3], row[4], bytes(row[5]), bytes(row[6]))


class _Batch:
    """The appends of one transaction: each is checked against the log and against those before it."""

    def __init__(self, log: Log, connection: sa.Connection, appends: Sequence[Append]) -> None:
        self._log, self._connection = log, connection
        sql, listed = log._sql, log.database.listed
        row = sql.head.one(connection)
        assert row is not None, "the first migration makes the row of log_head"
        self._position, self._recorded_at, self._frontier = row[0], row[1], bytes(row[2])
        self._size, self._source = self._position, row[4]
        ids = {record.id for append in appends for record in append.records}
        ids.update(*(append.requires for append in appends))
        self._known: dict[str, int] = dict(sql.known.all(connection, ids=listed(ids)))
        tags = {tag for append in appends for record in append.records for tag in (*record.tags, type_tag(record.type))}
        conditions = (each for append in appends for each in (*append.conditions, *append.assumes))
        tags.update(tag for each in conditions if (tag := each.fail_if_events_match.single_tag) is not None)
        heads = sql.tags.all(connection, tags=listed(tags))
        self._tags: dict[str, tuple[int, int]] = {tag: (version, last) for tag, version, last in heads}
        self.written: list[Written] = []
        self._events: dict[str, Event] = {}
        self._leaves: list[bytes] = []
        self._tag_rows: list[tuple[str, int, int]] = []

    def take(self, append: Append) -> Appended | OrglineError:
        try:
            if self._source is not None:
                raise ReadOnlyMirror(self._source)
            known = self._known_before(append)
            if known is not None:
                return Appended(known, known=True)
            self._check(append)
        except OrglineError as error:
            return error
        return self._place(append)

    def repeat(self, written: Written) -> None:
        """Take an append as it was recorded elsewhere. Raises NotTheNext."""
        if self._source is None:
            raise NotTheNext("only a mirror repeats another log, and this is none")
        for event in written.events:
            if event.position != self._position + 1:
                raise NotTheNext(f"event {event.position} cannot follow event {self._position}")
            if event.id in self._known:
                raise NotTheNext(
                    f"event {event.position} bears the id {event.id}, as event {self._known[event.id]} does"
                )
            self._position = event.position
            self._known[event.id] = event.position
        recorded_at = written.events[0].recorded_at
        if recorded_at <= self._recorded_at:
            words = "was not recorded after the event before it: an append is repeated whole, and appends in order"
            raise NotTheNext(f"event {written.events[0].position} {words}")
        self._recorded_at = recorded_at
        self._add(written)

    def write(self) -> None:
        sql, connection = self._log._sql, self._connection
        events = [event for written in self.written for event in written.events]
        sql.insert_event.many(
            connection,
            [
                (e.position, e.id, e.type, e.recorded_at, e.recorded_by, e.body, e.salt, leaf)
                for e, leaf in zip(events, self._leaves, strict=True)
            ],
        )
        sql.insert_id.many(connection, [(e.id, e.position) for e in events])
        sql.insert_tag.many(connection, self._tag_rows)
        recorded_at = {e.position: e.recorded_at for e in events}
        changed = {tag: self._tags[tag] for tag, _, _ in self._tag_rows}
        sql.upsert_head.many(
            connection, [(tag, version, last, recorded_at[last]) for tag, (version, last) in changed.items()]
        )
        frontier = merkle.extend(self._frontier, self._size, self._leaves)
        sql.update_head.many(connection, [(self._position, self._recorded_at, frontier, merkle.root(frontier))])

    def _known_before(self, append: Append) -> tuple[Event, ...] | None:
        if not append.records:
            raise InvalidAppend("an append needs at least one record")
        ids = [record.id for record in append.records]
        if len(set(ids)) != len(ids):
            raise InvalidAppend("two records of one append bear the same id; give each its own")
        known = tuple(id_ for id_ in ids if id_ in self._known)
        if not known:
            return None
        missing = [id_ for id_ in known if id_ not in self._events]
        if missing:
            self._events.update(self._log.by_id(self._connection, missing))
        for record in append.records:
            event = self._events.get(record.id)
            if event is not None and not self._log._same_content(event.body, record.body):
                raise IdConflict(
                    f"the id {record.id} is known, at position {event.position}, with other content; "
                    "give a new fact a new id, or correct the old one with fact.corrected"
                )
        if len(known) < len(ids):
            raise PartlyKnown(
                f"{len(known)} of {len(ids)} ids are known and the others are new; send only the new ones", known=known
            )
        return tuple(self._events[id_] for id_ in ids)

    def _check(self, append: Append) -> None:
        own = {record.id for record in append.records}
        unknown = tuple(sorted(id_ for id_ in append.requires if id_ not in self._known and id_ not in own))
        if unknown:
            raise UnknownEvent(f"no event bears the id {', '.join(unknown)}", ids=unknown)
        for condition in append.conditions:
            if self._fails(condition):
                raise AppendConditionFailed("events that the append's condition forbids exist", condition=condition)
        if any(map(self._fails, append.assumes)):
            raise AssumptionFailed("something was recorded meanwhile that these facts build on; send them again")

    def _fails(self, condition: AppendCondition) -> bool:
        query, after = condition.fail_if_events_match, condition.after or 0
        if not query.items:
            raise InvalidQuery("a query needs at least one item; Query.all() matches everything")
        tag = query.single_tag
        if tag is not None:
            return self._tags.get(tag, (0, 0))[1] > after
        for written in self.written:
            for event, record in zip(written.events, written.append.records, strict=True):
                if event.position > after and query.matches(record):
                    return True
        statement = sa.select(_matching(query, after, self._size).limit(1).exists())
        return bool(self._connection.execute(statement).scalar_one())

    def _place(self, append: Append) -> Appended:
        self._recorded_at = max(self._log._clock(), self._recorded_at + 1)
        events = []
        for record in append.records:
            self._position += 1
            event = Event(
                self._position,
                self._recorded_at,
                append.recorded_by,
                record.id,
                record.type,
                record.body,
                self._log._entropy(SALT_BYTES),
            )
            events.append(event)
        written = Written(append, tuple(events))
        self._add(written)
        return Appended(written.events, known=False)

    def _add(self, written: Written) -> None:
        for event, record in zip(written.events, written.append.records, strict=True):
            self._known[event.id] = event.position
            self._events[event.id] = event
            self._leaves.append(leaf_hash(event))
            for tag in {*record.tags, type_tag(record.type)}:
                version = self._tags.get(tag, (0, 0))[0] + 1
                self._tags[tag] = (version, event.position)
                self._tag_rows.append((tag, event.position, version))
        self.written.append(written)


def _repeated(events: tuple[Event, ...]) -> Written:
    """An append as it was recorded elsewhere."""
    records = tuple(Record(event.type, tags_of_body(event.body), event.body, event.id) for event in events)
    return Written(Append(records, recorded_by=events[0].recorded_by), events)


def _matching(query: Query, after: int, upto: int) -> sa.Select[Any]:
    """SELECT of the events that match with after < position <= upto, without an order."""
    event = tables.event
    within = sa.and_(event.c.position > after, event.c.position <= upto)
    items = [_item(item, after, upto) for item in query.items]
    select = sa.select(*tables.EVENT_COLUMNS).where(within)
    if any(item is None for item in items):
        return select
    positions = sa.union(*(item for item in items if item is not None)) if len(items) > 1 else items[0]
    assert positions is not None
    return select.where(event.c.position.in_(positions))


def _item(item: QueryItem, after: int, upto: int) -> sa.Select[Any] | None:
    """SELECT of the positions that one item matches; None where it matches everything.

    What is asked besides the first tag is asked of each of its events: a join would let SQLite's planner go through all
    events of the second tag for each of the first.
    """
    tagged, event = tables.event_tag, tables.event
    first = tagged.alias("first")
    wanted = list(dict.fromkeys(item.tags))
    if not wanted and not item.types:
        return None
    conditions: list[sa.ColumnElement[bool]] = [first.c.position > after, first.c.position <= upto]
    if wanted:
        conditions.append(first.c.tag == wanted[0])
    else:
        # The tag of a type finds the events quickly; amendments bear those of the types that they concern too.
        conditions.append(first.c.tag.in_([type_tag(type_) for type_ in item.types]))
    for n, tag in enumerate(wanted[1:], 1):
        other = tagged.alias(f"t{n}")
        conditions.append(sa.exists().where(other.c.tag == tag, other.c.position == first.c.position))
    if item.types:
        own = event.alias("own")
        conditions.append(sa.exists().where(own.c.position == first.c.position, own.c.type.in_(item.types)))
    return sa.select(first.c.position).where(*conditions)

"""What the log promises, on every database that it runs on."""

from __future__ import annotations

import multiprocessing
import sqlite3
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from events import merkle, tables
from events.database import Database, may_not_write
from events.dcb import (
    Append,
    AppendCondition,
    AppendConditionFailed,
    Appended,
    IdConflict,
    InvalidAppend,
    InvalidQuery,
    PartlyKnown,
    Query,
    QueryItem,
    Record,
    UnknownEvent,
)
from events.errors import OrglineError
from events.event import Event
from events.log import Log, leaf_hash
from events.writer import QueueFull, ShuttingDown, Writer


def record(type_: str = "made", *tags: str, id_: str | None = None, body: bytes = b"{}") -> Record:
    return Record(type_, tags, body, id_ or str(uuid.uuid4()))


@pytest.fixture
def log(database: Database) -> Log:
    return Log(database)


def positions(events: Sequence[Event]) -> list[int]:
    return [event.position for event in events]


# Appending


def test_positions_are_dense_from_one(log: Log) -> None:
    assert log.head().position == 0
    assert log.append([record(), record()]) == 2
    assert log.append([record()]) == 3
    assert positions(log.read().records) == [1, 2, 3]


def test_an_event_is_kept_as_it_was_appended(log: Log) -> None:
    given = record("organisation.created", "organisation/a", body='{"name":"Ä"}'.encode())
    log.append([given], recorded_by="curator")
    (event,) = log.read().records
    assert (event.id, event.type, event.body, event.recorded_by) == (given.id, given.type, given.body, "curator")
    assert len(event.salt) == 16


def test_one_append_shares_one_instant_and_each_append_has_a_later_one(database: Database) -> None:
    log = Log(database, clock=lambda: 1_000)  # a clock that stands still
    log.append([record(), record()])
    log.append([record()])
    assert [event.recorded_at for event in log.read().records] == [1_000, 1_000, 1_001]


def test_an_empty_append_is_refused(log: Log) -> None:
    with pytest.raises(InvalidAppend):
        log.append([])
    assert log.head().position == 0


def test_one_id_twice_in_an_append_is_refused(log: Log) -> None:
    id_ = str(uuid.uuid4())
    with pytest.raises(InvalidAppend):
        log.append([record(id_=id_), record(id_=id_)])


def test_an_unknown_id_that_is_required_is_refused(log: Log) -> None:
    (outcome,) = log.commit([Append((record(),), requires=frozenset({"x"}))])
    assert isinstance(outcome, UnknownEvent)
    assert outcome.ids == ("x",)
    assert log.head().position == 0


def test_an_id_of_the_same_append_or_of_one_before_it_in_the_batch_counts_as_known(log: Log) -> None:
    first, second, third = record(), record(), record()
    outcomes = log.commit(
        [
            Append((first, second), requires=frozenset({second.id})),
            Append((third,), requires=frozenset({first.id})),
        ]
    )
    assert all(isinstance(outcome, Appended) for outcome in outcomes)


# Tags


def test_sequences_of_a_tag_are_dense(log: Log, database: Database) -> None:
    for n in range(5):
        log.append([record("made", "organisation/a", *(["person/b"] if n % 2 else []))])
    with database.snapshot() as connection:
        rows = connection.execute(sa.select(tables.event_tag).order_by("tag", "position")).all()
        heads = dict(
            connection.execute(sa.select(tables.tag_head.c.tag, tables.tag_head.c.version)).all()  # type: ignore[arg-type]
        )
    sequences: dict[str, list[int]] = {}
    for tag, _, sequence in rows:
        sequences.setdefault(tag, []).append(sequence)
    assert sequences == {"organisation/a": [1, 2, 3, 4, 5], "person/b": [1, 2], "type/made": [1, 2, 3, 4, 5]}
    assert heads == {"organisation/a": 5, "person/b": 2, "type/made": 5}


# Reading


@pytest.fixture
def filled(log: Log) -> Log:
    log.append([record("created", "a")])  # 1
    log.append([record("renamed", "a"), record("renamed", "b")])  # 2, 3
    log.append([record("merged", "a", "b")])  # 4
    log.append([record("created", "c")])  # 5
    return log


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([QueryItem()], [1, 2, 3, 4, 5]),
        ([QueryItem(types=("created",))], [1, 5]),
        ([QueryItem(types=("created", "merged"))], [1, 4, 5]),
        ([QueryItem(tags=("a",))], [1, 2, 4]),
        ([QueryItem(tags=("a", "b"))], [4]),
        ([QueryItem(tags=("b", "a", "b"))], [4]),
        ([QueryItem(types=("renamed",), tags=("a",))], [2]),
        ([QueryItem(types=("created", "renamed"), tags=("a",))], [1, 2]),
        ([QueryItem(tags=("c",)), QueryItem(types=("renamed",), tags=("b",))], [3, 5]),
        ([QueryItem(tags=("a",)), QueryItem(tags=("b",))], [1, 2, 3, 4]),
        ([QueryItem(tags=("a",)), QueryItem()], [1, 2, 3, 4, 5]),
        ([QueryItem(tags=("z",))], []),
        ([QueryItem(types=("z",))], []),
    ],
)
def test_a_query_matches_when_an_item_does(filled: Log, items: list[QueryItem], expected: list[int]) -> None:
    query = Query(tuple(items))
    page = filled.read(query)
    assert positions(page.records) == expected
    assert page.head == 5
    assert positions(filled.read(query, after=2).records) == [p for p in expected if p > 2]
    assert positions(filled.read(query, limit=2).records) == expected[:2]


def test_a_query_without_items_is_refused(filled: Log) -> None:
    with pytest.raises(InvalidQuery):
        filled.read(Query(()))


@pytest.mark.parametrize(("after", "expected"), [(0, [1, 2, 3, 4, 5]), (4, [5]), (5, []), (6, []), (99, [])])
def test_after_below_at_and_beyond_the_head(filled: Log, after: int, expected: list[int]) -> None:
    page = filled.read(after=after)
    assert positions(page.records) == expected
    assert page.head == 5


def test_the_page_says_how_far_it_read(filled: Log) -> None:
    assert filled.read(Query((QueryItem(tags=("a",)),)), limit=2).head == 2
    assert filled.read(Query((QueryItem(tags=("a",)),)), limit=3).head == 4
    assert filled.read(Query((QueryItem(tags=("a",)),)), limit=4).head == 5
    with pytest.raises(InvalidQuery):
        filled.read(limit=0)
    with pytest.raises(InvalidQuery):
        filled.read(after=-1)


# Conditions


def test_a_condition_fails_when_a_matching_event_exists(filled: Log) -> None:
    query = Query((QueryItem(tags=("a",)),))
    with pytest.raises(AppendConditionFailed):
        filled.append([record("made", "a")], [AppendCondition(query)])
    assert filled.head().position == 5


@pytest.mark.parametrize(("after", "fails"), [(0, True), (3, True), (4, False), (5, False), (50, False)])
def test_a_condition_looks_only_after_its_position(filled: Log, after: int, fails: bool) -> None:
    condition = AppendCondition(Query((QueryItem(tags=("a",)),)), after)
    if fails:
        with pytest.raises(AppendConditionFailed):
            filled.append([record()], [condition])
    else:
        assert filled.append([record()], [condition]) == 6


def test_every_condition_must_hold(filled: Log) -> None:
    holds, fails = (AppendCondition(Query((QueryItem(tags=(tag,)),)), 4) for tag in ("a", "c"))
    with pytest.raises(AppendConditionFailed):
        filled.append([record()], [holds, fails])


def test_a_request_sees_those_before_it_in_the_batch_and_is_refused_alone(filled: Log) -> None:
    unless_d = AppendCondition(Query((QueryItem(tags=("d",)),)))
    outcomes = filled.commit([Append((record("made", "d"),), (unless_d,)) for _ in range(2)] + [Append((record(),))])
    assert [type(outcome) for outcome in outcomes] == [Appended, AppendConditionFailed, Appended]
    assert filled.head().position == 7


def test_a_condition_fails_on_a_concurrent_append(log: Log) -> None:
    """Of many that all saw the same version, exactly one is recorded."""
    outcomes: list[object] = []
    ready = threading.Barrier(8)

    def attempt() -> None:
        condition = AppendCondition(Query((QueryItem(tags=("seat",)),)), 0)
        ready.wait(10)
        try:
            outcomes.append(log.append([record("taken", "seat")], [condition]))
        except AppendConditionFailed as error:
            outcomes.append(error)

    run_all([threading.Thread(target=attempt) for _ in range(8)])
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["AppendConditionFailed"] * 7 + ["int"]
    assert log.head().position == 1


# Idempotency


def test_all_ids_known_with_the_same_content_is_the_first_outcome_again(log: Log) -> None:
    records = (record(body=b'{"a":1}'), record(body=b'{"b":1}'))
    (first,) = log.commit([Append(records, recorded_by="one")])
    (again,) = log.commit([Append(records, recorded_by="two")])
    assert isinstance(first, Appended)
    assert isinstance(again, Appended)
    assert (first.known, again.known) == (False, True)
    assert again.events == first.events
    assert log.head().position == 2


def test_other_content_under_a_known_id_is_a_conflict(log: Log) -> None:
    known = record(body=b'{"a":1}')
    log.append([known])
    with pytest.raises(IdConflict, match=known.id):
        log.append([record(id_=known.id, body=b'{"a":2}')])
    assert log.head().position == 1


def test_some_known_and_some_new_is_a_conflict(log: Log) -> None:
    known = record()
    log.append([known])
    with pytest.raises(PartlyKnown) as refused:
        log.append([known, record()])
    assert refused.value.known == (known.id,)
    assert log.head().position == 1


def test_ids_are_looked_at_before_conditions(log: Log) -> None:
    """A client that repeats an append whose answer was lost gets the answer, though its condition fails by now."""
    first = record("made", "a")
    condition = AppendCondition(Query((QueryItem(tags=("a",)),)))
    assert log.append([first], [condition]) == 1
    assert log.append([first], [condition]) == 1


def test_a_repetition_inside_one_batch_is_known(log: Log) -> None:
    first = record()
    outcomes = log.commit([Append((first,)), Append((first,))])
    assert [isinstance(o, Appended) and o.known for o in outcomes] == [False, True]
    assert log.head().position == 1


# Hashes


def test_the_root_hash_is_that_of_the_tree_over_all_entries(log: Log) -> None:
    assert log.head().root_hash == sha256(b"").digest()
    for n in range(1, 20):
        log.append([record(body=b"%d" % n) for _ in range(n % 3 + 1)])
        leaves = [leaf_hash(event) for event in log.read().records]
        assert log.head().root_hash == plain_root(leaves)


def plain_root(leaves: list[bytes]) -> bytes:
    """RFC 9162 §2.1.1, as it is written there."""
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return merkle.node(plain_root(leaves[:k]), plain_root(leaves[k:]))


def test_a_leaf_is_the_hash_of_the_canonical_entry(database: Database) -> None:
    log = Log(database, clock=lambda: 1_700_000_000_000_001, entropy=lambda n: b"\x07" * n)
    log.append([Record("made", (), b'{"a":1}', "0192aaaa-0000-7000-8000-000000000001")], recorded_by="Zoë")
    digest = sha256(b"\x07" * 16 + b'{"a":1}').hexdigest()
    entry = (
        f'{{"hash":"{digest}","id":"0192aaaa-0000-7000-8000-000000000001","position":1,'
        '"recorded_at":"2023-11-14T22:13:20.000001Z","recorded_by":"Zoë","type":"made"}'
    )
    expected = sha256(b"\x00" + entry.encode()).digest()
    with database.snapshot() as connection:
        assert bytes(connection.execute(sa.select(tables.event.c.leaf_hash)).scalar_one()) == expected
    assert log.head().root_hash == expected


# Immutability


@pytest.mark.parametrize("table", ["event", "event_id", "event_tag", "tag_head", "log_head"])
def test_nothing_can_be_removed(filled: Log, database: Database, table: str) -> None:
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), database.append_transaction() as connection:
        connection.exec_driver_sql(f"DELETE FROM {table}")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET type = 'x'",
        "UPDATE event SET body = NULL",
        "UPDATE event_id SET position = position + 100",
        "UPDATE event_tag SET tag = 'x'",
        "UPDATE tag_head SET version = version - 1",
        "UPDATE log_head SET position = position - 1",
    ],
)
def test_nothing_can_be_changed(filled: Log, database: Database, statement: str) -> None:
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), database.append_transaction() as connection:
        connection.exec_driver_sql(statement)
    assert positions(filled.read().records) == [1, 2, 3, 4, 5]


def test_nothing_can_be_replaced_or_truncated(filled: Log, database: Database) -> None:
    statement = {
        "sqlite": "INSERT OR REPLACE INTO event SELECT * FROM event",
        "postgresql": "TRUNCATE event",
    }[database.dialect]
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), database.append_transaction() as connection:
        connection.exec_driver_sql(statement)


# Many at once

THREADS, PROCESSES, APPENDS = 8, 2, 25


def test_threads_and_processes_append_while_readers_tail(log: Log, database: Database, database_url: str) -> None:
    """No position missing, none seen late, sequences dense, recorded times strictly growing from append to append."""
    total = THREADS * APPENDS * 2 + PROCESSES * APPENDS * 2
    finished = threading.Event()
    seen: list[list[int]] = [[], []]
    failures: list[BaseException] = []

    def append() -> None:
        try:
            append_some(log)
        except BaseException as error:
            failures.append(error)

    def tail(into: list[int], query: Query) -> None:
        after, last = 0, False
        while True:
            page = log.read(query, after=after, limit=7)
            into.extend(positions(page.records))
            after = max(after, page.head)
            if not page.records:
                if last:
                    return
                last = finished.is_set()

    readers = [
        threading.Thread(target=tail, args=(seen[0], Query.all())),
        threading.Thread(target=tail, args=(seen[1], Query((QueryItem(tags=("shared",)),)))),
    ]
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=append_in_process, args=(database_url,)) for _ in range(PROCESSES)]
    threads = [threading.Thread(target=append) for _ in range(THREADS)]
    for each in (*readers, *processes, *threads):
        each.start()
    for each in (*threads, *processes):
        each.join(120)
    finished.set()
    for reader in readers:
        reader.join(60)
    assert not failures
    assert [process.exitcode for process in processes] == [0] * PROCESSES
    assert seen[0] == list(range(1, total + 1))
    events = log.read().records
    shared = [event.position for event in events if event.type == "shared"]
    assert seen[1] == shared
    instants = [event.recorded_at for event in events]
    assert instants == sorted(instants)
    assert len(set(instants)) == total // 2  # two records an append
    with database.snapshot() as connection:
        rows = connection.execute(sa.select(tables.event_tag).order_by("tag", "position")).all()
    assert [sequence for tag, _, sequence in rows if tag == "shared"] == list(range(1, total // 2 + 1))
    assert log.head().root_hash == plain_root([leaf_hash(event) for event in events])


def append_some(log: Log) -> None:
    for _ in range(APPENDS):
        log.append([record("shared", "shared"), record("own", str(uuid.uuid4()))])


def append_in_process(url: str) -> None:
    database = Database(url)
    append_some(Log(database))
    database.close()


def run_all(threads: Sequence[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()


# Group commit


@pytest.fixture
def writer(log: Log) -> Iterator[Writer]:
    writer = Writer(log)
    yield writer
    writer.close()


def test_the_writer_answers_each_request_for_itself(writer: Writer, log: Log) -> None:
    unless = AppendCondition(Query((QueryItem(tags=("once",)),)))
    futures = [writer.submit(Append((record("made", "once"),), (unless,))) for _ in range(20)]
    futures += [writer.submit(Append((record(),))) for _ in range(20)]
    outcomes = [future.exception(30) for future in futures]
    assert sum(isinstance(outcome, AppendConditionFailed) for outcome in outcomes) == 19
    assert log.head().position == 21


class Refusing:
    """A follower that refuses appends whose body says so, or fails on them."""

    def follow(self, connection: sa.Connection, written: Sequence[object]) -> list[str]:
        for each in written:
            body = each.events[0].body  # type: ignore[attr-defined]
            if body == b"refuse":
                raise InvalidAppend("not this one")
            if body == b"fail":
                raise RuntimeError("a fault")
            if body == b"read-only":
                with sqlite3.connect(":memory:") as other:
                    other.execute("PRAGMA query_only = 1")
                    other.execute("CREATE TABLE any (one)")
            if body == b"lost":
                raise sa.exc.OperationalError("COMMIT", None, Exception("the connection is gone"))
        return ["taken"] * len(written)


def test_one_bad_request_does_not_harm_the_others_of_its_batch(database: Database) -> None:
    log = Log(database, follower=Refusing())
    writer = Writer(log)
    bodies = [b"fine", b"refuse", b"fine", b"fail", b"fine", b"lost"] * 4
    futures = [writer.submit(Append((record(body=body),))) for body in bodies]
    codes = [error.code if isinstance(error := f.exception(30), OrglineError) else None for f in futures]
    writer.close()
    assert codes == [None, "invalid-append", None, "internal-error", None, "outcome-unknown"] * 4
    assert [event.body for event in log.read().records] == [b"fine"] * 12
    assert futures[0].result().answer == "taken"


def test_who_may_not_write_is_told_that_nothing_was_recorded(database: Database) -> None:
    log = Log(database, follower=Refusing())
    writer = Writer(log)
    error = writer.submit(Append((record(body=b"read-only"),))).exception(30)
    assert isinstance(error, OrglineError) and error.code == "read-only-database"
    assert writer.submit(Append((record(body=b"fine"),))).exception(30) is None
    writer.close()
    assert [event.body for event in log.read().records] == [b"fine"]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (PermissionError(13, "Permission denied"), True),
        (psycopg.errors.InsufficientPrivilege("permission denied for table event"), True),
        (sa.exc.ProgrammingError("INSERT", None, psycopg.errors.ReadOnlySqlTransaction("read-only")), True),
        (psycopg.OperationalError("the connection is gone"), False),
        (sqlite3.OperationalError("disk I/O error"), False),
        (OSError(28, "No space left on device"), False),
    ],
)
def test_errors_that_say_that_nothing_was_written(error: Exception, expected: bool) -> None:
    assert may_not_write(error) is expected


def test_a_full_queue_and_a_closed_writer_refuse_at_once(database: Database) -> None:
    release = threading.Event()

    class Slow:
        def follow(self, connection: sa.Connection, written: Sequence[object]) -> list[None]:
            assert release.wait(30)
            return [None] * len(written)

    writer = Writer(Log(database, follower=Slow()), waiting_max=2)
    first = writer.submit(Append((record(),)))
    until(first.running)
    waiting = [writer.submit(Append((record(),))) for _ in range(2)]
    with pytest.raises(QueueFull):
        writer.submit(Append((record(),)))
    release.set()
    writer.close()
    assert [future.result(1).known for future in (first, *waiting)] == [False] * 3
    with pytest.raises(ShuttingDown):
        writer.submit(Append((record(),)))


def until(condition: object, seconds: float = 10) -> None:
    limit = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < limit
        threading.Event().wait(0.005)


def test_a_stopped_holder_of_the_lock_costs_a_batch_one_wait_and_nothing_is_lost(sqlite_url: str) -> None:
    fcntl = pytest.importorskip("fcntl", reason="there is no advisory file lock here")
    commits: list[int] = []

    class Counted(Log):
        def commit(self, appends: Sequence[Append], **options: Any) -> list[Appended | OrglineError]:
            commits.append(len(appends))
            return super().commit(appends, **options)

    database = Database(sqlite_url, lock_wait_ms_max=300)
    log = Counted(database)
    writer = Writer(log)
    appends = [Append((record(),)) for _ in range(20)]
    with Path(f"{database.url.database}-append.lock").open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        refused = [writer.submit(each).exception(30) for each in appends[:1]]
        refused += [future.exception(30) for future in [writer.submit(each) for each in appends[1:]]]
    assert {getattr(error, "code", None) for error in refused} == {"database-busy"}
    assert len(commits) <= 3
    assert log.head().position == 0
    assert [writer.append(each).known for each in appends] == [False] * 20
    writer.close()
    database.close()

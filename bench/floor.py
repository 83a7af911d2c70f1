"""The floor: the least that a service on Litestar has to do to keep what Orgline keeps of a fact.

A bare route decodes the body with msgspec; a thread writes what gathers meanwhile in one durable transaction: the same
rows into the same tables of a migrated database, with new ids, salts and positions, and the log's head. There is no
access, no validation, no reading, no hashing and no fold. What the rows look like is learnt at the start: Orgline
itself records one fact of each type in a scratch database, and its rows become templates.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from litestar import Litestar, Request, post

import migrations
from bench.load import FACTS, SERIAL
from events import tables
from events.database import Database
from events.event import id_of_key, new_id
from events.facts import decode
from events.log import Log
from events.projection import Projection
from events.recording import Recorder
from service.answers import Answer
from service.app import alone

DATABASE: Final = "BENCH_DATABASE"
BATCH_MAX: Final = 2_000

POSITIONS: Final = ("position", "last_position", "recorded_from", "mentioned_at", "changed_at", "version", "sequence")
INSERTED: Final = (
    tables.event,
    tables.event_id,
    tables.event_tag,
    tables.effect,
    tables.statement,
    tables.statement_target,
)
Rows = list[list[tuple[Any, ...]]]  # of tag_head, subject, and each of INSERTED
Fill = Callable[
    [str, str, int, int, int, bytes], Rows
]  # serial, id, position, time, statements so far, 32 random bytes


class Fact(msgspec.Struct):
    """The envelope of a request."""

    type: str
    effective: str
    data: dict[str, Any]
    sources: list[dict[str, str]]


class Recorded(msgspec.Struct):
    """The answer."""

    id: str
    position: int


class Template(msgspec.Struct):
    """What is written for a fact of one type."""

    fill: Fill
    statements: int


Waiting = tuple[Fact, asyncio.Future[Recorded]]

_read = msgspec.json.Decoder(Fact).decode


def create() -> Litestar:
    """The application."""

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        app.state.writer = writer = _Writer(os.environ[DATABASE], asyncio.get_running_loop())
        try:
            yield
        finally:
            await asyncio.to_thread(writer.close)

    @post("/events")
    async def append(request: Request[Any, Any, Any]) -> Answer:
        recorded = await request.app.state.writer.submit(_read(await request.body()))
        return Answer(msgspec.json.encode(recorded), status=201)

    return alone(Litestar([append], lifespan=[lifespan], openapi_config=None, logging_config=None))


class _Writer:
    """Group commit as `events.writer` does it, with nothing in it but the rows."""

    def __init__(self, url: str, loop: asyncio.AbstractEventLoop) -> None:
        self._database = Database(url)
        migrations.upgrade(self._database)
        self._templates = learnt()
        self._loop = loop
        self._waiting: deque[Waiting] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._position = self._statements = 0
        insert, upsert = self._database.insert, self._database.upsert
        self._upsert_tag = upsert(tables.tag_head, "version", "last_position", "last_recorded_at")
        self._upsert_subject = upsert(tables.subject, "changed_at")
        self._inserts = [insert(table) for table in INSERTED]
        head = sa.update(tables.log_head).values(
            position=sa.bindparam("new_position"), recorded_at=sa.bindparam("new_recorded_at")
        )
        self._update_head = self._database.prepare("floor's head", head)
        self._thread = threading.Thread(target=self._run, name="floor-writer", daemon=True)
        self._thread.start()

    def submit(self, fact: Fact) -> asyncio.Future[Recorded]:
        future = self._loop.create_future()
        with self._changed:
            self._waiting.append((fact, future))
            self._changed.notify()
        return future

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()
        self._database.close()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._waiting and not self._closed:
                    self._changed.wait()
                batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), BATCH_MAX))]
            if not batch:
                return
            written = self._write([fact for fact, _ in batch])
            self._loop.call_soon_threadsafe(_resolve, batch, written)

    def _write(self, facts: Sequence[Fact]) -> list[Recorded]:
        now = time.time_ns() // 1_000
        heads: dict[Any, tuple[Any, ...]] = {}  # one row for each tag and subject of the transaction, as Orgline has it
        subjects: dict[Any, tuple[Any, ...]] = {}
        rows: Rows = [[] for _ in INSERTED]
        recorded = []
        for n, fact in enumerate(facts):
            self._position += 1
            template = self._templates[fact.type]
            id_ = new_id(now // 1_000, os.urandom(10))
            serial = fact.data["organisation"][-len(SERIAL) :]
            entropy = os.urandom(32)
            of_tags, of_subjects, *inserted = template.fill(
                serial, id_, self._position, now + n, self._statements, entropy
            )
            self._statements += template.statements
            heads.update((row[0], row) for row in of_tags)
            subjects.update((row[1:3], row) for row in of_subjects)
            for table, more in zip(rows, inserted, strict=True):
                table.extend(more)
            recorded.append(Recorded(id_, self._position))
        with self._database.append_transaction() as connection:
            for insert, values in zip(self._inserts, rows, strict=True):
                insert.many(connection, values)
            self._upsert_tag.many(connection, list(heads.values()))
            self._upsert_subject.many(connection, list(subjects.values()))
            self._update_head.many(connection, [(self._position, now)])
        return recorded


def _resolve(batch: Sequence[Waiting], written: Sequence[Recorded]) -> None:
    for (_, future), recorded in zip(batch, written, strict=True):
        if not future.done():
            future.set_result(recorded)


def learnt() -> dict[str, Template]:
    """A template for each type of the load's facts, from the rows that Orgline itself writes for them."""
    with TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'scratch.db'}")
        try:
            migrations.upgrade(database)
            log, recorder = Log(database, follower=Projection(database)), Recorder(database)
            templates = {}
            for n, fact in enumerate(FACTS):
                id_ = id_of_key("floor", n)
                asked = decode(msgspec.json.encode({**fact, "id": id_}))
                with database.snapshot() as connection:
                    append = recorder.prepare(asked, "bench", connection)
                (outcome,) = log.commit([append])
                assert not isinstance(outcome, Exception), outcome
                assert not outcome.answer, "the facts of the load are plain ones, without warnings"
                with database.snapshot() as connection:
                    templates[fact["type"]] = _template(connection, outcome.position, id_)
        finally:
            database.close()
    return templates


def _template(connection: sa.Connection, position: int, id_: str) -> Template:
    statements = [
        row.id
        for row in connection.execute(
            sa.select(tables.statement.c.id)
            .where(tables.statement.c.recorded_from == position)
            .order_by(tables.statement.c.id)
        )
    ]
    rows_of = {
        tables.tag_head: tables.tag_head.c.last_position == position,
        tables.subject: tables.subject.c.changed_at == position,
        tables.event: tables.event.c.position == position,
        tables.event_id: tables.event_id.c.position == position,
        tables.event_tag: tables.event_tag.c.position == position,
        tables.effect: tables.effect.c.recorded_from == position,
        tables.statement: tables.statement.c.recorded_from == position,
        tables.statement_target: tables.statement_target.c.statement.in_(statements),
    }
    assert list(rows_of) == [tables.tag_head, tables.subject, *INSERTED]
    code = ", ".join(
        "[" + ", ".join(_row_code(table, row, id_, statements) for row in found) + "]"
        for table, found in (
            (table, connection.execute(sa.select(table).where(condition)).all()) for table, condition in rows_of.items()
        )
    )
    fill: Fill = eval(f"lambda serial, id_, position, now, statements, entropy: [{code}]")  # from our own rows
    return Template(fill, len(statements))


def _row_code(table: sa.Table, row: Sequence[Any], id_: str, statements: list[int]) -> str:
    """The source of a tuple that is this row with the parts of its own left open: as quick as if written by hand."""
    cells = zip((column.name for column in table.columns), row, strict=True)
    return "(" + "".join(f"{_cell_code(table, name, value, id_, statements)}, " for name, value in cells) + ")"


def _cell_code(table: sa.Table, name: str, value: Any, id_: str, statements: list[int]) -> str:
    if name in POSITIONS:
        return "position"
    if name in ("recorded_at", "last_recorded_at"):
        return "now"
    if name == "salt":
        return "entropy[:16]"
    if name == "leaf_hash":
        return "entropy"
    if (table, name) in ((tables.statement, "id"), (tables.statement_target, "statement")):
        return f"statements + {statements.index(value) + 1}"
    code = repr(value)
    if isinstance(value, bytes):
        code += f".replace({SERIAL.encode()!r}, serial.encode())" if SERIAL.encode() in value else ""
        code += f".replace({id_.encode()!r}, id_.encode())" if id_.encode() in value else ""
    elif isinstance(value, str):
        escaped = repr(value.replace("{", "{{").replace("}", "}}"))
        code = "f" + escaped.replace(SERIAL, "{serial}").replace(id_, "{id_}")
    return code

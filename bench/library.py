"""The library `eventsourcing` behind a Litestar route: each request saves one aggregate with one event.

Its own application and SQLite recorder as they come (write-ahead log; `synchronous` is FULL by SQLite's default, which
is checked). Nothing is validated beyond the envelope, nothing is tagged, and no state is kept.
"""

from __future__ import annotations

import os
from typing import Any, Final
from uuid import UUID

import msgspec
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.sqlite import SQLiteApplicationRecorder
from litestar import Litestar, Request, post

from service.answers import Answer
from service.app import alone

DATABASE: Final = "BENCH_DATABASE"
SYNCHRONOUS_FULL: Final = 2


class Recorded(Aggregate):
    """What one fact makes."""

    @event("Stated")
    def __init__(self, fact: dict[str, Any]) -> None:
        self.fact = fact


class Facts(Application[UUID]):
    """The library's application."""


class Fact(msgspec.Struct):
    """The envelope of a request."""

    type: str
    effective: str
    data: dict[str, Any]
    sources: list[dict[str, str]]


class Saved(msgspec.Struct):
    """The answer."""

    id: str


_read = msgspec.json.Decoder(Fact).decode


def inline() -> Litestar:
    """Saves on the event loop's own thread."""
    application = _application()

    @post("/events")
    async def append(request: Request[Any, Any, Any]) -> Answer:
        return _save(application, await request.body())

    return alone(Litestar([append], openapi_config=None, logging_config=None))


def threads() -> Litestar:
    """Saves in threads, as Litestar runs synchronous handlers."""
    application = _application()

    @post("/events", sync_to_thread=True)
    def append(body: bytes) -> Answer:
        return _save(application, body)

    return alone(Litestar([append], openapi_config=None, logging_config=None))


def _application() -> Facts:
    application = Facts(
        {
            "PERSISTENCE_MODULE": "eventsourcing.sqlite",
            "SQLITE_DBNAME": os.environ[DATABASE],
            "SQLITE_LOCK_TIMEOUT": "30",
            "SQLITE_POOL_TIMEOUT": "30",
        }
    )
    assert isinstance(application.recorder, SQLiteApplicationRecorder)
    with application.recorder.datastore.transaction(commit=False) as cursor:
        cursor.execute("PRAGMA synchronous")
        assert cursor.fetchone()[0] == SYNCHRONOUS_FULL, "all contenders make each commit durable"
    return application


def _save(application: Facts, body: bytes) -> Answer:
    fact = _read(body)
    recorded = Recorded(msgspec.structs.asdict(fact))
    application.save(recorded)
    return Answer(msgspec.json.encode(Saved(str(recorded.id))), status=201)

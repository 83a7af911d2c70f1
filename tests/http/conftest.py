"""The real application on a temporary SQLite database, empty or with the NHSX facts."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from importlib import resources
from typing import Any

import msgspec
import pytest
from litestar import Litestar
from litestar.testing import TestClient

from events.log import microseconds
from service.access import tokens
from service.app import Orgline, create_app, node_for
from service.node import Node
from service.settings import Settings, load

Serve = Callable[..., AbstractContextManager["Served"]]


@dataclass
class Served:
    """A running application, a client of it, and a token that may do everything."""

    client: TestClient[Litestar]
    token: str

    @property
    def node(self) -> Node:
        return self.client.app.state.node

    def get(self, path: str, **options: Any) -> Any:
        return self.client.get(path, **options)

    def json(self, path: str, **options: Any) -> Any:
        answer = self.get(path, **options)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, body: Any, *, token: str | None = None, **headers: str) -> Any:
        content = body if isinstance(body, bytes) else msgspec.json.encode(body)
        given = {
            "content-type": "application/json",
            "authorization": f"Bearer {token or self.token}",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        return self.client.post("/events", content=content, headers={k: v for k, v in given.items() if v})

    def make_token(self, *scopes: str, name: str = "test") -> str:
        return tokens.create(self.node.database, name, scopes, self.node.clock(), os.urandom)


_resting: list[Orgline] = []


@contextmanager
def application(*, clock: Callable[[], int] = microseconds, **settings: str) -> Iterator[Orgline]:
    """An application with these settings that has not started yet.

    Making its routes takes longer than most tests, so it is one that has stopped, where there is one.
    """
    given = load({f"ORGLINE_{name.upper()}": value for name, value in settings.items()})
    if given.body_bytes_max != Settings().body_bytes_max:  # part of the routes
        yield create_app(given, clock=clock)
        return
    app = _resting.pop() if _resting else create_app(given)
    app.node_of = partial(node_for, given, clock=clock)
    yield app
    _resting.append(app)


@pytest.fixture
def serve(sqlite_url: str) -> Serve:
    """Serves a fresh register; arguments are settings: `serve(public_reads="false")`."""

    @contextmanager
    def serving(**settings: str) -> Iterator[Served]:
        given = {"database_url": sqlite_url, **settings}
        with application(**given) as app, TestClient(app) as client:
            served = Served(client, "")
            served.token = served.make_token("read", "append", "correct", name="tester")
            yield served

    return serving


@pytest.fixture
def app(serve: Serve) -> Iterator[Served]:
    """A fresh register with nothing in it."""
    with serve() as served:
        yield served


@pytest.fixture
def nhsx(serve: Serve) -> Iterator[Served]:
    """A register with the facts about NHSX."""
    with serve() as served:
        lines = resources.files("service.demo").joinpath("nhsx.jsonl").read_bytes().splitlines()
        answer = served.post({"facts": [msgspec.Raw(line) for line in lines if line.strip()]})
        assert answer.status_code == 201, answer.text
        yield served


@contextmanager
def statements_of(served: Served) -> Iterator[list[str]]:
    """The queries that reads within the block ask of SQLite. (They take the connection that is free, which is this.)"""
    asked: list[str] = []
    if served.node.database.dialect != "sqlite":
        pytest.skip("statements are counted by SQLite")
    with served.node.database.snapshot() as connection:
        raw = connection.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
    raw.set_trace_callback(
        lambda each: asked.append(each) if each.lstrip().upper().startswith(("SELECT", "WITH")) else None
    )
    try:
        yield asked
    finally:
        raw.set_trace_callback(None)


def created(organisation: str = "abc", name: str = "Alphabet", effective: str = "2019", **more: Any) -> dict[str, Any]:
    """A fact that makes an organisation."""
    data = {"organisation": organisation, "name": name}
    return {"type": "organisation.created", "effective": effective, "data": data, **more}


PROBLEM = "application/problem+json"


def problem(answer: Any, status: int, code: str) -> Any:
    """The problem document that an answer must be."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM), answer.text
    told = answer.json()
    assert told["type"] == f"urn:orgline:problem:{code}"
    assert told["status"] == status
    assert told["title"]
    assert len(told["detail"]) > 10
    assert "Traceback" not in answer.text
    assert answer.headers["vary"] == "Accept, Accept-Encoding"
    return told

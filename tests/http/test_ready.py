"""`GET /health/ready`: what each check finds, and what it says to do."""

from __future__ import annotations

import os
from typing import Any

import pytest
import sqlalchemy as sa

from events import tables
from events.projection import VERSION
from service import files
from service.backoff import Backoff
from tests.http.conftest import Serve, Served


def ready(app: Served, status: int) -> dict[str, dict[str, Any]]:
    """The checks by name, once the answer as a whole is right."""
    answer = app.get("/health/ready")
    assert answer.status_code == status, answer.text
    told = answer.json()
    assert told["status"] == ("ready" if status == 200 else "not_ready")
    details = {each["name"]: each for each in told["details"]}
    assert {name: words == "ok" for name, words in told["checks"].items()} == {
        name: each["status"] == "ok" for name, each in details.items()
    }
    assert all(each["detail"] for each in details.values())
    assert all(each["hint"] for each in details.values() if each["status"] != "ok")
    return details


def test_all_is_well(serve: Serve, database_url: str) -> None:
    with serve(database_url=database_url) as app:
        found = ready(app, 200)
        rights, disk = (["rights"], ["disk"]) if app.node.database.dialect == "sqlite" else ([], [])
    assert list(found) == ["database", "schema", "projection", *rights, "writer", *disk]


def test_a_state_of_another_version(app: Served) -> None:
    with app.node.database.transaction() as connection:
        connection.execute(sa.update(tables.projection).values(version=VERSION - 1))
    assert ready(app, 503)["projection"]["hint"] == "run orgline rebuild"
    with app.node.database.transaction() as connection:
        connection.execute(sa.update(tables.projection).values(version=VERSION + 1))
    assert "newer version" in ready(app, 503)["projection"]["hint"]


def test_a_schema_of_another_version(app: Served) -> None:
    with app.node.database.transaction() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    found = ready(app, 503)
    assert found["schema"]["hint"] == "run orgline migrate"
    assert "projection" not in found


def test_a_database_that_is_away(app: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    import sqlite3

    def away(*_: object) -> None:
        raise sqlite3.OperationalError("unable to open database file")

    monkeypatch.setattr(app.node.database, "engine", type("Away", (), {"connect": away, "dispose": lambda _: None})())
    found = ready(app, 503)
    assert found["database"]["detail"] == "does not answer: unable to open database file"
    assert found["writer"]["status"] == "ok"


def test_a_writer_that_has_ended(app: Served) -> None:
    app.node.writer.close()
    assert "restart" in ready(app, 503)["writer"]["hint"]


@pytest.mark.parametrize(("free", "status", "found"), [(2**20, 503, "failed"), (2**26, 200, "warning")])
def test_little_room(app: Served, monkeypatch: pytest.MonkeyPatch, free: int, status: int, found: str) -> None:
    monkeypatch.setattr(files, "free", lambda _: free)
    assert ready(app, status)["disk"]["status"] == found


def test_a_hub_that_takes_nothing_is_no_reason_to_send_clients_away(serve: Serve) -> None:
    with serve(websub_hub="http://127.0.0.1:9/hub", base_url="http://register.example") as app:
        assert ready(app, 200)["hub"]["status"] == "ok"
        assert app.node.hub is not None
        backoff = Backoff()
        backoff.failures = 3
        app.node.hub._backoff = backoff
        assert "3 pings" in ready(app, 200)["hub"]["detail"]


def test_files_that_may_not_be_written(app: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    if app.node.database.dialect != "sqlite":
        pytest.skip("PostgreSQL's files are not ours")
    monkeypatch.setattr(os, "access", lambda path, _: not str(path).endswith(".db"))
    found = ready(app, 503)["rights"]
    assert "chown" in found["hint"]

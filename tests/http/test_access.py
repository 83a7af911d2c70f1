"""Tokens and their scopes, closed reads, and how soon a revoked token stops working."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest
import sqlalchemy as sa

from events import tables
from service.access import tokens
from service.access.tokens import InvalidToken
from tests.http.conftest import Served, created, problem

EVENT_ID = "0192f3a4-0000-7000-8000-000000000001"


def basic(token: str) -> dict[str, str]:
    return {"authorization": "Basic " + b64encode(f"reader:{token}".encode()).decode()}


def test_appending_needs_a_token(app: Served) -> None:
    answer = app.post(created(), authorization="")
    problem(answer, 401, "unauthenticated")
    assert answer.headers["www-authenticate"].startswith("Bearer")
    for wrong in (
        "Bearer orgl_wrong",
        "Bearer",
        "Token abc",
        "Bearer " + "x" * 5_000,
        basic(app.token)["authorization"],
    ):
        problem(app.post(created(), authorization=wrong), 401, "unauthenticated")
    assert app.json("/log")["size"] == 0


def test_scopes(app: Served) -> None:
    app.post(created(id=EVENT_ID))
    retraction = {"type": "fact.retracted", "data": {"event": EVENT_ID, "reason": "error"}}
    appender, corrector, reader = app.make_token("append"), app.make_token("correct"), app.make_token("read")
    answer = app.post(retraction, token=appender)
    assert "correct" in problem(answer, 403, "forbidden")["detail"]
    assert 'scope="correct"' in answer.headers["www-authenticate"]
    problem(app.post(created("def"), token=corrector), 403, "forbidden")
    problem(app.post(created("def"), token=reader), 403, "forbidden")
    problem(app.post({"facts": [retraction, created("def")]}, token=corrector), 403, "forbidden")
    assert app.post(created("def"), token=appender).status_code == 201
    assert app.post(retraction, token=corrector).status_code == 201


def test_only_the_hash_is_stored(app: Served) -> None:
    with app.node.database.snapshot() as connection:
        rows = connection.execute(sa.select(tables.token)).all()
    assert app.token.startswith("orgl_")
    assert app.token not in repr(rows)
    assert tokens.hash_of(app.token) in {row.hash for row in rows}


def test_a_revoked_token_stops_working(serve: Any) -> None:
    with serve(token_cache_s="0") as app:
        text = app.make_token("append", name="robot")
        assert app.post(created(), token=text).status_code == 201
        tokens.revoke(app.node.database, "robot", app.node.clock())
        problem(app.post(created("def"), token=text), 401, "unauthenticated")
        (robot,) = [each for each in tokens.list(app.node.database) if each.name == "robot"]
        assert robot.revoked_at is not None
        with pytest.raises(InvalidToken, match="no token in use"):
            tokens.revoke(app.node.database, "robot", app.node.clock())


@pytest.mark.parametrize(
    ("name", "scopes", "words"),
    [("", ["read"], "name"), ("a\nb", ["read"], "name"), ("a", [], "scope"), ("a", ["write"], "append")],
)
def test_tokens_that_cannot_be_made(app: Served, name: str, scopes: list[str], words: str) -> None:
    with pytest.raises(InvalidToken, match=words):
        app.make_token(*scopes, name=name)


def test_reads_are_open_but_a_wrong_token_is_told(app: Served) -> None:
    assert app.get("/organisations").status_code == 200
    problem(app.get("/organisations", headers={"authorization": "Bearer orgl_wrong"}), 401, "unauthenticated")


@pytest.mark.parametrize(
    "path", ["/", "/organisations", "/events", "/log", "/types", "/feeds/all.atom", "/organisations/abc", "/people/abc"]
)
def test_closed_reads(serve: Any, path: str) -> None:
    with serve(public_reads="false") as app:
        app.post(created())
        answer = app.get(path)
        problem(answer, 401, "unauthenticated")
        assert [each.split()[0] for each in answer.headers.get_list("www-authenticate")] == ["Bearer", "Basic"]
        problem(app.get(path, headers=basic(app.make_token("append"))), 403, "forbidden")
        reader = app.make_token("read")
        for headers in (basic(reader), {"authorization": f"Bearer {reader}"}):
            allowed = app.get(path, headers=headers)
            assert allowed.status_code in (200, 404)
            assert "public" not in allowed.headers["cache-control"]
        for open_ in ("/health/live", "/health/ready", "/schema", "/static/style.css"):
            assert app.get(open_).status_code == 200

"""What somebody sends who means no good, or does not look: an answer in time, and nothing half-written."""

from __future__ import annotations

import time
from typing import Any

import pytest

from service import paging
from tests.http.conftest import Serve, Served, created, problem

SOON_S = 5  # far more than an honest refusal takes, far less than what was measured before these were refused


@pytest.mark.parametrize("marks", ["\u0301\u0323" * 20_000, "a" + "\u0301" * 31])
def test_stacks_of_combining_marks_are_refused_at_once(app: Served, marks: str) -> None:
    began = time.monotonic()
    answer = app.post({"type": "statement.made", "effective": "2019", "data": said(marks)})
    assert time.monotonic() - began < SOON_S
    assert "combining marks" in problem(answer, 422, "invalid-facts")["errors"][0]["detail"]
    assert app.json("/log")["size"] == 0


def test_as_many_marks_as_any_writing_has_are_taken(app: Served) -> None:
    answer = app.post({"type": "statement.made", "effective": "2019", "data": said("e" + "\u0301" * 30)})
    assert answer.status_code == 201


def said(text: str) -> dict[str, Any]:
    return {"organisation": "abc", "speaker": "someone", "text": text}


def test_faults_without_end_are_told_up_to_a_limit(app: Served) -> None:
    sources = [{"published": "x"}] * 30_000
    began = time.monotonic()
    answer = app.post(created(sources=sources))
    assert time.monotonic() - began < SOON_S
    assert answer.status_code == 422
    assert 1 <= len(answer.json()["errors"]) <= 200


def test_expect_has_a_limit(app: Served) -> None:
    fact = created()
    answer = app.post({"facts": [fact], "expect": {f"organisation/x{n}": 0 for n in range(1_001)}})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/expect")
    answer = app.post({"facts": [fact], "expect": {f"organisation/x{n}": 0 for n in range(1_000)}})
    assert answer.status_code == 201


@pytest.mark.parametrize("forged", ["abc", "-5", "1" * 13, "\0", "²"])
def test_forged_cursors_are_refused(nhsx: Served, forged: str) -> None:
    cursor = paging.cursor(nhsx.node.register, ("timeline", "nhsx"), forged)
    answer = nhsx.get(f"/organisations/nhsx/timeline?after={cursor}")
    problem(answer, 400, "invalid-cursor")


@pytest.mark.parametrize(
    "headers",
    [{"Content-Encoding": "gzip"}, {"Content-Type": "application/json; charset=utf-16"}],
)
def test_bodies_that_would_be_misread_are_refused(app: Served, headers: dict[str, str]) -> None:
    answer = app.client.post("/events", content=b"{}", headers={"Authorization": f"Bearer {app.token}", **headers})
    problem(answer, 415, "unsupported-media-type")


def test_a_token_that_may_only_read_does_not_make_the_service_work(serve: Serve) -> None:
    with serve() as app:
        token = app.make_token("read", name="reader")
        answer = app.client.post("/events", content=b"no json", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 403


def test_one_key_of_two_clients_is_two_requests(serve: Serve) -> None:
    with serve() as app:
        for n, name in enumerate(("one", "two")):
            token = app.make_token("append", name=name)
            answer = app.post(created(f"o{n}"), token=token, idempotency_key="1")
            assert answer.status_code == 201


def test_each_source_has_its_own_link(app: Served) -> None:
    sources = [
        {"title": "Press release", "url": "https://a.example/1"},
        {"title": "Press release", "url": "https://b.example/2"},
        {"title": "Press release"},
    ]
    id_ = app.post(created(sources=sources)).json()["events"][0]["id"]
    page = app.get(f"/events/{id_}", headers={"Accept": "text/html"}).text
    assert page.count("https://a.example/1") == 1
    assert page.count("https://b.example/2") == 1

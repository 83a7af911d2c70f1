"""`GET /metrics` of the real application: what it tells of what happened, and who may read it."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from service.metrics import TABLE
from tests.feeds.hub import Hub
from tests.http.conftest import Serve, Served, created, problem
from tests.http.listening import live
from tests.serving import wait_until

Labels = tuple[tuple[str, str], ...]


def told(app: Served, **headers: str) -> dict[tuple[str, Labels], float]:
    """The samples of all metrics: name and labels, and the value."""
    answer = app.get("/metrics", headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def requests(found: dict[tuple[str, Labels], float], route: str, **labels: str) -> float:
    given = tuple(sorted({"route": route, "method": "GET", "status": "2xx", **labels}.items()))
    return found.get(("orgline_http_requests_total", given), 0)


def test_all_that_happens_is_told(serve: Serve, database_url: str) -> None:
    with serve(database_url=database_url) as app:
        assert app.post(created("abc", id="0192f3a4-0000-7000-8000-000000000001")).status_code == 201
        assert app.post({"facts": [created("def"), created("ghi")]}).status_code == 201
        assert app.post(created("abc", id="0192f3a4-0000-7000-8000-000000000001")).status_code == 200
        assert app.client.post("/events?dry_run=true", json=created("xyz")).status_code == 401
        problem(app.post({"type": "organisation.created", "data": {}}), 422, "invalid-facts")
        etag = app.get("/organisations/abc").headers["etag"]
        assert app.get("/organisations/abc", headers={"if-none-match": etag}).status_code == 304
        assert app.get("/organisations/nobody").status_code == 404
        assert app.get("/nowhere/at/all").status_code == 404
        assert app.client.request("BREW", "/events").status_code == 405
        assert app.client.head("/organisations/abc").status_code == 200
        for _ in range(3):
            assert app.get("/feeds/all.atom").status_code == 200
        assert app.get("/events?after=0&wait=1").status_code == 200
        found = told(app)
        again = told(app)
    route = "/organisations/{slug}"
    assert [requests(found, route, status=f"{n}xx") for n in (2, 3, 4, 5)] == [1, 1, 1, 0]
    assert requests(found, route, method="HEAD") == 1
    assert requests(found, "other", status="4xx") == 1
    assert sum(value for (name, labels), value in found.items() if ("method", "other") in labels) >= 1
    assert not any("BREW" in str(labels) for _, labels in found)
    assert requests(found, "/feeds/{document}") == 3
    assert requests(again, "/metrics") == 1
    pages = (("method", "GET"), ("route", "/events"))
    assert requests(found, "/events") == 1
    assert found.get(("orgline_http_request_duration_seconds_count", pages), 0) == 0  # it waited for news
    assert found["orgline_http_response_body_bytes_total", (*pages, ("status", "2xx"))] > 100
    appends = {
        dict(labels)["outcome"]: value
        for (name, labels), value in found.items()
        if name == "orgline_append_requests_total"
    }
    appends = {outcome: number for outcome, number in appends.items() if number}
    assert appends == {"recorded": 2, "known": 1, "unauthenticated": 1, "invalid-facts": 1}
    assert found["orgline_appended_events_total", ()] == 3
    assert found["orgline_commit_events_sum", ()] == 3
    assert found["orgline_commit_requests_count", ()] == 2
    assert 0 < found["orgline_commit_duration_seconds_sum", ()] < 60
    assert found["orgline_log_head_position", ()] == 3
    assert found["orgline_log_head_recorded_timestamp_seconds", ()] > 1_700_000_000
    assert found["orgline_projection_current", ()] == found["orgline_writer_up", ()] == 1
    assert found["orgline_projection_rebuilds_unfinished", ()] == found["orgline_append_queue_requests", ()] == 0
    assert found["orgline_http_requests_under_way", ()] == 1
    assert found["orgline_listeners", (("kind", "stream"),)] == 0
    is_sqlite = app.node.database.dialect == "sqlite"
    answers, documents = (("orgline_cache_hits_total", (("cache", cache),)) for cache in ("answers", "documents"))
    assert (answers in found) == (("orgline_disk_free_bytes", ()) in found) == is_sqlite
    assert found.get(answers, 0) + found[documents] == 2
    assert found["process_resident_memory_bytes", ()] > 1_000_000
    described = {each.name for each in TABLE}
    assert {name for name, _ in found if name.startswith("orgline_")} <= {
        suffixed for name in described for suffixed in (name, *(f"{name}_{end}" for end in ("bucket", "count", "sum")))
    }


def test_a_database_that_is_away_is_told(app: Served, monkeypatch: Any) -> None:
    def away(*_: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(app.node.log, "head_on", away)
    found = told(app)
    assert found["orgline_database_up", ()] == 0
    assert ("orgline_log_head_position", ()) not in found
    assert found["orgline_writer_up", ()] == 1


def test_the_hub_is_told_of(serve: Serve) -> None:
    with Hub() as ear, serve(base_url="http://register.example", websub_hub=ear.address) as app:
        assert app.post(created("abc")).status_code == 201

        def heard() -> bool:
            found = told(app)
            assert found["orgline_hub_pings_total", (("outcome", "failed"),)] == 0
            sent = found["orgline_hub_pings_total", (("outcome", "sent"),)]
            return sent >= 6 and found["orgline_hub_behind_events", ()] == 0  # two formats of three feeds

        wait_until(heard, "the hub to have heard all")


def test_those_who_listen_are_told_of(sqlite_url: str) -> None:
    async def listening() -> str:
        async with live(sqlite_url) as node:
            ear = node.listen()
            page = asyncio.ensure_future(node.get("/events?after=0&wait=60"))
            await ear.until(lambda: node.node.listeners.taken == 2)
            text: str = (await node.get("/metrics")).text
            node.node.notices.stop()
            await page
            return text

    text = asyncio.run(listening())
    assert 'orgline_listeners{kind="stream"} 1.0' in text
    assert 'orgline_listeners{kind="page"} 1.0' in text
    assert "orgline_http_requests_under_way 3.0" in text


def test_who_may_read_it(serve: Serve) -> None:
    with serve(public_reads="false") as app:
        problem(app.get("/metrics"), 401, "unauthenticated")
        reader = {"authorization": f"Bearer {app.make_token('read')}"}
        refused = problem(app.get("/metrics", headers=reader), 403, "forbidden")
        assert "--scope operate" in refused["detail"]
        operator = {"authorization": f"Bearer {app.make_token('operate', name='prometheus')}"}
        assert told(app, **operator)["orgline_database_up", ()] == 1
        problem(app.get("/events", headers=operator), 403, "forbidden")

"""The same answers over HTTP on SQLite and PostgreSQL, where reads run on threads; and concurrent appends."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, as_completed
from importlib import resources
from itertools import islice
from threading import Event
from typing import Any

import feedparser
import msgspec

from tests.http.conftest import Serve, created, problem


def test_append_state_feed_and_errors(serve: Serve, database_url: str) -> None:
    with serve(database_url=database_url) as app:
        lines = resources.files("service.demo").joinpath("nhsx.jsonl").read_bytes().splitlines()
        answer = app.post({"facts": [msgspec.Raw(line) for line in lines if line.strip()], "expect": {}})
        assert answer.status_code == 201, answer.text
        state = app.json("/organisations/nhsx?as_of=2022-06-01")
        assert (state["status"], state["closed_by"]) == ("closed", "merged")
        problem(app.get("/organisations/nhsx?known_at=2000-01-01"), 404, "not-found")
        feed = app.get("/feeds/organisations/nhsx.atom")
        assert not feedparser.parse(feed.content).bozo
        cached = app.get("/feeds/organisations/nhsx.atom", headers={"if-none-match": feed.headers["etag"]})
        assert cached.status_code == 304
        problem(app.get("/organisations/nobody"), 404, "not-found")
        problem(app.get("/organisations?q=%00"), 400, "invalid-parameter")
        problem(app.get("/organisations/%00"), 404, "not-found")
        problem(app.get("/people/%00"), 404, "not-found")
        for part in ("timeline", "lineage", "anomalies", "changes?from=2020"):
            problem(app.get(f"/organisations/%00/{part}"), 404, "not-found")
        problem(app.get("/feeds/people/%00.atom"), 404, "not-found")
        problem(app.post(created(name="\0")), 422, "invalid-facts")
        body = {"facts": [created()], "expect": {"organisation/nhsx": 1}}
        assert problem(app.post(body), 409, "version-conflict")["actual"]["organisation/nhsx"] == state["version"]
        assert app.json("/health/ready")["status"] == "ready"
        assert app.get("/organisations/nhsx?format=html").status_code == 200


def test_many_append_at_once(serve: Serve, database_url: str) -> None:
    with serve(database_url=database_url) as app, ThreadPoolExecutor(8) as pool:

        def one(number: int) -> Any:
            return app.post(created(f"org-{number}", f"Number {number}"))

        answers = list(pool.map(one, range(64)))
        assert {answer.status_code for answer in answers} == {201}
        positions = sorted(answer.json()["events"][0]["position"] for answer in answers)
        assert positions == list(range(1, 65))


def test_one_of_those_who_expect_the_same_wins(serve: Serve, database_url: str) -> None:
    with serve(database_url=database_url) as app, ThreadPoolExecutor(8) as pool:

        def one(number: int) -> Any:
            fact = created(name=f"Number {number}", effective=f"20{number + 10}")
            return app.post({"facts": [fact], "expect": {"organisation/abc": 0}})

        codes = sorted(answer.status_code for answer in pool.map(one, range(8)))
        assert codes == [201] + [409] * 7


def test_a_full_queue_is_told(serve: Serve, sqlite_url: str) -> None:
    with serve(database_url=sqlite_url, waiting_appends_max="1") as app:
        commit, begun = app.node.log.commit, Event()
        app.node.log.commit = lambda appends, **timing: (begun.set(), commit(appends, **timing))[1]  # type: ignore[method-assign]
        with ThreadPoolExecutor(4) as pool, app.node.database.append_transaction():
            waiting = [pool.submit(app.post, created("org-0"))]
            assert begun.wait(20)
            waiting += [pool.submit(app.post, created(f"org-{n}")) for n in range(1, 4)]
            # One is being written and waits for the lock, one waits behind it: the others are sent away at once.
            refused = list(islice(as_completed(waiting, timeout=20), 2))
        for future in refused:
            answer = future.result()
            problem(answer, 503, "queue-full")
            assert answer.headers["retry-after"] == "1"
        assert sorted(future.result().status_code for future in waiting) == [201, 201, 503, 503]
        assert app.json("/log")["size"] == 2

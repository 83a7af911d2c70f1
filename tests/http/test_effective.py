"""The feed of changes as they come into force, over HTTP: caching that is right when a day begins."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import feedparser
import pytest
from litestar.testing import TestClient

from tests.feed_rules import ATOM, walked
from tests.http.conftest import Served, application, created, problem

SECOND = 1_000_000


class Clock:
    """A clock that is set, in microseconds since 1970."""

    def __init__(self) -> None:
        self.now = 0

    def __call__(self) -> int:
        return self.now

    def set(self, text: str) -> None:
        self.now = int(datetime.fromisoformat(text).timestamp()) * SECOND


@pytest.fixture
def clock() -> Clock:
    """At noon on 1 March 2030."""
    clock = Clock()
    clock.set("2030-03-01T12:00:00+00:00")
    return clock


@pytest.fixture
def london(sqlite_url: str, clock: Clock) -> Iterator[Served]:
    """A register in London, by this clock."""
    settings = {"database_url": sqlite_url, "time_zone": "Europe/London"}
    with application(clock=clock, **settings) as app, TestClient(app) as client:
        served = Served(client, "")
        served.token = served.make_token("read", "append", "correct")
        yield served


def titles(app: Served) -> list[str]:
    answer = app.get("/feeds/effective.atom")
    assert answer.status_code == 200
    found = feedparser.parse(answer.content)
    assert not found.bozo
    return [entry.title for entry in found.entries]


def test_what_was_recorded_for_april_appears_in_april(london: Served, clock: Clock) -> None:
    assert london.post(created("abc", "Alphabet", "2030-04-01")).status_code == 201
    assert london.post(created("old", "Old", "2020")).status_code == 201
    clock.now += 10 * SECOND
    before = london.get("/feeds/effective.atom")
    assert titles(london) == ["Old created, 2020"]
    known = {"if-none-match": before.headers["etag"]}
    since = {"if-modified-since": before.headers["last-modified"]}
    assert london.get("/feeds/effective.atom", headers=known).status_code == 304
    assert london.get("/feeds/effective.atom", headers=since).status_code == 304
    clock.set("2030-04-02T00:00:00+01:00")
    for headers in (known, since):
        assert london.get("/feeds/effective.atom", headers=headers).status_code == 200
    assert titles(london) == ["Alphabet created, 1 April 2030", "Old created, 2020"]
    clock.now += 10 * SECOND
    assert london.get("/feeds/effective.atom").headers["last-modified"] == "Mon, 01 Apr 2030 23:00:00 GMT"


@pytest.mark.parametrize(
    ("time", "control"),
    [
        ("12:00:00", "public, max-age=60, stale-while-revalidate=600"),
        ("23:50:00", "public, max-age=60, stale-while-revalidate=539"),
        ("23:59:30", "public, max-age=29, stale-while-revalidate=0"),
        ("23:59:59", "public, max-age=0, stale-while-revalidate=0"),
    ],
)
@pytest.mark.parametrize("feed", ["effective.atom", "all.atom?part_of=abc"])
def test_nothing_is_kept_beyond_the_day(london: Served, clock: Clock, feed: str, time: str, control: str) -> None:
    assert london.post(created("abc", "Alphabet", "2030-04-01")).status_code == 201
    clock.set(f"2030-03-02T{time}+00:00")
    assert london.get(f"/feeds/{feed}").headers["cache-control"] == control


def test_pages_lead_to_all_entries(london: Served, clock: Clock) -> None:
    facts = [created(f"o-{n}", f"Body {n}", f"2030-03-{n % 28 + 1:02}") for n in range(250)]
    assert london.post({"facts": facts}).status_code == 201
    clock.set("2030-03-15T12:00:00+00:00")
    base = london.node.register.base_url

    def read(address: str) -> bytes:
        answer = london.get(address.removeprefix(base))
        assert answer.status_code == 200
        clock.now += 86_400 * SECOND  # what comes into force meanwhile shifts nothing
        return bytes(answer.content)

    entries, found = walked(f"{base}/feeds/effective.atom", read)
    assert found == []
    assert len(entries) == sum(n % 28 + 1 < 15 for n in range(250))
    updated = [entry.findtext(f"{ATOM}updated", "") for entry in entries]
    assert updated[0].startswith("2030-03-15T00:00:00")


@pytest.mark.parametrize(
    "query",
    ["upto=5", "upto=x-1", "upto=1-", "upto=" + "9" * 30 + "-1", "tag=type/organisation.created", "part_of=abc"],
)
def test_what_is_refused(london: Served, query: str) -> None:
    problem(london.get(f"/feeds/effective.json?{query}"), 400, "invalid-parameter")

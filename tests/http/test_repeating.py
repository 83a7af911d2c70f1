"""What is answered again without being made anew, and that nobody is told what is not so any more."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import feedparser
import pytest
from litestar.testing import TestClient

from feeds import atom, documents
from feeds.documents import Document
from service.api import feed_forms
from tests.http.conftest import Served, application, created
from tests.http.listening import live

HEAD = "/feeds/all.atom"
ARCHIVE = "/feeds/all/archive/1.atom"
PLAIN = {"accept-encoding": "identity"}


class Clock:
    """Microseconds since 1970 that go on when they are told to."""

    def __init__(self) -> None:
        self.now = 1_700_000_000_000_000

    def __call__(self) -> int:
        return self.now


@contextmanager
def served(url: str, clock: Clock, **settings: str) -> Iterator[Served]:
    given = {"database_url": url, **settings}
    with application(clock=clock, **given) as app, TestClient(app) as client:
        node = Served(client, "")
        node.token = node.make_token("read", "append", name=f"tester-{id(node)}")
        yield node


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(sqlite_url: str, clock: Clock) -> Iterator[Served]:
    with served(sqlite_url, clock) as node:
        yield node


def fill(app: Served, clock: Clock, events: int) -> None:
    """So many events, and a second later."""
    first = app.node.log.head().position
    assert app.post({"facts": [created(name=f"Name {first + n}") for n in range(events)]}).status_code == 201
    clock.now += 2_000_000


def entries(answer: Any) -> int:
    assert answer.status_code == 200
    return len(feedparser.parse(answer.content).entries)


@pytest.mark.parametrize("path", [HEAD, ARCHIVE, "/feeds/organisations/abc.json"])
def test_what_was_answered_is_answered_again_without_a_query(
    app: Served, clock: Clock, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(app, clock, 120)
    app.get(path)  # an archive is published by that, which is a change
    first = app.get(path, headers=PLAIN)
    unchanged = {"if-none-match": first.headers["etag"]}
    assert app.get(path, headers=unchanged).status_code == 304
    monkeypatch.setattr(app.node.database, "snapshot", lambda: pytest.fail("the database was asked"))
    again = app.get(path, headers=PLAIN)
    assert (again.status_code, again.content, again.headers) == (200, first.content, first.headers)
    assert app.get(path, headers=unchanged).status_code == 304
    head = app.client.head(path, headers=PLAIN)
    assert (head.status_code, head.content, head.headers) == (200, b"", first.headers)


def test_an_append_is_seen_at_once(app: Served, clock: Clock) -> None:
    fill(app, clock, 10)
    known = {"if-none-match": app.get(HEAD).headers["etag"]}
    assert app.get(HEAD, headers=known).status_code == 304
    for expected in range(11, 20):
        fill(app, clock, 1)
        assert entries(app.get(HEAD, headers=known)) == entries(app.get(HEAD)) == expected


def test_so_is_an_append_of_another_process(app: Served, clock: Clock, sqlite_url: str) -> None:
    with served(sqlite_url, clock) as other:
        for expected in range(1, 10):
            fill(other, clock, 1)
            assert [entries(app.get(HEAD)) for _ in range(3)] == [expected] * 3


def test_answers_differ_by_the_headers_that_they_depend_on(app: Served, clock: Clock) -> None:
    fill(app, clock, 30)
    plain = app.get(HEAD, headers=PLAIN)
    known = {"if-none-match": plain.headers["etag"]}
    fill(app, clock, 1)
    for _ in range(2):
        assert "content-encoding" not in app.get(HEAD, headers=PLAIN).headers
        assert app.get(HEAD, headers={"accept-encoding": "br"}).headers["content-encoding"] == "br"
        assert app.get(HEAD, headers=known).status_code == 200
        assert app.get(HEAD, headers={**known, "a-im": "feed"}).status_code == 226
        assert app.get(HEAD, headers={"if-modified-since": "Fri, 01 Jan 2100 00:00:00 GMT"}).status_code == 304
        assert app.get(f"{HEAD}?nonsense=1").status_code == 400
        assert app.client.post(HEAD).status_code == 405


def test_no_time_is_told_while_there_may_be_another_event_of_that_second(app: Served, clock: Clock) -> None:
    """For libcurl, and so newsboat, throws away an answer whose time is that of the one before."""
    told = []
    for _ in range(40):
        app.post(created())
        for _ in range(5):
            told.append((app.get(HEAD).headers.get("last-modified"), app.node.log.head().position))
            clock.now += 650_000
    times = dict(each for each in told if each[0] is not None)
    assert len(times) > 5
    assert sorted(times.values()) == list(times.values())  # and each is told of one version only
    assert len({position for _, position in told}) == 40
    for time, version in times.items():
        assert {position for each, position in told if each == time} == {version}
    clock.now += 2_000_000
    last = app.get(HEAD).headers["last-modified"]
    answers = {time: app.get(HEAD, headers={"if-modified-since": time}).status_code for time in {*times, last}}
    assert answers == {time: 304 if time == last else 200 for time in answers}


def test_programs_that_cannot_read_what_they_ask_for_get_the_whole_head(app: Served, clock: Clock) -> None:
    fill(app, clock, 3)
    known = {"a-im": "feed", "if-none-match": app.get(HEAD).headers["etag"]}
    fill(app, clock, 1)
    for agent in ("rss2email/3.13.1 (https://example.org)", "feedparser/6.0.11", "UniversalFeedParser/5.2.1"):
        assert app.get(HEAD, headers={**known, "user-agent": agent}).status_code == 200
    assert app.get(HEAD, headers={**known, "user-agent": "newsboat/2.21.0"}).status_code == 226


def test_where_reading_is_closed_everybody_is_asked_for_a_token(sqlite_url: str, clock: Clock) -> None:
    with served(sqlite_url, clock, public_reads="false") as app:
        fill(app, clock, 1)
        allowed = {"authorization": f"Bearer {app.token}"}
        for _ in range(2):
            assert app.get(HEAD, headers=allowed).status_code == 200
            assert app.get(HEAD).status_code == 401


def test_memory_may_be_denied(sqlite_url: str, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    with served(sqlite_url, clock, feed_cache_bytes_max="0") as app:
        fill(app, clock, 5)
        rendered: list[object] = []
        head = documents.head
        monkeypatch.setattr(documents, "head", lambda *asked, **more: (rendered.append(asked), head(*asked, **more))[1])
        assert [entries(app.get(HEAD)) for _ in range(3)] == [5, 5, 5]
        assert len(rendered) == 3


def test_others_are_answered_while_a_head_is_made_and_it_is_made_once(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    goes_on = threading.Event()

    def render(document: Document) -> bytes:
        made.append(document.id)
        assert goes_on.wait(60)
        return atom.render(document)

    slow = feed_forms.FORMS[0]._replace(render=render)
    monkeypatch.setattr(feed_forms, "FORMS", (slow, *feed_forms.FORMS[1:]))

    async def asking() -> None:
        async with live(sqlite_url) as node:
            await node.append(created())
            heads = [asyncio.create_task(node.get("/feeds/all.atom")) for _ in range(5)]
            while not made:
                await asyncio.sleep(0)  # an answer from memory gives no turn to others by itself
                assert (await node.get("/organisations/abc")).status_code == 200
            goes_on.set()
            answers = await asyncio.gather(*heads)
            assert {answer.status_code for answer in answers} == {200}
            assert len({answer.content for answer in answers}) == 1
            assert len(made) == 1

    asyncio.run(asking())

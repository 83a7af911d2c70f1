"""A hub of WebSub hears of every feed that has news: retried, together, and after any end of the service."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic
from typing import Any

import feedparser
import httpx
import msgspec
import pytest

from events.database import Database
from feeds import topics
from service import backoff, hub
from service.settings import InvalidSettings, load
from tests.feeds.hub import Hub, Subscriber, discover
from tests.http.conftest import Serve, Served, created
from tests.serving import Service, command, free_port, lines, wait_until

BASE = "http://register.example"
ALL = f"{BASE}/feeds/all.atom"
FEEDS_OF_ONE = {
    f"{BASE}/feeds/{path}.{form}"
    for form in ("atom", "json")
    for path in ("all", "types/organisation.created", "organisations/abc")
}


@pytest.fixture
def ear() -> Iterator[Hub]:
    with Hub() as listening:
        yield listening


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses are short ones."""
    monkeypatch.setattr(backoff, "FAILURE_S_MIN", 0.01)
    monkeypatch.setattr(hub, "ROUND_AGAIN_S", 0.05)


def launched(initiative: str, organisation: str) -> dict[str, Any]:
    """A fact about an initiative."""
    data = {"initiative": initiative, "organisation": organisation, "name": initiative.title()}
    return {"type": "initiative.launched", "effective": "2020", "data": data}


def authorized(folder: Path, settings: dict[str, str]) -> dict[str, str]:
    """The headers of one who may append to a register, which is made if need be."""
    assert command("migrate", folder=folder, settings=settings).returncode == 0
    made = command("token", "create", "tester", "--scope", "append", folder=folder, settings=settings)
    return {"authorization": f"Bearer {lines(made.stdout)[-1]}"}


def hears(ear: Hub, *wanted: str) -> None:
    wait_until(lambda: set(wanted) <= set(ear.count()), f"{wanted} to be told, of which {ear.count()} were")


def settled(app: Served) -> None:
    """Wait until the hub was told all that is recorded."""
    assert app.node.hub is not None
    address = app.node.hub.address
    head = app.node.log.head().position
    wait_until(lambda: topics.told(app.node.database, address) == head, "the hub to have heard all")


def test_every_feed_that_has_news_is_told(serve: Serve, database_url: str, ear: Hub, at_once: None) -> None:
    with serve(database_url=database_url, base_url=BASE, websub_hub=ear.address) as app:
        assert app.post(created("abc")).status_code == 201
        settled(app)
        assert ear.count() == dict.fromkeys(FEEDS_OF_ONE, 1)
        ear.pinged.clear()
        facts = [
            created("def"),
            {
                "type": "appointment.started",
                "effective": "2020",
                "data": {"organisation": "def", "post": "head", "person": "ann"},
            },
            launched("lab", "def"),
        ]
        answer = app.post({"facts": facts})
        assert answer.status_code == 201, answer.text
        settled(app)
        told = {topic.removeprefix(f"{BASE}/feeds/").removesuffix(".atom") for topic in ear.count() if ".atom" in topic}
        assert {"all", "organisations/def", "people/ann", "initiatives/lab", "types/appointment.started"} <= told
        for topic in ear.count():
            assert app.get(topic.removeprefix(BASE)).status_code == 200, topic


def test_heads_name_the_hub_and_themselves(serve: Serve, ear: Hub) -> None:
    with serve(base_url=BASE, websub_hub=ear.address) as app:
        app.post({"facts": [*(created(f"body-{number}") for number in range(101)), launched("lab", "body-1")]})
        for path in ("all", "organisations/body-1", "types/organisation.created", "initiatives/lab"):
            atom = app.get(f"/feeds/{path}.atom")
            found = discover(atom)
            assert (found.hubs, found.self) == ([ear.address], f"{BASE}/feeds/{path}.atom")
            links = feedparser.parse(atom.content).feed.links
            assert [link.href for link in links if link.rel == "hub"] == [ear.address]
            again = app.get(f"/feeds/{path}.atom", headers={"if-none-match": atom.headers["etag"]})
            assert again.status_code == 304
            assert discover(again) == found
            json = app.get(f"/feeds/{path}.json")
            assert discover(json).self == f"{BASE}/feeds/{path}.json"
            assert json.json()["hubs"] == [{"type": "WebSub", "url": ear.address}]
        new = app.get("/feeds/all.atom", headers={"a-im": "feed", "if-none-match": "x"})
        assert discover(new).hubs == [ear.address]
        for path in (
            "all/archive/1.atom",
            "effective.atom",
            "all.atom?tag=organisation/body-1",
            "all.atom?part_of=body-1",
            "initiatives/lab.atom?upto=1",
        ):
            other = app.get(f"/feeds/{path}")
            assert other.status_code == 200
            assert "hub" not in other.headers.get("link", "")
            assert b'rel="hub"' not in other.content


def test_without_a_hub_no_feed_names_one(app: Served) -> None:
    app.post(created())
    answer = app.get("/feeds/all.atom")
    assert app.node.hub is None
    assert "link" not in answer.headers
    assert b"hub" not in answer.content


def test_it_is_told_again_until_it_hears(serve: Serve, ear: Hub, at_once: None) -> None:
    ear.fail.extend([(500, {})] * 4 + [(503, {"Retry-After": "0"}), (429, {})])
    with serve(base_url=BASE, websub_hub=ear.address) as app:
        app.post(created("abc"))
        settled(app)
    assert ear.failed == 6
    assert ear.count() == dict.fromkeys(FEEDS_OF_ONE, 1)


def test_it_waits_as_long_as_the_hub_asks(serve: Serve, ear: Hub, at_once: None) -> None:
    ear.fail.append((503, {"Retry-After": "1"}))
    with serve(base_url=BASE, websub_hub=ear.address) as app:
        began = monotonic()
        app.post(created("abc"))
        settled(app)
        assert monotonic() - began > 1


def test_a_feed_that_it_does_not_know_holds_up_no_other(serve: Serve, ear: Hub, at_once: None) -> None:
    ear.refused = frozenset({ALL})
    with serve(base_url=BASE, websub_hub=ear.address) as app:
        app.post(created("abc"))
        settled(app)
        assert set(ear.count()) == FEEDS_OF_ONE - {ALL}
        ear.refused = frozenset()
        app.post(created("def"))
        settled(app)
        assert ear.count()[ALL] == 1


def test_a_feed_that_is_refused_again_within_a_round_is_left_again(serve: Serve, ear: Hub, at_once: None) -> None:
    ear.refused = frozenset({ALL})
    ear.failing = frozenset({f"{BASE}/feeds/organisations/abc.json"})  # keeps the round going
    with serve(base_url=BASE, websub_hub=ear.address) as app:
        app.post(created("abc"))
        wait_until(lambda: ear.refusals[ALL] == hub.REFUSALS_MAX, "the feed to be left")
        app.post(created("def"))
        wait_until(lambda: ear.refusals[ALL] == 2 * hub.REFUSALS_MAX, "the feed to be left again")
        ear.failing = frozenset()
        settled(app)
        assert ear.refusals[ALL] == 2 * hub.REFUSALS_MAX


def test_what_is_recorded_while_it_is_busy_is_told_together(
    serve: Serve, database_url: str, ear: Hub, at_once: None
) -> None:
    with serve(database_url=database_url, base_url=BASE, websub_hub=ear.address) as app:
        ear.gate.clear()
        app.post(created("abc"))
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda number: app.post(created(f"body-{number}")), range(200)))
        assert ear.count() == {}
        ear.gate.set()
        settled(app)
        count = ear.count()
        assert 1 < count[ALL] <= 3
        assert all(count[f"{BASE}/feeds/organisations/body-{number}.atom"] == 1 for number in range(200))


def test_what_is_new_of_all_waits_for_no_long_list(serve: Serve, ear: Hub, at_once: None) -> None:
    with serve(base_url=BASE, websub_hub=ear.address) as app:
        ear.slow_s = 0.02
        app.post({"facts": [created(f"body-{number}") for number in range(100)]})
        hears(ear, ALL)
        app.post(created("abc"))
        wait_until(lambda: ear.count()[ALL] == 2, "the second one to be told")
        assert len(ear.count()) < 200
        ear.slow_s = 0
        settled(app)
        assert len(ear.count()) == 2 * (2 + 100 + 1)


def test_an_answer_is_not_decoded(serve: Serve, ear: Hub, at_once: None) -> None:
    """A few bytes could stand for gigabytes."""
    ear.coding = {"Content-Encoding": "gzip"}
    with serve(base_url=BASE, websub_hub=ear.address) as app:
        app.post(created("abc"))
        settled(app)
        assert ear.count() == dict.fromkeys(FEEDS_OF_ONE, 1)


def test_a_date_that_cannot_be_is_no_reason_to_stop(serve: Serve, ear: Hub, at_once: None) -> None:
    absurd = "Mon, 01 Jan 2024 00:00:00 +99999999999999999999"
    ear.fail.append((503, {"Retry-After": absurd}))
    with serve(base_url=BASE, websub_hub=ear.address) as app:
        app.post(created("abc"))
        settled(app)
        assert app.get("/feeds/all.atom", headers={"if-modified-since": absurd}).status_code == 200


def test_a_refusal_that_passes_loses_nothing(serve: Serve, ear: Hub, at_once: None) -> None:
    """A proxy before the hub answers for it while it is away."""
    ear.fail.extend([(521, {}), (404, {}), (308, {"Location": "http://elsewhere.example/"}), (521, {})])
    with serve(base_url=BASE, websub_hub=ear.address) as app:
        app.post(created("abc"))
        settled(app)
        assert ear.count() == dict.fromkeys(FEEDS_OF_ONE, 1)


def test_nodes_with_different_hubs_do_not_wait_for_one_another(
    serve: Serve, database_url: str, ear: Hub, at_once: None
) -> None:
    given = {"database_url": database_url, "base_url": BASE}
    with serve(**given, websub_hub=f"http://127.0.0.1:{free_port()}/") as one:
        one.post(created("abc"))
        with serve(**given, websub_hub=ear.address) as other:
            other.post(created("def"))
            settled(other)
        assert ear.count()[ALL] == 1


def test_of_two_nodes_one_tells(serve: Serve, database_url: str, ear: Hub, at_once: None) -> None:
    given = {"database_url": database_url, "base_url": BASE, "websub_hub": ear.address}
    with serve(**given) as one, serve(**given) as other:
        ear.gate.clear()
        one.post(created("abc"))
        other.post(created("def"))
        wait_until(lambda: other.node.log.head().position == 2, "both to be recorded")
        ear.gate.set()
        settled(one)
        one.post(created("ghi"))
        settled(other)
        count = ear.count()
        assert count[f"{BASE}/feeds/organisations/abc.atom"] == 1
        assert count[f"{BASE}/feeds/organisations/def.atom"] == 1
        assert count[f"{BASE}/feeds/organisations/ghi.atom"] == 1


def test_what_another_program_records_is_told(
    serve: Serve, tmp_path: Path, sqlite_url: str, ear: Hub, at_once: None
) -> None:
    with serve(base_url=BASE, websub_hub=ear.address):
        fact = msgspec.json.encode(created("abc"))
        done = command("append", "-", folder=tmp_path, stdin=fact, settings={"database_url": sqlite_url})
        assert done.returncode == 0, done.stderr
        hears(ear, *FEEDS_OF_ONE)


def test_a_hub_that_is_new_is_told_of_news_only(serve: Serve, sqlite_url: str, ear: Hub, at_once: None) -> None:
    with serve(base_url=BASE) as app:
        app.post(created("old"))
    with serve(base_url=BASE, websub_hub=ear.address) as app:
        app.post(created("abc"))
        settled(app)
    assert set(ear.count()) == FEEDS_OF_ONE


def test_a_mirror_tells_no_hub(serve: Serve, sqlite_url: str, ear: Hub) -> None:
    with serve(base_url=BASE):
        pass
    database = Database(sqlite_url)
    with database.transaction() as connection:
        connection.exec_driver_sql("INSERT INTO mirror (one, source, proved) VALUES (1, 'http://source.example', 0)")
    database.close()
    with serve(base_url=BASE, websub_hub=ear.address) as app:
        assert app.node.hub is None
        assert "link" not in app.get("/feeds/all.atom").headers


@pytest.mark.parametrize(
    "address",
    [
        "hub.example",
        "ftp://hub.example/",
        "https://user:secret@hub.example/",
        "https://hub.example/>;x",
        "https://hub.example/a b",
        "http://h\u00fcb.example/",
        "http://[::1",
        "http://h:99999/",
        "http:///x",
        "http://h/\x01",
    ],
)
def test_no_address_of_a_hub(address: str) -> None:
    with pytest.raises(InvalidSettings, match="ORGLINE_WEBSUB_HUB"):
        load({"ORGLINE_WEBSUB_HUB": address})


def test_a_hub_must_be_able_to_read() -> None:
    with pytest.raises(InvalidSettings, match="ORGLINE_PUBLIC_READS=true"):
        load({"ORGLINE_WEBSUB_HUB": "https://hub.example/", "ORGLINE_PUBLIC_READS": "false"})


def test_a_subscriber_gets_what_is_recorded(tmp_path: Path, ear: Hub) -> None:
    """By the whole way of the Recommendation: discovery, subscription, verification, distribution with a signature."""
    port = free_port()
    settings = {"base_url": f"http://127.0.0.1:{port}", "websub_hub": ear.address}
    headers = authorized(tmp_path, settings)
    with Service(tmp_path, port=port, settings=settings) as service, Subscriber() as subscriber:
        found = subscriber.subscribe(f"{service.address}/feeds/all.atom")
        assert found.hubs == [ear.address]
        for number in range(3):
            httpx.post(f"{service.address}/events", json={"facts": [created(f"body-{number}")]}, headers=headers)
        entries: set[str] = set()

        def arrived() -> bool:
            while subscriber.received:
                parsed = feedparser.parse(subscriber.received.pop())
                assert not parsed.bozo
                entries.update(entry.id for entry in parsed.entries)
            return len(entries) == 3

        wait_until(arrived, "the entries to reach the subscriber")

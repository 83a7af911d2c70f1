"""Feeds that are head only, over HTTP: walks, conditional requests, what is refused, problems for feed readers."""

from __future__ import annotations

from typing import Any

import feedparser
import msgspec
import pytest

from tests.feed_rules import ATOM, walked
from tests.http.conftest import Served, created, problem

READER = "application/atom+xml, application/rss+xml;q=0.9, application/xml;q=0.8, */*;q=0.1"


def launched(initiative: str, organisation: str = "abc") -> dict[str, Any]:
    data = {"organisation": organisation, "initiative": initiative}
    return {"type": "initiative.launched", "effective": "2020", "data": data}


def part() -> dict[str, Any]:
    data = {"organisation": "abc", "name": "Alphabet", "parents": ["top"]}
    return {"type": "organisation.created", "effective": "2019", "data": data}


def post(app: Served, *facts: dict[str, Any]) -> None:
    assert app.post({"facts": list(facts)}).status_code == 201


@pytest.mark.parametrize("feed", ["initiatives/lab.atom", "all.atom?tag=organisation/abc", "all.atom?part_of=top"])
def test_a_walk_finds_each_entry_once_while_more_is_recorded(app: Served, feed: str) -> None:
    post(app, part(), *(launched("lab") for _ in range(230)))
    base = app.node.register.base_url

    def read(address: str) -> bytes:
        answer = app.get(address.removeprefix(base))
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
        assert not feedparser.parse(answer.content).bozo
        return bytes(answer.content)

    entries, found = walked(f"{base}/feeds/{feed}", read)
    assert found == []
    seen = [entry.findtext(f"{ATOM}id") for entry in entries]
    events = app.json("/events?limit=1000")["items"]
    about = [each for each in events if not feed.startswith("initiatives") or "initiative/lab" in each["tags"]]
    assert seen == [f"urn:uuid:{each['id']}" for each in reversed(about)]

    def read_while_recording(address: str) -> bytes:
        post(app, launched("lab"))
        return read(address)

    again, found = walked(f"{base}/feeds/{feed}", read_while_recording)
    assert [each for each in found if "the page before" not in each] == []
    assert [entry.findtext(f"{ATOM}id") for entry in again][1:] == seen


def test_json_feed_leads_through_the_pages(app: Served) -> None:
    post(app, *(launched("lab") for _ in range(230)))
    seen, address = [], "/feeds/initiatives/lab.json"
    while address:
        answer = app.get(address)
        assert answer.headers["content-type"] == "application/feed+json"
        page = msgspec.json.decode(answer.content)
        assert page["feed_url"].endswith(address)
        seen += [item["id"] for item in page["items"]]
        address = page.get("next_url", "").removeprefix(app.node.register.base_url)
    assert len(seen) == len(set(seen)) == 230


def test_pages_are_asked_for_conditionally(app: Served) -> None:
    post(app, part(), created("other"), *(launched("lab") for _ in range(120)))
    for path in ("/feeds/initiatives/lab.atom", "/feeds/initiatives/lab.atom?upto=50", "/feeds/all.atom?part_of=top"):
        first = app.get(path)
        assert first.headers["cache-control"].startswith("public, max-age=")
        known = {"if-none-match": first.headers["etag"]}
        post(app, created("other"))
        assert app.get(path, headers=known).status_code == 304
        post(app, launched("lab"))
        assert app.get(path, headers=known).status_code == 200
        assert "last-modified" not in first.headers  # its second is not over


@pytest.mark.parametrize(
    "feed",
    ["initiatives/never", "targets/lab", "plans/lab", "initiatives/No%20Such", "initiatives/a/b"],
)
def test_what_no_event_mentions_is_not_found(app: Served, feed: str) -> None:
    post(app, launched("lab"))
    problem(app.get(f"/feeds/{feed}.atom"), 404, "not-found")


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("tag=organisation/never", 404, "not-found"),
        ("part_of=never", 404, "not-found"),
        ("tag=initiative/lab&part_of=never", 404, "not-found"),
        ("tag=nonsense", 400, "invalid-parameter"),
        ("tag=type/no.such", 400, "invalid-parameter"),
        ("part_of=No%20Slug", 400, "invalid-parameter"),
        ("part_of=person/abc", 400, "invalid-parameter"),
        ("upto=5", 400, "invalid-parameter"),
        ("tag=initiative/lab&upto=x", 400, "invalid-parameter"),
        ("tag=initiative/lab&upto=-1", 400, "invalid-parameter"),
        ("tag=initiative/lab&upto=99999999999999999999", 400, "invalid-parameter"),
        ("part_of=abc&as_of=2020-01-01", 400, "invalid-parameter"),
        ("tag=initiative/lab&upto=1&known_at=1", 400, "invalid-parameter"),
        ("part_of=abc&upto=1&known_at=99", 400, "invalid-known-at"),
        ("part_of=abc&upto=1&as_of=soon", 400, "invalid-date"),
        ("tags=initiative/lab", 400, "unknown-parameter"),
        ("&".join(f"tag=organisation/o-{n}" for n in range(21)), 400, "invalid-parameter"),
    ],
)
def test_what_is_refused(app: Served, query: str, status: int, code: str) -> None:
    post(app, launched("lab"))
    problem(app.get(f"/feeds/all.atom?{query}"), status, code)


def test_the_order_of_tags_makes_no_other_feed(app: Served) -> None:
    post(app, launched("lab"))
    one = app.get("/feeds/all.atom?tag=initiative/lab&tag=organisation/abc")
    same = app.get("/feeds/all.atom?tag=organisation/abc&tag=initiative/lab&tag=organisation/abc")
    assert one.content == same.content
    assert one.headers["etag"] == same.headers["etag"]


@pytest.mark.parametrize("path", ["/feeds/organisations/never.atom", "/feeds/all/archive/9.atom", "/feeds/plans/x"])
def test_a_feed_reader_gets_problems_as_plain_text(app: Served, path: str) -> None:
    answer = app.get(path, headers={"accept": READER})
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/plain; charset=utf-8")
    assert answer.text.startswith("There is no such thing\n\n")
    assert len(answer.text.split("\n\n")[1]) > 20
    for accept in (
        "*/*",
        f"{READER}, application/json",
        "application/atom+xml;q=0",
        f"application/feed+json, {READER}",
    ):
        problem(app.get(path, headers={"accept": accept}), 404, "not-found")
    page = app.get(path, headers={"accept": f"text/html, {READER}"})
    assert page.headers["content-type"] == "text/html; charset=utf-8"

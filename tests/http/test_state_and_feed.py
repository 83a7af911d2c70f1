"""Append, read the state, follow by Atom, ask again: the main path over HTTP."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from typing import Any

import feedparser
import pytest

from tests.http.conftest import Served, created

ATOM = {"a": "http://www.w3.org/2005/Atom"}


def test_append_then_state_then_feed_then_304(app: Served) -> None:
    answer = app.post(created())
    assert answer.status_code == 201
    (event,) = answer.json()["events"]
    assert answer.headers["orgline-position"] == "1"
    assert answer.headers["location"].endswith(f"/events/{event['id']}")
    assert event["recorded_by"] == "tester"

    state = app.json("/organisations/abc?as_of=2020-01-01")
    assert (state["name"], state["status"], state["certainty"]) == ("Alphabet", "active", "definite")
    assert state["existence"][0]["opened_by"] == [event["id"]]
    assert app.json("/organisations/abc?as_of=2018-12-31")["status"] == "not_yet"

    feed = app.get("/feeds/organisations/abc.atom")
    assert feed.headers["content-type"].startswith("application/atom+xml")
    entries = ElementTree.fromstring(feed.content).findall("a:entry", ATOM)
    assert [entry.findtext("a:id", None, ATOM) for entry in entries] == [f"urn:uuid:{event['id']}"]

    again = app.get("/feeds/organisations/abc.atom", headers={"if-none-match": feed.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == feed.headers["etag"]
    assert again.headers["vary"] == "Accept, Accept-Encoding, A-IM"

    app.post(created("abc", "Alphabet", "2021"))
    newer = app.get("/feeds/organisations/abc.atom", headers={"if-none-match": feed.headers["etag"]})
    assert newer.status_code == 200
    assert len(feedparser.parse(newer.content).entries) == 2


@pytest.mark.parametrize("feed", ["all", "organisations/nhsx", "people/matthew-gould", "types/organisation.merged"])
def test_feeds_are_sound(nhsx: Served, feed: str) -> None:
    answer = nhsx.get(f"/feeds/{feed}.atom")
    parsed = feedparser.parse(answer.content)
    assert not parsed.bozo
    assert parsed.entries
    assert {"max-age=60", "stale-while-revalidate=600"} <= set(answer.headers["cache-control"].split(", "))
    page = nhsx.get(parsed.entries[0].link, headers={"accept": "text/html"})
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")


def test_feed_answers_head(nhsx: Served) -> None:
    whole = nhsx.get("/feeds/all.atom", headers={"accept-encoding": "identity"})
    head = nhsx.client.head("/feeds/all.atom", headers={"accept-encoding": "identity"})
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == whole.headers["etag"]
    assert head.headers["content-length"] == str(len(whole.content))


@pytest.mark.parametrize(
    "feed", ["organisations/nobody.atom", "organisations/nhsx", "types/no.such.atom", "people/X.atom"]
)
def test_unknown_feeds(nhsx: Served, feed: str) -> None:
    assert nhsx.get(f"/feeds/{feed}").status_code == 404


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/people/matthew-gould", "person"),
        ("/posts/nhsx-chief-executive", "post"),
        ("/targets/paperless-nhs", "target"),
        ("/organisations/nhsx", "organisation"),
    ],
)
def test_subjects_are_answered_from_their_etag(nhsx: Served, path: str, kind: str) -> None:
    address = f"{path}?as_of=2021-06-01"
    answer = nhsx.get(address)
    assert answer.json()["kind"] == kind
    etag = answer.headers["etag"]
    assert etag.startswith('W/"')
    assert nhsx.get(address, headers={"if-none-match": etag}).status_code == 304
    assert nhsx.get(f"{path}?as_of=2021-06-02", headers={"if-none-match": etag}).status_code == 200
    assert nhsx.post(created("unrelated", "Unrelated")).status_code == 201
    assert nhsx.get(address, headers={"if-none-match": etag}).status_code == 304


def test_all_names_of_as_of_mean_the_same(nhsx: Served) -> None:
    answers = [nhsx.json(f"/organisations/nhsx?{name}=2021-06-01") for name in ("as_of", "at", "date", "on")]
    assert all(answer == answers[0] for answer in answers)


def test_every_plan_initiative_and_responsibility_of_nhsx_has_its_address(nhsx: Served) -> None:
    state = nhsx.json("/organisations/nhsx?as_of=2021-11-22")
    addresses = [f"/plans/{each['plan']}" for each in state["plans"]]
    addresses += [f"/initiatives/{each['initiative']}" for each in state["initiatives"]]
    addresses += [f"/responsibilities/{each['responsibility']}" for each in state["responsibilities"]]
    assert len(addresses) > 5
    for address in addresses:
        assert nhsx.json(f"{address}?as_of=2021-11-22")["id"] == address.rpartition("/")[2]


def test_a_correction_shows_in_state_feed_and_timeline(app: Served) -> None:
    (event,) = app.post(created(effective="2019")).json()["events"]
    replacement = {key: value for key, value in created(effective="2020").items() if key != "id"}
    fact = {"type": "fact.corrected", "data": {"event": event["id"], "replacement": replacement}}
    before = app.get("/organisations/abc?as_of=2019-12-31")
    assert app.post(fact).status_code == 201
    after = app.get("/organisations/abc?as_of=2019-12-31", headers={"if-none-match": before.headers["etag"]})
    assert (before.json()["status"], after.json()["status"]) == ("active", "not_yet")
    assert app.json("/organisations/abc?as_of=2019-12-31&known_at=1")["status"] == "active"
    (entry,) = app.json("/organisations/abc/timeline")["items"]
    assert entry["effective"]["edtf"] == "2020"
    assert len(feedparser.parse(app.get("/feeds/organisations/abc.atom").content).entries) == 2


def test_what_cannot_change_is_immutable(app: Served) -> None:
    def control(query: str) -> Any:
        return app.get(f"/organisations/abc?{query}").headers["cache-control"]

    app.post(created())
    assert control("as_of=2020&known_at=1") == "public, max-age=31536000, immutable"
    assert control("as_of=2020&known_at=2999-01-01") == "public, no-cache"
    assert control("as_of=2020") == control("known_at=1") == "public, no-cache"


def test_min_position_waits_and_gives_up(serve: Any) -> None:
    with serve(position_wait_ms_max="50") as app:
        app.post(created())
        assert app.get("/organisations/abc?min_position=1").status_code == 200
        assert app.get("/log", headers={"orgline-position": "1"}).status_code == 200
        answer = app.get("/organisations/abc?min_position=2")
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "1"
        assert answer.json()["type"].endswith(":position-not-reached")


def test_pages_of_organisations_keep_to_their_first(nhsx: Served) -> None:
    first = nhsx.get("/organisations?limit=3&as_of=2021-06-01&count=true")
    whole = nhsx.json("/organisations?as_of=2021-06-01")["items"]
    counts = first.json()["count"]
    assert counts["definite"] + counts["possible"] == len(whole)
    found = [each["id"] for each in first.json()["items"]]
    following = first.json()["next"]
    assert first.headers["link"] == f'<{following}>; rel="next"'
    nhsx.post(created("aaa-new", "New"))
    while following:
        page = nhsx.json(following)
        found += [each["id"] for each in page["items"]]
        following = page["next"]
    assert found == [each["id"] for each in whole]


def test_pages_of_a_timeline(nhsx: Served) -> None:
    whole = nhsx.json("/organisations/nhsx/timeline")
    assert whole["next"] is None
    page = nhsx.json("/organisations/nhsx/timeline?limit=7")
    found = page["items"]
    while page["next"]:
        page = nhsx.json(page["next"])
        found += page["items"]
    assert found == whole["items"]


def test_openness(nhsx: Served) -> None:
    assert nhsx.json("/health/live") == {"status": "alive"}
    assert nhsx.json("/health/ready")["status"] == "ready"
    log = nhsx.json("/log")
    assert log["size"] == nhsx.json("/events?limit=1")["position"] - 1 + log["size"]
    assert len(log["root_hash"]) == 64


def test_what_becomes_of_a_plan_shows_on_the_bodies_in_its_drafts(app: Served) -> None:
    def fact(kind: str, effective: str, **data: Any) -> Any:
        return {"type": f"change.{kind}", "effective": effective, "data": {"plan": "merge", **data}}

    draft = {"originals": ["abc"], "result": "def"}
    changes = [{"change": "organisation.merged", "draft": draft}]
    assert app.post(created()).status_code == 201
    answer = app.post(fact("announced", "2020", organisation="ghi", title="Merge", changes=changes))
    assert answer.status_code == 201, answer.text
    before = app.get("/organisations/abc?as_of=2022")
    assert [plan["status"] for plan in before.json()["plans"]] == ["pending"]
    assert app.post(fact("withdrawn", "2021")).status_code == 201
    after = app.get("/organisations/abc?as_of=2022", headers={"if-none-match": before.headers["etag"]})
    assert after.status_code == 200
    assert [plan["status"] for plan in after.json()["plans"]] == ["withdrawn"]

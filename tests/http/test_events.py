"""Reading the log over HTTP, and sending appends again."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.http.conftest import Served, created, problem

JSON = msgspec.json.Decoder()


def test_pages_of_events(nhsx: Served) -> None:
    size = nhsx.json("/log")["size"]
    found: list[Any] = []
    path = "/events?limit=13"
    while path:
        page = nhsx.json(path)
        found += page["items"]
        assert page["position"] == found[-1]["position"]
        path = page["next"]
    assert [each["position"] for each in found] == list(range(1, size + 1))
    end = nhsx.json(f"/events?after={size}")
    assert end == {"items": [], "next": None, "position": size}


def test_filters_of_events(nhsx: Served) -> None:
    everything = nhsx.json("/events?limit=1000")["items"]

    def ids(query: str) -> list[str]:
        return [each["id"] for each in nhsx.json(f"/events?limit=1000&{query}")["items"]]

    tagged = [each["id"] for each in everything if "organisation/nhsx" in each["tags"]]
    assert ids("tag=organisation/nhsx") == tagged
    both = [each["id"] for each in everything if {"organisation/nhsx", "organisation/dhsc"} <= set(each["tags"])]
    assert ids("tag=organisation/nhsx&tag=organisation/dhsc") == both
    typed = [each["id"] for each in everything if each["type"] in ("target.set", "target.moved")]
    assert ids("type=target.set&type=target.moved") == typed
    assert ids("tag=type/target.set") == ids("type=target.set")
    dated = [
        each["id"]
        for each in everything
        if "effective" in each
        and (each["effective"]["earliest"] or "0") <= "2019-12-31"
        and (each["effective"]["latest"] or "9") >= "2019-01-01"
    ]
    assert ids("effective_from=2019&effective_to=2019") == dated
    assert 0 < len(dated) < len(everything)


def test_pages_by_effective_date_say_how_far_they_looked(nhsx: Served) -> None:
    size = nhsx.json("/log")["size"]
    path, found = "/events?effective_from=2019&effective_to=2019&limit=3", []
    while path:
        page = nhsx.json(path)
        found += page["items"]
        path = page["next"]
    assert page["position"] == size
    assert found == nhsx.json("/events?effective_from=2019&effective_to=2019&limit=1000")["items"]


def test_all_events_as_lines(nhsx: Served) -> None:
    answer = nhsx.get("/events", headers={"accept": "application/x-ndjson"})
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    assert answer.headers["vary"] == "Accept, Accept-Encoding"
    lines = [JSON.decode(line) for line in answer.text.splitlines()]
    assert lines == nhsx.json("/events?limit=1000")["items"]
    few = nhsx.get("/events?limit=2&after=3", headers={"accept": "application/x-ndjson"})
    assert [JSON.decode(line)["position"] for line in few.text.splitlines()] == [4, 5]
    assert nhsx.client.head("/events", headers={"accept": "application/x-ndjson"}).content == b""


def test_one_event(nhsx: Served) -> None:
    event = nhsx.json("/events?limit=1")["items"][0]
    answer = nhsx.get(f"/events/{event['id']}")
    assert answer.json() == event
    assert nhsx.get(f"/events/{event['id'].upper()}").json() == event
    again = nhsx.get(f"/events/{event['id']}", headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304


def test_events_are_asked_again_cheaply(app: Served) -> None:
    app.post(created())
    etag = app.get("/events").headers["etag"]
    assert app.get("/events", headers={"if-none-match": etag}).status_code == 304
    app.post(created("def"))
    assert app.get("/events", headers={"if-none-match": etag}).status_code == 200


def test_an_idempotency_key_gives_ids(app: Served) -> None:
    body = {"facts": [created(), created("def")]}
    first = app.post(body, idempotency_key="order 1")
    again = app.post(body, idempotency_key="order 1")
    other = app.post(body, idempotency_key="order 2")
    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 201)
    assert first.json()["events"] == again.json()["events"]
    assert app.json("/log")["size"] == 4
    problem(app.post({"facts": [created("x"), created("y")]}, idempotency_key="order 1"), 409, "id-conflict")
    problem(app.post(body, idempotency_key="x" * 300), 400, "invalid-idempotency-key")


def test_several_facts_are_recorded_as_one(app: Served) -> None:
    answer = app.post({"facts": [created(), created("def")]})
    assert answer.headers["orgline-position"] == "2"
    assert "location" not in answer.headers
    first, second = answer.json()["events"]
    assert first["recorded_at"] == second["recorded_at"]


def test_types_have_schemas(app: Served) -> None:
    items = app.json("/types")["items"]
    assert "organisation.merged" in {each["type"] for each in items}
    for each in items:
        answer = app.get(f"/types/{each['type']}")
        assert answer.headers["content-type"] == "application/schema+json"
        assert answer.json()["$schema"].startswith("https://json-schema.org/draft/2020-12/")
        assert app.get(f"/types/{each['type']}", headers={"if-none-match": answer.headers["etag"]}).status_code == 304


@pytest.mark.parametrize(
    "accept", ["application/json", "application/x-ndjson", "application/cloudevents-batch+json", "text/html"]
)
def test_a_position_beyond_the_head_is_a_problem(nhsx: Served, accept: str) -> None:
    size = nhsx.json("/log")["size"]
    assert nhsx.get(f"/events?after={size}", headers={"accept": accept}).status_code == 200
    answer = nhsx.get(f"/events?after={size + 1}", headers={"accept": accept})
    assert answer.status_code == 400
    assert "nobody can have read it" in answer.text

"""CloudEvents 1.0: the log as batches, facts in envelopes."""

from __future__ import annotations

import json
import re
from typing import Any
from uuid import uuid4

import pytest

from tests.http.conftest import Served, created, problem

BATCH = "application/cloudevents-batch+json"
STRUCTURED = "application/cloudevents+json"


def wrapped(fact: dict[str, Any], **attributes: Any) -> dict[str, Any]:
    """A fact in an envelope that gives its id and type."""
    data = {name: value for name, value in fact.items() if name != "type"}
    own = {"specversion": "1.0", "id": str(uuid4()), "source": "urn:x:here", "type": fact["type"], "data": data}
    return {**own, **attributes}


def post(app: Served, body: Any, media_type: str = STRUCTURED) -> Any:
    return app.post(body, content_type=media_type)


def test_a_page_of_the_log_as_a_batch(nhsx: Served) -> None:
    plain = nhsx.json("/events?limit=40")
    answer = nhsx.get("/events?limit=40", headers={"accept": BATCH})
    assert answer.headers["content-type"] == BATCH
    assert answer.headers["link"] == f'<{plain["next"]}>; rel="next"'
    assert answer.headers["orgline-position"] == str(plain["position"])
    assert [each["data"] for each in answer.json()] == plain["items"]
    for each in answer.json():
        event = each["data"]
        assert each["specversion"] == "1.0"
        assert each["source"] == f"urn:uuid:{nhsx.node.register.id}"
        assert (each["id"], each["type"], each["time"]) == (event["id"], event["type"], event["recorded_at"])
        assert each["subject"] == next(tag for tag in event["tags"] if not tag.startswith("type/"))
        assert each["datacontenttype"] == "application/json"
        assert each["position"] == event["position"]
        assert each.get("effective") == event.get("effective", {}).get("edtf")
        assert all(re.fullmatch(r"[a-z0-9]{1,20}", name) for name in each)
        assert all(isinstance(value, str | int) for name, value in each.items() if name != "data")
    assert answer.headers["etag"] != nhsx.get("/events?limit=40").headers["etag"]
    known = {"accept": BATCH, "if-none-match": answer.headers["etag"]}
    assert nhsx.get("/events?limit=40", headers=known).status_code == 304
    assert nhsx.get("/events", headers={"accept": f"{BATCH};q=0.5, application/json"}).json()["items"]


def test_a_fact_in_an_envelope(app: Served) -> None:
    envelope = wrapped(created("abc"), time="1999-01-01T00:00:00Z", subject="anything", effective="2001", position=7)
    answer = post(app, envelope)
    assert answer.status_code == 201
    (event,) = answer.json()["events"]
    assert (event["id"], event["type"]) == (envelope["id"], "organisation.created")
    assert answer.headers["location"].endswith(f"/events/{envelope['id']}")
    assert event["effective"]["edtf"] == "2019"
    assert event["position"] == 1
    assert not event["recorded_at"].startswith("1999")
    assert post(app, envelope).status_code == 200
    again = {**envelope, "data": {**envelope["data"], "id": envelope["id"], "type": "organisation.created"}}
    assert post(app, again, f"{STRUCTURED}; charset=UTF-8").status_code == 200


def test_a_batch_is_recorded_whole_or_not_at_all(app: Served) -> None:
    good = [wrapped(created(name)) for name in ("a", "b")]
    answer = post(app, good, BATCH)
    assert answer.status_code == 201
    assert [event["id"] for event in answer.json()["events"]] == [each["id"] for each in good]
    told = problem(post(app, [wrapped(created("c")), wrapped(created("No Slug"))], BATCH), 422, "invalid-facts")
    assert [fault["pointer"] for fault in told["errors"]] == ["/1/data/data/organisation"]
    assert app.node.log.head().position == 2


def test_a_dry_run_takes_envelopes_too(app: Served) -> None:
    headers = {"content-type": STRUCTURED, "authorization": f"Bearer {app.token}"}
    answer = app.client.post("/events?dry_run=true", json=wrapped(created("abc")), headers=headers)
    assert (answer.status_code, app.node.log.head().position) == (200, 0)


def changed(**attributes: Any) -> dict[str, Any]:
    envelope = wrapped(created("abc"), **attributes)
    return {name: value for name, value in envelope.items() if value is not None}


@pytest.mark.parametrize(
    ("envelope", "pointers"),
    [
        (changed(specversion="0.3"), ["/specversion"]),
        (changed(specversion=1.0), ["/specversion"]),
        (changed(specversion=None, data=None), ["", ""]),
        (changed(data=None), [""]),
        (changed(data=None, data_base64="e30="), ["/data_base64"]),
        (changed(data="text"), ["/data"]),
        (changed(datacontenttype="application/xml"), ["/datacontenttype"]),
        (changed(source=None), [""]),
        (changed(source=""), ["/source"]),
        (changed(id=None), [""]),
        (changed(id="1"), ["/id"]),
        (changed(type="no.such"), ["/type"]),
        (changed(data={**created("abc"), "type": "name.adopted"}), ["/data/type"]),
        (changed(data={**created("abc"), "id": str(uuid4())}), ["/data/id"]),
        (changed(data={"data": {"organisation": "abc"}}), ["/data/data/name", "/data/effective"]),
        (changed(data={**created("abc"), "effective": "soon"}), ["/data/effective"]),
        (changed(data={**created("abc"), "unheard": 1}), ["/data/unheard"]),
        (changed(data={**created("abc"), "note": "\ud800"}), ["/data/note"]),
        ("text", [""]),
        ([], [""]),
    ],
)
def test_what_is_wrong_is_told_with_its_place(app: Served, envelope: Any, pointers: list[str]) -> None:
    told = problem(app.post(json.dumps(envelope).encode(), content_type=STRUCTURED), 422, "invalid-facts")
    assert [fault["pointer"] for fault in told["errors"]] == pointers
    batch = app.post(json.dumps([wrapped(created()), envelope]).encode(), content_type=BATCH)
    told = problem(batch, 422, "invalid-facts")
    assert [fault["pointer"] for fault in told["errors"]] == [f"/1{pointer}" for pointer in pointers]


@pytest.mark.parametrize("body", [b"{}", b"[]", b'"x"', b"1"])
def test_a_batch_is_an_array_of_some(app: Served, body: bytes) -> None:
    problem(app.post(body, content_type=BATCH), 422, "invalid-facts")


@pytest.mark.parametrize("body", [b"", b"{", b'{"id":1,"id":2}', b"\xff"])
def test_what_is_no_json(app: Served, body: bytes) -> None:
    for media_type in (BATCH, STRUCTURED):
        problem(app.post(body, content_type=media_type), 400, "malformed-json")


def test_the_description_names_them(app: Served) -> None:
    described = app.json("/schema/openapi.json")["paths"]["/events"]
    assert {BATCH, STRUCTURED} <= described["post"]["requestBody"]["content"].keys()
    assert BATCH in described["get"]["responses"]["200"]["description"]

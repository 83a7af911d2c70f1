"""Bad input: each a problem document with the right status, a stable type, and words that tell what to do."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.http.conftest import Served, created, problem

KNOWN_ID = "0192f3a4-0000-7000-8000-000000000001"
PLAN = {
    "type": "change.announced",
    "effective": "2020",
    "data": {"plan": "p", "organisation": "abc", "title": "To be renamed"},
}


def test_malformed_json(app: Served) -> None:
    for body in (b"", b"{", b'{"type": NaN}', b"\xff\xfe", b"[" * 100_000):
        problem(app.post(body), 400, "malformed-json")


def test_a_member_that_is_given_twice_is_refused(app: Served) -> None:
    fact = msgspec.json.encode(created(effective="2020"))
    twice = fact.replace(b'"effective":', b'"effective":"1066","effective":')
    detail = problem(app.post(b'{"facts":[%s,%s]}' % (fact, twice)), 400, "malformed-json")["detail"]
    assert "'effective' twice, at /facts/1/effective" in detail
    assert app.post(fact).json()["events"][0]["position"] == 1


@pytest.mark.parametrize(
    ("body", "pointer", "words"),
    [
        ([], "", "object"),
        ({}, "/type", "required"),
        ({"facts": []}, "/facts", ""),
        (created(effective=2019), "/effective", ""),
        ({**created(), "type": "organisation.mergd"}, "/type", "organisation.merged"),
        ({**created(), "typ": 1}, "/typ", "type"),
        ({**created(), "data": {"organisation": "abc", "name": "A", "nam": "B"}}, "/data/nam", "name"),
        (created(effective="2021-13"), "/effective", "2021-13"),
        (created(effective="2021-02-30"), "/effective", "2021-02-30"),
        (created(effective="yesterday"), "/effective", "yesterday"),
        (created("NHSX"), "/data/organisation", "nhsx"),
        (created(name="A\0B"), "/data/name", "U+0000"),
        (created(note="x" * 30_000), "/note", ""),
        ({"facts": [created(), created("B A D")]}, "/facts/1/data/organisation", "b-a-d"),
        ({"facts": [created()], "expect": {"organisation/abc": -1}}, "/expect/organisation~1abc", ""),
        ({**PLAN, "fulfils": "p"}, "/fulfils", "own announcement"),
        ({"facts": [{**PLAN, "fulfils": {"plan": "p", "part": True}}]}, "/facts/0/fulfils/plan", "own announcement"),
        ({"facts": [created()], "strict": "yes"}, "/strict", "true or false"),
    ],
)
def test_no_valid_fact(app: Served, body: Any, pointer: str, words: str) -> None:
    told = problem(app.post(body), 422, "invalid-facts")
    assert any(each["pointer"].startswith(pointer) and words in each["detail"] for each in told["errors"]), told
    assert app.json("/log")["size"] == 0


def test_every_fault_is_told_at_once(app: Served) -> None:
    fact = {"type": "organisation.created", "effective": "2021-13", "data": {"organisation": "X Y"}, "more": 1}
    pointers = {each["pointer"] for each in app.post(fact).json()["errors"]}
    assert {"/effective", "/data/organisation", "/data/name", "/more"} <= pointers


def test_a_body_too_large(serve: Any) -> None:
    with serve(body_bytes_max="2000") as app:
        problem(app.post(created(note="x" * 2_000)), 413, "body-too-large")

        def parts() -> Any:
            for _ in range(30):
                yield b" " * 100

        headers = {"content-type": "application/json", "authorization": f"Bearer {app.token}"}
        problem(app.client.post("/events", content=parts(), headers=headers), 413, "body-too-large")
        assert app.post(created()).status_code == 201


def test_a_fact_too_large_and_too_many_facts(serve: Any) -> None:
    with serve(fact_bytes_max="500", facts_max="2") as app:
        told = problem(app.post(created(note="x" * 500)), 422, "invalid-facts")
        assert "at most 500" in told["detail"]
        told = problem(app.post({"facts": [created(f"a{n}") for n in range(3)]}), 422, "invalid-facts")
        assert told["errors"][0]["pointer"] == "/facts"
        assert app.json("/log")["size"] == 0


def test_a_fact_above_64_kib(app: Served) -> None:
    text = "word " * 4_000
    fact = created(note=text, sources=[{"title": "t", "quote": text[:2_000]} for _ in range(40)])
    problem(app.post(fact), 422, "invalid-facts")


def test_a_duplicate_id_with_other_content(app: Served) -> None:
    assert app.post(created(id=KNOWN_ID)).status_code == 201
    again = app.post(created(id=KNOWN_ID))
    assert (again.status_code, len(again.json()["events"])) == (200, 1)
    told = problem(app.post(created(id=KNOWN_ID, name="Other")), 409, "id-conflict")
    assert KNOWN_ID in told["detail"]
    told = problem(app.post({"facts": [created(id=KNOWN_ID), created("new")]}), 409, "partly-known")
    assert told["known"] == [KNOWN_ID]
    assert app.json("/log")["size"] == 1


def test_an_expectation_that_does_not_hold(app: Served) -> None:
    app.post(created())
    for expected in (0, 2):
        body = {"facts": [created("def")], "expect": {"organisation/abc": expected, "organisation/def": 0}}
        told = problem(app.post(body), 409, "version-conflict")
        assert told["actual"] == {"organisation/abc": 1, "organisation/def": 0}
    assert app.json("/log")["size"] == 1
    body = {"facts": [created("def")], "expect": {"organisation/abc": 1}}
    assert app.post(body).status_code == 201


def test_an_unknown_event_and_odd_facts_under_strict(app: Served) -> None:
    fact = {"type": "fact.retracted", "data": {"event": KNOWN_ID, "reason": "error"}}
    assert problem(app.post(fact), 422, "unknown-event")["unknown"] == [KNOWN_ID]
    odd = {
        "type": "relation.ended",
        "effective": "2020",
        "data": {"organisation": "abc", "kind": "part_of", "target": "def"},
    }
    told = problem(app.post({"facts": [odd], "strict": True}), 422, "odd-facts")
    assert told["warnings"][0]["code"] == "end-without-start"
    answer = app.post(odd)
    assert answer.status_code == 201
    assert answer.json()["warnings"][0]["code"] == "end-without-start"


def test_a_wrong_content_type(app: Served) -> None:
    told = problem(app.post(created(), content_type="application/x-www-form-urlencoded"), 415, "unsupported-media-type")
    assert "application/json" in told["detail"]


@pytest.mark.parametrize(
    ("path", "code", "words"),
    [
        ("/organisations?asof=2020", "unknown-parameter", "did you mean as_of?"),
        ("/organisations/abc?knownat=1", "unknown-parameter", "did you mean known_at?"),
        ("/people/abc?q=1", "unknown-parameter", "as_of"),
        ("/health/live?x=1", "unknown-parameter", "none"),
        ("/feeds/all.atom?format=json", "unknown-parameter", "min_position"),
        ("/organisations?limit=0", "invalid-parameter", "at least 1"),
        ("/organisations?limit=1001", "invalid-parameter", "at most 1000"),
        ("/events?limit=ten", "invalid-parameter", "whole number"),
        ("/organisations?count=perhaps", "invalid-parameter", "true or false"),
        ("/organisations?limit=5&limit=6", "invalid-parameter", "once"),
        ("/organisations?as_of=2020&on=2020", "invalid-parameter", "mean the same"),
        ("/organisations?status=alive", "invalid-parameter", "active"),
        ("/organisations?q=", "invalid-parameter", "empty"),
        ("/organisations?q=%00", "invalid-parameter", "U+0000"),
        ("/organisations?q=%ff", "invalid-parameter", "UTF-8"),
        ("/organisations?identifier=X26", "invalid-parameter", "scheme:value"),
        ("/organisations?part_of=NHS", "invalid-parameter", "nhs"),
        ("/organisations?after=MTIz", "invalid-cursor", "next"),
        ("/organisations?after=!", "invalid-cursor", "next"),
        ("/organisations/abc/timeline?after=MTIz", "invalid-cursor", "next"),
        ("/organisations?as_of=yesterday", "invalid-date", "2021"),
        ("/organisations?as_of=2021-02-30", "invalid-date", "2021-02-30"),
        ("/organisations/abc?known_at=yesterday", "invalid-known-at", "position"),
        ("/organisations/abc?known_at=99", "invalid-known-at", "beyond"),
        ("/events?tag=organization/x", "invalid-parameter", "organisation"),
        ("/events?type=organisation.mergd", "invalid-parameter", "organisation.merged"),
        ("/events?after=-1", "invalid-parameter", "at least 0"),
        ("/events?effective_from=soon", "invalid-parameter", "effective_from"),
        ("/organisations/abc?min_position=x", "invalid-parameter", "whole number"),
        ("/organisations/abc?format=xml", "invalid-parameter", "html or json"),
    ],
)
def test_a_query_that_is_not_understood(app: Served, path: str, code: str, words: str) -> None:
    assert words in problem(app.get(path), 400, code)["detail"]


def test_a_cursor_of_another_list(nhsx: Served) -> None:
    following = nhsx.json("/organisations?limit=2")["next"]
    cursor = following.partition("after=")[2]
    problem(nhsx.get(f"/organisations?status=active&after={cursor}"), 400, "invalid-cursor")
    problem(nhsx.get(f"/organisations/nhsx/timeline?after={cursor}"), 400, "invalid-cursor")


@pytest.mark.parametrize(
    "path",
    [
        "/organisations/nobody",
        "/organisations/NHSX",
        "/organisations/%00",
        "/organisations/nobody/timeline",
        "/people/nobody",
        "/posts/nobody",
        "/plans/nobody",
        "/initiatives/nobody",
        "/targets/nobody",
        "/responsibilities/nobody",
        "/events/0192f3a4-0000-7000-8000-00000000ffff",
        "/events/nonsense",
        "/types/no.such",
        "/feeds/organisations/nobody.atom",
        "/feeds/organisations/%00.atom",
        "/nowhere",
        "/static/nothing.css",
        "/static/..%2f__init__.py",
        "/schema/nothing",
        "/schema/assets/nothing.js",
    ],
)
def test_nothing_there(app: Served, path: str) -> None:
    problem(app.get(path), 404, "not-found")


def test_a_method_that_is_not_taken(app: Served) -> None:
    answer = app.client.delete("/events")
    problem(answer, 405, "method-not-allowed")
    assert {"GET", "POST"} <= {each.strip() for each in answer.headers["allow"].split(",")}


def test_a_fault_of_the_service_tells_only_its_incident(app: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("a secret of the house")

    monkeypatch.setattr(app.node.log, "head", fail)
    answer = app.get("/log")
    told = problem(answer, 500, "internal-error")
    assert len(told["incident"]) == 36
    assert "secret" not in answer.text


def test_a_page_of_a_problem_where_people_read(app: Served) -> None:
    answer = app.get("/organisations/<script>", headers={"accept": "text/html,*/*;q=0.8"})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "<script>" not in answer.text


def test_a_value_that_is_nested_too_deeply_is_a_text(app: Served) -> None:
    deep = "[" * 3_000 + "]" * 3_000
    assert app.json(f"/statements?property=stage&value={deep}") == {"items": [], "next": None}

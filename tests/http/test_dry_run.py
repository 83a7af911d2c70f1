"""`POST /events?dry_run=true`: what recording would change, or why it would be refused; and nothing is recorded."""

from __future__ import annotations

from typing import Any

import msgspec

from tests.histories import corrected, created, equated, told, uid
from tests.http.conftest import PROBLEM, Serve, Served, problem

DRY = "/events?dry_run=true"


def try_out(app: Served, body: Any, *, path: str = DRY, token: str | None = None, **headers: str) -> Any:
    given = {"content-type": "application/json", "authorization": f"Bearer {token or app.token}", **headers}
    return app.client.post(path, content=msgspec.json.encode(body), headers=given)


def said(value: Any, day: str, opened_by: list[str], until: str | None = None, **more: Any) -> dict[str, Any]:
    def bounds(day: str | None) -> dict[str, str] | None:
        return {"edtf": day, "earliest": day, "latest": day} if day is not None else None

    return {
        "value": value,
        "since": bounds(day),
        "until": bounds(until),
        "certainty": "definite",
        "targets": [],
        "opened_by": opened_by,
        "closed_by": [],
        "undecided": [],
        **more,
    }


def test_a_dry_run_tells_what_would_change_and_records_nothing(serve: Serve, database_url: str) -> None:
    with serve(database_url=database_url) as app:
        recorded = [created("a", "2018-01-01"), told("one", "name.adopted", "2019-05-01", **NAME, name="One")]
        assert app.post({"facts": recorded}).status_code == 201
        before, state = app.json("/log"), app.json("/organisations/a?as_of=2020")
        two = told("two", "name.adopted", "2020-01-01", **NAME, name="Two")
        answer = try_out(app, two)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        assert "location" not in answer.headers
        found = answer.json()
        (event,) = found["events"]
        assert not {"position", "recorded_at", "recorded_by", "salt"} & event.keys()
        assert found["warnings"] == []
        one = said("One", "2019-05-01", [uid("one")])
        ended = {**one, "until": said(None, "2020-01-01", [])["since"], "closed_by": [uid("two")]}
        slot = {"subject": "organisation/a", "property": "name", "key": ""}
        after = [ended, said("Two", "2020-01-01", [uid("two")])]
        assert found["changes"] == [{**slot, "before": [one], "after": after}]

        # A correction's before and after.
        earlier = told("", "name.adopted", "2019-04-01", **NAME, name="Uno")
        found = try_out(app, corrected("fix", "one", earlier)).json()
        (change,) = [each for each in found["changes"] if each["property"] == "name"]
        assert (change["subject"], change["key"], change["before"][-1]) == ("organisation/a", "", one)
        (new,) = [each for each in change["after"] if each["value"] == "Uno"]
        assert (new["since"]["edtf"], set(new["opened_by"])) == ("2019-04-01", {uid("one"), uid("fix")})

        # Warnings are told, and the first equation of a register.
        found = try_out(app, told("e", "priority.ended", "2019", organisation="a", priority="p")).json()
        assert [each["code"] for each in found["warnings"]] == ["end-without-start"]
        found = try_out(app, {"facts": [created("b", "2018-06-01"), equated("eq", "a", "b")]}).json()
        assert {each["subject"] for each in found["changes"]} == {"organisation/a"}

        # Nothing of all this was recorded.
        assert app.json("/log") == before
        assert app.json("/organisations/a?as_of=2020") == state
        appended = app.post(two).json()["events"][0]
        assert appended["position"] == before["size"] + 1
        assert {name: appended[name] for name in event} == event


def test_a_dry_run_is_refused_as_the_append_would_be(serve: Serve, database_url: str) -> None:
    with serve(database_url=database_url) as app:
        first = told("one", "name.adopted", "2019-05-01", **NAME, name="One")
        assert app.post({"facts": [created("a", "2018-01-01"), first]}).status_code == 201
        before = app.json("/log")
        other = told("two", "name.adopted", "2020-01-01", **NAME, name="Two")
        odd = told("e", "priority.ended", "2019", organisation="a", priority="p")
        bodies = [
            (409, {"facts": [other], "expect": {"organisation/a": 1}}),
            (409, {"facts": [other], "expect": {"organisation/a": 9}}),
            (409, {**first, "effective": "2019-06-01"}),
            (409, {"facts": [first, other]}),
            (422, {"facts": [odd], "strict": True}),
            (422, {**other, "follows": [uid("nobody")]}),
            (422, corrected("fix", "nobody", told("", "name.adopted", "2019", **NAME, name="Uno"))),
            (422, {**other, "data": {}}),
            (422, {**other, "note": "x" * 70_000}),
            (422, {"facts": [other] * 2}),
        ]
        for status, body in bodies:
            tried, appended = try_out(app, body), app.post(body)
            assert (tried.status_code, tried.headers["content-type"]) == (status, PROBLEM), tried.text
            assert tried.json() == appended.json()
        assert app.json("/log") == before
        found = try_out(app, {"facts": [created("a", "2018-01-01"), first]})
        assert found.status_code == 200
        assert [each["id"] for each in found.json()["events"]][1] == uid("one")
        assert (found.json()["warnings"], found.json()["changes"]) == ([], [])


def test_a_dry_run_needs_the_scopes_of_the_append(app: Served) -> None:
    fact = created("a", "2018")
    problem(try_out(app, fact, token=app.make_token("read", name="reader")), 403, "forbidden")
    appender = app.make_token("append", name="appender")
    problem(try_out(app, corrected("fix", "one", fact), token=appender), 403, "forbidden")
    assert try_out(app, fact, token=appender).status_code == 200


def test_the_parameter_is_checked(app: Served) -> None:
    fact = created("a", "2018")
    told_ = problem(try_out(app, fact, path="/events?dry_run=yes"), 400, "invalid-parameter")
    assert "write false or true" in told_["detail"]
    told_ = problem(try_out(app, fact, path="/events?dryrun=true"), 400, "unknown-parameter")
    assert "did you mean dry_run?" in told_["detail"]
    assert app.json("/log")["size"] == 0
    assert try_out(app, fact, path="/events?dry_run=false").status_code == 201


NAME = {"organisation": "a", "kind": "legal"}

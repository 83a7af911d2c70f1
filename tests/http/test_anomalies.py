"""What does not fit together, over HTTP: listed while it stands, for one organisation and for all."""

from __future__ import annotations

from typing import Any

import pytest

from tests.histories import created, retracted, told, uid
from tests.http.conftest import Serve, Served, problem

POST = {"organisation": "a", "post": "q", "person": "p"}
FACTS = [
    created("a", "2018"),
    told("early", "appointment.started", "2016", **POST),
    told("result", "organisation.merged", "2021-02", originals=["a"], result="new"),
    told("one", "name.adopted", "2019-01-01", organisation="a", name="One", kind="legal"),
    told("two", "name.adopted", "2019-01-01", organisation="a", name="Two", kind="legal"),
    told("set", "target.set", "2019", target="t", organisation="a", due="2022"),
    told("moved", "target.moved", "2020", target="t", to="2024", from_="2023"),
]


def codes(app: Served, path: str) -> list[str]:
    return sorted(each["code"] for each in app.json(path)["items"])


def record(app: Served, *given: dict[str, Any]) -> int:
    answer = app.post({"facts": list(given)})
    assert answer.status_code == 201, answer.text
    return int(answer.headers["orgline-position"])


def test_what_is_odd_is_listed_while_it_stands(serve: Serve, database_url: str) -> None:
    with serve(database_url=database_url) as app:
        before = [record(app, each) for each in FACTS][-1]
        everything = ["conflict", "from-does-not-fit", "never-created", "outside-life"]
        assert codes(app, "/anomalies") == everything
        assert codes(app, "/organisations/a/anomalies") == everything
        assert codes(app, "/organisations/new/anomalies") == ["never-created"]
        assert codes(app, "/anomalies?subject=target/t") == ["from-does-not-fit"]
        assert codes(app, "/anomalies?subject=person/p&code=outside-life") == ["outside-life"]
        assert codes(app, "/anomalies?as_of=2019-01-01") == ["conflict"]
        assert codes(app, "/anomalies?as_of=2021") == ["never-created"]
        (found,) = app.json("/anomalies?code=outside-life")["items"]
        assert found.pop("detail").startswith("appointments q p of organisation/a: ")
        assert found == {
            "code": "outside-life",
            "subject": "organisation/a",
            "property": "appointments",
            "key": "q p",
            "events": [uid("early")],
        }
        # A creation that comes later mends what looked at it, an earlier life what lay outside, a retraction the rest.
        record(app, created("new", "2021"), retracted("r", "two"))
        record(app, told("life", "organisation.created", "2015/2016", organisation="a", name="A"))
        assert codes(app, "/anomalies") == ["from-does-not-fit"]
        assert codes(app, f"/anomalies?known_at={before}") == everything
        assert codes(app, f"/organisations/new/anomalies?known_at={before}") == ["never-created"]
        record(app, retracted("r2", "life"))
        assert codes(app, "/anomalies") == ["from-does-not-fit", "outside-life"]


def test_pages_keep_to_what_was_known(serve: Serve, database_url: str) -> None:
    with serve(database_url=database_url) as app:
        for each in FACTS:
            record(app, each)
        whole = app.json("/anomalies?count=true")
        assert (whole["count"], whole["next"]) == ({"definite": 4, "possible": 0}, None)
        address: str | None = "/anomalies?limit=1"
        found = []
        while address is not None:
            page = app.json(address.removeprefix(app.node.register.base_url))
            found += page["items"]
            address = page["next"]
            record(app, told(f"e{len(found)}", "priority.ended", "2019", organisation="a", priority=f"p{len(found)}"))
        assert found == whole["items"]


@pytest.mark.parametrize("path", ["/anomalies", "/organisations/a/anomalies"])
def test_what_is_unchanged_is_not_sent_again(app: Served, path: str) -> None:
    for each in FACTS:
        record(app, each)
    etag = app.get(path).headers["etag"]
    assert app.get(path, headers={"if-none-match": etag}).status_code == 304
    record(app, retracted("r", "two"))
    assert app.get(path, headers={"if-none-match": etag}).status_code == 200


def test_what_is_asked_wrongly_is_told(app: Served) -> None:
    problem(app.get("/organisations/nobody/anomalies"), 404, "not-found")
    problem(app.get("/anomalies?code=odd"), 400, "invalid-parameter")
    problem(app.get("/anomalies?subject=A!"), 400, "invalid-parameter")

"""Equations over HTTP: who answers under an alias, and who may equate."""

from __future__ import annotations

import pytest

from tests.http.conftest import Served, created

EQUATION = {"type": "identity.equated", "data": {"kind": "organisation", "same": ["old"], "keep": "abc"}}
ALIVE = "statements?property=existence&"


def test_an_alias_answers_with_the_one_that_is_kept(app: Served) -> None:
    app.post(created())
    assert app.post(EQUATION).status_code == 201
    alias = app.get("/organisations/old?as_of=2020-01-01")
    kept = app.get("/organisations/abc?as_of=2020-01-01")
    assert alias.json() == kept.json()
    assert (alias.json()["id"], alias.json()["aliases"]) == ("abc", ["old"])
    assert alias.headers["content-location"].endswith("/organisations/abc?as_of=2020-01-01")
    assert "content-location" not in kept.headers
    assert alias.headers["etag"] == kept.headers["etag"]
    again = app.get("/organisations/old?as_of=2020-01-01", headers={"if-none-match": alias.headers["etag"]})
    assert again.status_code == 304
    app.post(created("old", "Alphabet", "2021"))
    newer = app.get("/organisations/old?as_of=2020-01-01", headers={"if-none-match": alias.headers["etag"]})
    assert newer.status_code == 200
    assert app.get("/organisations/old?known_at=1").status_code == 404


@pytest.mark.parametrize("path", ["/organisations/old/timeline", "/organisations/old?format=html"])
def test_what_else_is_found_under_an_alias(app: Served, path: str) -> None:
    app.post(created())
    app.post(EQUATION)
    assert "Alphabet" in app.get(path).text


@pytest.mark.parametrize(
    ("path", "field", "prefix"), [("organisations?", "id", ""), (ALIVE, "subject", "organisation/")]
)
def test_a_search_for_an_alias_finds_the_one_that_is_kept(app: Served, path: str, field: str, prefix: str) -> None:
    app.post({"facts": [created(), created("old-bureau", "Bureau")]})
    app.post({"type": "identity.equated", "data": {"kind": "organisation", "same": ["old-bureau"], "keep": "abc"}})

    def found(asked: str) -> list[str]:
        return [item[field].removeprefix(prefix) for item in app.json(f"/{path}as_of=2020-01-01&q={asked}")["items"]]

    assert found("old") == found("bureau") == found("abc") == ["abc"]
    assert found("old&known_at=2") == ["old-bureau"]
    assert found("older") == []

"""Lists over HTTP: pages that stay exact while events arrive, statements, bad input, and where long reads run."""

from __future__ import annotations

import threading
from typing import Any
from urllib.parse import urlsplit

import pytest

from events.queries import listing
from tests.http.conftest import Served, created, problem


def path_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


@pytest.mark.parametrize("query", ["as_of=2020", "as_of=2020/2021", "as_of=2020-01-01&status=active", "sort=name"])
def test_pages_stay_those_of_the_first_while_events_arrive(app: Served, query: str) -> None:
    for n in range(0, 10, 2):
        assert app.post(created(f"o-{n}", f"Name {9 - n}")).status_code == 201
    whole = app.json(f"/organisations?{query}&count=true")
    page = app.json(f"/organisations?{query}&limit=2&count=true")
    items: list[Any] = [*page["items"]]
    arriving = 1
    while page["next"]:
        assert app.post(created(f"o-{arriving}", f"Name {arriving}")).status_code == 201
        arriving += 2
        page = app.json(path_of(page["next"]))
        items += page["items"]
        assert page["count"] == whole["count"] == {"definite": 5, "possible": 0}
    assert items == whole["items"]
    assert len(app.json(f"/organisations?{query}")["items"]) == 5 + arriving // 2


def test_statements_answer_who_was_responsible(nhsx: Served) -> None:
    path = "/statements?property=responsibilities&key=cyber-security&count=true"
    found = nhsx.json(f"{path}&as_of=2021-06-01")
    assert [(each["subject"], each["parts"], each["certainty"]) for each in found["items"]] == [
        ("organisation/nhsx", {"responsibility": "cyber-security"}, "definite")
    ]
    assert nhsx.json(f"{path}&as_of=2022-02-10")["count"] == {"definite": 0, "possible": 1}
    assert nhsx.json(f"{path}&as_of=2022-02-10&certainty=definite")["count"] == {"definite": 0, "possible": 0}
    assert nhsx.json(f"{path}&as_of=2022-02-10&certainty=possible")["count"] == {"definite": 0, "possible": 1}
    assert nhsx.json(f"{path}&as_of=2021-06-01&certainty=possible")["items"] == []
    assert nhsx.json(f"{path}&as_of=2021-06-01&known_at=0")["items"] == []
    answer = nhsx.get(f"{path}&as_of=2021-06-01")
    again = nhsx.get(f"{path}&as_of=2021-06-01", headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize(
    ("path", "code", "hint"),
    [
        ("/statements?property=responsibilites", "invalid-parameter", "did you mean responsibilities?"),
        ("/statements?key=x", "invalid-parameter", "of which property"),
        ("/statements?value=x", "invalid-parameter", "property, subject or target"),
        ("/statements?subject=robot/x", "invalid-parameter", "there is no kind"),
        ("/statements?target=No+Slug", "invalid-parameter", "no-slug"),
        ("/people?status=filled", "invalid-parameter", "in_post or not_in_post"),
        ("/posts?organisation=person/x", "invalid-parameter", "write an organisation"),
        ("/plans?sort=due", "invalid-parameter", "id or name"),
        ("/targets?known_at=soon", "invalid-known-at", "a position such as 57"),
        ("/people?after=MTIz", "invalid-cursor", "next"),
    ],
)
def test_bad_parameters_are_told(app: Served, path: str, code: str, hint: str) -> None:
    assert hint in problem(app.get(path), 400, code)["detail"]


def test_a_list_that_is_too_long_is_not_sorted_by_name(nhsx: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "SORTED_MAX", 3)
    problem(nhsx.get("/organisations?sort=name"), 400, "too-many-to-sort")
    assert nhsx.json("/organisations?sort=name&q=nhsx")["items"][0]["id"] == "nhsx"


def test_a_list_does_not_run_on_the_thread_that_serves_all_others(app: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: dict[str, str] = {}
    reads, states = listing.listing, app.node.queries.found

    def listed(*given: Any) -> Any:
        threads["list"] = threading.current_thread().name
        return reads(*given)

    def found(*given: Any) -> Any:
        threads["state"] = threading.current_thread().name
        return states(*given)

    monkeypatch.setattr("service.api.lists.listing", listed)
    monkeypatch.setattr(app.node.queries, "found", found)
    app.post(created())
    app.json("/organisations?count=true")
    app.json("/organisations/abc")
    assert threads["list"].startswith("orgline-read")
    assert threads["state"] != threads["list"]

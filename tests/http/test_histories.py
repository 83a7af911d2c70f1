"""Timeline, changes and lineage over HTTP."""

from __future__ import annotations

import pytest

from tests.http.conftest import Served, problem

ROOT = "/organisations/nhsx"


def test_changes_of_nhsx(nhsx: Served) -> None:
    found = nhsx.json(f"{ROOT}/changes?from=2022-02-01&to=2022-02-28&limit=1000")
    assert found["between"] == {"edtf": "2022-02-01/2022-02-28", "earliest": "2022-02-01", "latest": "2022-02-28"}
    told = {(each["change"], each["property"], each["key"]): each for each in found["items"]}
    ended = told["ended", "existence", ""]
    assert (ended["certainty"], ended["on"]["edtf"], ended["before"]["value"]["ending"]) == (
        "definite",
        "2022-02",
        "merged",
    )
    assert [nhsx.json(f"/events/{id_}")["type"] for id_ in ended["events"]] == ["organisation.merged"]
    assert told["began", "lineage", "merged nhs-england"]["certainty"] == "definite"
    status = told["replaced", "status", ""]
    assert (status["subject"], status["before"]["value"]["status"], status["after"]["value"]["status"]) == (
        "plan/merge-nhsx",
        "pending",
        "fulfilled",
    )
    half = nhsx.json(f"{ROOT}/changes?from=2022-02-01&to=2022-02-14&limit=1000")["items"]
    assert {each["certainty"] for each in half if each["property"] == "existence"} == {"possible"}
    assert nhsx.json(f"{ROOT}/changes?from=2019-05&to=2019-05&known_at=79")["known_at"]["position"] == 79


def test_pages_of_changes_are_pinned(nhsx: Served) -> None:
    whole = nhsx.json(f"{ROOT}/changes?from=2019&to=2022&limit=1000")["items"]
    url, items = f"{ROOT}/changes?from=2019&to=2022&limit=7", []
    while url:
        page = nhsx.json(url)
        items += page["items"]
        nhsx.post(
            {
                "type": "priority.set",
                "effective": "2020",
                "data": {"organisation": "nhsx", "priority": f"p{len(items)}"},
            }
        )
        url = (page["next"] or "").removeprefix("http://127.0.0.1:8000")
    assert items == whole


def test_what_was_learned(nhsx: Served) -> None:
    body = {"type": "priority.set", "effective": "2020", "data": {"organisation": "nhsx", "priority": "speed"}}
    event = nhsx.post(body).json()["events"][0]
    found = nhsx.json(f"{ROOT}/changes?known_from=79&as_of=2021-06-01")
    (item,) = found["items"]
    assert (item["change"], item["key"], item["events"]) == ("appeared", "speed", [event["id"]])
    assert (found["known_from"]["position"], found["known_to"]["position"]) == (79, 80)
    assert nhsx.json(f"{ROOT}/changes?known_from=79&known_to=79&as_of=2021-06-01")["items"] == []


@pytest.mark.parametrize(
    ("query", "code", "words"),
    [
        ("", "invalid-parameter", "known_from"),
        ("to=2020", "invalid-parameter", "to alone"),
        ("known_to=3", "invalid-parameter", "known_to alone"),
        ("from=2021&to=2020", "invalid-parameter", "after to=2020"),
        ("from=9999", "invalid-parameter", "today"),
        ("known_from=79&known_to=3", "invalid-parameter", "after known_to=3"),
        ("from=2019&known_from=3", "invalid-parameter", "two kinds"),
        ("from=2019&as_of=2020", "invalid-parameter", "two kinds"),
        ("known_from=3&known_at=3", "invalid-parameter", "two kinds"),
        ("from=2019-13", "invalid-date", "month"),
        ("known_from=tuesday", "invalid-known-at", "tuesday"),
        ("from=2019&after=x", "invalid-cursor", "next"),
    ],
)
def test_questions_that_make_no_sense(nhsx: Served, query: str, code: str, words: str) -> None:
    assert words in problem(nhsx.get(f"{ROOT}/changes?{query}"), 400, code)["detail"]


def test_lineage_of_nhsx(nhsx: Served) -> None:
    found = nhsx.json(f"{ROOT}/lineage?as_of=2022-06-01")
    assert {(each["from"], each["to"], each["kind"]) for each in found["links"]} >= {
        ("dhsc", "nhsx", "formed_from"),
        ("nhsx", "nhs-england", "merged"),
    }
    first = found["nodes"][0]
    assert (first["id"], first["generation"]) == ("nhsx", 0)
    cut = nhsx.json(f"{ROOT}/lineage?as_of=2022-06-01&nodes=2")
    assert len(cut["nodes"]) == 2
    assert cut["cut"] == ["nodes"]
    etag = nhsx.get(f"{ROOT}/lineage").headers["etag"]
    assert nhsx.get(f"{ROOT}/lineage", headers={"if-none-match": etag}).status_code == 304
    problem(nhsx.get("/organisations/nobody/lineage"), 404, "not-found")
    problem(nhsx.get(f"{ROOT}/lineage?depth=0"), 400, "invalid-parameter")


def test_timeline_on_both_axes(nhsx: Served) -> None:
    whole = nhsx.json(f"{ROOT}/timeline?limit=1000")["items"]
    early = nhsx.json(f"{ROOT}/timeline?as_of=2019&limit=1000")["items"]
    assert 0 < len(early) < len(whole)
    assert early == [each for each in whole if (each["effective"]["earliest"] or "") <= "2019-12-31"]
    nhsx.post({"type": "priority.set", "effective": "2019-08", "data": {"organisation": "nhsx", "priority": "speed"}})
    assert nhsx.json(f"{ROOT}/timeline?as_of=2019&known_at=79&limit=1000")["items"] == early
    early = nhsx.json(f"{ROOT}/timeline?as_of=2019&limit=1000")["items"]
    assert [each["position"] for each in early if each["type"] == "priority.set"][-1] == 80
    page = nhsx.get(f"{ROOT}/timeline?as_of=2019&limit=3")
    assert "as_of=2019" in page.links["next"]["url"]
    assert nhsx.json(page.links["next"]["url"].removeprefix("http://127.0.0.1:8000"))["items"] == early[3:6]

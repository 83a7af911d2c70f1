"""Which representation is answered, and CSV."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from tests.http.conftest import Served, created, problem

JSON, HTML, LINKED, CSV = "application/json", "text/html; charset=utf-8", "application/ld+json", "text/csv"


def rows(served: Served, path: str, **options: Any) -> list[dict[str, str]]:
    answer = served.get(path, **options)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert answer.text.endswith("\r\n")
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("*/*", JSON),
        ("", JSON),
        ("application/json", JSON),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", HTML),
        ("text/html, */*", HTML),
        ("text/html;q=0.4, */*;q=0.5", JSON),
        ("application/ld+json", LINKED),
        ("application/ld+json;q=0.9, application/json;q=0.8", LINKED),
        ("application/*", JSON),
        ("application/json;q=0, */*", HTML),
    ],
)
def test_one_organisation_as_the_client_prefers(nhsx: Served, accept: str, expected: str) -> None:
    answer = nhsx.get("/organisations/nhsx?as_of=2021-06-01", headers={"accept": accept})
    assert (answer.status_code, answer.headers["content-type"]) == (200, expected)
    assert answer.headers["vary"] == "Accept, Accept-Encoding"


def test_what_is_not_there_is_refused_by_name(nhsx: Served) -> None:
    told = problem(nhsx.get("/organisations/nhsx", headers={"accept": "text/csv"}), 406, "not-acceptable")
    assert "application/ld+json" in told["detail"]
    told = problem(nhsx.get("/organisations", headers={"accept": "image/png"}), 406, "not-acceptable")
    assert "text/csv" in told["detail"]
    page = nhsx.get("/organisations?format=csvs", headers={"accept": "text/html"})  # who reads HTML reads problems so
    assert page.status_code == 400
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    problem(nhsx.get("/people/matt-hancock?format=csv"), 400, "invalid-parameter")
    problem(nhsx.get("/organisations/nhsx?format=xml"), 400, "invalid-parameter")


def test_formats_have_etags_of_their_own(nhsx: Served) -> None:
    for path, formats in (
        ("/organisations/nhsx?as_of=2021", ("json", "html", "jsonld")),
        ("/organisations?as_of=2021", ("json", "html", "csv", "jsonld")),
        ("/organisations/nhsx/changes?from=2019&to=2021", ("json", "html", "csv")),
    ):
        tags = {form: nhsx.get(f"{path}&format={form}").headers["etag"] for form in formats}
        assert len(set(tags.values())) == len(formats)
        for form, tag in tags.items():
            assert nhsx.get(f"{path}&format={form}", headers={"if-none-match": tag}).status_code == 304
            others = ", ".join(each for each in tags.values() if each != tag)
            assert nhsx.get(f"{path}&format={form}", headers={"if-none-match": others}).status_code == 200


def test_a_list_as_csv_says_what_the_json_says(nhsx: Served) -> None:
    path = "/organisations?as_of=2021-06-01&limit=5"
    answer = nhsx.get(path, headers={"accept": "text/csv"})
    assert answer.headers["content-disposition"] == 'attachment; filename="organisations-2021-06-01.csv"'
    found = rows(nhsx, path, headers={"accept": "text/csv"})
    whole = nhsx.json(path)
    assert [each["id"] for each in found] == [each["id"] for each in whole["items"]]
    assert list(found[0]) == [
        "kind", "id", "name", "status", "certainty", "version", "as_of_edtf", "as_of_earliest", "as_of_latest",
        "known_at_position", "known_at_recorded_at", "otherwise", "closed_by",
    ]  # fmt: skip
    assert answer.links["next"]["url"] == whole["next"]


def test_pages_of_csv_lead_to_all_of_it(nhsx: Served) -> None:
    url, ids = "/organisations?as_of=2021&limit=7&format=csv", []
    while url:
        answer = nhsx.get(url)
        ids += [each["id"] for each in csv.DictReader(io.StringIO(answer.text, newline=""))]
        url = answer.links.get("next", {}).get("url", "").removeprefix("http://127.0.0.1:8000")
    assert ids == [each["id"] for each in nhsx.json("/organisations?as_of=2021&limit=1000")["items"]]
    counted = nhsx.get("/organisations?as_of=2021&count=true&format=csv").headers["orgline-count"]
    count = nhsx.json("/organisations?as_of=2021&count=true")["count"]
    assert counted == f"definite={count['definite']}, possible={count['possible']}"


@pytest.mark.parametrize("name", ['=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", "'quoted", 'a "b",\nc', "Ærø, plc"])
def test_formulas_are_made_harmless_and_texts_come_back(app: Served, name: str) -> None:
    app.post(created(name=name, effective="2019"))
    (found,) = rows(app, "/organisations?as_of=2020&format=csv")
    assert not found["name"].startswith(("=", "+", "-", "@"))
    text = app.json("/organisations?as_of=2020")["items"][0]["name"]
    assert found["name"].removeprefix("'") == text or found["name"] == text
    assert found["name"].startswith("'") == name.startswith(("=", "+", "-", "@", "'"))


def test_timeline_and_changes_as_csv(nhsx: Served) -> None:
    timeline = rows(nhsx, "/organisations/nhsx/timeline?format=csv&limit=1000")
    assert len(timeline) == len(nhsx.json("/organisations/nhsx/timeline?limit=1000")["items"])
    assert timeline[0]["effective_edtf"]
    changes = rows(nhsx, "/organisations/nhsx/changes?from=2019&to=2022&format=csv&limit=1000")
    told = nhsx.json("/organisations/nhsx/changes?from=2019&to=2022&limit=1000")["items"]
    assert [each["change"] for each in changes] == [each["change"] for each in told]
    assert {"on_edtf", "before_value", "after_value", "after_since_edtf", "events"} <= set(changes[0])


@pytest.mark.parametrize(
    ("path", "column"),
    [
        ("people", "status"),
        ("posts", "name"),
        ("plans", "status"),
        ("initiatives", "as_of_edtf"),
        ("targets", "known_at_position"),
        ("responsibilities", "certainty"),
    ],
)
def test_every_list_is_there_as_csv(nhsx: Served, path: str, column: str) -> None:
    found = rows(nhsx, f"/{path}?as_of=2021&limit=3", headers={"accept": "text/csv"})
    assert [each["id"] for each in found] == [each["id"] for each in nhsx.json(f"/{path}?as_of=2021&limit=3")["items"]]
    assert all(each[column] for each in found)
    problem(nhsx.get(f"/{path}", headers={"accept": "application/ld+json"}), 406, "not-acceptable")


def test_statements_as_csv(nhsx: Served) -> None:
    found = rows(nhsx, "/statements?property=appointments&as_of=2021-06-01&format=csv")
    told = nhsx.json("/statements?property=appointments&as_of=2021-06-01")["items"]
    assert [(each["subject"], each["key"]) for each in found] == [(each["subject"], each["key"]) for each in told]
    assert {"since_edtf", "until_earliest", "opened_by", "value"} <= set(found[0])


def test_openapi_names_the_formats(app: Served) -> None:
    described = app.json("/schema/openapi.json")
    for path in ("/organisations", "/organisations/{slug}/changes", "/people"):
        parameters = described["paths"][path]["get"]["parameters"]
        (form,) = [each for each in parameters if each["name"] == "format"]
        assert "text/csv" in form["description"]
        assert "application/ld+json" in form["description"]


@pytest.mark.parametrize(
    "path", ["/organisations/nhsx", "/organisations?format=csv", "/feeds/all.atom", "/plans.ics", "/organisations/nope"]
)
def test_no_answer_is_taken_for_something_else(nhsx: Served, path: str) -> None:
    assert nhsx.get(path).headers.get_list("x-content-type-options") == ["nosniff"]

"""The search over all kinds of subjects."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import html

from tests.http.conftest import Served, created, statements_of

BROWSER = {"accept": "text/html"}
STATEMENTS_MAX = 12


def kinds(served: Served, query: str) -> dict[str, list[str]]:
    found = served.get(f"/search?{query}").json()["kinds"]
    return {each["kind"]: [hit["id"] for hit in each["items"]] for each in found}


def test_what_is_called_so_of_every_kind(nhsx: Served) -> None:
    found = nhsx.get("/search?q=NHS&as_of=2021-06-01").json()
    assert (found["q"], found["as_of"]["edtf"]) == ("NHS", "2021-06-01")
    organisations, *others = found["kinds"]
    assert organisations["kind"] == "organisation"
    assert organisations["items"][0] == {"id": "nhs", "name": "National Health Service", "certainty": "definite"}
    assert {"id": "nhsx", "name": "NHSX", "certainty": "definite"} in organisations["items"]
    assert {"post", "plan"} <= {each["kind"] for each in others}
    assert all(each["count"] >= len(each["items"]) > 0 for each in found["kinds"])


def test_each_list_has_what_the_search_counts(nhsx: Served) -> None:
    lists = {"organisation": "organisations", "person": "people", "post": "posts", "plan": "plans"}
    for q in ("nhs", "g", "matthew gould", "nothing such"):
        found = {each["kind"]: each["count"] for each in nhsx.get(f"/search?q={q}&as_of=2021-06-01").json()["kinds"]}
        for kind, plural in lists.items():
            answer = nhsx.get(f"/{plural}?q={q}&as_of=2021-06-01&count=true").json()
            assert sum(answer["count"].values()) == found.get(kind, 0), (q, kind)


def test_names_hold_on_days_and_as_known_then(nhsx: Served) -> None:
    assert "organisation" in kinds(nhsx, "q=health+and+social+care+information")
    assert kinds(nhsx, "q=matthew+gould&as_of=2021-06-01") == {"person": ["matthew-gould"]}
    assert kinds(nhsx, "q=matthew+gould&as_of=2021-06-01&known_at=1") == {}


def test_ten_of_each_kind_are_named_and_all_counted(app: Served) -> None:
    facts = [created(f"unit-{n}", f"Unit {n}") for n in range(15)]
    assert app.post({"facts": facts}).status_code == 201
    (found,) = app.get("/search?q=unit").json()["kinds"]
    assert (found["kind"], found["count"], len(found["items"])) == ("organisation", 15, 10)
    assert found["items"][0]["id"] == "unit-0"
    page = app.get("/search?q=unit", headers=BROWSER).text
    assert "All 15" in page and "/organisations?q=unit" in page


def test_a_browser_that_finds_one_is_sent_to_its_page(nhsx: Served) -> None:
    answer = nhsx.get("/search?q=matthew+gould&as_of=2021-06-01", headers=BROWSER, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/people/matthew-gould?as_of=2021-06-01")
    assert answer.headers["cache-control"] == "no-store"


def renamed(served: Served) -> None:
    name = {"organisation": "abc", "name": "Ministry of Roads", "kind": "legal"}
    facts = [created("abc", "Board of Ways"), {"type": "name.adopted", "effective": "2021", "data": name}]
    assert served.post({"facts": facts}).status_code == 201


def test_a_name_of_another_time_is_told(app: Served) -> None:
    renamed(app)
    assert kinds(app, "q=ways&as_of=2020-06-01") == {"organisation": ["abc"]}
    assert kinds(app, "q=ways&as_of=2022-01-01") == {}
    page = app.get("/search?q=ways&as_of=2022-01-01", headers=BROWSER).text
    assert "At some other time" in page and "/organisations/abc?as_of=2022-01-01" in page
    assert "Nothing is called so." in app.get("/search?q=zzzz", headers=BROWSER).text


def test_what_is_called_almost_so_is_offered_where_nothing_is_called_so(nhsx: Served) -> None:
    day = "as_of=2021-06-01"
    page = html.fromstring(nhsx.get(f"/search?q=NHXS&{day}", headers=BROWSER).text)
    assert page.xpath('//*[@id="near"]/a/@href')[0] == f"/organisations/nhsx?{day}"
    page = html.fromstring(nhsx.get(f"/search?q=Mathew+Goud&{day}", headers=BROWSER).text)
    assert page.xpath('//*[@id="near"]/a/text()') == ["Matthew Gould"]
    page = html.fromstring(nhsx.get(f"/organisations?q=NHS+Englnad&{day}", headers=BROWSER).text)
    assert page.xpath('//*[@id="near"]/a/@href')[0] == f"/organisations/nhs-england?{day}"
    for path in ("/search?q=zzzz", "/search?q=nhs", "/organisations?q=nhs", "/targets?status=met", "/targets?q=zz"):
        assert 'id="near"' not in nhsx.get(f"{path}&{day}", headers=BROWSER).text, path
    assert nhsx.json(f"/organisations?q=NHXS&{day}")["items"] == []


def test_nothing_asked(nhsx: Served) -> None:
    assert nhsx.get("/search", headers=BROWSER).status_code == 200
    refused = nhsx.get("/search")
    assert (refused.status_code, refused.json()["type"]) == (400, "urn:orgline:problem:invalid-parameter")
    assert nhsx.get("/search?q=" + "x" * 201).status_code == 400
    assert "&lt;b&gt;" in nhsx.get("/search?q=<b>", headers=BROWSER).text


def test_it_is_known_when_nothing_changed(nhsx: Served) -> None:
    etag = nhsx.get("/search?q=nhs").headers["etag"]
    assert nhsx.get("/search?q=nhs", headers={"if-none-match": etag}).status_code == 304
    assert nhsx.get("/search?q=nhsx", headers={"if-none-match": etag}).status_code == 200


@pytest.mark.parametrize("q", ["roads", "ways", "zzzz"])
def test_a_search_takes_few_statements(app: Served, q: str) -> None:
    renamed(app)
    with statements_of(app) as asked:
        assert app.get(f"/search?q={q}&as_of=2022-01-01", headers=BROWSER, follow_redirects=False).status_code != 404
    assert 0 < len(asked) <= STATEMENTS_MAX, asked


def test_plans_targets_and_initiatives_are_told_with_their_status(nhsx: Served) -> None:
    def plans(day: str) -> dict[str, Any]:
        found = nhsx.get(f"/search?q=nhsx&as_of={day}").json()["kinds"]
        (plans,) = [each["items"] for each in found if each["kind"] == "plan"]
        return {each["id"]: (each["status"], each["status_certainty"]) for each in plans}

    assert plans("2019-02-25")["merge-nhsx"] == ("not_yet", "definite")
    assert plans("2021-12-01")["merge-nhsx"] == ("pending", "definite")
    page = html.fromstring(nhsx.get("/search?q=nhsx&as_of=2019-02-25", headers=BROWSER).text)
    (line,) = page.xpath('//a[starts-with(@href, "/plans/merge-nhsx")]/..')
    assert "not yet announced" in line.text_content()
    alone = nhsx.get("/plans/merge-nhsx?as_of=2019-02-25", headers=BROWSER).text
    assert "25 February 2019: not yet announced" in alone

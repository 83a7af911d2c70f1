"""What is not recorded is said in words: an unknown founding, a name that only a plan gives, and what is left where all
was withdrawn.
"""

from __future__ import annotations

import re

from tests.http.conftest import Served

BROWSER = {"accept": "text/html"}
SLUG = "nhs-england-transformation-directorate"
NAME = "NHS England transformation directorate"


def text_of(app: Served, path: str) -> str:
    answer = app.get(path, headers=BROWSER)
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text[answer.text.index("<main") :]).split())


def test_an_organisation_that_only_a_plan_names_goes_by_that_name(nhsx: Served) -> None:
    plan = "/plans/transformation-directorate?as_of=2021-03-01"
    misspelt = "/search?q=nhs-englnd-transformation-directorate"
    for path in ("/", "/organisations", f"/organisations/{SLUG}", plan, "/feeds?kind=organisations", misspelt):
        assert NAME in text_of(nhsx, path), path
        assert SLUG not in text_of(nhsx, path), path
    page = nhsx.get(f"/organisations/{SLUG}", headers=BROWSER).text
    assert f"<h1>{NAME}</h1>" in page
    assert f"Changes of {NAME}" in page
    assert nhsx.json(f"/organisations/{SLUG}")["name"] == SLUG  # no fact has named it


def test_unknown_is_explained(nhsx: Served) -> None:
    words = "unknown, since its founding is not recorded"
    for path in ("/organisations", "/organisations/nhs-digital?as_of=2021-06-01"):
        assert words in text_of(nhsx, path), path
    assert "unknown" not in text_of(nhsx, "/")  # where nobody has asked for it yet
    assert "NHSX closed" in text_of(nhsx, "/")
    data = {"organisation": "nhsx", "initiative": "new", "amount": "1", "currency": "GBP"}
    assert nhsx.post({"type": "funding.awarded", "effective": "2021", "data": data}).status_code == 201
    assert "unknown, since no stage of it is recorded" in text_of(nhsx, "/initiatives/new")


def test_where_all_was_withdrawn_the_page_leads_to_what_was(app: Served) -> None:
    data = {"organisation": "abc", "post": "chair", "person": "jo"}
    recorded = app.post({"type": "appointment.started", "effective": "2021", "data": data}).json()["events"][0]["id"]
    app.post({"type": "fact.retracted", "data": {"event": recorded, "reason": "error"}})
    for path, tag in (("/people/jo", "person/jo"), ("/posts/chair", "post/chair")):
        href = f"/events?tag={tag}"
        assert (
            f'href="{href}">All facts that ever mentioned it, withdrawn ones too' in app.get(path, headers=BROWSER).text
        )
        assert "Withdrawn" in text_of(app, href)
    assert "no fact that stands says that it was created" in text_of(app, "/posts")

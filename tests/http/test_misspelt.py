"""Days and states of knowledge that are not understood: what was typed is quoted, and what may be meant is offered."""

from __future__ import annotations

import re

import pytest

from tests.http.conftest import Served

BROWSER = {"accept": "text/html"}


@pytest.mark.parametrize(
    ("query", "said", "meant"),
    [
        ("as_of=31+February+2021", "&#39;31 February 2021&#39; is no date: February 2021 has 28 days", ["2021-02-28"]),
        ("as_of=Febuary+2021", "&#39;Febuary 2021&#39; is no date: did you mean February 2021", ["2021-02"]),
        ("as_of=10/11/2021", "10 November 2021 (2021-11-10) or 11 October 2021", ["2021-11-10", "2021-10-11"]),
        ("as_of=2021-02-31", "&#39;2021-02-31&#39; is no day", ["2021-02-28"]),
        ("as_of=31+February+2021/2022", "&#39;31 February 2021&#39; is no date", []),
        ("known_at=June+2021", "June 2021 is not understood: did you mean the end of 30 June 2021", ["2021-06-30"]),
        ("known_at=9999", "beyond the head of the log", ["79"]),
    ],
)
def test_what_is_typed_is_quoted_and_what_may_be_meant_is_offered(
    nhsx: Served, query: str, said: str, meant: list[str]
) -> None:
    answer = nhsx.get(f"/plans?status=pending&{query}", headers=BROWSER)
    assert answer.status_code == 400
    assert said in answer.text
    name = query.partition("=")[0]
    main = answer.text[answer.text.index("<main") :]
    assert re.findall(rf'href="/plans\?status=pending&amp;{name}=([^"]+)"', main) == meant
    for each in meant:
        assert nhsx.get(f"/plans?status=pending&{name}={each}", headers=BROWSER).status_code == 200
    assert nhsx.get(f"/plans?{query}").json().get("meant", []) == meant  # programs are told too


def test_a_number_of_facts_is_a_state_of_knowledge(nhsx: Served) -> None:
    answer = nhsx.get("/organisations/nhsx?known_at=after+40+events", headers=BROWSER, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (302, "/organisations/nhsx?known_at=40")
    problem = nhsx.get("/organisations/nhsx?known_at=after+40+events").json()
    assert problem["type"].endswith("invalid-known-at")
    assert "write the number alone, 40" in problem["detail"]


def test_the_field_keeps_what_was_typed_and_links_say_edtf(nhsx: Served) -> None:
    text = nhsx.get("/organisations/nhsx?as_of=autumn+2020", headers=BROWSER).text
    assert 'name="as_of" value="autumn 2020"' in text
    assert "Shown: autumn 2020: 1 September 2020 to 30 November 2020" in text
    assert 'href="/organisations/nhsx/lineage?as_of=2020-23"' in text
    text = nhsx.get("/organisations/nhsx/timeline?as_of=2021-06-01&known_at=2099-01-01", headers=BROWSER).text
    assert 'name="as_of" value="1 June 2021"' in text
    assert 'name="known_at" value="1 January 2099"' in text

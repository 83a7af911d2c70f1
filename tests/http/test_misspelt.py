"""Days, states of knowledge and addresses that are not understood: what was typed is quoted, and what may be meant is
offered.
"""

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


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("/organisations/nshx", "/organisations/nhsx"),
        ("/organisations/NHSX", "/organisations/nhsx"),
        ("/organisations/nshx/timeline", "/organisations/nhsx"),
        ("/people/mathew-gould", "/people/matthew-gould"),
        ("/people/Mathew%20Gold", "/people/matthew-gould"),
        ("/posts/nhsx-chief-exective", "/posts/nhsx-chief-executive"),
        ("/targets/paperles-nhs", "/targets/paperless-nhs"),
        ("/organisation/nhsx", "/organisations/nhsx"),
    ],
)
def test_an_address_that_is_misspelt_leads_to_who_is_meant(nhsx: Served, path: str, meant: str) -> None:
    answer = nhsx.get(path, headers=BROWSER)
    assert answer.status_code == 404
    main = answer.text[answer.text.index("<main") :]
    assert "Perhaps you mean" in main
    assert f'href="{meant}"' in main
    assert nhsx.get(meant, headers=BROWSER).status_code == 200
    assert nhsx.get(path).status_code == 404


def test_an_address_that_is_like_no_other_leads_to_the_list_of_its_kind(nhsx: Served) -> None:
    answer = nhsx.get("/people/%E2%98%83", headers=BROWSER)
    assert answer.status_code == 404
    assert "Perhaps you mean" not in answer.text
    assert re.search(r'href="/people">The list: People</a>', answer.text)


@pytest.mark.parametrize("names", [("from", "to"), ("known_from", "known_to")])
def test_an_end_before_its_beginning_can_be_exchanged_or_mended(nhsx: Served, names: tuple[str, str]) -> None:
    first, last = names
    values = ("2021", "2019") if first == "from" else ("79", "0")
    answer = nhsx.get(f"/organisations/nhsx/changes?{first}={values[0]}&{last}={values[1]}", headers=BROWSER)
    assert answer.status_code == 400
    main = answer.text[answer.text.index("<main") :]
    (turned,) = re.findall(rf'href="([^"]+)">Did you mean: from {values[1]} to {values[0]}\?', main)
    assert turned == f"/organisations/nhsx/changes?{first}={values[1]}&amp;{last}={values[0]}"
    assert nhsx.get(turned.replace("&amp;", "&"), headers=BROWSER).status_code == 200
    fields = re.findall(r'<input id="[^"]+" name="([^"]+)" value="([^"]+)"', main)
    assert fields == list(zip(names, values, strict=True))
    assert 'href="/organisations/nhsx">' in main


def test_where_only_the_beginning_was_given_the_end_can_be_given_too(nhsx: Served) -> None:
    text = nhsx.get("/organisations/nhsx/changes?from=2999", headers=BROWSER).text
    assert "Did you mean" not in text
    assert 'name="to" value=""' in text

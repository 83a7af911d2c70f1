"""The list of all facts: in the words of the other pages, and about whom people name as they are called."""

from __future__ import annotations

import re

import pytest

from tests.http.conftest import Served, created

BROWSER = {"accept": "text/html"}


@pytest.mark.parametrize(
    ("named", "tag"),
    [("NHSX", "organisation/nhsx"), ("matthew gould", "person/matthew-gould"), ("Gould", "person/matthew-gould")],
)
def test_a_name_leads_to_the_facts_about_whom_it_names(nhsx: Served, named: str, tag: str) -> None:
    answer = nhsx.get("/events", params={"tag": named}, headers=BROWSER, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/events?tag={tag}")
    text = nhsx.get(f"/events?tag={tag}", headers=BROWSER).text
    assert re.search(r'What is recorded about [^<]+: <a href="/(organisations|people)/[^"]+">', text)
    assert ", fact 25</span>" in text or tag.startswith("person/")


def test_of_several_that_are_called_so_one_is_chosen(nhsx: Served) -> None:
    answer = nhsx.get("/events?tag=Chief+Executive&type=appointment.started", headers=BROWSER)
    assert answer.status_code == 200
    choices = re.findall(r'<a href="/events\?tag=(post/[^"]+)">Chief Executive</a>', answer.text)
    assert "post/nhsx-chief-executive" in choices
    assert len(choices) > 1


def test_a_name_that_is_misspelt_leads_to_who_is_meant(nhsx: Served) -> None:
    text = nhsx.get("/events?tag=Mathew+Gold", headers=BROWSER).text
    assert "Perhaps you mean:" in text
    assert 'href="/events?tag=person/matthew-gould"' in text
    assert "Nothing is called “zzz”." in nhsx.get("/events?tag=zzz", headers=BROWSER).text


def test_programs_write_tags(nhsx: Served) -> None:
    problem = nhsx.get("/events?tag=NHSX")
    assert problem.status_code == 400
    assert "write kind/slug" in problem.json()["detail"]
    assert nhsx.get("/events?tag=organisation/NHSX", headers=BROWSER).status_code == 400


def test_a_name_that_says_whose_it_is_is_told_as_it_stands(nhsx: Served) -> None:
    text = nhsx.get("/events?type=name.retired", headers=BROWSER).text
    assert re.search(r"No longer called NHSX \(brand of NHSX\), February 2022</a> <span class=\"span day\">", text)


def test_a_name_says_whose_it_is(app: Served) -> None:
    app.post(created("abc", "Alphabet", "2010"))
    renamed = {"organisation": "abc", "name": "Bet", "kind": "legal"}
    app.post({"type": "name.adopted", "effective": "2015", "data": renamed})
    again = {"organisation": "abc", "name": "Gimel", "kind": "legal"}
    app.post({"type": "name.adopted", "effective": "2019", "data": again})
    text = app.get("/events", headers=BROWSER).text
    lines = re.findall(r'<li value="(\d)">(.*?)</li>', text, re.DOTALL)
    assert [number for number, line in lines if '<a href="/organisations/abc">Gimel</a>' in line] == ["2"]
    assert "<h1>All facts</h1>" in text
    assert '<option value="organisation.merged">Organisations merge</option>' in text

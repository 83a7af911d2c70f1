"""Pages say why something is only possible, and leave out open facts that change nothing."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import pytest

from tests.http.conftest import Served, created

BROWSER = {"accept": "text/html"}


def fact(type_: str, effective: Any, **data: Any) -> dict[str, Any]:
    return {"type": type_, "effective": effective, "data": data}


def page(app: Served, path: str) -> str:
    answer = app.get(path, headers=BROWSER)
    assert answer.status_code == 200, answer.text
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text[answer.text.index("<main") :]).split())


@pytest.fixture
def some(app: Served) -> Served:
    """An organisation with one of each, begun and ended on days that are known only in part."""
    served = {"organisation": "abc", "post": "abc-head", "person": "ann"}
    facts = [
        {**created("abc", "Abc"), "effective": {"edtf": "[2019-02-20..2019-04-09]", "text": "early 2019"}},
        fact("appointment.started", "2020-05", **served, person_name="Ann", title="Head"),
        fact("appointment.ended", "2021-05", **served),
        fact("responsibility.gained", "2020-23", organisation="abc", responsibility="duty", title="Duty"),
        fact("initiative.commissioned", "2020-05-01", organisation="abc", initiative="app", name="App"),
        fact("initiative.launched", "2020-09", organisation="abc", initiative="app"),
        fact("target.set", "2020", organisation="abc", target="goal", name="Goal", due="2024"),
        fact("organisation.dissolved", "2022-02", organisation="abc", reason="ceased"),
    ]
    assert app.post({"facts": facts}).status_code == 201
    return app


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/organisations/abc?as_of=2019-03-01", "it began some day between 20 February 2019 and 9 April 2019"),
        ("/organisations/abc?as_of=2022-02-10", "it ended in February 2022"),
        ("/organisations/abc?as_of=2019", "it began some day between 20 February 2019 and 9 April 2019"),
        ("/people/ann?as_of=2020-05-10", "the post of Head was taken up in May 2020"),
        ("/people/ann?as_of=2021-05-10", "the post of Head was left in May 2021"),
        ("/posts/abc-head?as_of=2020-05-10", "Ann took up the post in May 2020"),
        ("/responsibilities/duty?as_of=2020-10-01", "Abc took it on in autumn 2020"),
        ("/initiatives/app?as_of=2020-09-10", "it was launched in September 2020"),
        ("/targets/goal?as_of=2020-09-10", "it was set in 2020"),
    ],
)
def test_a_status_that_is_only_possible_says_why(some: Served, path: str, words: str) -> None:
    assert f"Not certain, because {words}" in page(some, path)


def test_a_reason_leads_to_its_fact_and_a_certain_status_has_none(some: Served) -> None:
    text = some.get("/organisations/abc?as_of=2019-03-01", headers=BROWSER).text
    event = re.search(r'href="(/events/[^"]+)">it began', text)
    assert event is not None
    assert "<h1>Abc created, early 2019</h1>" in some.get(event[1], headers=BROWSER).text
    for path in ("/organisations/abc?as_of=2021-01-01", "/people/ann?as_of=2021-01-01", "/targets/goal?as_of=2021"):
        assert "Not certain" not in page(some, path)


def test_an_initiative_says_what_it_surely_is_and_what_it_may_be(some: Served) -> None:
    assert "App , commissioned, possibly launched since since 1 May 2020" in page(
        some, "/organisations/abc?as_of=2020-09-10"
    )
    assert "App , commissioned, then launched since 1 May 2020" in page(some, "/organisations/abc?as_of=2020-23")
    assert "App , launched since September 2020" in page(some, "/organisations/abc?as_of=2020-10-01")
    (app,) = some.json("/organisations/abc?as_of=2020-23")["initiatives"]
    assert (app["stage"], app["possible_stage"], app["last_stage"]) == ("commissioned", "launched", "launched")
    (app,) = some.json("/organisations/abc?as_of=2020-09-10")["initiatives"]
    assert "last_stage" not in app


def test_the_steps_stop_where_the_possible_becomes_certain(some: Served) -> None:
    # From 2020-09-01 to 2020-09-30 its initiative may have been launched.
    days = ["2019-02-20", "2019-04-09", "2020-01-01", "2020-05-01", "2020-05-31", "2020-09-01", "2020-09-30"]
    for day, following in pairwise(days):
        text = some.get(f"/organisations/abc?as_of={day}", headers=BROWSER).text
        assert re.search(rf'rel="next" href="/organisations/abc\?as_of={following}"', text), day
    assert "possibly active" in page(some, "/organisations/abc?as_of=2019-04-08")
    assert "possibly active" not in page(some, "/organisations/abc?as_of=2019-04-09")


def test_open_facts_that_change_nothing_are_left_out(some: Served) -> None:
    seen = {"organisation": "abc", "post": "abc-head", "person": "ann"}
    some.post(fact("appointment.observed", "2020-09", **seen, person_name="Ann", title="Head"))
    some.post(fact("appointment.observed", "2020-09", **seen | {"person": "bob"}, person_name="Bob", title="Head"))
    some.post({**created("abc", "Abc"), "effective": "2020-09"})
    answer = some.json("/organisations/abc?as_of=2020-09-10")
    titles = page(some, "/organisations/abc?as_of=2020-09-10").split("it is open whether")[1]
    assert "Bob" in titles
    assert "launched App" in titles
    assert "Ann" not in titles
    assert "Abc created" not in titles
    assert len(answer["undecided"]) > titles.count("2020")  # the JSON names all


def test_a_date_is_told_in_the_words_of_its_fact(some: Served) -> None:
    some.post(
        fact("priority.set", {"edtf": "2020-05", "text": "late spring"}, organisation="abc", priority="p", title="P")
    )
    assert "since late spring (May 2020)" in page(some, "/organisations/abc?as_of=2021")
    given = {"edtf": "[2019-02-20..2019-04-09]", "text": "early 2019"}
    some.post(fact("priority.set", given, organisation="abc", priority="q", title="Q"))
    text = page(some, "/organisations/abc?as_of=2021")
    assert "since early 2019 (between 20 February and 9 April 2019)" in text
    event = some.json("/events?type=priority.set")["items"][-1]["id"]
    assert "early 2019 (between 20 February and 9 April 2019)" in page(some, f"/events/{event}")


def test_what_became_of_an_organisation_is_said_of_its_end_alone(nhsx: Served) -> None:
    said = "February 2022: possibly active; otherwise closed, merged into NHS England, February 2022"
    assert said in page(nhsx, "/organisations/nhsx?as_of=2022-02-10")
    assert "closed, merged into NHS England, February 2022" in page(nhsx, "/organisations/nhsx?as_of=2022-06-01")


def test_of_several_days_it_is_said_what_is_told_of_all(some: Served) -> None:
    assert "on some days of autumn 2020 it is open whether" in page(some, "/organisations/abc?as_of=2020-23").lower()
    assert "on all its days, unless marked possibly" in page(some, "/organisations/abc?as_of=2020-23")

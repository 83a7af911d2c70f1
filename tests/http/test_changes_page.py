"""The page of what changed: facts in their sentences, and what changed by each folded under it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest
from lxml import html

from tests.http.conftest import Served, created

BROWSER = {"accept": "text/html"}


def shown(app: Served, path: str) -> tuple[dict[str, list[str]], Any]:
    """The facts that a page tells, each with its details (those of another subject below that one's name), and its
    document."""
    answer = app.get(path, headers=BROWSER)
    assert answer.status_code == 200, answer.text
    document = html.document_fromstring(answer.text)
    facts = document.xpath("//ul[@class='lines']/li")
    told = {said(each.find("p")): [said(line) for line in each.xpath("details/p | details/ul/li")] for each in facts}
    assert len(told) == len(facts)  # none is told twice
    return told, document


def said(element: Any) -> str:
    return " ".join(element.text_content().split())


def uid(number: int) -> str:
    return str(UUID(int=number))


def test_a_year_is_told_by_its_facts(nhsx: Served) -> None:
    told, document = shown(nhsx, "/organisations/nhsx/changes?from=2020-01-01&to=2020-12-31")
    assert len(told) == 8
    trial = "NHSX began a trial of COVID-19 contact tracing app (Isle of Wight), 5 May 2020"
    assert told[trial] == [
        "COVID-19 contact tracing app",
        "Architecture: nothing before → Anonymised data in a central database",
        "Place: nothing before → Isle of Wight",
        "Stage: commissioned → trialled",  # and not the owner, which it only confirms
    ]
    (link,) = document.xpath("//main//ul[@class='lines']/li/p/a[contains(text(), 'Isle of Wight')]/@href")
    assert nhsx.get(link, headers=BROWSER).status_code == 200
    (timeline,) = document.xpath("//main/p/a/@href")
    path, _, anchor = timeline.partition("#")
    text = nhsx.get(path, headers=BROWSER).text
    assert f'id="{anchor}"' in text
    assert "Finding published by NHSX, September 2020" in text


def test_details_are_in_plain_words(nhsx: Served) -> None:
    told, _ = shown(nhsx, "/organisations/nhsx/changes?from=2019-02&to=2022&limit=1000")
    announced = "Plan for NHSX announced: A joint unit for digital transformation in the NHS, to be called NHSX"
    assert "What is planned: nothing before → An organisation begins; A post is created" in next(
        details for title, details in told.items() if title.startswith(announced)
    )
    assert {"Classification: nothing before → joint-unit", "Name: NHSX (brand): begins", "Existence: begins"} <= set(
        told["NHSX created, early 2019"]
    )
    assert told["NHSX created, early 2019"][-2:] == [
        "A joint unit for digital transformation in the NHS, to be called NHSX",
        "Status: pending → fulfilled",
    ]
    assert told["NHSX began to work with Government Digital Service, early 2019"] == [
        "Relation: works with Government Digital Service: begins"
    ]
    priority = "Cut the time that clinicians spend inputting and accessing data in NHS systems"
    assert f"Priority: {priority}: ends" in told["NHSX merged into NHS England, February 2022"]
    details = [line for each in told.values() for line in each]
    assert not [
        line for line in details if line.startswith("Of") or "formed_from" in line or "Classification: default" in line
    ]
    assert not [line for line in details if line.endswith(("→", "→ ", ":"))]


def test_a_fact_that_may_lie_on_other_days_is_possible(nhsx: Served) -> None:
    whole, _ = shown(nhsx, "/organisations/nhsx/changes?from=2022-02-01&to=2022-02-28")
    half, document = shown(nhsx, "/organisations/nhsx/changes?from=2022-02-01&to=2022-02-14")
    merged = "NHSX merged into NHS England, February 2022"
    assert "Existence: ends" in whole[merged]
    assert "possibly Existence: ends" in half[f"possibly {merged}"]
    assert document.xpath("count(//li[@class='possible'])") == len(half) > 0


def test_pages_keep_what_changed_on_the_same_days_together(nhsx: Served) -> None:
    path = "/organisations/nhsx/changes?from=2020&to=2022&limit="
    whole, _ = shown(nhsx, f"{path}1000")
    page: str | None = f"{path}40"
    told: list[tuple[str, list[str]]] = []
    while page:
        facts, document = shown(nhsx, page)
        told += facts.items()
        page = next(iter(document.xpath("//a[@rel='next' and ancestor::p[@class='pager']]/@href")), None)
    assert told == list(whole.items())
    assert len(nhsx.json(f"{path}40")["items"]) == 40


def test_what_stands_is_told_with_the_names_known_now(app: Served) -> None:
    replacement = {"type": "priority.set", "effective": "2018-03-04", "data": {"organisation": "abc", "priority": "p"}}
    stated = {**replacement, "effective": "2017"}
    for fact in (
        {**stated, "id": uid(1)},
        created("abc", "A <b> & Co", "2001"),
        {"type": "fact.corrected", "id": uid(2), "data": {"event": uid(1), "replacement": replacement}},
    ):
        assert app.post(fact).status_code == 201
    told, document = shown(app, "/organisations/abc/changes?from=2017&to=2018")
    assert told == {"A <b> & Co set a priority: p, 4 March 2018": ["Priority: p: begins"]}
    assert document.xpath("//li/p/a/@href") == [f"/events/{uid(2)}"]


def test_the_end_of_an_interval_is_told_on_its_own(app: Served) -> None:
    interval = {"organisation": "abc", "post": "chair", "person": "jo", "person_name": "Jo", "title": "Chair"}
    fact = {"type": "appointment.started", "effective": "2015/2016-05-04", "data": interval}
    assert app.post({"facts": [created("abc", "Abc", "2001"), fact]}).status_code == 201
    title = "Jo appointed Chair of Abc, from 2015 until 4 May 2016"
    told, _ = shown(app, "/organisations/abc/changes?from=2015&to=2016")
    assert told == {
        title: ["Appointment: Chair, Jo: begins"],
        f"{title} over: 5 May 2016": ["Appointment: Chair, Jo: ends 5 May 2016"],
    }


@pytest.mark.parametrize(
    ("between", "fact", "detail"),
    [
        ((1, 2), "Abc set a priority: p, 2017", "Priority: p: not known before → since 2017"),
        ((2, 3), "Correction: Abc set a priority: p, 2018", "Priority: p: since 2017 → since 2018"),
        ((1, 3), "Abc set a priority: p, 2018", "Priority: p: not known before → since 2018"),
        ((3, 4), "Correction undone: Abc set a priority: p, 2018", "Priority: p: since 2018 → since 2017"),
        ((1, 4), "Abc set a priority: p, 2017", "Priority: p: not known before → since 2017"),
        ((4, 5), "Counts again: Abc set a priority: p, 2018", "Priority: p: since 2017 → since 2018"),
        ((5, 6), "Withdrawn: Abc set a priority: p, 2018", "Priority: p: since 2018 → no longer held true"),
    ],
)
def test_what_was_learned_is_told_by_what_taught_it(
    app: Served, between: Sequence[int], fact: str, detail: str
) -> None:
    def stated(year: str) -> dict[str, Any]:
        return {"type": "priority.set", "effective": year, "data": {"organisation": "abc", "priority": "p"}}

    def retracted(number: int) -> dict[str, Any]:
        return {"type": "fact.retracted", "data": {"event": uid(number), "reason": "error"}}

    corrected = {"type": "fact.corrected", "data": {"event": uid(2), "replacement": stated("2018")}}
    facts = [created("abc", "Abc", "2001"), stated("2017"), corrected, retracted(3), retracted(4), retracted(2)]
    for number, each in enumerate(facts, 1):
        assert app.post({**each, "id": uid(number)}).status_code == 201
    known_from, known_to = between
    told, _ = shown(app, f"/organisations/abc/changes?known_from={known_from}&known_to={known_to}&as_of=2019")
    assert told == {fact: [detail]}


def test_an_observation_that_is_over_is_no_change(nhsx: Served) -> None:
    told, _ = shown(nhsx, "/organisations/nhsx/changes?from=2019&to=2022")
    seen = [line for details in told.values() for line in details if "Seen in post" in line]
    assert seen
    assert all(line.endswith("begins") for line in seen)


def test_a_change_that_many_facts_say_is_told_under_few(app: Served) -> None:
    again = {"type": "priority.set", "effective": "2017", "data": {"organisation": "abc", "priority": "p"}}
    assert app.post({"facts": [created("abc", "Abc", "2001"), *([again] * 50)]}).status_code == 201
    answer = app.get("/organisations/abc/changes?from=2017&to=2017", headers=BROWSER)
    assert answer.text.count("Abc set a priority: p, 2017") == 20


def test_what_was_learned_of_other_days_is_counted_and_linked(nhsx: Served) -> None:
    told, document = shown(nhsx, "/organisations/nhsx/changes?known_from=20&known_to=79")
    (notice,) = document.xpath("//p[@class='notice']")
    count = re.match(r"(\d+) more facts that were recorded between these moments", said(notice))
    assert count is not None
    (way,) = notice.xpath("a/@href")
    everything, document = shown(nhsx, way)
    assert len(everything) == len(told) + int(count[1])
    assert not document.xpath("//p[@class='notice']")
    assert any("Matthew Gould appointed" in title for title in everything)
    asked = nhsx.json("/organisations/nhsx/changes?known_from=20&known_to=79")["as_of"]
    assert asked["earliest"] == asked["latest"], "as JSON the answer is about today, as it is documented"


def test_the_form_offers_all_days_for_what_was_learned(nhsx: Served) -> None:
    _, document = shown(nhsx, "/organisations/nhsx/changes?from=2020&to=2020")
    (days,) = document.xpath("//input[@id='as_of']/@value")
    answer = nhsx.get("/organisations/nhsx/changes", params={"known_from": "20", "as_of": days}, headers=BROWSER)
    assert "Matthew Gould appointed" in answer.text
    assert "more facts" not in answer.text

"""Where a page says until when something held, it leads to the fact that ended it, and says where that is concluded."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.http.conftest import Served, created, statements_of

BROWSER = {"accept": "text/html"}
CONCLUDED = "(concluded: the organisation closed)"
JO = {"organisation": "abc", "post": "chair", "person": "jo"}


def until(app: Served, path: str) -> list[tuple[str, str]]:
    """The ends that a page tells: the event that each leads to, and what is said after its words."""
    text = app.get(path, headers=BROWSER).text
    return re.findall(r'<a href="/events/([^"]+)">until [^<]+</a> ?([^<]*)</span>', text)


def record(app: Served, *facts: dict[str, Any]) -> list[str]:
    """Record the facts; their ids."""
    answer = app.post({"facts": list(facts)})
    assert answer.status_code == 201, answer.text
    return [each["id"] for each in answer.json()["events"]]


@pytest.fixture
def led(app: Served) -> Served:
    """A register in which Jo was the chair of Abc."""
    record(
        app,
        created("abc", "Abc", "2010"),
        {"type": "appointment.started", "effective": "2015", "data": JO},
        {"type": "responsibility.gained", "effective": "2015", "data": {"organisation": "abc", "responsibility": "r"}},
    )
    return app


def test_an_end_leads_to_the_fact_that_says_so(led: Served) -> None:
    (end,) = record(led, {"type": "appointment.ended", "effective": "2019", "data": JO})
    for path in ("/organisations/abc", "/people/jo", "/posts/chair"):
        assert (end, "") in until(led, f"{path}?as_of=2018"), path


def test_what_ends_with_an_organisation_says_that_this_is_concluded(led: Served) -> None:
    dissolved = {
        "type": "organisation.dissolved",
        "effective": "2020",
        "data": {"organisation": "abc", "reason": "other"},
    }
    (end,) = record(led, dissolved)
    for path in ("/organisations/abc", "/people/jo", "/posts/chair", "/responsibilities/r"):
        assert set(until(led, f"{path}?as_of=2018")) == {(end, CONCLUDED)}, path


def test_of_an_end_that_was_corrected_the_fact_that_stands_is_meant(led: Served) -> None:
    (wrong,) = record(led, {"type": "appointment.ended", "effective": "2019", "data": JO})
    put_right = {"type": "appointment.ended", "effective": "2020", "data": JO}
    (right,) = record(led, {"type": "fact.corrected", "data": {"event": wrong, "replacement": put_right}})
    for path in ("/organisations/abc", "/people/jo"):
        assert (right, "") in until(led, f"{path}?as_of=2018"), path


def test_of_two_ends_the_first_is_meant(led: Served) -> None:
    later, first = record(
        led,
        {"type": "appointment.ended", "effective": "2020", "data": JO},
        {"type": "appointment.ended", "effective": "2019", "data": JO},
    )
    assert later != first
    for path in ("/organisations/abc", "/people/jo"):
        assert (first, "") in until(led, f"{path}?as_of=2018"), path


def test_ends_take_no_statement_of_their_own(led: Served) -> None:
    counts = []
    for path in ("/organisations/abc?as_of=2018", "/people/jo?as_of=2018"):
        with statements_of(led) as before:
            led.get(path, headers=BROWSER)
        counts.append(len(before))
    record(led, {"type": "appointment.ended", "effective": "2019", "data": JO})
    for path, count in zip(("/organisations/abc?as_of=2018", "/people/jo?as_of=2018"), counts, strict=True):
        with statements_of(led) as after:
            led.get(path, headers=BROWSER)
        assert len(after) == count, path

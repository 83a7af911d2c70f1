"""`/plans.ics`: what is announced, as a calendar that calendars can read."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from icalendar import Calendar

from tests.http.conftest import Served, created, problem


def events(served: Served, query: str = "") -> dict[str, Any]:
    """The entries by the ends of their addresses, in a calendar that keeps the rules."""
    answer = served.get(f"/plans.ics{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    lines = answer.content.split(b"\r\n")
    assert lines.pop() == b""
    assert not any(b"\n" in each or b"\r" in each or len(each) > 75 for each in lines)  # RFC 5545, 3.1
    calendar = Calendar.from_ical(answer.content)
    assert not calendar.errors
    assert (calendar["version"], calendar["calscale"]) == ("2.0", "GREGORIAN")
    assert calendar["prodid"]
    found = {}
    for event in calendar.walk("VEVENT"):
        assert not event.errors
        assert event["dtstamp"].dt.tzinfo is not None
        assert "dtend" not in event or event["dtend"].dt > event["dtstart"].dt
        found[str(event["url"]).rpartition("/")[2]] = event
    assert len({str(event["uid"]) for event in found.values()}) == len(found)
    return found


def announced(plan: str, intended: str | None = None, effective: str = "2020-01-01", **more: Any) -> dict[str, Any]:
    data = {"plan": plan, "organisation": "abc", "title": f"Plan {plan}", **more}
    if intended is not None:
        data["intended"] = intended
    return {"type": "change.announced", "effective": effective, "data": data}


def test_the_plans_of_nhsx(nhsx: Served) -> None:
    found = events(nhsx)
    assert set(found) == {"create-nhsx", "merge-nhsx", "paperless-nhs", "shared-care-records"}
    merger = found["merge-nhsx"]
    assert (merger["dtstart"].dt, merger["dtend"].dt) == (date(2022, 2, 1), date(2022, 3, 1))
    assert merger["dtstart"].params["VALUE"] == "DATE"
    assert merger["status"] == "CONFIRMED"
    assert merger["summary"] == "NHSX to merge with NHS Digital and into NHS England (February 2022)"
    assert "Fulfilled February 2022." in merger["description"]
    assert "some day between 20 February 2019 and 9 April 2019" in found["create-nhsx"]["summary"]
    due = found["paperless-nhs"]
    assert (due["summary"], due["status"]) == ("Due: Paperless NHS (2024)", "TENTATIVE")
    assert set(events(nhsx, "?organisation=nhsx&status=fulfilled")) == {"create-nhsx", "merge-nhsx"}
    assert events(nhsx, "?organisation=nobody") == {}
    assert str(found["merge-nhsx"]["uid"]) == str(events(nhsx, "?organisation=nhsx")["merge-nhsx"]["uid"])


def test_days_and_statuses(app: Served) -> None:
    plans = {
        "day": "2030-05-05",
        "season": "2030-24",
        "between": "[2031-01-10..2031-02-20]",
        "from": "[2032-03-01..]",
        "by": "[..2033-04-01]",
        "never": None,
        "last": "9999-12-31",
        "gone": "2030",
    }
    assert app.post({"facts": [created(), *(announced(plan, when) for plan, when in plans.items())]}).status_code == 201
    before = app.node.clock() // 1_000_000
    withdrawn = {"type": "change.withdrawn", "effective": "2021", "data": {"plan": "gone", "reason": "no"}}
    assert app.post(withdrawn).status_code == 201
    found = events(app)
    days = {
        name: (str(each["dtstart"].dt), str(each["dtend"].dt) if "dtend" in each else "none")
        for name, each in found.items()
    }
    assert days == {
        "day": ("2030-05-05", "2030-05-06"),
        "season": ("2030-12-01", "2031-03-01"),
        "between": ("2031-01-10", "2031-02-21"),
        "from": ("2032-03-01", "2032-03-02"),
        "by": ("2033-04-01", "2033-04-02"),
        "last": ("9999-12-31", "none"),
        "gone": ("2030-01-01", "2031-01-01"),
    }
    assert found["day"]["summary"] == "Plan day"
    assert found["season"]["summary"] == "Plan season (winter 2030–31)"
    assert found["from"]["summary"] == "Plan from (March 2032 or later)"
    assert found["by"]["summary"] == "Plan by (by 1 April 2033)"
    assert {name: str(each["status"]) for name, each in found.items() if name in ("day", "gone")} == {
        "day": "TENTATIVE",
        "gone": "CANCELLED",
    }
    assert found["gone"]["sequence"] == found["day"]["sequence"] + 1
    assert int(found["gone"]["dtstamp"].dt.timestamp()) >= before >= int(found["day"]["dtstamp"].dt.timestamp()) - 1
    assert found["gone"]["dtstamp"].dt <= datetime.now(UTC)
    assert str(events(app, "?known_at=9")["gone"]["status"]) == "TENTATIVE"


def test_it_is_made_from_what_is_known_alone(app: Served) -> None:
    """The same bytes whenever it is asked for, in the order of the days."""
    assert app.post({"facts": [created(), announced("b", "2031"), announced("a", "2030")]}).status_code == 201
    first = app.get("/plans.ics?as_of=2020-06").content
    assert app.get("/plans.ics?as_of=2020-06").content == first
    assert list(events(app)) == ["a", "b"]
    later = app.get("/plans.ics?as_of=2031-06&known_at=3")
    assert b"overdue" in later.content
    assert later.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize(
    "title",
    [
        "BEGIN:VEVENT\r\nSUMMARY:no\r\nEND:VEVENT",
        "a;b,c:d\\n\\",
        '"quoted" \u202eturned',
        "👩‍👩‍👧‍👦" * 30,
        "bell \x07 and \x7f",
        "é" * 200,
    ],
)
def test_hostile_titles_are_text(app: Served, title: str) -> None:
    assert app.post({"facts": [created(), announced("p", "2030", title=title, terms=title)]}).status_code == 201
    (event,) = events(app).values()
    plain = " ".join(title.replace("\x07", "\ufffd").replace("\x7f", "\ufffd").split())
    assert event["summary"] == f"{plain} (2030)"
    assert plain in event["description"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("?organisation=A B", "invalid-parameter"),
        ("?status=done", "invalid-parameter"),
        ("?limit=3", "unknown-parameter"),
        ("?as_of=never", "invalid-date"),
        ("?known_at=never", "invalid-known-at"),
    ],
)
def test_questions_that_make_no_sense(app: Served, query: str, code: str) -> None:
    problem(app.get(f"/plans.ics{query}"), 400, code)

"""The customer's example over HTTP: NHSX on eight days, each answer as the documents say (docs/seed-timeline.md)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.conftest import Served

CREATED = ("create-nhsx", "fulfilled", "definite")
SUPERSEDED = ("transformation-directorate", "superseded", "definite")
FIRST = {"cancer-and-mental-health": "announced", "full-fibre": "announced"}
BY_MAY_2020 = {**FIRST, "single-sign-on": "announced", "contact-tracing-app": "trialled"}
BY_2021 = {**BY_MAY_2020, "contact-tracing-app-2": "launched", "digital-social-care-records": "announced"}
ALL = {**BY_2021, "adoption-fund": "launched"}
PAPERLESS, SHARED = {"paperless-nhs": "2024"}, {"shared-care-records": "2021-09"}

# day: status, certainty, otherwise, closed_by; certainty of its name, leader and 13 responsibilities; initiatives with
# their stages; plans; targets with what is due; certainty of its successor; number of undecided facts
ANSWERS: dict[str, tuple[Any, ...]] = {
    "2018-12-31": (("not_yet", "definite", None, None), None, {}, [], {}, None, 0),
    "2019-02-25": (
        ("active", "possible", "announced", None),
        "possible",
        {},
        [("create-nhsx", "pending", "possible")],
        {},
        None,
        18,
    ),
    "2019-12-31": (("active", "definite", None, None), "definite", FIRST, [CREATED], PAPERLESS, None, 0),
    "2020-05-06": (
        ("active", "definite", None, None),
        "definite",
        {**BY_MAY_2020, "contact-tracing-app-2": (None, "commissioned")},
        [CREATED],
        PAPERLESS,
        None,
        1,
    ),
    "2021-06-01": (
        ("active", "definite", None, None),
        "definite",
        BY_2021,
        [CREATED, ("transformation-directorate", "pending", "definite")],
        PAPERLESS | SHARED,
        None,
        0,
    ),
    "2021-11-22": (
        ("active", "definite", None, None),
        "definite",
        ALL,
        [CREATED, ("merge-nhsx", "pending", "definite"), SUPERSEDED],
        PAPERLESS | SHARED,
        None,
        0,
    ),
    "2022-02-10": (
        ("active", "possible", "closed", "merged"),
        "possible",
        ALL,
        [CREATED, ("merge-nhsx", "pending", "possible"), SUPERSEDED],
        PAPERLESS | SHARED,
        "possible",
        2,
    ),
    "2022-06-01": (
        ("closed", "definite", None, "merged"),
        None,
        ALL,
        [CREATED, ("merge-nhsx", "fulfilled", "definite"), SUPERSEDED],
        PAPERLESS | SHARED,
        "definite",
        0,
    ),
}


@pytest.mark.parametrize("day", ANSWERS)
def test_nhsx_on_that_day(nhsx: Served, day: str) -> None:
    status, certainty, initiatives, plans, targets, successor, undecided = ANSWERS[day]
    state = nhsx.json(f"/organisations/nhsx?as_of={day}")
    assert state["name"] == "NHSX"
    assert tuple(state.get(part) for part in ("status", "certainty", "otherwise", "closed_by")) == status
    held = [certainty] if certainty else []
    assert [(each["name"], each["kind"], each["certainty"]) for each in state["names"]] == [
        ("NHSX", "brand", each) for each in held
    ]
    assert [(each["person"], each["post"], each["certainty"]) for each in state["appointments"]] == [
        ("matthew-gould", "nhsx-chief-executive", each) for each in held
    ]
    assert [each["certainty"] for each in state["responsibilities"]] == held * 13
    assert {
        each["initiative"]: each["stage"] or (None, each["possible_stage"]) for each in state["initiatives"]
    } == initiatives
    assert [(each["plan"], each["status"], each["certainty"]) for each in state["plans"]] == plans
    assert {each["target"]: each["due"] for each in state["targets"]} == targets
    assert [(each["organisation"], each["kind"], each["certainty"]) for each in state["successors"]] == (
        [("nhs-england", "merged", successor)] if successor else []
    )
    assert len(state["undecided"]) == undecided


def test_the_plan_that_took_the_others_place_is_named(nhsx: Served) -> None:
    plans = {each["plan"]: each for each in nhsx.json("/organisations/nhsx?as_of=2021-11-22")["plans"]}
    assert plans["transformation-directorate"]["replaced_by"] == "merge-nhsx"
    fulfilled = nhsx.json("/plans/merge-nhsx?as_of=2022-06-01")["plan"]["fulfilled_by"]
    types = {nhsx.json(f"/events/{id_}")["type"] for id_ in fulfilled}
    assert types == {"organisation.merged", "name.retired"}


@pytest.mark.parametrize(
    ("day", "due", "dues"),
    [
        ("2014-01-01", None, {"2018": "possible", "2020": "possible", "2023": "possible", "2024": "possible"}),
        ("2018-12-31", None, {"2020": "possible", "2023": "possible", "2024": "possible"}),
        ("2019-12-31", "2024", {"2024": "definite"}),
    ],
)
def test_the_moved_target(nhsx: Served, day: str, due: str | None, dues: dict[str, str]) -> None:
    target = nhsx.json(f"/targets/paperless-nhs?as_of={day}")
    assert target["due"] == due
    assert {each["due"]: each["certainty"] for each in target["dues"]} == dues


def test_others_in_the_documents(nhsx: Served) -> None:
    assert nhsx.json("/people/matt-hancock?as_of=2018-03-01")["appointments"][0]["organisation"] == "dcms"
    assert nhsx.json("/people/matthew-gould?as_of=2020-01-01")["status"] == "in_post"
    assert nhsx.json("/posts/nhsx-chief-executive?as_of=2020-01-01")["holders"][0]["person"] == "matthew-gould"
    assert nhsx.json("/organisations/gds?as_of=2015")["status"] == "active"
    assert nhsx.json("/organisations/nhs-digital?as_of=2019")["name"] == "NHS Digital"
    sponsors = {each["target"] for each in nhsx.json("/posts/nhsx-chief-executive?as_of=2020")["relations"]}
    assert len(sponsors) == 3


def test_entries_tell_before_and_after_in_words(nhsx: Served) -> None:
    contents = [item["content_html"] for item in nhsx.json("/feeds/all.json")["items"]]
    told = "".join(contents)
    assert "<dt>Status of the plan before</dt><dd>pending</dd><dt>Status of the plan now</dt><dd>fulfilled</dd>" in told
    assert "<dd>superseded, replaced by merge-nhsx</dd>" in told
    assert "{" not in told

"""Facts as sentences."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from events.facts import decode
from events.vocabulary import TYPES
from events.words import date_in_words, listed, money, summary, title

NAMES = {
    "organisation/nhsx": "NHSX",
    "organisation/nhs-england": "NHS England",
    "organisation/nhs-digital": "NHS Digital",
    "organisation/dhsc": "DHSC",
    "person/matthew-gould": "Matthew Gould",
    "post/ceo": "Chief Executive",
    "initiative/app": "Contact tracing app",
}
EVENT = "0192f0c4-6d3c-7000-8000-00000000000a"


def names(tag: str) -> str:
    return NAMES.get(tag, tag.partition("/")[2])


def fact(kind: str, effective: Any = "2022-02", /, **data: Any) -> Any:
    given = {name.removesuffix("_"): value for name, value in data.items()}
    body = {"type": kind, "data": given} | ({} if effective is None else {"effective": effective})
    return decode(msgspec.json.encode(body)).facts[0]


HELD = {"organisation": "nhsx", "post": "ceo", "person": "matthew-gould"}
MERGER = fact("organisation.merged", originals=["nhsx", "nhs-digital"], result="nhs-england")

CASES = [
    (fact("organisation.merged", originals=["nhsx"], result="nhs-england"), "NHSX merged into NHS England", ""),
    (MERGER, "NHSX and NHS Digital merged into NHS England", ""),
    (
        fact("organisation.created", organisation="nhsx", name="NHSX", from_=["dhsc", "nhs-england"], parents=["dhsc"]),
        "NHSX created",
        "Formed from DHSC and NHS England. Part of DHSC.",
    ),
    (
        fact("organisation.reinstated", organisation="a", name="A", created_by="person/matthew-gould"),
        "A reinstated",
        "Created by Matthew Gould.",
    ),
    (
        fact("organisation.split", original="nhsx", results=["b"], original_survives=True),
        "NHSX split into b",
        "NHSX itself went on.",
    ),
    (fact("organisation.split", original="nhsx", results=["b"], original_survives=False), "NHSX split into b", ""),
    (fact("organisation.replaced", original="nhsx", result="b"), "NHSX replaced by b", ""),
    (
        fact("organisation.dissolved", organisation="nhsx", reason="left_government", to="dhsc"),
        "NHSX left government",
        "What it did went to DHSC.",
    ),
    (
        fact("organisation.reclassified", organisation="nhsx", scheme="default", value="unit"),
        "NHSX classified as unit",
        "",
    ),
    (
        fact("organisation.reclassified", organisation="nhsx", scheme="cofog", value="07"),
        "NHSX classified as 07",
        "Scheme: cofog.",
    ),
    (
        fact("name.adopted", organisation="nhs-digital", name="HSCIC", kind="legal"),
        "Now called HSCIC (legal name)",
        "",
    ),
    (
        fact("name.retired", organisation="nhsx", name="NHSX", kind="brand"),
        "No longer called NHSX (brand of NHSX)",
        "",
    ),
    (
        fact("identifier.assigned", organisation="nhsx", scheme="ods", value="X1"),
        "NHSX assigned the identifier X1 (ods)",
        "",
    ),
    (
        fact("identifier.withdrawn", organisation="nhsx", scheme="ods", value="X1"),
        "The identifier X1 (ods) of NHSX withdrawn",
        "",
    ),
    (
        fact("relation.started", organisation="nhsx", kind="works_with", target="dhsc"),
        "NHSX began to work with DHSC",
        "",
    ),
    (
        fact("relation.ended", post="ceo", kind="accountable_to", target="person/matthew-gould"),
        "Chief Executive ceased to be accountable to Matthew Gould",
        "",
    ),
    (
        fact("post.created", organisation="nhsx", post="ceo", title="CEO", rank="SCS 3"),
        "Post of CEO created at NHSX",
        "Rank: SCS 3.",
    ),
    (fact("post.abolished", organisation="nhsx", post="ceo"), "Post of Chief Executive at NHSX abolished", ""),
    (
        fact("appointment.started", **HELD, acting=True, share="0.5"),
        "Matthew Gould appointed Chief Executive of NHSX (acting)",
        "Share of the post: 0.5.",
    ),
    (
        fact("appointment.started", **HELD, acting=False, person_name="Sir Matthew", title="CEO"),
        "Sir Matthew appointed CEO of NHSX",
        "",
    ),
    (
        fact("appointment.ended", **HELD, reason="retired"),
        "Matthew Gould left as Chief Executive of NHSX",
        "Reason: retired.",
    ),
    (fact("appointment.changed", **HELD), "New terms for Matthew Gould as Chief Executive of NHSX", ""),
    (fact("appointment.observed", **HELD), "Matthew Gould serving as Chief Executive of NHSX", ""),
    (
        fact("responsibility.gained", organisation="nhsx", responsibility="p", title="Policy", scope="England."),
        "NHSX gained responsibility: Policy",
        "Scope: England.",
    ),
    (
        fact("responsibility.ended", organisation="nhsx", responsibility="p"),
        "NHSX no longer responsible: p",
        "",
    ),
    (
        fact("responsibility.transferred", from_="nhsx", to="dhsc", responsibility="p"),
        "Responsibility passed from NHSX to DHSC: p",
        "",
    ),
    (fact("priority.set", organisation="nhsx", priority="p", title="Apps"), "NHSX set a priority: Apps", ""),
    (fact("priority.ended", organisation="nhsx", priority="p"), "NHSX ended a priority: p", ""),
    (
        fact("change.announced", plan="p", organisation="nhsx", title="Merger", intended="2022", replaces=["q"]),
        "Plan for NHSX announced: Merger",
        "Intended: 2022. Replaces q.",
    ),
    (fact("change.revised", plan="p", terms="New."), "Plan revised: p", "Terms: New."),
    (fact("change.withdrawn", plan="p", reason="No money"), "Plan withdrawn: p", "Reason: No money."),
    (
        fact("initiative.announced", initiative="app", organisation="nhsx", name="App", description="It traces."),
        "NHSX announced App",
        "It traces.",
    ),
    (
        fact("initiative.commissioned", initiative="app", organisation="nhsx", supplier="organisation/dhsc"),
        "NHSX commissioned Contact tracing app",
        "Supplier: DHSC.",
    ),
    (
        fact("initiative.trialled", initiative="app", organisation="nhsx", place="Isle of Wight"),
        "NHSX began a trial of Contact tracing app (Isle of Wight)",
        "",
    ),
    (
        fact("initiative.launched", initiative="app", organisation="nhsx", criteria=["a", "b"], supplier="Pivotal"),
        "NHSX launched Contact tracing app",
        "Supplier: Pivotal. Criteria: a and b.",
    ),
    (
        fact("initiative.ended", initiative="app", organisation="nhsx", replaces="old"),
        "NHSX ended Contact tracing app",
        "Replaces old.",
    ),
    (
        fact("funding.committed", organisation="nhsx", initiative="app", amount="40000000", currency="GBP"),
        "NHSX committed £40 million to Contact tracing app",
        "",
    ),
    (
        fact(
            "funding.awarded", organisation="nhsx", amount="6500000", currency="GBP", awards=35, recipients=["A", "B"]
        ),
        "NHSX awarded £6.5 million",
        "Awards: 35. Recipients: A and B.",
    ),
    (
        fact("target.set", target="t", due="2021-09", name="Shared records", organisation="nhsx"),
        "Target set: Shared records (due September 2021)",
        "Organisation: NHSX.",
    ),
    (fact("target.moved", target="t", from_="2018", to="2020"), "Target moved: t (now due 2020 instead of 2018)", ""),
    (fact("target.closed", target="t", outcome="missed", measure="Paper"), "Target missed: t", "Measure: Paper."),
    (
        fact(
            "statement.made", organisation="nhsx", speaker="matthew-gould", occasion="PAC", text="Hard", about=["dhsc"]
        ),
        "Statement by Matthew Gould, NHSX (PAC)",
        "Hard. About DHSC.",
    ),
    (fact("finding.published", organisation="nhsx", text="30%!"), "Finding published by NHSX", "30%!"),
    (fact("attribute.set", person="a", key="born", value="1978"), "a: born set to 1978", ""),
    (fact("attribute.set", person="a", key="k", value={"x": 1}), 'a: k set to {"x":1}', ""),
    (fact("attribute.set", person="a", key="k", value=None), "a: k set to nothing", ""),
]


@pytest.mark.parametrize(("given", "line", "details"), CASES, ids=lambda value: value if isinstance(value, str) else "")
def test_each_fact_is_a_sentence(given: Any, line: str, details: str) -> None:
    assert title(given, names) == f"{line}, February 2022"
    assert summary(given, names) == f"{line}, February 2022.{' ' if details else ''}{details}"


def test_every_type_has_its_sentence_tried() -> None:
    assert {given.type for given, _, _ in CASES} == {name for name, kind in TYPES.items() if kind.dated}


def test_a_correction_is_told_by_its_replacement() -> None:
    replacement = {
        "type": "appointment.ended",
        "effective": "2021",
        "data": {**HELD, "reason": "retired"},
    }
    given = fact("fact.corrected", None, event=EVENT, replacement=replacement, reason="wrong year")
    assert title(given, names) == "Correction: Matthew Gould left as Chief Executive of NHSX, 2021"
    assert summary(given, names) == (
        "Correction: Matthew Gould left as Chief Executive of NHSX, 2021. Reason: retired. Reason: wrong year."
    )


def test_a_retraction_is_told_by_what_it_withdraws() -> None:
    given = fact("fact.retracted", None, event=EVENT, reason="error")
    assert title(given, names) == "Withdrawn: an earlier fact"
    assert summary(given, names, MERGER) == (
        "Withdrawn: NHSX and NHS Digital merged into NHS England, February 2022. It was recorded in error."
    )
    correction = fact(
        "fact.corrected",
        None,
        event=EVENT,
        replacement={
            "type": "priority.set",
            "effective": "2021",
            "data": {"organisation": "nhsx", "priority": "p"},
        },
    )
    assert title(given, names, correction) == "Withdrawn: Correction: NHSX set a priority: p, 2021"


@pytest.mark.parametrize(
    ("effective", "words"),
    [
        ({"edtf": "[2019-02-20..2019-04-09]", "text": "early 2019"}, "early 2019"),
        ({"edtf": "2020-01", "latest": "2020-01-04"}, "some day between 1 January 2020 and 4 January 2020"),
        ("2021-23", "autumn 2021"),
        ("2015-05-11/2016-07-14", "from 11 May 2015 until 14 July 2016"),
        (
            {"edtf": "2015/..", "earliest": "2015-05-11"},
            "from some day between 11 May 2015 and 31 December 2015, still in force",
        ),
        ("../2016", "until 2016"),
    ],
)
def test_dates_are_told_as_they_were_kept(effective: Any, words: str) -> None:
    given = fact("priority.set", effective, organisation="nhsx", priority="p")
    assert date_in_words(given.effective) == words
    assert title(given, names) == f"NHSX set a priority: p, {words}"


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [
        ("40000000", "GBP", "£40 million"),
        ("6500000.00", "GBP", "£6.5 million"),
        ("1000000000", "EUR", "€1 billion"),
        ("1250000000", "USD", "$1.25 billion"),
        ("1234567", "USD", "$1,234,567"),
        ("1234567890", "SEK", "SEK 1,234,567,890"),
        ("1200.50", "SEK", "SEK 1,200.50"),
        ("0", "GBP", "£0"),
    ],
)
def test_money_is_written_as_people_write_it(amount: str, currency: str, words: str) -> None:
    assert money(amount, currency) == words


def test_lists_end_in_and() -> None:
    assert [listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])] == ["a", "a and b", "a, b and c"]

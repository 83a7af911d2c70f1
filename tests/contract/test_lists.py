"""Lists and counts against the answers about single subjects, and statements against all that are known."""

from __future__ import annotations

import json
from collections import Counter
from importlib import resources
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings

from events.database import Database
from events.queries import statements
from events.queries.listing import Page
from events.queries.statements import Wanted
from tests.conftest import LONG
from tests.histories import created, retracted, told
from tests.property.test_incremental import DAYS, TAGS, empty_register, histories, record
from tests.registers import LISTED, NOW, TestRegister

SEED_DAYS = (
    "2018-12-31", "2019-02-25", "2019-12-31", "2020-05-06", "2021-06-01", "2021-11-22", "2022-02-10", "2022-06-15",
)  # fmt: skip
HEAD = ("kind", "id", "name", "status", "certainty", "otherwise", "closed_by", "version", "as_of", "known_at")
ALL = Page(limit=1_000)
COUNTED = Page(limit=1_000, count=True)


@pytest.fixture
def seeds(database: Database) -> TestRegister:
    """The facts about NHSX, in turn on both databases."""
    register = TestRegister(database)
    lines = resources.files("service.demo").joinpath("nhsx.jsonl").read_bytes().splitlines()
    register.append(*(json.loads(line) for line in lines if line.strip()))
    return register


def heads(register: TestRegister, tags: list[str], day: str, known_at: str | None) -> dict[str, dict[str, Any]]:
    """What the answers about single subjects begin with, for those that are mentioned and are no aliases."""
    found = {}
    for tag in tags:
        state = register.state(tag, day, known_at)
        if state is not None and f"{state['kind']}/{state['id']}" == tag:
            found[tag] = {name: state[name] for name in HEAD if name in state}
    return found


def agree(register: TestRegister, tags: list[str], day: str, known_at: str | None = None) -> None:
    """Each list, for each status, is what the single answers say; its count is that of its items; so are its pages."""
    expected = heads(register, tags, day, known_at)
    for kind, noun in LISTED.items():
        whole = register.listing(kind, COUNTED, day, known_at)
        of_kind = [head for tag, head in sorted(expected.items()) if tag.startswith(f"{kind}/")]
        assert whole["items"] == of_kind, (kind, day)
        assert whole["count"] == counted(whole["items"])
        for status in noun.statuses:
            found = register.listing(kind, COUNTED, day, known_at, status=status)
            assert found["count"] == counted(found["items"]), (kind, status, day)
            ids = {each["id"] for each in found["items"]}
            surely = {each["id"] for each in of_kind if each["status"] == status}
            perhaps = {each["id"] for each in of_kind if each["certainty"] == "possible"}
            assert surely <= ids <= surely | perhaps, (kind, status, day)
            assert ids >= {each["id"] for each in of_kind if each.get("otherwise") == status}
            assert all(expected[f"{kind}/{each['id']}"] == each for each in found["items"])
            for certainty in ("definite", "possible"):
                some = register.listing(kind, COUNTED, day, known_at, status=status, certainty=certainty)
                assert some["items"] == [each for each in found["items"] if each["certainty"] == certainty]
                assert some["count"] == counted(some["items"])


def counted(items: list[dict[str, Any]]) -> dict[str, int]:
    by = Counter(each["certainty"] for each in items)
    return {"definite": by["definite"], "possible": by["possible"]}


@pytest.mark.parametrize("days", [SEED_DAYS, ("2019", "2020-05/2021-12")])
def test_lists_of_the_seeds_say_what_the_single_answers_say(seeds: TestRegister, days: tuple[str, ...]) -> None:
    with seeds.database.snapshot() as connection:
        moment = seeds.queries.moments.now(connection)
        selecting = seeds.queries.selecting
        tags = [f"{kind}/{id_}" for kind in LISTED for id_ in selecting.subjects(connection, moment, kind, "", 1_000)]
    assert len(tags) == 50
    for day in days:
        agree(seeds, tags, day)


@settings(max_examples=2_000 if LONG else 20, deadline=None)
@given(history=histories(amended=True))
def test_lists_of_random_histories_say_what_the_single_answers_say(
    sqlite_template: Any, history: list[dict[str, Any]]
) -> None:
    with empty_register(sqlite_template) as register:
        positions = list(record(register, history, Random(len(history))))
        for day in (*DAYS[:3], "2003/2006"):
            agree(register, list(TAGS), day)
        agree(register, list(TAGS), DAYS[1], str(positions[0]))


@pytest.mark.parametrize("sort", ["id", "name"])
def test_pages_are_the_list_cut_up(seeds: TestRegister, sort: Any) -> None:
    for filters in ({}, {"status": "active"}, {"q": "n"}, {"part_of": "department-of-health-and-social-care"}):
        whole = seeds.list("2021-06-01", limit=1_000, sort=sort, **filters)
        pages: list[str] = []
        after = None
        while True:
            page = seeds.listing("organisation", Page(limit=3, after=after, sort=sort), "2021-06-01", **filters)
            pages.extend(each["id"] for each in page["items"])
            after = page["next_after"]
            if after is None:
                break
        assert pages == whole
        assert sort == "name" or whole == sorted(whole)


def test_people_posts_and_responsibilities_of_an_organisation(on_both: TestRegister) -> None:
    on_both.append(
        created("a", "2010-01-01"),
        created("b", "2010-01-01"),
        told("p", "post.created", "2010-01-01", organisation="a", post="chief", title="Chief of Alpha"),
        told("s", "appointment.started", "2015", organisation="a", post="chief", person="ada", person_name="Ada Byron"),
        told("t", "appointment.started", "2015-01-01", organisation="b", post="head", person="bob"),
        told("gone", "post.abolished", "2018-01-01", organisation="a", post="chief"),
        told("r", "responsibility.gained", "2012-01-01", organisation="a", responsibility="data", title="Data sharing"),
        told("m", "responsibility.transferred", "2016-01-01", from_="a", to="b", responsibility="data"),
    )
    listed = on_both.list
    assert listed("2014-01-01", kind="person", organisation="a") == []
    assert listed("2015-06-01", kind="person", organisation="a") == ["ada"]
    assert listed("2015-06-01", kind="person", organisation="a", certainty="definite") == []
    assert listed("2016-06-01", kind="person", organisation="a", certainty="definite") == ["ada"]
    assert listed("2016-06-01", kind="person", status="in_post") == ["ada", "bob"]
    assert listed("2018-06-01", kind="person", status="in_post") == ["bob"]
    assert listed("2018-06-01", kind="person", status="not_in_post") == ["ada"]
    assert listed("2018-06-01", kind="post", organisation="a", status="abolished") == ["chief"]
    assert listed("2014-06-01", kind="post", status="vacant") == ["chief", "head"]
    assert listed("2015-06-01", kind="responsibility", organisation="a") == ["data"]
    assert listed("2016-06-01", kind="responsibility", organisation="a") == []
    assert listed("2016-06-01", kind="responsibility", organisation="b", status="held") == ["data"]
    assert listed("2016-06-01", kind="person", q="byr") == ["ada"]
    assert listed("2011-01-01", kind="post", q="alpha") == ["chief"]


def test_each_is_counted_once_however_often_and_surely_it_is_held(on_both: TestRegister) -> None:
    def in_post(name: str, person: str, since: str, type_: str = "appointment.started") -> dict[str, Any]:
        return told(name, type_, since, organisation="a", post=f"post-{name}", person=person)

    on_both.append(
        created("a", "2010-01-01"),
        created("b", "2018"),
        in_post("1", "sure-and-perhaps", "2015-01-01"),
        in_post("2", "sure-and-perhaps", "2018"),
        in_post("3", "perhaps-twice", "2018"),
        in_post("4", "perhaps-twice", "[2018-03-01..2018-09-01]"),
        in_post("5", "sure-twice", "2015-01-01"),
        in_post("6", "sure-twice", "2016-01-01"),
        in_post("7", "appointed-and-seen", "2016-01-01"),
        in_post("8", "appointed-and-seen", "2018-01-01/2018-12-31", "appointment.observed"),
        in_post("9", "not-yet", "2019-01-01"),
    )
    for kind, status, count in (
        ("person", "in_post", {"definite": 3, "possible": 1}),
        ("post", "filled", {"definite": 5, "possible": 3}),
        ("organisation", "active", {"definite": 1, "possible": 1}),
    ):
        found = on_both.listing(kind, COUNTED, "2018-06-01", status=status)
        assert found["count"] == count == counted(found["items"]), kind


def test_a_search_finds_the_beginnings_of_words_in_names_in_force(on_both: TestRegister) -> None:
    long = "Wide " * 30
    on_both.append(
        created("nhs-blood", "2010-01-01", name="NHS  Blood and Ｔransplant"),
        created("b", "2010-01-01", name=f"{long}Zebra"),
    )
    on_both.append(
        told("new", "name.adopted", "2015-01-01", organisation="nhs-blood", name="Donation", kind="legal"),
    )
    on_both.append(retracted("undo", "new"))
    for q, expected in (
        ("nhs blood and t", ["nhs-blood"]),
        ("TRANS", ["nhs-blood"]),
        ("ansplant", []),
        ("blood", ["nhs-blood"]),
        ("zebra", ["b"]),
        ("wide wide", ["b"]),
        (f"{long}zeb", ["b"]),
        (f"{long}zeg", []),
        ("don", []),
        ("%", []),
    ):
        assert on_both.list("2016-01-01", q=q) == expected, q
    assert on_both.list("2016-01-01", q="don", known_at="3") == ["nhs-blood"]
    assert on_both.list("2016-01-01", q="trans", known_at="3") == []
    assert on_both.list("2016-01-01", name="nhs blood and transplant") == ["nhs-blood"]
    assert on_both.list("2016-01-01", name=f"{long}zebra") == ["b"]
    assert on_both.list("2016-01-01", name=f"{long}zebr") == []


WANTED = (
    {}, {"property": "responsibilities"}, {"property": "names", "certainty": "definite"},
    {"certainty": "possible"}, {"property": "responsibilities", "certainty": "possible"},
    {"target": "organisation/nhsx"},
    {"subject": "organisation/nhsx"}, {"subject": "organisation/nhsx", "property": "relations"},
    {"property": "status", "value": "open"}, {"property": "stage", "value": "launched", "key": ""},
    {"property": "appointments", "key": "nhsx-chief-executive matthew-gould"}, {"q": "gould"},
    {"q": "nhsx", "property": "names"},
)  # fmt: skip


@pytest.mark.parametrize("wanted", WANTED)
def test_statements_are_those_that_are_known_and_in_force(seeds: TestRegister, wanted: dict[str, str]) -> None:
    with seeds.database.snapshot() as connection:
        for day in ("2019-03-01", "2021-06-01", "2019-03/2022-02"):
            question = seeds.queries.question(connection, day, None, NOW)
            days = question.as_of
            moment = question.moment
            expected = set()
            for kind in LISTED:
                tags = [
                    f"{kind}/{id_}" for id_ in seeds.queries.selecting.subjects(connection, moment, kind, "", 1_000)
                ]
                towards = seeds.queries.about(connection, moment, [wanted.get("target", "")])
                called = seeds.list(day, kind=kind, q=wanted["q"]) if "q" in wanted else None
                for each in seeds.queries.of(connection, moment, tags):
                    certainty = each.certainty(days.first, days.last)
                    if (
                        certainty in ({wanted["certainty"]} if "certainty" in wanted else {"definite", "possible"})
                        and each.property_ == wanted.get("property", each.property_)
                        and each.key == wanted.get("key", each.key)
                        and each.subject == wanted.get("subject", each.subject)
                        and ("value" not in wanted or each.data == wanted["value"])
                        and ("target" not in wanted or each in towards)
                        and (called is None or each.slug in called)
                    ):
                        expected.add((each.property_, each.key, each.subject, certainty, each.opened_by))
            pages: list[Any] = []
            after = None
            while True:
                page = Page(limit=3, after=after, count=True)
                found = statements.listing(seeds.queries, connection, question, Wanted(**wanted), page)
                pages.extend(found.items)
                after = found.next_after
                if after is None:
                    break
            got = [(each.property, each.key, each.subject, each.certainty, each.opened_by) for each in pages]
            assert got == sorted(set(got), key=lambda each: (*each[:3], got.index(each)))
            assert set(got) == expected
            assert found.count is not None
            assert (found.count.definite, found.count.possible) == (
                sum(each[3] == "definite" for each in got),
                sum(each[3] == "possible" for each in got),
            )


def test_a_statement_says_whose_it_is_and_whom_it_concerns(seeds: TestRegister) -> None:
    with seeds.database.snapshot() as connection:
        question = seeds.queries.question(connection, "2021-06-01", None, NOW)
        wanted = Wanted(property="appointments", target="person/matthew-gould")
        found = statements.listing(seeds.queries, connection, question, wanted, ALL)
    (item,) = found.items
    assert (item.subject, item.name, item.certainty) == ("organisation/nhsx", "NHSX", "definite")
    assert item.parts == {"post": "nhsx-chief-executive", "person": "matthew-gould"}
    assert item.targets == ("person/matthew-gould", "post/nhsx-chief-executive")

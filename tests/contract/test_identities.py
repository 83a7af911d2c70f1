"""Equations: several identifiers of one organisation or person, and what is answered under each, then and before."""

from __future__ import annotations

from typing import Any

import pytest

from events.facts import InvalidFacts
from events.rebuilding import rebuild
from tests.histories import consistent, corrected, created, equated, listed, retracted, state, status, told, uid
from tests.registers import TestRegister, without_recording


def gained(event: str, organisation: str, responsibility: str) -> dict[str, Any]:
    return told(event, "responsibility.gained", "2019", organisation=organisation, responsibility=responsibility)


def held(register: TestRegister, organisation: str, known_at: int | None = None) -> list[str]:
    return listed(register, f"organisation/{organisation}", "2020-06-01", "responsibilities.responsibility", known_at)


def who(register: TestRegister, slug: str, kind: str = "organisation", known_at: int | None = None) -> tuple[str, Any]:
    """The identifier that answers, and the aliases that it shows."""
    found = state(register, f"{kind}/{slug}", "2020-06-01", None if known_at is None else str(known_at))
    return found["id"], found.get("aliases")


def test_all_that_is_said_of_any_of_them_is_said_of_the_one_that_is_kept(on_both: TestRegister) -> None:
    on_both.append(gained("of-a", "a", "r"), gained("of-b", "b", "s"))
    on_both.append(equated("e", "a", "b"))
    on_both.append(gained("later", "b", "t"))
    for slug in ("a", "b"):
        assert who(on_both, slug) == ("a", ["b"])
        assert held(on_both, slug) == ["r", "s", "t"]
    assert [held(on_both, slug, 2) for slug in ("a", "b")] == [["r"], ["s"]]
    assert who(on_both, "b", known_at=2) == ("b", None)
    consistent(on_both)
    before = state(on_both, "organisation/a", "2020")
    rebuild(on_both.database)
    assert state(on_both, "organisation/a", "2020") == before


def test_chains_and_how_they_are_undone(on_both: TestRegister) -> None:
    on_both.append(*(gained(f"of-{slug}", slug, f"r-{slug}") for slug in "abcd"))  # position 4
    expected: dict[int, dict[str, str]] = {4: dict(zip("abcd", "abcd", strict=True))}
    for amendment, representatives in (
        (equated("e1", "b", "a"), "bbcd"),
        (equated("e2", "c", "d"), "bbcc"),
        (equated("e3", "d", "b"), "dddd"),  # joins both; of a class the last equation counts
        (corrected("c3", "e3", equated("", "a", "b", "d")), "aaaa"),
        (retracted("r3", "c3"), "dddd"),
        (retracted("r1", "e1"), "addd"),
        (retracted("r0", "r1"), "dddd"),
        (retracted("r2", "e3"), "bbcc"),
    ):
        on_both.append(amendment)
        expected[on_both.log.head().position] = dict(zip("abcd", representatives, strict=True))
    for position, answers in expected.items():
        for slug, representative in answers.items():
            aliases = [each for each, other in answers.items() if other == representative and each != representative]
            assert who(on_both, slug, known_at=position) == (representative, aliases or None)
            assert held(on_both, slug, position) == sorted(f"r-{each}" for each in (representative, *aliases))
    consistent(on_both)


@pytest.mark.parametrize("place", range(4))
def test_it_plays_no_part_when_an_equation_comes(register: TestRegister, place: int) -> None:
    facts = [
        created("a", "2010", parents=["x"]),
        told("closing", "organisation.dissolved", "2021-05", organisation="b", reason="ceased"),
        told("part", "relation.started", "2015", organisation="y", kind="part_of", target="b"),
    ]
    facts.insert(place, equated("e", "a", "b"))
    for each in facts:
        register.append(each)
    assert status(register, "organisation/b", "2021-06-01") == "closed"
    assert listed(register, "organisation/y", "2020", "relations.target") == ["organisation/a"]
    assert listed(register, "organisation/y", "2022", "relations.target") == []
    assert listed(register, "organisation/x", "2020", "relations.target,direction") == ["organisation/a in"]
    consistent(register)


def test_people(on_both: TestRegister) -> None:
    post = {"organisation": "a", "post": "q"}
    on_both.append(
        told("start", "appointment.started", "2015", **post, person="ada", person_name="Ada"),
        told("end", "appointment.ended", "2018-01-01", **post, person="ada-k"),
    )
    on_both.append(equated("e", "ada-keel", "ada", "ada-k", kind="person"))
    assert who(on_both, "ada", "person") == ("ada-keel", ["ada", "ada-k"])
    assert state(on_both, "person/ada", "2020")["name"] == "Ada"
    assert listed(on_both, "post/q", "2017", "holders.person") == ["ada-keel"]
    assert listed(on_both, "post/q", "2020", "holders.person") == []
    assert listed(on_both, "post/q", "2020", "holders.person", 2) == ["ada"]
    consistent(on_both)


def test_every_kind_of_field_speaks_of_the_one_that_is_kept(register: TestRegister) -> None:
    draft = {"change": "organisation.merged", "draft": {"originals": ["b", "x"], "result": "z"}}
    register.append(
        equated("e", "a", "b"),
        told("plan", "change.announced", "2019", plan="p", organisation="b", title="P", changes=[draft]),
        told("due", "target.set", "2019", target="t", organisation="b", due="2030"),
        told("split", "organisation.split", "2020", original="o", results=["a", "b"], original_survives=True),
        told(
            "money",
            "funding.awarded",
            "2019",
            organisation="x",
            amount="1",
            currency="GBP",
            recipients=["organisation/b", "Some Ltd"],
        ),
    )
    (plan,) = state(register, "organisation/a", "2021")["plans"]
    assert plan["changes"][0]["draft"]["originals"] == ["a", "x"]
    assert listed(register, "organisation/b", "2021", "targets.target") == ["t"]
    assert listed(register, "organisation/o", "2021", "successors.organisation") == ["a"]
    (money,) = state(register, "organisation/x", "2021")["funding"]
    assert money["recipients"] == ["organisation/a", "Some Ltd"]
    assert {slug["data"].get("organisation") for slug in register.timeline("organisation/a")} >= {"b"}  # as recorded


def test_the_timeline_holds_what_is_recorded_about_all_of_them(register: TestRegister) -> None:
    register.append(gained("x", "a", "r"), gained("y", "b", "s"))
    register.append(equated("e", "a", "b"))
    register.append(corrected("c", "y", gained("", "b", "t")))
    for slug in ("a", "b"):
        assert [each["id"] for each in register.timeline(f"organisation/{slug}")] == [uid("x"), uid("y")]
        assert len(register.timeline(f"organisation/{slug}", "2")) == 1


def test_an_alias_that_was_never_otherwise_mentioned(register: TestRegister) -> None:
    register.append(equated("e", "a", "b"))
    assert who(register, "b") == ("a", ["b"])
    assert without_recording(state(register, "organisation/b")) == without_recording(state(register, "organisation/a"))


def test_an_equation_in_the_append_of_its_facts(register: TestRegister) -> None:
    register.append(gained("x", "b", "r"), equated("e", "a", "b"), gained("y", "b", "s"), retracted("no", "x"))
    assert held(register, "a") == ["s"]
    register.append(retracted("undo", "e"), gained("z", "a", "t"))
    assert [held(register, slug) for slug in ("a", "b")] == [["t"], ["s"]]
    consistent(register)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (equated("e", "a", "a"), "at least one other"),
        (equated("e", "a"), "too short"),
        (equated("e", "a", "b", "b"), "named twice"),
        (equated("e", "a", "b", kind="post"), "not allowed"),
        ({**equated("e", "a", "b"), "effective": "2019"}, "no field 'effective'"),
        (corrected("c", "fact", equated("", "a", "b")), "retract it instead"),
        (corrected("c", "equation", gained("", "a", "r")), "retract it instead"),
        (corrected("c", "corrected", gained("", "a", "r")), "retract it instead"),
    ],
)
def test_what_is_refused(register: TestRegister, given: dict[str, Any], words: str) -> None:
    register.append(gained("fact", "a", "r"), equated("equation", "a", "b"))
    register.append(corrected("corrected", "equation", equated("", "b", "a")))
    with pytest.raises(InvalidFacts, match=words):
        register.append(given)
    assert register.log.head().position == 3

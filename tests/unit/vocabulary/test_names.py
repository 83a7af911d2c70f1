"""name.* and identifier.*"""

from __future__ import annotations

from tests.unit.vocabulary.stating import acts, days, refused, told


def test_a_legal_name_is_set_and_set_to_nothing() -> None:
    data = {"organisation": "nhs-digital", "name": "HSCIC", "kind": "legal"}
    assert told("name.adopted", data) == {'set organisation/nhs-digital name[] = "HSCIC"'}
    assert told("name.retired", data) == {"set organisation/nhs-digital name[]"}


def test_other_names_are_opened_and_ended() -> None:
    data = {"person": "nicola-blackwood", "name": "Baroness Blackwood", "kind": "short"}
    assert told("name.adopted", data) == {"open person/nicola-blackwood names[short Baroness Blackwood]"}
    assert told("name.retired", data) == {"end person/nicola-blackwood names[short Baroness Blackwood]"}


def test_only_a_name_that_is_opened_takes_an_interval() -> None:
    data = {"organisation": "nhs-digital", "name": "NHS Digital", "kind": "trading"}
    opened, ended = acts("name.adopted", data, "2016/2023-01")
    assert (days(opened), days(ended)) == (("2016-01-01", "2016-12-31"), ("2023-01-02", "2023-02-01"))
    assert ended.fact.ends == opened.fact.root
    assert refused("name.adopted", {**data, "kind": "legal"}, "2016/2023").keys() == {"/effective"}
    assert refused("name.retired", data, "2016/2023").keys() == {"/effective"}


def test_a_name_is_of_one_organisation_or_one_person() -> None:
    data = {"name": "X", "kind": "legal"}
    assert refused("name.adopted", data).keys() == {"/data/organisation"}
    assert refused("name.retired", {**data, "organisation": "a", "person": "b"}).keys() == {"/data/person"}


def test_identifiers_are_opened_and_ended_by_scheme_and_value() -> None:
    data = {"organisation": "nhs-digital", "scheme": "ods", "value": "X26 A"}
    assert told("identifier.assigned", data) == {"open organisation/nhs-digital identifiers[ods X26 A]"}
    assert told("identifier.withdrawn", data) == {"end organisation/nhs-digital identifiers[ods X26 A]"}
    assert refused("identifier.assigned", {**data, "scheme": "o d s"}).keys() == {"/data/scheme"}

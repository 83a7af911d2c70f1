"""organisation.*"""

from __future__ import annotations

import pytest

from events.facts import tags_of
from tests.unit.vocabulary.stating import acts, days, refused, state, told

CREATED = {
    "organisation": "nhsx",
    "name": "NHSX",
    "name_kind": "brand",
    "classification": "joint unit",
    "scheme": "form",
    "created_by": "person/matt-hancock",
    "parents": ["dhsc"],
    "from": ["nhs-england"],
}


@pytest.mark.parametrize("kind", ["organisation.created", "organisation.reinstated"])
def test_a_beginning_opens_existence_name_class_parents_and_lineage(kind: str) -> None:
    assert told(kind, CREATED) == {
        'open organisation/nhsx existence[] = {"created_by":"person/matt-hancock"}',
        "open organisation/nhsx names[brand NHSX]",
        'set organisation/nhsx classifications[form] = "joint unit"',
        "open organisation/nhsx relations[part_of organisation/dhsc] -> organisation/dhsc",
        "open organisation/nhs-england lineage[formed_from nhsx] -> organisation/nhsx",
    }


def test_the_name_of_a_beginning_is_the_legal_one_and_its_scheme_the_default() -> None:
    data = {"organisation": "gds", "name": "Government Digital Service", "classification": "unit"}
    assert told("organisation.created", data) == {
        "open organisation/gds existence[]",
        'set organisation/gds name[] = "Government Digital Service"',
        'set organisation/gds classifications[default] = "unit"',
    }


def test_an_interval_ends_existence_and_parents_but_not_lineage() -> None:
    ends = [effect for effect in acts("organisation.created", CREATED, "2019/2021") if effect.fact.effect == "end"]
    assert {effect.property for effect in ends} == {"existence", "names", "relations"}
    assert {days(effect) for effect in ends} == {("2021-01-02", "2022-01-01")}


def test_the_tags_of_a_beginning_are_its_subjects() -> None:
    assert tags_of(state("organisation.created", CREATED)) == {
        "type/organisation.created",
        "organisation/nhsx",
        "organisation/dhsc",
        "organisation/nhs-england",
        "person/matt-hancock",
    }


def test_an_organisation_does_not_come_from_itself() -> None:
    data = {**CREATED, "parents": ["nhsx"], "from": ["nhsx"], "created_by": "nhsx"}
    assert set(refused("organisation.created", data)) == {"/data/parents", "/data/from", "/data/created_by"}


def test_a_merger_closes_those_that_do_not_survive() -> None:
    data = {"originals": ["nhsx", "nhs-digital", "nhs-england"], "result": "nhs-england", "survivors": ["nhs-england"]}
    assert told("organisation.merged", data) == {
        'end organisation/nhsx existence[] = {"ending":"merged"}',
        'end organisation/nhs-digital existence[] = {"ending":"merged"}',
        "open organisation/nhsx lineage[merged nhs-england] -> organisation/nhs-england",
        "open organisation/nhs-digital lineage[merged nhs-england] -> organisation/nhs-england",
    }


def test_nobody_is_merged_into_itself_or_survives_without_being_an_original() -> None:
    faults = refused("organisation.merged", {"originals": ["a", "b", "b"], "result": "a", "survivors": ["c"]})
    assert set(faults) == {"/data/result", "/data/survivors/0", "/data/originals/2"}
    assert refused("organisation.merged", {"originals": [], "result": "a"}).keys() == {"/data/originals"}


def test_a_split_closes_what_does_not_survive_it() -> None:
    assert told("organisation.split", {"original": "a", "results": ["b", "c"], "original_survives": False}) == {
        'end organisation/a existence[] = {"ending":"split"}',
        "open organisation/a lineage[split b] -> organisation/b",
        "open organisation/a lineage[split c] -> organisation/c",
    }
    assert told("organisation.split", {"original": "a", "results": ["a", "c"], "original_survives": True}) == {
        "open organisation/a lineage[split c] -> organisation/c",
    }
    data = {"original": "a", "results": ["b", "a"], "original_survives": False}
    assert refused("organisation.split", data).keys() == {"/data/results/1"}


def test_a_replacement_closes_the_original() -> None:
    assert told("organisation.replaced", {"original": "a", "result": "b"}) == {
        'end organisation/a existence[] = {"ending":"replaced"}',
        "open organisation/a lineage[replaced b] -> organisation/b",
    }
    assert refused("organisation.replaced", {"original": "a", "result": "a"}).keys() == {"/data/result"}


def test_a_dissolution_closes_with_its_reason() -> None:
    assert told("organisation.dissolved", {"organisation": "a", "reason": "ceased", "to": "b"}) == {
        'end organisation/a existence[] = {"ending":"dissolved","reason":"ceased","to":"b"}',
    }
    assert refused("organisation.dissolved", {"organisation": "a", "reason": "left", "to": "a"}).keys() == {
        "/data/reason",
        "/data/to",
    }


def test_a_reclassification_sets_one_scheme() -> None:
    assert told("organisation.reclassified", {"organisation": "a", "scheme": "cofog", "value": "07.1"}) == {
        'set organisation/a classifications[cofog] = "07.1"'
    }

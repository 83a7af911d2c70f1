"""initiative.*, funding.* and target.*"""

from __future__ import annotations

import pytest

from events.facts import tags_of
from tests.unit.vocabulary.stating import ROOT, acts, refused, state, told


@pytest.mark.parametrize(
    ("stage", "rank"), [("announced", 0), ("commissioned", 1), ("trialled", 2), ("launched", 3), ("ended", 4)]
)
def test_a_stage_is_set_in_its_rank_and_with_it_what_is_given(stage: str, rank: int) -> None:
    data = {"initiative": "app", "organisation": "nhsx", "supplier": "organisation/vmware", "criteria": ["a", "b"]}
    suffix = f" (rank {rank})" if rank else ""
    assert told(f"initiative.{stage}", data) == {
        f'set initiative/app stage[] = "{stage}"{suffix}',
        'set initiative/app organisation[] = "nhsx" -> organisation/nhsx',
        'set initiative/app supplier[] = "organisation/vmware"',
        'set initiative/app criteria[] = ["a","b"]',
    }


def test_every_term_of_an_initiative_has_its_slot() -> None:
    terms = {"kind": "fund", "name": "A", "description": "B", "place": "C", "architecture": "D", "replaces": "old"}
    found = acts("initiative.launched", {"initiative": "app", "organisation": "nhsx", **terms})
    values = {effect.property: effect.fact.value for effect in found if effect.property in terms}
    assert values == {name: f'"{value}"' for name, value in terms.items()}


def test_a_supplier_is_a_subject_only_if_it_is_written_as_one() -> None:
    data = {"initiative": "app", "organisation": "nhsx", "supplier": "Pivotal (VMware)"}
    assert tags_of(state("initiative.launched", data)) == {
        "type/initiative.launched",
        "initiative/app",
        "organisation/nhsx",
    }
    assert "organisation/vmware" in tags_of(state("initiative.launched", {**data, "supplier": "organisation/vmware"}))
    assert refused("initiative.launched", {**data, "supplier": "organisation/VMware"}).keys() == {"/data/supplier"}
    assert refused("initiative.launched", {**data, "replaces": "app"}).keys() == {"/data/replaces"}


@pytest.mark.parametrize("kind", ["committed", "awarded"])
def test_each_funding_is_a_slot_of_its_own(kind: str) -> None:
    data = {
        "organisation": "nhsx",
        "initiative": "fund",
        "amount": "6500000",
        "currency": "GBP",
        "round": "1",
        "awards": 35,
        "recipients": ["Digital inclusion", "organisation/trust"],
    }
    line = (
        f'open organisation/nhsx funding[{ROOT}] = {{"amount":"6500000","awards":35,"currency":"GBP",'
        f'"initiative":"fund","kind":"{kind}","recipients":["Digital inclusion","organisation/trust"],'
        '"round":"1"} -> initiative/fund'
    )
    assert told(f"funding.{kind}", data) == {line}
    assert "organisation/trust" in tags_of(state(f"funding.{kind}", data))


@pytest.mark.parametrize("amount", [40_000_000, "40,000,000", "-1", "01", "1.23456", "1e6", "", "1\n"])
def test_money_is_decimal_text(amount: object) -> None:
    data = {"organisation": "nhsx", "amount": amount, "currency": "GBP"}
    assert refused("funding.committed", data).keys() == {"/data/amount"}


@pytest.mark.parametrize("awards", [1.0, 1.5, -1, "35", True, 2**53])
def test_awards_are_counted(awards: object) -> None:
    data = {"organisation": "nhsx", "amount": "1", "currency": "GBP", "awards": awards}
    assert refused("funding.awarded", data).keys() == {"/data/awards"}


@pytest.mark.parametrize("currency", ["gbp", "£", "GBPX", ""])
def test_a_currency_is_a_code(currency: str) -> None:
    data = {"organisation": "nhsx", "amount": "1", "currency": currency}
    assert refused("funding.committed", data).keys() == {"/data/currency"}


def test_targets_are_set_moved_and_closed() -> None:
    data = {"target": "paperless", "name": "Paperless NHS"}
    named = 'set target/paperless name[] = "Paperless NHS"'
    assert told("target.set", {**data, "due": "2018", "organisation": "nhs"}) == {
        named,
        'set target/paperless due[] = "2018"',
        'set target/paperless status[] = "open"',
        'set target/paperless organisation[] = "nhs" -> organisation/nhs',
    }
    assert told("target.moved", {**data, "from": "2018", "to": "2020", "scope": "England"}) == {
        named,
        'set target/paperless due[] = "2020"',
        'set target/paperless scope[] = "England"',
    }
    assert told("target.closed", {"target": "paperless", "outcome": "missed", "measure": "paper"}) == {
        'set target/paperless status[] = "missed"',
        'set target/paperless measure[] = "paper"',
    }


def test_the_dates_of_a_target_are_dates() -> None:
    assert refused("target.set", {"target": "a", "due": "2018/2020"}).keys() == {"/data/due"}
    assert refused("target.moved", {"target": "a", "from": "x", "to": "y"}).keys() == {"/data/from", "/data/to"}

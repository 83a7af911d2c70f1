"""responsibility.* and priority.*"""

from __future__ import annotations

from events.facts import tags_of
from tests.unit.vocabulary.stating import refused, state, told

DATA = {"responsibility": "policy", "title": "Setting policy", "scope": "England"}
VALUE = '= {"scope":"England","title":"Setting policy"}'


def test_responsibilities_are_opened_and_ended() -> None:
    data = {**DATA, "organisation": "nhsx"}
    assert told("responsibility.gained", data) == {
        f"open organisation/nhsx responsibilities[policy] {VALUE} -> responsibility/policy"
    }
    assert told("responsibility.ended", data) == {
        "end organisation/nhsx responsibilities[policy] -> responsibility/policy"
    }


def test_a_transfer_ends_at_one_and_opens_at_the_other() -> None:
    data = {**DATA, "from": "nhsx", "to": "nhs-england"}
    assert told("responsibility.transferred", data) == {
        "end organisation/nhsx responsibilities[policy] -> responsibility/policy",
        f"open organisation/nhs-england responsibilities[policy] {VALUE} -> responsibility/policy",
    }
    assert tags_of(state("responsibility.transferred", data)) == {
        "type/responsibility.transferred",
        "organisation/nhsx",
        "organisation/nhs-england",
        "responsibility/policy",
    }
    assert refused("responsibility.transferred", {**data, "to": "nhsx"}).keys() == {"/data/to"}


def test_priorities_are_opened_and_ended_and_are_no_subjects() -> None:
    data = {"organisation": "nhsx", "priority": "smartphone", "title": "Services on a smartphone"}
    assert told("priority.set", data) == {
        'open organisation/nhsx priorities[smartphone] = {"title":"Services on a smartphone"}'
    }
    assert told("priority.ended", data) == {"end organisation/nhsx priorities[smartphone]"}
    assert tags_of(state("priority.set", data)) == {"type/priority.set", "organisation/nhsx"}

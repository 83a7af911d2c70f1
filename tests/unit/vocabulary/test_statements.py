"""statement.made, finding.published, attribute.set and fact.*"""

from __future__ import annotations

from typing import Any

import pytest

from events.event import RecordedFact
from events.facts import event_ids_mentioned, tags_of
from tests.unit.vocabulary.stating import DAY, ROOT, acts, refused, state, told

EVENT = "0192f0c4-6d3c-7000-8000-00000000000a"
OTHER = "0192f0c4-6d3c-7000-8000-00000000000b"
THIRD = "0192f0c4-6d3c-7000-8000-00000000000c"


@pytest.mark.parametrize("kind", ["statement.made", "finding.published"])
def test_what_is_said_changes_nothing_and_bears_tags(kind: str) -> None:
    data = {
        "organisation": "nhsx",
        "speaker": "matthew-gould",
        "post": "ceo",
        "about": ["dhsc", "target/paperless"],
        "text": "a stretch",
        "values": {"ß": 1.5, "a": [None, True]},
    }
    assert told(kind, data) == set()
    assert tags_of(state(kind, data)) == {
        f"type/{kind}",
        "organisation/nhsx",
        "person/matthew-gould",
        "post/ceo",
        "organisation/dhsc",
        "target/paperless",
    }


def test_an_attribute_takes_any_json_and_null_takes_it_away() -> None:
    def value(given: Any) -> str | None:
        (effect,) = acts("attribute.set", {"person": "a", "key": "born", "value": given})
        assert (effect.subject, effect.property, effect.key) == ("person/a", "attributes", "born")
        return effect.fact.value

    assert value("1978") == '"1978"'
    assert value({"é": 1.0, "b": [1, 2]}) == '{"b":[1,2],"é":1}'
    assert value(None) is None
    assert value(False) == "false"
    assert refused("attribute.set", {"organisation": "a", "key": "k"}).keys() == {"/data/value"}
    assert refused("attribute.set", {"key": "k", "value": 1}).keys() == {"/data/organisation"}


def test_free_values_have_sound_numbers_and_limited_depth() -> None:
    deep: Any = "x"
    for _ in range(40):
        deep = [deep]
    for value, pointer in ((2**53, ""), ([1e300], "/0"), ({"a": -(2**53)}, "/a"), (deep, "/0" * 30)):
        faults = refused("attribute.set", {"organisation": "a", "key": "k", "value": value})
        assert faults.keys() == {f"/data/value{pointer}"}
    state("attribute.set", {"organisation": "a", "key": "k", "value": [2**53 - 1, -(2**53) + 1, 0.1]})


def corrected(replacement: dict[str, Any], **data: Any) -> dict[str, Any]:
    return {"event": EVENT, "replacement": replacement, **data}


PRIORITY = {"type": "priority.set", "effective": DAY, "data": {"organisation": "nhsx", "priority": "p"}}


def test_a_correction_holds_a_whole_fact_and_does_nothing_itself() -> None:
    replacement = {**PRIORITY, "fulfils": "plan-a", "follows": [OTHER], "effective": "2019-02"}
    fact = state("fact.corrected", corrected(replacement, reason="typing error"), None)
    inner = fact.data.replacement
    assert isinstance(inner, RecordedFact)
    assert inner.schema == "priority.set/1"
    assert inner.effective is not None
    assert inner.effective.latest == "2019-02-28"
    assert told("fact.corrected", corrected(replacement), None) == set()
    assert tags_of(fact) == {"type/fact.corrected", "type/priority.set", "organisation/nhsx", "plan/plan-a"}
    assert event_ids_mentioned(fact) == {EVENT, OTHER}


def test_the_faults_of_a_replacement_are_told_where_they_are() -> None:
    bad = {"type": "priority.set", "id": THIRD, "effective": "2019-13", "data": {"organisation": "NHSX"}}
    assert refused("fact.corrected", corrected(bad), None).keys() == {
        "/data/replacement/id",
        "/data/replacement/effective",
        "/data/replacement/data/organisation",
        "/data/replacement/data/priority",
    }
    retraction = {"type": "fact.retracted", "data": {"event": EVENT, "reason": "error"}}
    assert refused("fact.corrected", corrected(retraction), None).keys() == {"/data/replacement/type"}
    assert refused("fact.corrected", corrected("x"), None).keys() == {"/data/replacement"}  # type: ignore[arg-type]


def test_a_retraction_has_a_reason_and_nothing_of_the_world() -> None:
    data = {"event": EVENT, "reason": "duplicate"}
    assert told("fact.retracted", data, None) == set()
    assert event_ids_mentioned(state("fact.retracted", data, None)) == {EVENT}
    faults = refused("fact.retracted", data, DAY, follows=[OTHER], ends=OTHER, fulfils="p")
    assert faults.keys() == {"/effective", "/follows", "/ends", "/fulfils"}
    assert refused("fact.retracted", {"event": ROOT, "reason": "error"}, None).keys() == {"/data/event"}
    assert refused("fact.retracted", {"event": EVENT, "reason": "whim"}, None).keys() == {"/data/reason"}

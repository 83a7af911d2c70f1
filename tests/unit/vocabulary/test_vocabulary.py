"""What holds of every type."""

from __future__ import annotations

import jsonschema
import pytest

from events.vocabulary import CLOSED_WITH_ORGANISATION, KEY_PARTS, PROPERTIES, TYPES, effects
from events.vocabulary.acts import program, taggers
from events.vocabulary.schema import schema_of
from tests.unit.vocabulary.stating import ROOT, state

SWITCHES = {name for name, behaviour in PROPERTIES.items() if behaviour == "switch"}


def test_the_vocabulary_is_that_of_the_contract() -> None:
    families = {
        "organisation": "created reinstated merged split replaced dissolved reclassified",
        "name": "adopted retired",
        "identifier": "assigned withdrawn",
        "relation": "started ended",
        "post": "created abolished",
        "appointment": "started ended changed observed",
        "responsibility": "gained ended transferred",
        "priority": "set ended",
        "change": "announced revised withdrawn",
        "initiative": "announced commissioned trialled launched ended",
        "funding": "committed awarded",
        "target": "set moved closed",
        "statement": "made",
        "finding": "published",
        "attribute": "set",
        "fact": "corrected retracted",
        "identity": "equated",
        "type": "defined",
    }
    assert set(TYPES) == {f"{family}.{word}" for family, words in families.items() for word in words.split()}


@pytest.mark.parametrize("name", TYPES)
def test_what_a_type_does_it_does_to_known_properties_and_fields(name: str) -> None:
    for does in TYPES[name].does:
        assert (does.does == "sets") == (PROPERTIES[does.property] == "value"), does
    program(TYPES[name])
    taggers(TYPES[name])


def test_the_properties_fit_together() -> None:
    assert CLOSED_WITH_ORGANISATION <= SWITCHES
    assert set(KEY_PARTS) <= set(PROPERTIES)


@pytest.mark.parametrize("name", TYPES)
def test_each_schema_is_a_sound_schema_of_the_whole_fact(name: str) -> None:
    schema = schema_of(TYPES[name])
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"types/{name}"
    assert schema["properties"]["type"] == {"const": name}
    assert schema["additionalProperties"] is False
    assert ("effective" in schema["required"]) == (not name.startswith(("fact.", "identity.", "type.")))
    assert ("ends" in schema["properties"]) == TYPES[name].ends_something
    schema["properties"].clear()
    assert schema_of(TYPES[name])["properties"], "a caller may change what it was given"


def test_follows_and_ends_are_told_as_roots() -> None:
    correction, root = "0192f0c4-6d3c-7000-8000-00000000000c", "0192f0c4-6d3c-7000-8000-00000000000d"
    data = {"organisation": "nhsx", "priority": "p"}
    fact = state("priority.ended", data, follows=[correction], ends=correction)
    (effect,) = effects(fact, ROOT, (ROOT,))
    assert (effect.fact.follows, effect.fact.ends) == ((correction,), correction)
    (effect,) = effects(fact, ROOT, (ROOT,), {correction: root})
    assert (effect.fact.follows, effect.fact.ends) == ((root,), root)


@pytest.mark.parametrize(
    ("effective", "doubtful"),
    [("2019?", True), ("2019%", True), ("2019~", False), ("2019", False), ("2019?/2020", True), ("2019/2020?", False)],
)
def test_a_doubtful_date_makes_the_opening_doubtful(effective: str, doubtful: bool) -> None:
    fact = state("priority.set", {"organisation": "nhsx", "priority": "p"}, effective)
    opened = effects(fact, ROOT, (ROOT,))[0]
    assert opened.fact.effect == "open"
    assert opened.fact.doubtful is doubtful

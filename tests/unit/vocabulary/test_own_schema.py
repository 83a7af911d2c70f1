"""Schemas that users write: which are sound, that reading by them is right, and that nothing in them costs much."""

from __future__ import annotations

import socket
import time
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.vocabulary.own_schema import faults_of_schema
from events.vocabulary.schema_reading import STEPS_MAX, complaints

SECONDS_MAX = 2.0  # on a slow, busy machine; a tenth of it is usual


def schema(part: Any = True, **more: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"a": part}, **more}


def chained(length: int, *, several: int = 1) -> dict[str, Any]:
    names = [f"d{n}" for n in range(length)]
    following = [*names[1:], None]
    parts = {
        name: {"allOf": [{"$ref": f"#/$defs/{other}"}] * several} if other else {"type": "string"}
        for name, other in zip(names, following, strict=True)
    }
    return schema({"$ref": "#/$defs/d0"}, **{"$defs": parts})


def nested(levels: int, keyword: str = "not") -> Any:
    part: Any = {"type": "string"}
    for _ in range(levels):
        part = {keyword: part}
    return part


UNSOUND: list[tuple[dict[str, Any], str, str]] = [
    ({}, "/type", "must be"),
    ({"type": "array"}, "/type", "must be"),
    ({"type": ["object"]}, "/type", "must be"),
    ({"type": "object"}, "/properties", "at least one"),
    ({"type": "object", "properties": {"A": True}}, "/properties/A", "cannot be a field"),
    ({"type": "object", "properties": {f"f{n}": True for n in range(101)}}, "/properties", "at most 100"),
    (schema(required=["b"]), "/required", "not among"),
    (schema(additionalProperties={}), "/additionalProperties", "leave it out"),
    ({**schema(), "$schema": "http://json-schema.org/draft-07/schema#"}, "/$schema", "2020-12"),
    (schema({"$ref": "http://127.0.0.1:9/s.json"}), "/properties/a/$ref", "nothing is ever fetched"),
    (schema({"$ref": "#"}), "/properties/a/$ref", "#/$defs/NAME"),
    (schema({"$ref": "#/$defs/b"}), "/$defs", "not there"),
    ({**schema(), "$defs": {"b": {"$ref": "#/$defs/b"}}}, "/$defs/b", "circle"),
    (
        {**schema(), "$defs": {"b": {"items": {"$ref": "#/$defs/c"}}, "c": {"not": {"$ref": "#/$defs/b"}}}},
        "/$defs/b",
        "circle",
    ),
    (schema({"$defs": {"b": True}}), "/properties/a/$defs", "at the top"),
    (schema({"$id": "x"}), "/properties/a/$id", "address"),
    (schema({"$dynamicRef": "#a"}), "/properties/a/$dynamicRef", "$ref"),
    (schema({"patternProperties": {}}), "/properties/a/patternProperties", "propertyNames"),
    (schema({"unevaluatedProperties": False}), "/properties/a/unevaluatedProperties", "additionalProperties"),
    (schema({"unevaluatedItems": False}), "/properties/a/unevaluatedItems", "prefixItems"),
    (schema({"maxLenght": 1}), "/properties/a/maxLenght", "no keyword"),
    (schema({"type": "text"}), "/properties/a/type", "does not fit"),
    (schema({"minLength": -1}), "/properties/a/minLength", "does not fit"),
    (schema({"multipleOf": 0}), "/properties/a/multipleOf", "does not fit"),
    (schema({"allOf": {}}), "/properties/a/allOf", "does not fit"),
    (schema({"pattern": "(?=a)"}), "/properties/a/pattern", "look-around"),
    (schema({"pattern": r"(a)\1"}), "/properties/a/pattern", "RE2"),
    (schema({"pattern": "("}), "/properties/a/pattern", "RE2"),
    (schema({"pattern": "a{1001}"}), "/properties/a/pattern", "RE2"),
    (schema({"pattern": r"\pL{30}"}), "/properties/a/pattern", "repeat less"),
    (schema({"pattern": "a" * 501}), "/properties/a/pattern", "too long"),
    (schema({"enum": []}), "/properties/a/enum", "at least one"),
    (schema({"enum": list(range(501))}), "/properties/a/enum", "at most 500"),
    (schema({"enum": [{}]}), "/properties/a/enum", "no objects"),
    (schema({"const": []}), "/properties/a/const", "no object"),
    (schema({"description": "x" * 40_000}), "", "too large"),
    (schema(3), "/properties/a", "must be a schema"),
    (schema(nested(20)), "/properties/a" + "/not" * 15, "nested too deeply"),
    (chained(12, several=10), "", "unfolded"),
    (chained(40), "/$defs/d17", "chain"),
]


@pytest.mark.parametrize(("given_schema", "pointer", "words"), UNSOUND)
def test_what_is_no_schema_for_data_is_refused_where_it_is(
    given_schema: dict[str, Any], pointer: str, words: str
) -> None:
    began = time.perf_counter()
    told = dict(faults_of_schema(given_schema))
    assert words in told[pointer], told
    assert time.perf_counter() - began < SECONDS_MAX


def test_no_socket_is_opened_for_any_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    for reference in (
        "http://127.0.0.1:9/a",
        "https://example.org/a#/b",
        "file:///etc/hosts",
        "//example.org",
        "a.json",
    ):
        for keyword in ("$ref", "$dynamicRef", "$id", "$schema"):
            assert list(faults_of_schema(schema({keyword: reference})))
    metaschema = {**schema(), "$schema": "https://json-schema.org/draft/2020-12/schema"}
    assert list(faults_of_schema(metaschema)) == []
    assert complaints(metaschema, {"a": 1}) == []


WIDE = {"anyOf": [{"properties": {f"p{n}": {"type": "string"}}, "required": [f"q{n}"]} for n in range(200)]}
BOMBS: list[tuple[Any, Any]] = [
    ({"pattern": "^(a+)+$"}, "a" * 60_000 + "b"),
    ({"pattern": "(x+x+)+y"}, "x" * 60_000),
    ({"pattern": "^(.?){400}a"}, "b" * 60_000),
    ({"allOf": [{"pattern": f"(a|b|ab)*c{n}"} for n in range(300)]}, "ab" * 30_000),
    ({"items": {"enum": [f"{n:04}" for n in range(500)]}}, ["x"] * 15_000),
    ({"uniqueItems": True}, [[n] for n in range(12_000)]),
    ({"uniqueItems": True}, [{"a": {"b": n % 7}} for n in range(4_000)]),
    ({"items": {"allOf": [{"uniqueItems": True}] * 400}}, [list(range(50))] * 200),
    ({"contains": {"contains": {"const": 1}}, "minContains": 10_000}, [[0] * 100] * 300),
    ({"items": WIDE}, [{f"p{n}": n for n in range(10)}] * 400),
    ({"oneOf": [WIDE] * 2}, {f"q{n}": 0 for n in range(200)}),
    ({"additionalProperties": {"not": {"not": {"type": "string"}}}}, {f"k{n}": n for n in range(5_000)}),
    ({"propertyNames": {"pattern": "^(a|a)*$"}}, {"a" * 200 + str(n): 0 for n in range(250)}),
    ({"multipleOf": 1e-300}, 1e15),
    ({"items": {"multipleOf": 0.0000001}}, [0.1234567] * 6_000),
    (nested(14), "x"),
    ({"$ref": "#/$defs/d0"}, "x"),
]


@pytest.mark.parametrize(("part", "value"), BOMBS, ids=range(len(BOMBS)))
def test_reading_costs_little_whatever_the_schema_and_the_value(part: Any, value: Any) -> None:
    whole = {**chained(8, several=2), "properties": {"a": part}}
    assert list(faults_of_schema(whole)) == []
    began = time.perf_counter()
    complaints(whole, {"a": value})
    assert time.perf_counter() - began < SECONDS_MAX


def test_what_takes_too_long_is_told() -> None:
    part = {"items": {"allOf": [{"type": "integer"}] * 900}}
    ((pointer, words),) = complaints(schema(part), {"a": [1] * 10_000})
    assert pointer == ""
    assert str(STEPS_MAX) in words


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from([0.5, 1.0, 1.5, "", "a", "b", "ab", "0"]),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "c"]), below, max_size=3),
    max_leaves=6,
)
SCALARS = st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["a", "b", 1.0, 0.5])
TYPES = st.sampled_from(["null", "boolean", "string", "number", "integer", "array", "object"])
SIZES = st.integers(0, 3)


def _schemas(below: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    several = st.lists(below, min_size=1, max_size=3)
    named = st.dictionaries(st.sampled_from(["a", "b"]), below, max_size=2)
    names = st.lists(st.sampled_from(["a", "b"]), max_size=2, unique=True)
    return st.fixed_dictionaries(
        {},
        optional={
            "type": TYPES | st.lists(TYPES, min_size=1, max_size=2, unique=True),
            "enum": st.lists(SCALARS, min_size=1, max_size=3),
            "const": SCALARS,
            **{name: st.integers(-3, 3) for name in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")},
            "multipleOf": st.sampled_from([1, 2, 0.5]),
            **dict.fromkeys(
                ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"), SIZES
            ),
            "minContains": SIZES,
            "maxContains": SIZES,
            "pattern": st.sampled_from(["a", "^a$", "b+"]),
            "uniqueItems": st.booleans(),
            **dict.fromkeys(
                ("items", "contains", "additionalProperties", "propertyNames", "not", "if", "then", "else"), below
            ),
            **dict.fromkeys(("allOf", "anyOf", "oneOf", "prefixItems"), several),
            **dict.fromkeys(("properties", "dependentSchemas"), named),
            "required": names,
            "dependentRequired": st.dictionaries(st.sampled_from(["a", "b"]), names, max_size=2),
            "$ref": st.just("#/$defs/d"),
        },
    )


SCHEMAS = st.recursive(st.booleans() | _schemas(st.booleans()), _schemas, max_leaves=4)


@given(SCHEMAS, VALUES)
def test_reading_agrees_with_jsonschema(part: Any, value: Any) -> None:
    whole = schema(part, **{"$defs": {"d": {"type": ["string", "integer"]}}})
    assert list(faults_of_schema(whole)) == []
    data = {"a": value}
    assert (complaints(whole, data) == []) == jsonschema.Draft202012Validator(whole).is_valid(data)

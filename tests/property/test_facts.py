"""The quick and the thorough way of reading a fact agree; and what was accepted is recorded and read unchanged."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events import facts
from events.canonical import canonical, parse, tidy, unsound
from events.dates import BEGINNING, END
from events.envelope import misordered
from events.errors import OrglineError
from events.event import read_body
from events.facts import InvalidFacts, body_of, decode, recorded, tags_of
from events.vocabulary import PROPERTIES, TYPES, effects
from events.vocabulary.schema import schema_of
from tests.conftest import LONG

IDS = [f"0192f0c4-6d3c-7000-8000-00000000000{digit}" for digit in range(4)]
TEXTS = st.sampled_from(["NHSX", "“é”", "x" * 400, "Two words"])
DATES = st.sampled_from(["2019", "2019-02-19", "[..2019]", "2019~", "2019?", "2021-23", "[2019-02-20..2019-04-09]"])
WRITTEN = [
    *IDS,
    "nhsx",
    "nhs-england",
    "a",
    "person/nhsx",
    "40",
    "0.5",
    "GBP",
    "https://a.b/c",
    "organisation/a",
    "x.a.b",
]
# What is wrong almost everywhere, and some that is wrong in few places only.
ODD: st.SearchStrategy[Any] = st.sampled_from(
    [
        *(None, 0, 1, 1.0, 1.5, 2**53, -1, True, "", " ", "NHSX", "nhsx\n", "\0", "e\u0301", "\ud800", "x" * 20_001),
        *([], {}, ["nhsx"], ["nhsx", "nhsx"], [[[1]]], "2019/2020", "2019-13", "2019/..", "organisation/A"),
        IDS[0].upper(),
    ]
)
KINDS = st.sampled_from(sorted(TYPES))
DEFINITION: dict[str, Any] = {
    "name": "x.audit.rating-given",
    "json_schema": {
        "type": "object",
        "properties": {"organisation": {"type": "string"}, "rating": {"type": "string", "pattern": "^[A-E]$"}},
        "required": ["organisation"],
    },
    "subjects": {"organisation": "organisation"},
    "sets": [{"does": "sets", "property": "x.audit.rating", "value": "rating"}],
    "says": "{organisation} was rated[ {rating}]",
}


def fitting(schema: dict[str, Any], definitions: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values that mostly fit a schema of the vocabulary."""
    if "$ref" in schema:
        return fitting(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    if "const" in schema:
        return st.just(schema["const"])
    if "anyOf" in schema:
        return st.one_of([fitting(branch, definitions) for branch in schema["anyOf"]])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    kind = schema.get("type")
    if kind == "object" and "properties" in schema:
        required = set(schema.get("required", ()))
        members = {name: fitting(below, definitions) for name, below in schema["properties"].items()}
        return st.fixed_dictionaries(
            {name: below for name, below in members.items() if name in required},
            optional={name: below for name, below in members.items() if name not in required},
        )
    if kind == "array":
        return st.lists(fitting(schema["items"], definitions), min_size=schema.get("minItems", 0), max_size=3)
    if kind == "string":
        return _text(schema)
    simple: dict[Any, st.SearchStrategy[Any]] = {
        "integer": st.integers(0, 50),
        "boolean": st.booleans(),
        "null": st.none(),
        "object": st.dictionaries(st.sampled_from(["a", "é"]), st.integers() | st.floats() | st.text(), max_size=2),
    }
    return simple.get(kind, st.one_of(st.none(), st.integers(), st.text(), st.lists(st.booleans())))


def _text(schema: dict[str, Any]) -> st.SearchStrategy[str]:
    if schema.get("format") in ("edtf", "edtf-date"):
        return DATES | st.just("2019/2020-05") if schema["format"] == "edtf" else DATES
    if schema.get("format") == "date":
        return st.sampled_from(["2019-02-19", "2019-12-31"])
    if schema.get("format") == "uuid":
        return st.sampled_from(IDS)
    pattern = schema.get("pattern", "")
    if pattern in ("", r"\S"):
        return TEXTS
    return st.sampled_from([text for text in WRITTEN if re.search(pattern, text)])


@st.composite
def stated(draw: st.DrawFn) -> Any:
    """A fact of any type, sound but for what hypothesis finds between the fields, or with something odd put in."""
    name = draw(KINDS)
    schema = schema_of(TYPES[name])
    fact = draw(fitting(schema, schema["$defs"]))
    if name == "fact.corrected" and draw(st.booleans()):
        fact["data"]["replacement"] = draw(stated())
    if name == "type.defined" and draw(st.booleans()):
        fact["data"] = deepcopy(DEFINITION)
    if name == "change.announced" and draw(st.booleans()):
        change = draw(KINDS)
        below = schema_of(TYPES[change])
        draft = draw(fitting(below["properties"]["data"], below["$defs"]))
        fact["data"]["changes"] = [{"change": change, "draft": draft}]
    for _ in range(draw(st.integers(0, 2))):
        _spoil(fact, draw)
    return fact


def _spoil(value: Any, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
    """Put something odd somewhere into a value."""
    if isinstance(value, dict):
        key = draw(st.sampled_from([*sorted(value), "title", "effective", "ends", "odd"]))
    elif isinstance(value, list) and value:
        key = draw(st.integers(0, len(value) - 1))
    else:
        return
    below = value.get(key) if isinstance(value, dict) else value[key]
    if isinstance(below, dict | list) and below and draw(st.booleans()):
        _spoil(below, draw)
    elif isinstance(value, dict) and draw(st.integers(0, 4)) == 0:
        value.pop(key, None)
    else:
        value[key] = deepcopy(draw(ODD))


def quickly(body: bytes) -> facts.Request | None:
    """What the quick way alone makes of a body."""
    try:
        return facts._request(tidy(body))
    except facts._REFUSALS:
        return None


BOUNDED = settings(max_examples=1_000 if LONG else 120, deadline=None, suppress_health_check=list(HealthCheck))


@BOUNDED
@given(stated(), st.booleans())
def test_the_quick_way_accepts_what_the_thorough_way_finds_no_fault_with(fact: Any, escaped: bool) -> None:
    body = json.dumps(fact, ensure_ascii=escaped).encode("utf-8", "surrogatepass")
    try:
        plain = parse(body)
    except OrglineError:
        assert quickly(body) is None
        return
    told = list(thoroughly(plain))
    assert (quickly(body) is None) == bool(told), told
    assert all(fault.pointer == "" or fault.pointer.startswith("/") for fault in told)


def thoroughly(plain: dict[str, Any]) -> Any:
    """What the thorough way alone makes of a fact, without its short cut through the quick one."""
    name = plain.get("type")
    if not isinstance(name, str) or name not in TYPES or any(unsound(plain, "")):
        return facts._faults_of_request(plain)
    faults = list(facts._faults_of_known(plain, TYPES[name], 1))
    if faults:
        return faults
    return misordered([facts._fact(facts._read_single(json.dumps(plain).encode()))], single=True)


@BOUNDED
@given(stated())
def test_what_is_accepted_is_recorded_canonically_and_read_unchanged(fact: Any) -> None:
    body = json.dumps({**fact, "id": IDS[0]}).encode()
    try:
        (read,) = decode(body).facts
        kept = recorded(read, tags_of(read))
        first = body_of(kept)
    except OrglineError as error:
        assert isinstance(error, InvalidFacts)
        assert error.faults
        return
    assert read_body(first) == kept
    assert first == canonical(json.loads(first)), "canonical bytes are those of their own content"
    again = {name: value for name, value in json.loads(first).items() if name not in ("tags", "schema")}
    again.get("effective", {}).pop("until", None)
    if read.type != "fact.corrected":
        (second,) = decode(json.dumps(again).encode()).facts
        assert body_of(recorded(second, tags_of(second))) == first


@BOUNDED
@given(stated())
def test_effects_are_well_formed(fact: Any) -> None:
    try:
        (read,) = decode(json.dumps(fact).encode()).facts
    except OrglineError:
        return
    tags = tags_of(read)
    for effect in effects(read, IDS[0], (IDS[0],)):
        assert effect.subject in tags
        assert set(effect.targets) <= tags
        assert (effect.fact.effect == "set") == (PROPERTIES[effect.property] == "value")
        assert BEGINNING <= effect.fact.earliest <= effect.fact.latest <= END
        assert effect.fact.value is None or canonical(json.loads(effect.fact.value)).decode() == effect.fact.value


@pytest.mark.parametrize("name", sorted(TYPES))
def test_facts_of_every_type_are_found_sound_and_unsound(name: str) -> None:
    """The strategy reaches both answers for each type: else the properties above would say little."""
    schema = schema_of(TYPES[name])
    seen: set[bool] = set()

    @settings(max_examples=40, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(fitting(schema, schema["$defs"]), st.data())
    def collect(fact: Any, data: st.DataObject) -> None:
        if name == "fact.corrected":
            fact["data"]["replacement"] = {
                "type": "priority.set",
                "effective": "2019",
                "data": {"organisation": "a", "priority": "b"},
            }
        if name == "type.defined":
            fact["data"] = deepcopy(DEFINITION)
        if data.draw(st.booleans()):
            _spoil(fact, data.draw)
        seen.add(quickly(json.dumps(fact).encode()) is None)

    collect()
    assert seen == {True, False}

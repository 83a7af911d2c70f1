"""Forms made from schemas: every type's form gives back the very fact that it was filled in with."""

from __future__ import annotations

from importlib import resources
from typing import Any

import msgspec
import pytest

from events.dates import day
from events.errors import Fault
from events.facts import body_of, decode, recorded, tags_of
from events.vocabulary import TYPES
from events.vocabulary.defined import BUILT_IN, Definition, definition_id, fact_type
from events.vocabulary.language import FactType
from service.pages.forms import entering, fields, sheets, showing
from service.pages.forms.entering import ABSENT, Written, in_edtf, of_posted, of_value, value_of
from service.pages.texts import RAW, TEXTS

ID = "0192f0c4-6d3c-7000-8000-000000000001"
OTHER = "0192f0c4-6d3c-7000-8000-000000000002"
TODAY = day("2026-11-26")
SOURCES = [
    {
        "title": 'A "report" <on> units & more',
        "url": "https://example.org/a?b=c&d=%20e",
        "publisher": "The press",
        "published": "2021-11-22",
        "accessed": "2021-12",
        "quote": "Two lines,\nof which this is the second.",
    },
    {"title": "Another"},
]
APPOINTMENT = {"organisation": "abc", "post": "abc-head", "person": "jane-doe", "acting": True, "share": "0.5"}
INITIATIVE = {
    "initiative": "fund",
    "organisation": "abc",
    "kind": "fund",
    "name": "The Fund",
    "description": "For this\n\nand that.",
    "supplier": "organisation/def",
    "place": "Leeds",
    "criteria": ["small", "quick"],
    "replaces": "older-fund",
}
FUNDING = {
    "organisation": "abc",
    "initiative": "fund",
    "amount": "6500000.50",
    "currency": "GBP",
    "awards": 0,
    "recipients": ["Some Ltd", "organisation/def"],
}
STATEMENT = {
    "organisation": "abc",
    "speaker": "jane-doe",
    "about": ["def", "person/jane-doe"],
    "text": "We shall see.",
    "values": {"weeks": 18, "parts": [1, {"deep": None}]},
}
PLAN = {
    "plan": "merge",
    "title": "To merge",
    "changes": [
        {"change": "organisation.merged", "draft": {"originals": ["abc", "def"], "result": "ghi"}},
        {"change": "post.created", "draft": {}},
        {"change": "organisation.split", "draft": {"original_survives": False}},
    ],
    "intended": "2022-23",
    "terms": "As agreed.",
}
DEFINITION = {
    "name": "x.audit.rated",
    "json_schema": {
        "type": "object",
        "required": ["organisation", "rating"],
        "properties": {
            "organisation": {"type": "string"},
            "rating": {"title": "The rating", "enum": ["good", "bad"]},
            "score": {"type": "integer", "minimum": 0},
            "share": {"type": "number"},
            "public": {"type": "boolean"},
            "read_on": {"type": "string", "format": "date"},
            "level": {"enum": [1, 2, "three", None]},
            "fixed": {"const": "always"},
            "inspectors": {"type": "array", "items": {"type": "string"}},
            "parts": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["name"],
                    "properties": {
                        "name": {"type": "string"},
                        "a/b~c": {"type": "string"},
                        "marks": {"type": "array", "items": {"$ref": "#/$defs/mark"}},
                    },
                },
            },
            "map": {"type": "object", "additionalProperties": {"type": "integer"}},
            "pair": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}]},
            "anything": {},
            "perhaps": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            "either": {"oneOf": [{"type": "integer"}, {"type": "string", "pattern": "^[a-z]+$"}]},
        },
        "$defs": {"mark": {"type": "object", "properties": {"value": {"type": "integer"}, "text": {"type": "string"}}}},
        "if": {"properties": {"rating": {"const": "bad"}}},
        "then": {"required": ["score"]},
    },
    "subjects": {"organisation": "organisation"},
    "sets": [{"does": "sets", "property": "x.audit.rating", "value": "rating", "key": ["=last"], "rank": 1}],
    "description": "An audit.",
    "says": "{organisation} rated {rating}",
}

DATA: dict[str, dict[str, Any]] = {
    "organisation.created": {
        "organisation": "abc",
        "name": "Alphabet",
        "name_kind": "brand",
        "classification": "joint-unit",
        "scheme": "own",
        "created_by": "person/jane-doe",
        "parents": ["def", "ghi"],
        "from": ["jkl"],
    },
    "organisation.merged": {"originals": ["abc", "def"], "result": "abc", "survivors": ["abc"]},
    "organisation.split": {"original": "abc", "results": ["def", "ghi"], "original_survives": False},
    "organisation.replaced": {"original": "abc", "result": "def"},
    "organisation.dissolved": {"organisation": "abc", "reason": "left_government", "to": "def"},
    "organisation.reclassified": {"organisation": "abc", "scheme": "own", "value": "agency"},
    "name.adopted": {"person": "jane-doe", "name": "Jane Doe", "kind": "short"},
    "identifier.assigned": {"organisation": "abc", "scheme": "iso-6523", "value": "007"},
    "relation.started": {"post": "abc-head", "kind": "accountable_to", "target": "post/def-head"},
    "post.created": {"organisation": "abc", "post": "abc-head", "title": "Head", "rank": "1"},
    "appointment.started": {**APPOINTMENT, "person_name": "Jane Doe", "title": "Head", "reason": "She was chosen"},
    "appointment.changed": APPOINTMENT,
    "responsibility.gained": {"organisation": "abc", "responsibility": "data", "title": "Data", "scope": "All of it"},
    "responsibility.transferred": {"from": "abc", "to": "def", "responsibility": "data"},
    "priority.set": {"organisation": "abc", "priority": "speed", "title": "Speed"},
    "change.announced": {**PLAN, "organisation": "abc", "replaces": ["older-plan"]},
    "change.revised": {**PLAN, "reason": "Late"},
    "change.withdrawn": {"plan": "merge", "reason": "Too late"},
    "initiative.announced": INITIATIVE,
    "funding.committed": FUNDING,
    "target.set": {
        "target": "paperless",
        "organisation": "abc",
        "due": "2024",
        "name": "Paperless",
        "measure": "Paper",
    },
    "target.moved": {"target": "paperless", "to": "2030-23", "from": "[2024..2025]"},
    "target.closed": {"target": "paperless", "outcome": "missed"},
    "statement.made": STATEMENT,
    "attribute.set": {"organisation": "abc", "key": "headcount", "value": 12},
    "identity.equated": {"kind": "organisation", "same": ["abc", "def"], "keep": "abc"},
    "type.defined": DEFINITION,
    "fact.retracted": {"event": OTHER, "reason": "duplicate"},
    "fact.corrected": {
        "event": OTHER,
        "replacement": {
            "type": "name.adopted",
            "effective": "2020",
            "data": {"organisation": "abc", "name": "Abc", "kind": "short"},
            "sources": SOURCES,
        },
        "reason": "Misread",
    },
}
SAME = {
    "organisation.reinstated": "organisation.created",
    "name.retired": "name.adopted",
    "identifier.withdrawn": "identifier.assigned",
    "relation.ended": "relation.started",
    "post.abolished": "post.created",
    "appointment.ended": "appointment.started",
    "appointment.observed": "appointment.started",
    "responsibility.ended": "responsibility.gained",
    "priority.ended": "priority.set",
    "initiative.commissioned": "initiative.announced",
    "initiative.trialled": "initiative.announced",
    "initiative.launched": "initiative.announced",
    "initiative.ended": "initiative.announced",
    "funding.awarded": "funding.committed",
    "finding.published": "statement.made",
}
"""Types that have the data of another one."""


def example(name: str) -> dict[str, Any]:
    """A fact that says all that its type can say."""
    kind = TYPES[name]
    fact: dict[str, Any] = {
        "type": name,
        "id": ID,
        "data": DATA[SAME.get(name, name)],
        "sources": SOURCES,
        "note": "A\nnote",
    }
    if kind.dated:
        interval = "2015/2016" if kind.opens_something else "2015"
        fact["effective"] = {"edtf": interval, "earliest": "2015-02-01", "text": "in 2015, or so"}
        fact["fulfils"] = {"plan": "other-plan", "part": True}
        fact["follows"] = [OTHER]
        if kind.ends_something:
            fact["ends"] = OTHER
    return fact


def sheet_of(fact: dict[str, Any]) -> sheets.Sheet:
    if fact["type"] == "fact.corrected":
        return sheets.correction(TYPES[fact["data"]["replacement"]["type"]], fact["data"]["event"], OTHER)
    if fact["type"] == "fact.retracted":
        return sheets.withdrawal(fact["data"]["event"], of_amendment=False)
    return sheets.new(TYPES[fact["type"]], "append")


def entered_of(fact: dict[str, Any], sheet: sheets.Sheet) -> entering.Entered:
    if fact["type"] == "fact.corrected":
        entered = entering.of_fact(sheet.field, fact["data"]["replacement"])
        assert isinstance(entered, dict)
        return {**entered, "reason": fact["data"]["reason"]}
    if fact["type"] == "fact.retracted":
        return {"reason": fact["data"]["reason"], "note": fact["note"]}
    return entering.of_fact(sheet.field, fact)


def canonical(fact: dict[str, Any]) -> bytes:
    read = decode(msgspec.json.encode(fact)).facts[0]
    return body_of(recorded(read, tags_of(read)))


def posted(field: fields.Field, entered: entering.Entered) -> dict[str, str]:
    """What a browser sends of a form as it is shown: all its fields, lines ended by CR LF as browsers do."""
    view = showing.shown(field, entered, told=lambda *_: "")
    inputs = [
        each
        for each in showing.walk(view)
        if not each.children and not each.rows and each.kind not in ("list", "draft")
    ]
    return {each.name: each.value.replace("\n", "\r\n") for each in inputs}


@pytest.mark.parametrize("name", TYPES)
def test_the_form_of_every_type_gives_back_the_fact_it_was_filled_in_with(name: str) -> None:
    fact = example(name)
    if name.startswith("fact."):
        del fact["sources"]
    if name == "fact.corrected":
        del fact["note"]
    sheet = sheet_of(fact)
    sent = posted(sheet.field, entered_of(fact, sheet))
    entered, unknown = of_posted(sheet.field, {key: text.replace("\r\n", "\n") for key, text in sent.items()})
    assert unknown == []
    assert canonical({**sheet.fact(entered, TODAY), "id": ID}) == canonical(fact)


@pytest.mark.parametrize("name", [name for name in TYPES if not name.startswith("fact.")])
def test_what_is_left_blank_is_not_stated(name: str) -> None:
    sheet = sheets.new(TYPES[name], "append")
    sent = posted(sheet.field, entering.new(sheet.field))
    entered, _ = of_posted(sheet.field, sent)
    fact = sheet.fact(entered, TODAY)
    assert set(fact) <= {"type", "data"}
    assert all(value in ([], "legal") or value == {} for value in fact["data"].values())


def test_all_facts_of_the_example_survive_their_forms() -> None:
    for line in resources.files("service.demo").joinpath("nhsx.jsonl").read_bytes().splitlines():
        if line.strip():
            fact = msgspec.json.decode(line)
            sheet = sheet_of(fact)
            entered, _ = of_posted(sheet.field, posted(sheet.field, entered_of(fact, sheet)))
            made = {**sheet.fact(entered, TODAY), "id": fact["id"]}
            if "note" in fact and fact["type"] == "fact.corrected":
                made["note"] = fact["note"]
            assert canonical(made) == canonical(fact)


@pytest.fixture(scope="module")
def own() -> FactType:
    definition = msgspec.convert({**DEFINITION, "version": 1}, Definition)
    return fact_type(definition, definition_id(definition))


RATED = {
    "organisation": "abc",
    "rating": "bad",
    "score": 3,
    "share": 0.5,
    "public": False,
    "read_on": "2021-05-01",
    "level": 2,
    "fixed": "always",
    "inspectors": ["Ada", "Bob"],
    "parts": [{"name": "one", "a/b~c": "x", "marks": [{"value": 1}, {"text": "good"}]}, {"name": "two"}],
    "map": {"a": 1},
    "pair": ["a", 1],
    "anything": {"deep": [None, "12"]},
    "perhaps": "so",
    "either": "word",
}


def test_the_form_of_a_type_of_ones_own(own: FactType) -> None:
    field = fields.of_data(own)
    sent = posted(field, of_value(field, RATED))
    assert sent["/parts/0/a~1b~0c"] == "x"
    assert sent["/parts/0/marks/1/text"] == "good"
    entered, unknown = of_posted(field, sent)
    assert (value_of(field, entered, TODAY), unknown) == (RATED, [])


def test_the_fields_of_a_type_of_ones_own(own: FactType) -> None:
    children = fields.of_data(own).children
    kinds = {name: each.kind for name, each in children.items()}
    assert kinds == {
        "organisation": "subject",
        "rating": "choice",
        "score": "whole",
        "share": "number",
        "public": "flag",
        "read_on": "day",
        "level": "choice",
        "fixed": "choice",
        "inspectors": "list",
        "parts": "list",
        "map": "json",
        "pair": "json",
        "anything": "any",
        "perhaps": "line",
        "either": "any",
    }
    assert children["rating"].required
    assert children["rating"].label == "The rating"
    assert not children["score"].required


def test_a_value_that_no_field_can_show_is_shown_as_json(own: FactType) -> None:
    field = fields.of_data(own)
    odd = {"organisation": "abc", "rating": "good", "parts": [{"name": "one", "more": True}, "no object"]}
    entered = of_value(field, odd)
    assert isinstance(entered, dict)
    assert isinstance(entered["parts"], list)
    assert all(isinstance(each, Written) for each in entered["parts"])
    again, _ = of_posted(field, posted(field, entered))
    assert value_of(field, again, TODAY) == odd


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", "plain"),
        ("12", '"12"'),
        (12, "12"),
        (None, ""),
        ("null", '"null"'),
        ({"a": 1}, '{"a":1}'),
        (" x", '" x"'),
    ],
)
def test_any_value_as_text(value: object, text: str) -> None:
    field = fields.of_data(TYPES["attribute.set"]).children["value"]
    assert of_value(field, value) == text
    assert value_of(field, text, TODAY) == (value if text else ABSENT)


@pytest.mark.parametrize(
    ("text", "edtf"),
    [
        ("autumn 2021", "2021-23"),
        ("Winter 2021–22", "2021-24"),
        ("5 May 2020", "2020-05-05"),
        ("May 2020", "2020-05"),
        ("  2021-23 ", "2021-23"),
        ("about 2013", "2013~"),
        ("circa May 2013", "2013-05~"),
        ("between May 2020 and July 2020", "[2020-05..2020-07]"),
        ("some day between 20 February 2019 and 9 April 2019", "[2019-02-20..2019-04-09]"),
        ("by 2020", "[..2020]"),
        ("2020 or later", "[2020..]"),
        ("from 2015 to 2016", "2015/2016"),
        ("from May 2015 until autumn 2016", "2015-05/2016-23"),
        ("from 2015, still in force", "2015/.."),
        ("yesterday", "2026-11-25"),
        ("some time", "some time"),
        ("between here and there", "between here and there"),
        ("about about 2013", "about about 2013"),
    ],
)
def test_dates_as_people_write_them(text: str, edtf: str) -> None:
    assert in_edtf(text, TODAY) == edtf


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("autumn 2021", "autumn 2021: 1 September 2021 to 30 November 2021 (in EDTF: 2021-23)"),
        ("2021-23", "autumn 2021: 1 September 2021 to 30 November 2021"),
        ("2021-05-01", "1 May 2021"),
        ("2015/..", "from 2015, still in force: 1 January 2015 to 31 December 2015"),
        ("[..2020]", "by 2020: 31 December 2020 or earlier"),
        ("[2020..]", "2020 or later: 1 January 2020 or later"),
        ("nonsense", ""),
    ],
)
def test_dates_are_explained(text: str, told: str) -> None:
    assert showing.date_told(text, TODAY) == told


def test_rows_that_are_blank_are_left_out_and_faults_find_theirs() -> None:
    sheet = sheets.new(TYPES["organisation.merged"], "append")
    sent = {"/data/originals/0": "", "/data/originals/3": "abc", "/data/originals/07": "B A D", "/data/result": "x"}
    entered, unknown = of_posted(sheet.field, {**sent, "/data/original": "abc", "/data": "", "plain": "x", "//": "y"})
    assert [each.detail for each in unknown] == ["/data/original", "//"]
    view = showing.shown(sheet.field, entered, told=lambda *_: "")
    faults = [Fault("/data/originals/1", "is no slug"), Fault("/effective", "is missing"), Fault("/nowhere", "odd")]
    assert showing.blame(view, faults) == [
        ("", "odd"),
        ("f-effective-edtf", "Date: is missing"),
        ("f-data-originals-1", "Organisations that merge 2: is no slug"),
    ]
    (row,) = [each for each in showing.walk(view) if each.faults == ["is no slug"]]
    assert row.value == "B A D"


def test_anchors_are_told_apart() -> None:
    pointers = ["/a/b", "/a-b", "/a_b", "/a b", "/a~1b", "/A/b", "/ä"]
    assert len({showing.id_of(each) for each in pointers}) == len(pointers)
    assert all(" " not in showing.id_of(each) for each in pointers)


def test_no_two_fields_of_a_form_are_called_the_same() -> None:
    for kind in TYPES.values():
        if not kind.name.startswith("fact."):
            labels = [each.label for each in fields.of_data(kind).children.values()]
            others = [TEXTS.sources.name, TEXTS.facts.note, TEXTS.correct.reason]
            assert len({*labels, *others}) == len(labels) + len(others), kind.name
            assert "Reason" not in labels, "a correction has one too"


def test_every_type_is_found_by_everyday_words() -> None:
    assert set(RAW["fields"]["everyday"]) == {name for name in TYPES if not name.startswith("fact.")}
    for table in ("descriptions", "sentences"):
        assert set(RAW["fields"][table]) <= set(TYPES)


def test_every_type_and_field_has_its_words() -> None:
    for kind in TYPES.values():
        if not kind.name.startswith("fact."):
            assert fields.type_label(kind.name) != kind.name
            for name, field in fields.of_data(kind).children.items():
                assert field.label != name
                assert "{" not in field.label
    assert BUILT_IN.newest()

"""From requests to facts, tags and bodies; and every form of bad input with its words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

import service.demo
from events.canonical import MalformedJson
from events.event import Event, Fulfils, id_of_key, instant, new_id, read_body
from events.event import json as served
from events.facts import (
    FACT_BYTES_MAX,
    FACTS_MAX,
    FAULTS_MAX,
    InvalidFacts,
    body_of,
    decode,
    event_ids_mentioned,
    recorded,
    tags_of,
)
from events.vocabulary import effects

ID = "0192f0c4-6d3c-7000-8000-000000000001"
SECOND = "0192f0c4-6d3c-7000-8000-000000000002"
THIRD = "0192f0c4-6d3c-7000-8000-000000000003"
MERGED: dict[str, Any] = {
    "type": "organisation.merged",
    "effective": "2022-02",
    "data": {"originals": ["nhsx"], "result": "nhs-england"},
}
ENDED: dict[str, Any] = {
    "type": "priority.ended",
    "effective": "2022-02",
    "data": {"organisation": "nhsx", "priority": "p"},
}


def faults(body: Any) -> dict[str, str]:
    """Pointer to words, of a body that must be refused."""
    with pytest.raises(InvalidFacts) as caught:
        decode(body if isinstance(body, bytes) else json.dumps(body).encode())
    return {fault.pointer: fault.detail for fault in caught.value.faults}


def body(fact: dict[str, Any]) -> bytes:
    """The canonical body of a fact."""
    read = decode(json.dumps({"id": ID, **fact}).encode()).facts[0]
    return body_of(recorded(read, tags_of(read)))


def test_one_fact() -> None:
    request = decode(json.dumps({**MERGED, "fulfils": "merge-nhsx", "note": "e\u0301"}).encode())
    (fact,) = request.facts
    assert request.single
    assert not request.strict
    assert request.expect == {}
    assert fact.type == "organisation.merged"
    assert fact.data.originals == ("nhsx",)
    assert fact.id is None
    assert fact.fulfils == Fulfils("merge-nhsx")
    assert fact.note == "é"


def test_several_facts() -> None:
    request = decode(
        json.dumps(
            {"facts": [MERGED, ENDED], "expect": {"organisation/nhsx": 12, "type/x.y": 0}, "strict": True}
        ).encode()
    )
    assert [fact.type for fact in request.facts] == ["organisation.merged", "priority.ended"]
    assert request.expect == {"organisation/nhsx": 12, "type/x.y": 0}
    assert request.strict
    assert not request.single


def test_the_body_is_canonical_with_resolved_bounds_and_sorted_tags() -> None:
    source = {"title": "“T”", "published": "2021-11-22", "url": "https://a.b/c"}
    fact = {**MERGED, "fulfils": {"plan": "p", "part": True}, "sources": [source], "follows": [SECOND], "ends": THIRD}
    assert body(fact).decode() == (
        '{"data":{"originals":["nhsx"],"result":"nhs-england"},'
        '"effective":{"earliest":"2022-02-01","edtf":"2022-02","latest":"2022-02-28"},'
        f'"ends":"{THIRD}","follows":["{SECOND}"],"fulfils":{{"part":true,"plan":"p"}},"id":"{ID}",'
        '"schema":"organisation.merged/1",'
        '"sources":[{"published":"2021-11-22","title":"“T”","url":"https://a.b/c"}],'
        '"tags":["organisation/nhs-england","organisation/nhsx","plan/p","type/organisation.merged"],'
        '"type":"organisation.merged"}'
    )


@pytest.mark.parametrize(
    ("effective", "kept"),
    [
        ("2019~", {"earliest": "2018-01-01", "edtf": "2019~", "latest": "2020-12-31"}),
        ("[..2019-02-19]", {"earliest": None, "edtf": "[..2019-02-19]", "latest": "2019-02-19"}),
        (
            {"edtf": "2019", "latest": "2019-04-09", "text": "early 2019"},
            {"earliest": "2019-01-01", "edtf": "2019", "latest": "2019-04-09", "text": "early 2019"},
        ),
        (
            "2019-01/2019-02-03",
            {
                "earliest": "2019-01-01",
                "edtf": "2019-01/2019-02-03",
                "latest": "2019-01-31",
                "until": {"earliest": "2019-02-04", "latest": "2019-02-04"},
            },
        ),
        (
            "2019-01-01/",
            {
                "earliest": "2019-01-01",
                "edtf": "2019-01-01/",
                "latest": "2019-01-01",
                "until": {"earliest": "2019-01-02", "latest": None},
            },
        ),
        ("2019-01-01/..", {"earliest": "2019-01-01", "edtf": "2019-01-01/..", "latest": "2019-01-01"}),
    ],
)
def test_dates_are_kept_with_their_bounds(effective: Any, kept: dict[str, Any]) -> None:
    fact = {"type": "priority.set", "effective": effective, "data": {"organisation": "nhsx", "priority": "p"}}
    assert json.loads(body(fact))["effective"] == kept


def test_null_and_absent_and_empty_are_one() -> None:
    bare: dict[str, Any] = {
        "type": "priority.set",
        "effective": "2019",
        "data": {"organisation": "nhsx", "priority": "p"},
    }
    full = {**bare, "note": None, "sources": [], "follows": [], "ends": None, "fulfils": None}
    del full["ends"]  # which priority.set does not have at all
    full["data"] = {**bare["data"], "title": None}
    assert body(bare) == body(full)


def test_what_is_served_can_be_stated_again() -> None:
    first = body({**MERGED, "effective": "2022-02~"})
    again = {key: value for key, value in json.loads(first).items() if key not in ("tags", "schema")}
    assert body(again) == first


def test_a_fact_has_its_limit() -> None:
    fact = decode(
        json.dumps({**MERGED, "id": ID, "sources": [{"title": "a", "quote": "x" * 2000}] * 33}).encode()
    ).facts[0]
    kept = recorded(fact, tags_of(fact))
    with pytest.raises(InvalidFacts, match=f"at most {FACT_BYTES_MAX}") as caught:
        body_of(kept, "/facts/3")
    assert caught.value.faults[0].pointer == "/facts/3"


def test_ids_that_must_be_known() -> None:
    fact = decode(json.dumps({**ENDED, "follows": [SECOND], "ends": THIRD}).encode()).facts[0]
    assert event_ids_mentioned(fact) == {SECOND, THIRD}


@pytest.mark.parametrize("bad", [b"", b"{", b"nonsense", b'{"a": NaN}', b'"\xff"', b"\xef\xbb\xbf{}", b"[" * 100_000])
def test_no_json(bad: bytes) -> None:
    with pytest.raises(MalformedJson):
        decode(bad)


@pytest.mark.parametrize(
    ("change", "pointer", "words"),
    [
        ({"type": "organisation.merge"}, "/type", "did you mean organisation.merged?"),
        ({"type": 7}, "/type", "must be text, not a whole number"),
        ({"type": None}, "/type", "must be text, not null"),
        ({"effective": "2021-13"}, "/effective", "has no month 13"),
        ({"effective": "2021-02-30"}, "/effective", "days 01 to 28"),
        ({"effective": "yesterday"}, "/effective", "is no date"),
        ({"effective": None}, "/effective", "must be text or an object, not null"),
        ({"effective": 2021}, "/effective", "must be text or an object, not a whole number"),
        ({"effective": "2022/2023"}, "/effective", "is an interval"),
        ({"effective": {"edtf": "2022/2023"}}, "/effective/edtf", "is an interval"),
        ({"effective": {"edtf": "2022", "until": "2023"}}, "/effective/until", "no field 'until'"),
        ({"effective": {"edtf": "2022", "earliest": "2021-01-01"}}, "/effective", "lies outside '2022'"),
        ({"effective": {"edtf": "2022", "earliest": "2022"}}, "/effective/earliest", "is no day"),
        ({"effective": {"text": "early"}}, "/effective/edtf", "is required"),
        ({"colour": "red"}, "/colour", "there is no field 'colour' here"),
        ({"fulfills": "p"}, "/fulfills", "did you mean fulfils?"),
        ({"fulfils": "Plan A"}, "/fulfils", "write plan-a"),
        ({"fulfils": {"plan": "p", "part": 1}}, "/fulfils/part", "must be true or false"),
        ({"id": ID.upper()}, "/id", f"lower case, {ID.upper().lower()}"),
        ({"id": "1"}, "/id", "is no event id"),
        ({"follows": ID}, "/follows", "must be a list, not text"),
        ({"follows": [ID, ID]}, "/follows", "names an event twice"),
        ({"sources": [{"publisher": "x"}]}, "/sources/0/title", "a title or a url"),
        ({"sources": [{"url": "javascript:alert(1)"}]}, "/sources/0/url", "https://"),
        ({"sources": [{"title": "x", "published": "2020/2021"}]}, "/sources/0/published", "is an interval"),
        ({"sources": [{"title": " "}]}, "/sources/0/title", "is blank"),
        ({"sources": [{"title": "a", "quote": "x" * 2001}]}, "/sources/0/quote", "at most 2000 characters"),
        ({"sources": [{"title": "a"}] * 201}, "/sources", "at most 200 items"),
        ({"note": "a\0"}, "/note", "U+0000"),
        ({"note": "a\ud800"}, "/note", "surrogate"),
        ({"data": {"originals": ["NHSX"], "result": "a"}}, "/data/originals/0", "write nhsx"),
        ({"data": {"originals": "nhsx", "result": "a"}}, "/data/originals", "must be a list, not text"),
        ({"data": {"originals": ["nhsx"]}}, "/data/result", "is required"),
        ({"data": {"originals": ["a"], "result": "b", "resullt": "b"}}, "/data/resullt", "did you mean result?"),
        ({"data": []}, "/data", "must be an object, not a list"),
    ],
)
def test_bad_input_is_told_in_words_that_help(change: dict[str, Any], pointer: str, words: str) -> None:
    found = faults({**MERGED, **change})
    assert found.keys() == {pointer}
    assert words in found[pointer]
    # The same inside a request of several.
    assert faults({"facts": [ENDED, {**MERGED, **change}]}) == {f"/facts/1{pointer}": found[pointer]}


def test_an_unknown_type_does_not_hide_the_other_faults() -> None:
    assert faults({"type": "x", "id": "1", "data": {}, "foo": 1}).keys() == {"/type", "/id", "/foo"}


def test_all_faults_are_told_at_once() -> None:
    bad = {
        "type": "name.adopted",
        "effective": "2019-99",
        "sources": [{}, {"url": "x"}],
        "data": {"name": "", "kind": "Legal", "x": 1},
    }
    assert faults(
        {"facts": [bad, 7, MERGED], "strict": "yes", "expect": {"NHSX": 1, "a/b": -1}, "extra": 1}
    ).keys() == {
        "/strict",
        "/extra",
        "/expect/NHSX",
        "/expect/a~1b",
        "/facts/0/effective",
        "/facts/0/sources/1/url",
        "/facts/0/data/name",
        "/facts/0/data/kind",
        "/facts/0/data/x",
        "/facts/0/data/organisation",
        "/facts/1",
    }


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ([MERGED], 'send {"facts"'),
        ("text", "must be a JSON object"),
        ({"facts": []}, "at least one fact"),
        ({"facts": {}}, "must be a list"),
        ({"facts": [MERGED] * (FACTS_MAX + 1)}, f"at most {FACTS_MAX} a request"),
    ],
)
def test_requests_of_the_wrong_shape(bad: Any, words: str) -> None:
    (told,) = faults(bad).values()
    assert words in told


def test_not_more_faults_are_told_than_anyone_reads() -> None:
    assert len(faults({"facts": [{"type": "priority.set"}] * FACTS_MAX})) == FAULTS_MAX


def test_an_id_is_given_once() -> None:
    assert faults({"facts": [{**MERGED, "id": ID}, {**ENDED, "id": ID}]}).keys() == {"/facts/1/id"}


def test_no_fact_comes_before_itself() -> None:
    assert faults({**ENDED, "id": ID, "follows": [ID]}).keys() == {"/follows"}
    assert faults({**ENDED, "id": ID, "ends": ID}).keys() == {"/ends"}
    circle = [
        {**ENDED, "id": ID, "follows": [SECOND]},
        {**ENDED, "id": SECOND, "ends": ID},
        {**ENDED, "id": THIRD, "follows": [ID]},
        {**ENDED, "follows": [THIRD]},
    ]
    assert faults({"facts": circle}).keys() == {"/facts/0/follows", "/facts/1/ends"}
    chain = [{**ENDED, "id": ID, "follows": [SECOND]}, {**ENDED, "id": SECOND, "follows": [THIRD], "ends": THIRD}]
    assert len(decode(json.dumps({"facts": chain}).encode()).facts) == 2


def test_the_seed_facts_are_facts() -> None:
    lines = (Path(service.demo.__file__).parent / "nhsx.jsonl").read_bytes().splitlines()
    assert len(lines) >= 50
    for line in lines:
        fact = decode(line).facts[0]
        kept = recorded(fact, tags_of(fact))
        assert fact.id is not None
        assert read_body(body_of(kept)) == kept
        assert effects(fact, fact.id, (fact.id,)) == effects(kept, fact.id, (fact.id,))


def test_an_event_is_served_as_its_body_and_what_the_log_added() -> None:
    kept = body(MERGED)
    event = Event(7, 1_550_568_600_000_001, "é", ID, "organisation.merged", kept, bytes(range(16)))
    assert event.recorded_at_text == "2019-02-19T09:30:00.000001Z"
    assert event.fact.data.result == "nhs-england"
    assert json.loads(served(event)) == json.loads(kept) | {
        "position": 7,
        "recorded_at": "2019-02-19T09:30:00.000001Z",
        "recorded_by": "é",
        "salt": "000102030405060708090a0b0c0d0e0f",
    }
    assert served(event).startswith(kept[:-1])


def test_times_have_six_decimals() -> None:
    assert instant(0) == "1970-01-01T00:00:00.000000Z"
    assert instant(253_402_300_799_999_999) == "9999-12-31T23:59:59.999999Z"


def test_a_new_id_is_a_uuid_of_version_7() -> None:
    # The example of RFC 9562, appendix A.6.
    random = (0xCC3 << 64 | 0x18C4DC0C0C07398F).to_bytes(10)
    identifier = UUID(new_id(0x017F22E279B0, random))
    assert str(identifier) == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"
    assert new_id(1, b"\xff" * 10) < new_id(2, b"\0" * 10)


def test_ids_of_an_idempotency_key_are_fixed_for_ever() -> None:
    assert id_of_key("a", 0) == "7b7d8132-d89c-5746-b3ef-008541dabdd2"
    assert len({id_of_key(key, index) for key in ("a", "b") for index in (0, 1)}) == 4
    assert UUID(id_of_key("a", 0)).version == 5


def test_reading_a_body_that_was_written_earlier() -> None:
    """Bodies are kept for ever: what this one says may never be read otherwise."""
    kept = (
        b'{"data":{"kind":"works_with","organisation":"nhsx","target":"gds"},"effective":{"earliest":"2019-02-20",'
        b'"edtf":"[2019-02-20..2019-04-09]","latest":"2019-04-09","text":"early 2019"},'
        b'"id":"0192f0c4-6d3c-7000-8000-000000000001","schema":"relation.started/1",'
        b'"tags":["organisation/gds","organisation/nhsx","type/relation.started"],"type":"relation.started"}'
    )
    fact = read_body(kept)
    assert fact.tags == ("organisation/gds", "organisation/nhsx", "type/relation.started")
    assert body_of(fact) == kept
    (effect,) = effects(fact, ID, (ID,))
    assert msgspec.structs.astuple(effect)[:4] == (
        "organisation/nhsx",
        "relations",
        "works_with organisation/gds",
        ("organisation/gds",),
    )

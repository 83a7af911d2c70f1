"""Canonical JSON, and what text and numbers may be recorded."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import msgspec
import pytest
import rfc8785
from hypothesis import assume, given
from hypothesis import strategies as st

from events.canonical import (
    DEPTH_MAX,
    INTEGER_MAX,
    MalformedJson,
    UnsoundText,
    canonical,
    encode_plain,
    parse,
    tidy,
    unsound,
)

TEXT = st.text(st.characters(codec="utf-8"))
INTEGERS = st.integers(-INTEGER_MAX, INTEGER_MAX)
FLOATS = st.floats(-float(INTEGER_MAX), float(INTEGER_MAX))


def values(keys: st.SearchStrategy[str], leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(keys, inner), max_leaves=20)


PLAIN = st.none() | st.booleans() | INTEGERS | TEXT


@given(values(TEXT, PLAIN | FLOATS))
def test_canonical_bytes_are_those_of_rfc_8785(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@given(values(st.text(st.characters(max_codepoint=127)), PLAIN))
def test_the_fast_way_gives_the_same_bytes_where_it_may_be_used(value: Any) -> None:
    assert encode_plain(value) == rfc8785.dumps(value)


def test_structs_are_sorted_too() -> None:
    class Inner(msgspec.Struct):
        z: int
        a: str

    assert canonical({"x": Inner(1, "é"), "B": (1.0, None)}) == '{"B":[1,null],"x":{"a":"é","z":1}}'.encode()


@given(values(TEXT, PLAIN), st.booleans())
def test_a_tidy_body_says_the_same_in_nfc(value: Any, escaped: bool) -> None:
    assume(_members(value) == _members(_normal(value)))  # names that are equal in NFC: a test of their own
    body = json.dumps(value, ensure_ascii=escaped).encode()
    if "\0" in _all_text(value):
        with pytest.raises(UnsoundText):
            tidy(body)
    else:
        assert json.loads(tidy(body)) == _normal(value)


def _members(value: Any) -> int:
    if isinstance(value, dict):
        return len(value) + sum(map(_members, value.values()))
    return sum(map(_members, value)) if isinstance(value, list) else 0


def _all_text(value: Any) -> str:
    if isinstance(value, dict):
        return "".join(key + _all_text(item) for key, item in value.items())
    if isinstance(value, list):
        return "".join(map(_all_text, value))
    return value if isinstance(value, str) else ""


def _normal(value: Any) -> Any:
    if isinstance(value, dict):
        return {unicodedata.normalize("NFC", key): _normal(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_normal(item) for item in value]
    return unicodedata.normalize("NFC", value) if isinstance(value, str) else value


@pytest.mark.parametrize("decomposed", ['"e\u0301"', '"e\\u0301"', '"\\n\u0301e\u0301"'])
def test_text_is_composed(decomposed: str) -> None:
    assert "é" in json.loads(tidy(decomposed.encode()))


def test_an_ascii_body_is_taken_as_it_is() -> None:
    body = b'{ "a" : 1.0 }'
    assert tidy(body) is body


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"a": ', "line 1, column 7"),
        (b'{"a":\n\n x}', "line 3, column 2"),
        (b'"\xff\\u00e9"', "not UTF-8: byte 1"),
        (b'["\\u00e9", NaN]', "NaN is no number"),
        (b'["\\u00e9", -Infinity]', "-Infinity is no number"),
        (b'["\\u00e9", ' + b"9" * 5000 + b"]", "number that cannot be read"),
        (b'"\\u00e9' + b"[" * 100_000, "no JSON"),
        (b'["\\u00e9", ' + b"[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_no_json_is_told_with_its_place(body: bytes, words: str) -> None:
    with pytest.raises(MalformedJson, match=words):
        parse(body)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ('{"a": 1, "a": 1}', "/a"),
        ('{"a": ":", "b": [{}, {"x/y": {}, "z": ":", "x/y": "{}"}]}', "/b/1/x~1y"),
        ('{"a": {"b": 1}, "c": {"b": 1, "b": {"b": 2}}}', "/c/b"),
        ('{"é": 1, "e\u0301": 2}', "/é"),
        (r'{"\u0061": 1, "a": 2}', "/a"),
        (r'{"\"": 1, "\\": 2, "\"": 3}', '/"'),
        ('{"": 1, "": 2}', "/"),
    ],
)
def test_a_member_that_is_given_twice_is_refused_with_its_place(body: str, pointer: str) -> None:
    with pytest.raises(MalformedJson) as refused:
        tidy(body.encode())
    assert refused.value.message.endswith(f"twice, at {pointer}: leave one out.")


@given(values(TEXT.filter(lambda text: unicodedata.is_normalized("NFC", text)), PLAIN))
def test_what_repeats_nothing_is_taken(value: Any) -> None:
    assume("\0" not in _all_text(value))
    assert json.loads(tidy(json.dumps(value, ensure_ascii=False).encode())) == _normal(value)


@pytest.mark.parametrize("body", [b'"a\\u0000"', b'{"\\u0000": 1}', b'"\\ud800"', b'["\\u00e9", 1e400]'])
def test_what_cannot_be_stored_is_refused(body: bytes) -> None:
    with pytest.raises(UnsoundText):
        tidy(body)


def test_what_is_unsound_is_told_with_its_place() -> None:
    deep: Any = 1
    for _ in range(DEPTH_MAX):
        deep = [deep]
    value = {"a/b": ["x", "\0"], "n": 2**53, "f": float("inf"), "d": deep, "\ud800~": 1, "ok": [True, -INTEGER_MAX]}
    assert [fault.pointer for fault in unsound(value, "")] == [
        "/a~1b/1",
        "/n",
        "/f",
        "/d" + "/0" * (DEPTH_MAX - 1),
        "/?~0",
    ]

"""What is wrong with a fact that does not fit its schema, in words that tell what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from functools import cache, lru_cache
from itertools import islice
from typing import Any, Final

from events.canonical import escape
from events.dates import DateFault, day, parse
from events.errors import Fault
from events.subjects import KINDS, SLUG_PATTERN, SubjectFault, reference, shown, slug_fault
from events.vocabulary import language
from events.vocabulary.language import FactType
from events.vocabulary.schema import SCHEMAS_CACHED, draft_schema_of, envelope_schema, envelope_schema_of

FAULTS_MAX: Final = 200  # told of one request: telling costs more than refusing
_DATES_CACHED: Final = 4_096


def faults_of_fact(fact: dict[str, Any], kind: FactType | None) -> Iterator[Fault]:
    """Every place where a fact, in plain values, does not fit its type's schema. None: what no type would allow."""
    schema = _envelope_validator() if kind is None else _validator(kind)
    yield from _faults(schema, fact)


def faults_of_draft(draft: dict[str, Any], kind: FactType) -> Iterator[Fault]:
    """Every place where the draft of a type's data does not fit."""
    yield from _faults(_draft_validator(kind), draft)


def faults_of(schema: Mapping[str, Any], value: Any) -> Iterator[Fault]:
    """Every place where plain values do not fit a schema."""
    yield from _faults(_made(schema), value)


ALIASES: Final = {
    "date": "effective",
    "day": "effective",
    "when": "effective",
    "organisation.renamed": "name.adopted",
    "organisation.closed": "organisation.dissolved",
    "organisation.announced": "change.announced",
    "plan.announced": "change.announced",
    "appointment.created": "appointment.started",
    "responsibility.started": "responsibility.gained",
    "source": "sources",
}
"""What people write that looks like something else than what they mean."""


def nearest(word: str, known: Any, noun: str) -> str:
    """Which known word was probably meant, or which there are."""
    words = sorted(known)
    if ALIASES.get(word) in words:
        return f"did you mean {ALIASES[word]}?"
    near = get_close_matches(word, words, 1, 0.6)
    if near:
        return f"did you mean {near[0]}?"
    return f"{noun} are {', '.join(words)}" if len(words) <= 20 else f"see the list of {noun}"


@lru_cache(_DATES_CACHED)
def date_fault(text: str) -> str | None:
    """Why a text is no single date, None if it is one."""
    try:
        if not parse(text).interval:
            return None
    except DateFault as fault:
        return fault.message
    start, _, end = text.partition("/")
    between = f"write one date, or [{start}..{end}] for some day between" if start and end else "write one date"
    return f"{shown(text)} is an interval, and here only a date can stand: {between}"


@lru_cache(SCHEMAS_CACHED)
def _validator(kind: FactType) -> Any:
    return _made(envelope_schema_of(kind))


@lru_cache(SCHEMAS_CACHED)
def _draft_validator(kind: FactType) -> Any:
    return _made(draft_schema_of(kind))


@cache
def _envelope_validator() -> Any:
    return _made(envelope_schema())


def _made(schema: Mapping[str, Any]) -> Any:
    from events.vocabulary.validating import validator_of  # noqa: PLC0415 - see there

    return validator_of(schema)


def _faults(validator: Any, value: Any) -> Iterator[Fault]:
    told = (fault for error in validator.iter_errors(value) for fault in _told(error))
    found = dict.fromkeys(islice(told, FAULTS_MAX))
    yield from sorted(found, key=lambda fault: fault.pointer)


def _told(error: Any) -> Iterator[Fault]:
    """One error of the validator as one or more faults."""
    pointer = "".join("/" + escape(part) for part in error.absolute_path)
    if error.validator == "additionalProperties":
        known = error.schema.get("properties", {})
        for name in error.instance:
            if name not in known:
                where = f"{pointer}/{escape(name)}"
                yield Fault(where, f"there is no field {shown(name)} here: {nearest(name, known, 'the fields')}")
    elif error.validator == "required":
        for name in error.validator_value:
            if name not in error.instance:
                yield Fault(f"{pointer}/{name}", "this field is required: add it")
    elif error.validator == "anyOf":
        yield from _told_of_branch(error, pointer)
    else:
        yield Fault(pointer, _WORDS[error.validator](error.instance, error.validator_value))


def _told_of_branch(error: Any, pointer: str) -> Iterator[Fault]:
    """Of several forms that a value might have, what is wrong in the one that it does have."""
    branches: dict[int, list[Any]] = {}
    for below in error.context:
        branches.setdefault(below.schema_path[0], []).append(below)
    for errors in branches.values():
        if not any(below.validator == "type" and not below.path for below in errors):
            for below in errors:
                yield from _told(below)
            return
    expected = [below.validator_value for errors in branches.values() for below in errors if below.validator == "type"]
    words = " or ".join(dict.fromkeys(_NOUNS[name] for name in expected if name != "null"))
    yield Fault(pointer, f"must be {words}, not {_noun(error.instance)}")


_NOUNS: Final = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number with a point",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}


def _noun(value: object) -> str:
    if value is None:
        return "null"
    for kind, name in ((bool, "boolean"), (int, "integer"), (float, "number"), (str, "string"), (list, "array")):
        if isinstance(value, kind):
            return _NOUNS[name]
    return _NOUNS["object"]


def _type_words(value: Any, expected: str) -> str:
    return f"must be {_NOUNS[expected]}, not {_noun(value)}"


def _enum_words(value: Any, allowed: list[str]) -> str:
    if not isinstance(value, str):
        return f"must be one of {', '.join(allowed)}"
    near = get_close_matches(value.lower(), allowed, 1)
    advice = f"did you mean {near[0]}? Allowed: {', '.join(allowed)}" if near else f"write one of {', '.join(allowed)}"
    return f"{shown(value)} is not allowed here: {advice}"


def _pattern_words(value: str, pattern: str) -> str:
    return _PATTERN_WORDS[pattern](value)


def _reference_words(value: str) -> str:
    try:
        reference(value)
    except SubjectFault as fault:
        return fault.message
    return f"{shown(value)} names no subject: write kind/slug; the kinds are {', '.join(KINDS)}"


def _format_words(value: str, name: str) -> str:
    if name == "edtf-date":
        return date_fault(value) or "write one date"
    try:
        parse(value) if name == "edtf" else day(value)
    except DateFault as fault:
        return fault.message
    return f"is no {name}"


_PATTERN_WORDS: Final[dict[str, Callable[[str], str]]] = {
    SLUG_PATTERN: lambda value: slug_fault(value) or f"{shown(value)} is no slug",
    language.REFERENCE_PATTERN: _reference_words,
    language.PARTY_PATTERN: lambda value: (
        (
            slug_fault(value.removeprefix("organisation/"))
            if value.startswith("organisation/")
            else "is blank: write some text, or leave the field out"
        )
        or "write a name, or organisation/slug"
    ),
    language.VISIBLE: lambda _: "is blank: write some text, or leave the field out",
    language.WORD_PATTERN: lambda value: (
        f"{shown(value)} must be letters (a to z), digits, points, hyphens and underscores only, such as iso-6523"
    ),
    language.UUID_PATTERN: lambda value: (
        f"{shown(value)} is no event id: write a UUID in lower case"
        + (f", {value.lower()}" if language.is_event_id(value.lower()) else "")
    ),
    language.AMOUNT_PATTERN: lambda value: (
        f"{shown(value)} is no amount: write digits with a point before at most four decimals, such as 40000000 or 6.50"
    ),
    language.SHARE_PATTERN: lambda value: f"{shown(value)} is no share: write 1, or a part of it such as 0.5",
    language.CURRENCY_PATTERN: lambda value: (
        f"{shown(value)} is no currency code: write three capital letters (ISO 4217), such as GBP"
    ),
    language.TYPE_NAME_PATTERN: lambda value: (
        f"{shown(value)} is no name for a type of one's own: write x.NAMESPACE.NAME, such as x.audit.rated"
    ),
    language.URL_PATTERN: lambda value: f"{shown(value)} is no address: write one that begins with https:// or http://",
}

_WORDS: Final[dict[str, Callable[[Any, Any], str]]] = {
    "type": _type_words,
    "const": lambda _, expected: f"must be {expected}",
    "enum": _enum_words,
    "pattern": _pattern_words,
    "format": _format_words,
    "maxLength": lambda value, limit: f"is too long: at most {limit} characters, not {len(value)}",
    "maxItems": lambda value, limit: f"is too long: at most {limit} items, not {len(value)}",
    "minItems": lambda _, limit: f"is too short: at least {limit} item{'s' if limit > 1 else ''}",
    "minProperties": lambda _, limit: f"is too short: at least {limit} members",
    "maxProperties": lambda value, limit: f"has too many members: at most {limit}, not {len(value)}",
    "minimum": lambda _, limit: f"is too small: at least {limit}",
    "maximum": lambda _, limit: f"is too large: at most {limit}",
}

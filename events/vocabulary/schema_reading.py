"""Values read by JSON Schemas that were found sound (see own_schema.py), with bounded cost.

Patterns are RE2's, which take linear time, and every step is counted, so that no schema and no value can hold the
register up. jsonschema, which reads our own schemas, keeps no such count, and quotes whole values in messages that
nobody asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sized
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final

import re2  # type: ignore[import-untyped]

from events.canonical import canonical, escape
from events.subjects import shown
from events.vocabulary.language import Complaint

STEPS_MAX: Final = 100_000  # of reading one value: about 0.1 s
COMPLAINTS_MAX: Final = 20
CHARACTERS_A_STEP: Final = 64


def complaints(schema: dict[str, Any], value: Any) -> list[Complaint]:
    """Where a value, in plain JSON, does not fit a schema that was found sound; at most COMPLAINTS_MAX."""
    reading = _Reading(schema.get("$defs", {}))
    found: list[Complaint] = []
    try:
        for complaint in reading.of(schema, value, ""):
            found.append(complaint)
            if len(found) == COMPLAINTS_MAX:
                break
    except _TooCostly:
        found.append(
            ("", f"takes too long to check (more than {STEPS_MAX} steps): send less, or simplify the type's schema")
        )
    return found


class _TooCostly(Exception):
    """Reading a value took more than STEPS_MAX; never leaves this module."""


@lru_cache(1_024)
def compiled(pattern: str) -> Any:
    """A pattern of RE2. Raises re2.error."""
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 1 << 20
    return re2.compile(pattern, options)


class _Reading:
    """One value read by one schema; counts its steps."""

    def __init__(self, named: dict[str, Any]) -> None:
        self._named = named
        self._steps = 0

    def step(self, cost: int = 1) -> None:
        self._steps += cost
        if self._steps > STEPS_MAX:
            raise _TooCostly

    def of(self, schema: Any, value: Any, pointer: str) -> Iterator[Complaint]:
        self.step()
        if schema is True:
            return
        if schema is False:
            yield pointer, "must not be given"
            return
        for keyword, given in schema.items():
            read = KEYWORDS.get(keyword)
            if read is not None:
                self.step()
                yield from read(self, given, value, pointer, schema)

    def fits(self, schema: Any, value: Any) -> bool:
        return next(self.of(schema, value, ""), None) is None

    def referred(self, reference: str) -> Any:
        return self._named[reference.removeprefix("#/$defs/")]


_Keyword = Callable[[_Reading, Any, Any, str, dict[str, Any]], Iterator[Complaint]]


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_TYPES: Final[dict[str, Callable[[Any], bool]]] = {
    "null": lambda value: value is None,
    "boolean": lambda value: isinstance(value, bool),
    "string": lambda value: isinstance(value, str),
    "number": _number,
    "integer": lambda value: _number(value) and value == value // 1,
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}


def _same(one: Any, other: Any) -> bool:
    """Equality of JSON: true is not 1."""
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def _type(_r: _Reading, given: Any, value: Any, pointer: str, _s: Any) -> Iterator[Complaint]:
    names = [given] if isinstance(given, str) else given
    if not any(_TYPES[name](value) for name in names):
        yield pointer, f"must be of type {' or '.join(names)}"


def _enum(reading: _Reading, given: Any, value: Any, pointer: str, _s: Any) -> Iterator[Complaint]:
    reading.step(len(given))
    if not any(_same(each, value) for each in given):
        told = ", ".join(str(each) for each in given[:10]) + (", …" if len(given) > 10 else "")
        yield pointer, f"is not one of the values that are allowed here: {told[:300]}"


def _const(_r: _Reading, given: Any, value: Any, pointer: str, _s: Any) -> Iterator[Complaint]:
    if not _same(given, value):
        yield pointer, f"must be {str(given)[:100]}"


def _bound(holds: Callable[[Any, Any], bool], words: str) -> _Keyword:
    def read(_r: _Reading, given: Any, value: Any, pointer: str, _s: Any) -> Iterator[Complaint]:
        if _number(value) and not holds(value, given):
            yield pointer, f"must be {words} {given}"

    return read


def _length(kind: type[Sized], holds: Callable[[int, int], bool], words: str) -> _Keyword:
    def read(_r: _Reading, given: Any, value: Any, pointer: str, _s: Any) -> Iterator[Complaint]:
        if isinstance(value, kind) and not holds(len(value), given):
            yield pointer, f"must have {words} {given}, not {len(value)}"

    return read


def _multiple(reading: _Reading, given: Any, value: Any, pointer: str, _s: Any) -> Iterator[Complaint]:
    reading.step(10)
    if _number(value) and (Fraction(str(value)) / Fraction(str(given))).denominator != 1:
        yield pointer, f"must be a multiple of {given}"


def _pattern(reading: _Reading, given: Any, value: Any, pointer: str, _s: Any) -> Iterator[Complaint]:
    if isinstance(value, str):
        pattern = compiled(given)
        reading.step(1 + len(value) * pattern.programsize // (CHARACTERS_A_STEP * 100))
        if pattern.search(value) is None:
            yield pointer, f"{shown(value)} does not match the pattern {given[:100]}"


def _items(reading: _Reading, given: Any, value: Any, pointer: str, schema: dict[str, Any]) -> Iterator[Complaint]:
    if isinstance(value, list):
        first = len(schema.get("prefixItems", ()))
        for n, each in enumerate(value[first:], first):
            yield from reading.of(given, each, f"{pointer}/{n}")


def _prefix(reading: _Reading, given: Any, value: Any, pointer: str, _s: Any) -> Iterator[Complaint]:
    if isinstance(value, list):
        for n, (each, schema) in enumerate(zip(value, given, strict=False)):
            yield from reading.of(schema, each, f"{pointer}/{n}")


def _contains(reading: _Reading, given: Any, value: Any, pointer: str, schema: dict[str, Any]) -> Iterator[Complaint]:
    if isinstance(value, list):
        found = sum(reading.fits(given, each) for each in value)
        least, most = schema.get("minContains", 1), schema.get("maxContains", len(value))
        if not least <= found <= most:
            yield pointer, f"has {found} items of the kind that is asked for, not {least} to {most}"


def _unique(reading: _Reading, given: Any, value: Any, pointer: str, _s: Any) -> Iterator[Complaint]:
    if given and isinstance(value, list):
        texts = [canonical(each) for each in value]
        reading.step(len(texts) + sum(map(len, texts)) // CHARACTERS_A_STEP)
        if len(set(texts)) < len(texts):
            yield pointer, "holds an item twice: leave one out"


def _properties(reading: _Reading, given: Any, value: Any, pointer: str, _s: Any) -> Iterator[Complaint]:
    if isinstance(value, dict):
        for name, schema in given.items():
            if name in value:
                yield from reading.of(schema, value[name], f"{pointer}/{escape(name)}")


def _additional(reading: _Reading, given: Any, value: Any, pointer: str, schema: dict[str, Any]) -> Iterator[Complaint]:
    if isinstance(value, dict):
        known = schema.get("properties", {})
        for name, each in value.items():
            if name not in known:
                yield from reading.of(given, each, f"{pointer}/{escape(name)}")


def _names(reading: _Reading, given: Any, value: Any, pointer: str, _s: Any) -> Iterator[Complaint]:
    if isinstance(value, dict):
        for name in value:
            for _, words in reading.of(given, name, ""):
                yield f"{pointer}/{escape(name)}", f"the name of this member {words}"


def _required(reading: _Reading, given: Any, value: Any, pointer: str, _s: Any) -> Iterator[Complaint]:
    if isinstance(value, dict):
        reading.step(len(given))
        for name in given:
            if name not in value:
                yield f"{pointer}/{escape(name)}", "this field is required: add it"


def _dependent_required(reading: _Reading, given: Any, value: Any, pointer: str, schema: Any) -> Iterator[Complaint]:
    if isinstance(value, dict):
        for name, needed in given.items():
            reading.step()
            if name in value:
                yield from _required(reading, needed, value, pointer, schema)


def _dependent_schemas(reading: _Reading, given: Any, value: Any, pointer: str, _s: Any) -> Iterator[Complaint]:
    if isinstance(value, dict):
        for name, schema in given.items():
            if name in value:
                yield from reading.of(schema, value, pointer)


def _all(reading: _Reading, given: Any, value: Any, pointer: str, _s: Any) -> Iterator[Complaint]:
    for schema in given:
        yield from reading.of(schema, value, pointer)


def _any(reading: _Reading, given: Any, value: Any, pointer: str, _s: Any) -> Iterator[Complaint]:
    if not any(reading.fits(schema, value) for schema in given):
        yield pointer, "fits none of the forms that are allowed here (anyOf)"


def _one(reading: _Reading, given: Any, value: Any, pointer: str, _s: Any) -> Iterator[Complaint]:
    found = sum(reading.fits(schema, value) for schema in given)
    if found != 1:
        yield pointer, f"fits {found} of the forms that are allowed here (oneOf), not exactly one"


def _not(reading: _Reading, given: Any, value: Any, pointer: str, _s: Any) -> Iterator[Complaint]:
    if reading.fits(given, value):
        yield pointer, "has the form that is not allowed here (not)"


def _if(reading: _Reading, given: Any, value: Any, pointer: str, schema: dict[str, Any]) -> Iterator[Complaint]:
    branch = schema.get("then" if reading.fits(given, value) else "else", True)
    yield from reading.of(branch, value, pointer)


def _reference(reading: _Reading, given: Any, value: Any, pointer: str, _s: Any) -> Iterator[Complaint]:
    yield from reading.of(reading.referred(given), value, pointer)


def _nothing(*_: Any) -> Iterator[Complaint]:
    """Read with the keyword beside it."""
    return iter(())


KEYWORDS: Final[dict[str, _Keyword]] = {
    "type": _type,
    "enum": _enum,
    "const": _const,
    "minimum": _bound(lambda value, limit: value >= limit, "at least"),
    "maximum": _bound(lambda value, limit: value <= limit, "at most"),
    "exclusiveMinimum": _bound(lambda value, limit: value > limit, "more than"),
    "exclusiveMaximum": _bound(lambda value, limit: value < limit, "less than"),
    "multipleOf": _multiple,
    "minLength": _length(str, lambda size, limit: size >= limit, "a length of at least"),
    "maxLength": _length(str, lambda size, limit: size <= limit, "a length of at most"),
    "minItems": _length(list, lambda size, limit: size >= limit, "a number of items of at least"),
    "maxItems": _length(list, lambda size, limit: size <= limit, "a number of items of at most"),
    "minProperties": _length(dict, lambda size, limit: size >= limit, "a number of members of at least"),
    "maxProperties": _length(dict, lambda size, limit: size <= limit, "a number of members of at most"),
    "pattern": _pattern,
    "items": _items,
    "prefixItems": _prefix,
    "contains": _contains,
    "minContains": _nothing,
    "maxContains": _nothing,
    "uniqueItems": _unique,
    "properties": _properties,
    "additionalProperties": _additional,
    "propertyNames": _names,
    "required": _required,
    "dependentRequired": _dependent_required,
    "dependentSchemas": _dependent_schemas,
    "allOf": _all,
    "anyOf": _any,
    "oneOf": _one,
    "not": _not,
    "if": _if,
    "then": _nothing,
    "else": _nothing,
    "$ref": _reference,
}
"""Those that say something about a value by itself."""

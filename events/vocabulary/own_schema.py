"""JSON Schemas (draft 2020-12) that users write for the data of their own types: checked when a type is defined, and
read with bounded cost ever after.

The keywords are those that say something about a value by itself. A schema is small and refers to nothing but its own
`$defs`, in no circle; patterns are RE2's, which take linear time; and every step of reading a value is counted, so
that no schema and no value can hold the register up. jsonschema, which reads our own schemas, keeps no such count, and
quotes whole values in messages that nobody asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sized
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final

import re2  # type: ignore[import-untyped]

from events.canonical import canonical, escape
from events.subjects import shown
from events.vocabulary.language import Complaint

SCHEMA_BYTES_MAX: Final = 32_768
SCHEMA_DEPTH_MAX: Final = 16  # schemas within schemas
UNFOLDED_DEPTH_MAX: Final = 32
SCHEMAS_MAX: Final = 1_000  # in one, as its references unfold
PROPERTIES_MAX: Final = 100  # of the data
ENUM_MAX: Final = 500
PATTERN_LENGTH_MAX: Final = 500
PATTERN_SIZE_MAX: Final = 5_000  # of the program that RE2 makes of it
STEPS_MAX: Final = 100_000  # of reading one value: about 0.1 s
COMPLAINTS_MAX: Final = 20
CHARACTERS_A_STEP: Final = 64
FIELD_PATTERN: Final = r"^[a-z][a-z0-9_]{0,63}$(?!\n)"
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

_is_field = re.compile(FIELD_PATTERN).search
_REFERENCE: Final = re.compile(r"#/\$defs/([A-Za-z0-9._-]{1,64})").fullmatch
_ONE: Final = frozenset({"additionalProperties", "items", "contains", "propertyNames", "not", "if", "then", "else"})
_SEVERAL: Final = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_NAMED: Final = frozenset({"properties", "$defs", "dependentSchemas"})
_ANNOTATIONS: Final = frozenset(
    {"title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly", "$comment", "format"}
)
_REFUSED: Final = {
    "$id": "the register gives the schema its address",
    "$anchor": "refer to #/$defs/NAME",
    "$dynamicRef": "refer to #/$defs/NAME with $ref",
    "$dynamicAnchor": "refer to #/$defs/NAME with $ref",
    "$vocabulary": "the vocabulary is that of draft 2020-12",
    "patternProperties": "use propertyNames with a pattern, and additionalProperties",
    "unevaluatedProperties": "use additionalProperties: false where the properties are listed",
    "unevaluatedItems": "use items: false beside prefixItems",
    "definitions": "write $defs",
    "dependencies": "write dependentRequired or dependentSchemas",
    "additionalItems": "write items beside prefixItems",
}


def faults_of_schema(schema: dict[str, Any]) -> Iterator[Complaint]:
    """What is wrong with a schema for the data of a type; pointers are below it."""
    size = len(canonical(schema))
    if size > SCHEMA_BYTES_MAX:
        yield "", f"the schema is too large: {size} bytes, at most {SCHEMA_BYTES_MAX}"
        return
    faults = [*_faults_of_top(schema), *_faults_below(schema, "", 1)]
    if not faults:
        import jsonschema  # noqa: PLC0415 - slow to load, and wanted only where a type is defined

        dialect = jsonschema.Draft202012Validator
        faults = [
            (
                "".join("/" + escape(part) for part in error.absolute_path),
                f"does not fit {error.validator} of the dialect",
            )
            for error in dialect(dialect.META_SCHEMA).iter_errors(schema)
        ]
    yield from faults or _faults_of_references(schema)


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


def _faults_of_top(schema: dict[str, Any]) -> Iterator[Complaint]:
    if schema.get("$schema", DIALECT) != DIALECT:
        yield "/$schema", f"write {DIALECT}, or leave it out"
    if schema.get("type") != "object":
        yield "/type", 'must be "object": the data of a fact are an object'
    if schema.get("additionalProperties", False) is not False:
        yield "/additionalProperties", "leave it out: the data have the listed properties and no others"
    properties = schema.get("properties")
    if not isinstance(properties, dict) or not properties:
        yield "/properties", "list the fields of the data: at least one"
        return
    if len(properties) > PROPERTIES_MAX:
        yield "/properties", f"too many: at most {PROPERTIES_MAX} fields"
    for name in properties:
        if not _is_field(name):
            yield (
                f"/properties/{escape(name)}",
                f"{shown(name)} cannot be a field: write a to z, digits and underscores, at most 64, a letter first",
            )
    for name in schema.get("required", ()) if isinstance(schema.get("required"), list) else ():
        if name not in properties:
            yield "/required", f"{shown(str(name))} is not among the properties"


def _faults_below(schema: Any, pointer: str, depth: int) -> Iterator[Complaint]:
    if isinstance(schema, bool):
        return
    if not isinstance(schema, dict):
        yield pointer, "must be a schema: an object, true or false"
        return
    if depth > SCHEMA_DEPTH_MAX:
        yield pointer, f"nested too deeply: at most {SCHEMA_DEPTH_MAX} schemas within one another"
        return
    for keyword, given in schema.items():
        here = f"{pointer}/{escape(keyword)}"
        if keyword in _ONE:
            yield from _faults_below(given, here, depth + 1)
        elif keyword in _SEVERAL and isinstance(given, list):
            for n, each in enumerate(given):
                yield from _faults_below(each, f"{here}/{n}", depth + 1)
        elif keyword in _NAMED and isinstance(given, dict):
            if keyword == "$defs" and pointer:
                yield here, "definitions stand at the top of the schema only"
            for name, each in given.items():
                yield from _faults_below(each, f"{here}/{escape(name)}", depth + 1)
        elif keyword in _REFUSED:
            yield here, f"{keyword} is not used here: {_REFUSED[keyword]}"
        elif keyword in _SPECIAL:
            yield from ((here, words) for words in _SPECIAL[keyword](given))
        elif keyword not in _KEYWORDS and keyword not in _ANNOTATIONS and not (keyword == "$schema" and not pointer):
            yield here, f"there is no keyword {shown(keyword)} in draft 2020-12, or it is not used here"


def _faults_of_enum(given: Any) -> Iterator[str]:
    if not isinstance(given, list) or not given:
        yield "must be a list of at least one value"
    elif len(given) > ENUM_MAX:
        yield f"too many values: at most {ENUM_MAX}"
    elif any(isinstance(each, dict | list) for each in given):
        yield "may hold text, numbers, true, false and null, but no objects or lists"


def _faults_of_const(given: Any) -> Iterator[str]:
    if isinstance(given, dict | list):
        yield "may be text, a number, true, false or null, but no object or list"


def _faults_of_reference(given: Any) -> Iterator[str]:
    if not isinstance(given, str) or not _REFERENCE(given):
        yield "refers to something else than #/$defs/NAME of this schema; nothing is ever fetched"


def _faults_of_pattern(given: Any) -> Iterator[str]:
    if not isinstance(given, str):
        yield "must be text"
    elif len(given) > PATTERN_LENGTH_MAX:
        yield f"too long: at most {PATTERN_LENGTH_MAX} characters"
    else:
        try:
            size = _compiled(given).programsize
        except re2.error as error:
            words = (
                error.args[0].decode("utf-8", "replace") if error.args and isinstance(error.args[0], bytes) else error
            )
            yield f"is no pattern of RE2 ({str(words)[:100]}); look-around and back-references are not known there"
        else:
            if size > PATTERN_SIZE_MAX:
                yield "takes too much to match: repeat less"


_SPECIAL: Final[dict[str, Callable[[Any], Iterator[str]]]] = {
    "enum": _faults_of_enum,
    "const": _faults_of_const,
    "$ref": _faults_of_reference,
    "pattern": _faults_of_pattern,
}


def _faults_of_references(schema: dict[str, Any]) -> Iterator[Complaint]:
    """References to nothing, in circles, and how much the schema is once they are unfolded."""
    named = schema.get("$defs", {})
    known: dict[str, tuple[int, int]] = {}

    def measured(name: str, above: tuple[str, ...]) -> tuple[int, int]:
        if name not in named:
            raise _Unfit("/$defs", f"{shown(name)} is referred to, but not there: add it")
        here = f"/$defs/{name}"
        if name in above:
            raise _Unfit(here, "refers to itself, by itself or in a circle: write out the levels that are needed")
        if len(above) > SCHEMA_DEPTH_MAX:
            raise _Unfit(here, f"lies in too long a chain of references: at most {SCHEMA_DEPTH_MAX}")
        if name not in known:
            known[name] = measure(named[name], (*above, name))
        return known[name]

    def measure(part: Any, above: tuple[str, ...]) -> tuple[int, int]:
        """How many schemas there are in one, itself included, and how deeply they lie in one another."""
        below = [measure(each, above) for each in _parts(part)]
        if isinstance(part, dict) and "$ref" in part:
            found = _REFERENCE(part["$ref"])
            assert found is not None, "looked at before"
            below.append(measured(found[1], above))
        return 1 + sum(size for size, _ in below), 1 + max((depth for _, depth in below), default=0)

    try:
        total, depth = measure({key: part for key, part in schema.items() if key != "$defs"}, ())
        for name in named:
            measured(name, ())
    except _Unfit as error:
        yield error.args
        return
    if total > SCHEMAS_MAX:
        yield "", f"too large once its references are unfolded: {min(total, 10**9)} schemas, at most {SCHEMAS_MAX}"
    elif depth > UNFOLDED_DEPTH_MAX:
        yield "", f"nested too deeply once its references are unfolded: {depth} levels, at most {UNFOLDED_DEPTH_MAX}"


class _Unfit(Exception):
    """Pointer and words of what is wrong with the references; never leaves this module."""


class _TooCostly(Exception):
    """Reading a value took more than STEPS_MAX; never leaves this module."""


def _parts(schema: Any) -> Iterator[Any]:
    """The schemas right below one, but for its definitions."""
    if not isinstance(schema, dict):
        return
    for keyword, given in schema.items():
        if keyword in _ONE:
            yield given
        elif keyword in _SEVERAL:
            yield from given
        elif keyword in _NAMED and keyword != "$defs":
            yield from given.values()


@lru_cache(1_024)
def _compiled(pattern: str) -> Any:
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
            read = _KEYWORDS.get(keyword)
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
        pattern = _compiled(given)
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


_KEYWORDS: Final[dict[str, _Keyword]] = {
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

"""JSON Schemas (draft 2020-12) that users write for the data of their own types: checked when a type is defined, so
that they can be read with bounded cost ever after (see schema_reading.py).

The keywords are those that say something about a value by itself. A schema is small and refers to nothing but its own
`$defs`, in no circle; patterns are RE2's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

import re2  # type: ignore[import-untyped]

from events.canonical import canonical, escape
from events.subjects import shown
from events.vocabulary.language import Complaint
from events.vocabulary.schema_reading import KEYWORDS, compiled

SCHEMA_BYTES_MAX: Final = 32_768
SCHEMA_DEPTH_MAX: Final = 16  # schemas within schemas
UNFOLDED_DEPTH_MAX: Final = 32
SCHEMAS_MAX: Final = 1_000  # in one, as its references unfold
PROPERTIES_MAX: Final = 100  # of the data
ENUM_MAX: Final = 500
PATTERN_LENGTH_MAX: Final = 500
PATTERN_SIZE_MAX: Final = 5_000  # of the program that RE2 makes of it
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
        elif keyword not in KEYWORDS and keyword not in _ANNOTATIONS and not (keyword == "$schema" and not pointer):
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
            size = compiled(given).programsize
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

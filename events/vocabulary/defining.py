"""What may be defined as a type of fact of one's own: a definition by itself, and beside those that a register has."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from events.subjects import shown
from events.vocabulary.defined import (
    DEFINED_TYPE,
    DEFINITIONS_MAX,
    NAMING,
    Definition,
    Types,
    fact_type,
    is_type_name,
)
from events.vocabulary.language import SENTENCE_FIELD, SENTENCE_PART, Complaint, Does, FactType, define
from events.vocabulary.own_schema import faults_of_schema
from events.vocabulary.schema_reading import complaints


def _sound(definition: Definition) -> Iterator[Complaint]:
    """What is wrong with a definition by itself."""
    faults = [(f"/json_schema{pointer}", words) for pointer, words in faults_of_schema(definition.json_schema)]
    if faults:
        yield from faults
        return
    faults = list(_faults_of_subjects(definition))
    if faults:
        yield from faults
        return
    kind = fact_type(definition, "")
    for n, does in enumerate(definition.sets):
        yield from _faults_of_does(does, kind, f"/sets/{n}")
    verbs: dict[str, bool] = {}
    for n, does in enumerate(definition.sets):
        if verbs.setdefault(does.property, does.does == "sets") != (does.does == "sets"):
            yield f"/sets/{n}/does", f"{does.property} is both set, and opened or ended: decide for one"
    if definition.says is not None:
        yield from _faults_of_sentence(definition.says, kind)
    for name, value in (definition.defaults or {}).items():
        here = f"/defaults/{name}"
        if name not in kind.fields:
            yield here, f"{shown(name)} is no field of the schema"
        elif name in definition.subjects:
            yield here, "names subjects, and a fact is about those that it was recorded with: no default is possible"
        elif value is None:
            yield here, "null is the same as nothing: leave it out"
        else:
            part = {"$defs": definition.json_schema.get("$defs", {}), **_object(kind.own_schema, name)}
            yield from ((f"{here}{pointer}", words) for pointer, words in complaints(part, value))


def _object(schema: Mapping[str, Any] | None, name: str) -> dict[str, Any]:
    part = schema["properties"][name] if schema is not None else True
    return part if isinstance(part, dict) else {"allOf": [part]}


def _faults_of_subjects(definition: Definition) -> Iterator[Complaint]:
    properties = definition.json_schema["properties"]
    for name in definition.subjects:
        part = properties.get(name)
        if part is None:
            yield f"/subjects/{name}", f"{shown(name)} is no field of the schema"
        elif not isinstance(part, dict) or part.get("type") not in ("string", "array"):
            yield (
                f"/json_schema/properties/{name}",
                'names subjects, so its type must be "string", or "array" for several',
            )


_PART: Final = re.compile(r"(tag:)?([a-z][a-z0-9_]*)").fullmatch
_VALUE_PART: Final = re.compile(r"([a-z][a-z0-9_]*)(?:=(?:\{([a-z][a-z0-9_]*)\}|.+))?").fullmatch
_CONDITION: Final = re.compile(r"([a-z][a-z0-9_]*)(?: (=|!=|is not|not in) (\S+))?").fullmatch


def _faults_of_does(does: Does, kind: FactType, here: str) -> Iterator[Complaint]:
    """What is wrong with one thing that a type does to slots."""
    namespace = kind.name.rpartition(".")[0]
    if not is_type_name(does.property) or not does.property.startswith(f"{namespace}."):
        yield f"{here}/property", f"{shown(does.property)} is not of this type's namespace: write {namespace}.PROPERTY"
    subjects = {name for name, field in kind.fields.items() if field.kind in NAMING}
    single = {name for name in subjects if not kind.fields[name].many} | ({does.each} if does.each else set())
    if does.each is not None and (does.each not in subjects or not kind.fields[does.each].many):
        yield f"{here}/each", f"{shown(does.each)} is no list of subjects"
        return
    for name in does.subject.split("|"):
        if name not in single:
            yield f"{here}/subject", f"{shown(name)} is no field that names one subject: {_listed(single)}"
    for n, part in enumerate(does.key):
        found = _PART(part)
        texts = {name for name, field in kind.fields.items() if field.kind == "text" and not field.many}
        if part.startswith("="):
            fine = len(part) > 1
        else:
            fine = found is not None and (found[2] in single or (found[1] is None and found[2] in texts))
        if not fine:
            yield f"{here}/key/{n}", f"{shown(part)} is no field with one text or subject, =constant or =@event"
    for n, name in enumerate(does.target):
        if name not in single:
            yield f"{here}/target/{n}", f"{shown(name)} is no field that names one subject: {_listed(single)}"
    yield from _faults_of_value(does, kind, here)
    if does.when is not None:
        condition = _CONDITION(does.when)
        if condition is None or condition[1] not in kind.fields:
            yield (
                f"{here}/when",
                f"{shown(does.when)} is no condition: write FIELD, FIELD = CONSTANT or FIELD != CONSTANT",
            )
        elif (constant := str(condition[3] or "")).strip("\"'") != constant:
            yield f"{here}/when", f"{shown(constant)} has quotes, which would be part of the constant: leave them out"
        elif condition[2] in ("is not", "not in") and (
            condition[3] not in kind.fields or kind.fields[condition[3]].many != (condition[2] == "not in")
        ):
            what = "a list of subjects" if condition[2] == "not in" else "a field with one value"
            yield f"{here}/when", f"{shown(condition[3])} is not {what}"
    if (does.lasting or does.momentary) and does.does != "opens":
        yield f"{here}/{'lasting' if does.lasting else 'momentary'}", "is said of what opens something only"
    if not 0 <= does.rank <= 100:
        yield f"{here}/rank", "must be a whole number from 0 to 100"


def _faults_of_value(does: Does, kind: FactType, here: str) -> Iterator[Complaint]:
    if isinstance(does.value, str):
        if not does.value.startswith("=") and does.value not in kind.fields:
            yield f"{here}/value", f"{shown(does.value)} is no field: write a field, or =constant"
        return
    for n, part in enumerate(does.value):
        found = _VALUE_PART(part)
        field = None if found is None else found[2] or (found[1] if "=" not in part else None)
        if found is None or (field is not None and field not in kind.fields):
            yield f"{here}/value/{n}", f"{shown(part)} is no field, NAME=constant or NAME={{field}}"


def _listed(names: set[str]) -> str:
    return f"those that do are {', '.join(sorted(names))}" if names else "there is none"


def _faults_of_sentence(says: str, kind: FactType) -> Iterator[Complaint]:
    if re.search(r"\{(?![a-z0-9_|]+\})|\[[^\]]*(\[|$)", says):
        yield "/says", "a bracket is not closed, or stands in another: write {field} and [text]"
        return
    for condition, _, optional, always in SENTENCE_PART.findall(says):
        named = [name for group in SENTENCE_FIELD.findall(optional or always) for name in group.split("|")]
        for name in filter(None, [condition, *named]):
            if name not in kind.fields:
                yield "/says", f"{shown(name)} is no field of the schema"
        for group in SENTENCE_FIELD.findall(always):
            if not any(name in kind.fields and kind.fields[name].required for name in group.split("|")):
                yield "/says", f"{{{group}}} may be missing: write it as [{{{group}}}], or require the field"


def unfit(definition: Definition, types: Types) -> Iterator[Complaint]:
    """What is wrong with a sound definition beside those that a register has already. Its version is given."""
    versions = types.versions.get(definition.name, ())
    assert definition.version is not None
    if definition.version != len(versions) + 1:
        yield "/version", f"the next version of {definition.name} is {len(versions) + 1}: write that, or leave it out"
        return
    if sum(map(len, types.versions.values())) >= DEFINITIONS_MAX:
        yield "", f"the register has {DEFINITIONS_MAX} definitions of types, which is the most that it takes"
    for n, does in enumerate(definition.sets):
        known = types.properties.get(does.property)
        if known is not None and (known == "value") != (does.does == "sets"):
            how = "is set, so it cannot be opened or ended" if known == "value" else "is opened and ended, not set"
            yield f"/sets/{n}/does", f"by other types {does.property} {how}: use another property"
    if versions:
        yield from _breaking(versions[-1], definition)


def _breaking(before: FactType, definition: Definition) -> Iterator[Complaint]:
    """What in a next version would break facts that are recorded."""
    assert before.own_schema is not None
    after = fact_type(definition, "")
    for name, field in before.fields.items():
        here = f"/json_schema/properties/{name}"
        now = after.fields.get(name)
        if now is None:
            yield here, f"{name} is a field of {before.schema}, and facts have it: keep it"
            continue
        if (field.kind in NAMING or now.kind in NAMING) and (
            now.many != field.many or now.kind not in (field.kind, "reference") or field.kind not in NAMING
        ):
            yield f"/subjects/{name}", f"{name} names something else in facts of {before.schema}: keep its kind"
            continue
        lost = _json_types(before.own_schema["properties"][name]) - _json_types(
            definition.json_schema["properties"][name]
        )
        if lost:
            yield here, f"facts of {before.schema} may hold {' or '.join(sorted(lost))} here: allow that further on"
    for name, field in after.fields.items():
        was = before.fields.get(name)
        if field.required and (was is None or not was.required) and name not in (definition.defaults or {}):
            words = f"is required, but facts of {before.schema} may lack it: say in defaults what they mean, or do not"
            yield f"/json_schema/properties/{name}", f"{words} require it"


_ALL_TYPES: Final = frozenset({"null", "boolean", "string", "number", "integer", "array", "object"})


def _json_types(part: Any) -> frozenset[str]:
    given = part.get("type") if isinstance(part, dict) else None
    if given is None:
        return _ALL_TYPES
    names = {given} if isinstance(given, str) else set(given)
    return frozenset(names | {"integer"} if "number" in names else names)


define(
    DEFINED_TYPE,
    Definition,
    description="A type of fact of one's own, or its next version; a definition is never changed.",
    example={
        "data": {
            "name": "x.audit.rated",
            "description": "An auditor rates an organisation.",
            "json_schema": {
                "type": "object",
                "required": ["organisation", "rating"],
                "properties": {"organisation": {"type": "string"}, "rating": {"type": "string", "pattern": "^[A-E]$"}},
            },
            "subjects": {"organisation": "organisation"},
            "sets": [{"does": "sets", "property": "x.audit.rating", "value": "rating"}],
            "says": "{organisation} was rated {rating}",
        }
    },
    says="Type defined: {name}",
    details="[{description}.]",
    checks=(_sound,),
)

"""Users' own types of facts: how one is defined (`type.defined`), and the FactType that a definition makes.

A definition is known by an id that follows from what it says (a UUID of version 5), so one id means one definition in
all registers of the world, and what was made of it can be kept for the whole process.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, ClassVar, Final, Literal
from uuid import UUID, uuid5

import msgspec
from msgspec import Meta

from events.canonical import canonical
from events.subjects import shown
from events.vocabulary import language
from events.vocabulary.language import (
    ITEMS_MAX,
    TEXT_LENGTH_MAX,
    TYPE_NAME_PATTERN,
    TYPES,
    Complaint,
    Data,
    Does,
    FactType,
    JsonObject,
    Text,
    Title,
    define,
)
from events.vocabulary.own_schema import faults_of_schema
from events.vocabulary.properties import PROPERTIES, Behaviour
from events.vocabulary.schema_reading import complaints

DEFINITION_NAMESPACE: Final = UUID("6f0e7a52-3a53-5e0f-9d5a-0c1f6f3b8a77")
"""Of the ids of definitions. Never to be changed."""
DEFINITIONS_MAX: Final = 2_000  # in one register, all versions counted
DOES_MAX: Final = 50
DEFINED_TYPE: Final = "type.defined"

is_type_name: Final = re.compile(TYPE_NAME_PATTERN).search
"""Whether a text may be the name of a user's type, or of a property that one sets."""

Subjects = Annotated[
    dict[str, Literal["organisation", "person", "post", "plan", "initiative", "target", "responsibility", "reference"]],
    Meta(
        min_length=1,
        max_length=ITEMS_MAX,
        description="Which fields of the data name subjects, and of which kind; reference: any subject as kind/slug.",
    ),
]


class Definition(Data, frozen=True, kw_only=True):
    """A type of fact of one's own, or its next version."""

    name: Annotated[
        str,
        Meta(pattern=TYPE_NAME_PATTERN, description="x.NAMESPACE.NAME in lower case, such as x.audit.rating-given."),
    ]
    json_schema: Annotated[JsonObject, Meta(description="The JSON Schema (draft 2020-12) of the data, an object.")]
    subjects: Subjects
    sets: Annotated[tuple[Does, ...], Meta(max_length=DOES_MAX, description="What a fact of the type does to slots.")]
    description: Text | None = None
    says: Annotated[
        Title | None,
        Meta(description="A fact as a sentence: {field} stands for a field, [text] is left out if a field in it is."),
    ] = None
    defaults: Annotated[
        JsonObject | None,
        Meta(description="What fields say in facts that were recorded before there were these fields."),
    ] = None
    version: Annotated[int, Meta(ge=1, le=1_000, description="By default the next one.")] | None = None


class Defined(Data, frozen=True):
    """Base of the data of users' types; each made by `fact_type`."""

    kind: ClassVar[FactType]


def definition_id(definition: Definition) -> str:
    """The id of the event that holds this definition, whose version is given."""
    assert definition.version is not None, "the id is that of one version"
    return str(uuid5(DEFINITION_NAMESPACE, canonical(definition).decode()))


DEFINED: Final[dict[str, FactType]] = {}
"""The types of all definitions that were read from a log, by the ids of their events."""


class Types:
    """The types of one register: those of the vocabulary, and its users' own in all their versions.

    Not changed once it is made. `positions` are those of the definitions by their ids, `position` the last of them;
    `properties` is how each property behaves.
    """

    def __init__(self, versions: Mapping[str, tuple[FactType, ...]], positions: Mapping[str, int]) -> None:
        self.versions = versions
        self.positions = positions
        self.position = max(positions.values(), default=0)
        self.properties: dict[str, Behaviour] = dict(PROPERTIES)
        for kinds in versions.values():
            for does in (does for kind in kinds for does in kind.does):
                self.properties[does.property] = "value" if does.does == "sets" else "switch"

    def find(self, name: str, schema: str | None = None) -> FactType | None:
        """The type of this name: the version that `schema` (`name/version`) names, else the newest; None: unknown."""
        kind = TYPES.get(name)
        if kind is not None:
            return kind
        versions = self.versions.get(name)
        if versions is None:
            return None
        return next((each for each in versions if each.schema == schema), versions[-1])

    def names(self) -> list[str]:
        """All names."""
        return [*TYPES, *self.versions]

    def newest(self) -> list[FactType]:
        """All types, each in its newest version."""
        return [*TYPES.values(), *(versions[-1] for versions in self.versions.values())]

    def with_definition(self, kind: FactType, position: int) -> Types:
        """These and one more version, recorded at a position."""
        versions = (*self.versions.get(kind.name, ()), kind)
        return Types({**self.versions, kind.name: versions}, {**self.positions, str(kind.definition): position})

    def upcast(self, kind: FactType, data: Any, position: int) -> Any:
        """The data of a fact as the newest version up to a position shows them: with the defaults of what is new."""
        if kind.definition is None:
            return data
        found = plain(data)
        for later in self.versions.get(kind.name, ())[kind.version :]:
            if self.positions[str(later.definition)] <= position:
                found = {**(later.defaults or {}), **found}
        return found


BUILT_IN: Final = Types({}, {})
"""The vocabulary alone."""


def fact_type(definition: Definition, id_: str) -> FactType:
    """The type that a sound definition makes; the id is that of its event."""
    schema, subjects = definition.json_schema, definition.subjects
    required = frozenset(schema.get("required", ()))
    fields: list[Any] = []
    for name, part in schema["properties"].items():
        annotation = _annotation(part, subjects.get(name))
        # Python's own names for the fields end in an underscore, so that no field can be a keyword or a method.
        if name in required:
            fields.append((f"{name}_", annotation, msgspec.field(name=name)))
        elif subjects.get(name) is not None and _many(part):
            fields.append((f"{name}_", annotation, msgspec.field(default=(), name=name)))
        else:
            fields.append((f"{name}_", annotation | None, msgspec.field(default=None, name=name)))
    data = msgspec.defstruct(
        "Data", fields, bases=(Defined,), frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
    )

    def fits(data: Any) -> Iterable[Complaint]:
        return complaints(schema, plain(data))

    kind = FactType(
        name=definition.name,
        version=definition.version or 1,
        description=definition.description or f"A fact of the type {definition.name}, which users defined.",
        data=data,
        does=definition.sets,
        says=definition.says or _sentence(definition),
        details="",
        words={},
        distinct=(),
        one_of=(),
        checks=(fits,),
        definition=id_,
        own_schema=schema,
        defaults=definition.defaults,
    )
    data.kind = kind  # type: ignore[attr-defined]  # a ClassVar of its base
    return kind


def plain(data: Any) -> dict[str, Any]:
    """The data of a fact of a user's type as plain JSON, without fields that are not given."""
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(data))  # not to_builtins: lists as lists
    return found


_KINDS: Final = {
    "organisation": language.OrganisationId,
    "person": language.PersonId,
    "post": language.PostId,
    "plan": language.PlanId,
    "initiative": language.InitiativeId,
    "target": language.TargetId,
    "responsibility": language.ResponsibilityId,
    "reference": language.Reference,
}
_TEXT: Final = Annotated[str, Meta(max_length=TEXT_LENGTH_MAX)]
_VALUE: Final = Annotated[Any, Meta(extra={"kind": "value"})]


def _annotation(part: Any, kind: str | None) -> Any:
    if kind is not None:
        item: Any = _KINDS[kind]
        return Annotated[tuple[item, ...], Meta(max_length=ITEMS_MAX)] if _many(part) else item
    return _TEXT if isinstance(part, dict) and part.get("type") == "string" else _VALUE


def _many(part: Any) -> bool:
    return isinstance(part, dict) and part.get("type") == "array"


def _sentence(definition: Definition) -> str:
    """The sentence of a type that has none of its own: its name, and the subjects that it always has."""
    words = re.sub(r"[-_]", " ", definition.name.split(".")[2])
    required = definition.json_schema.get("required", ())
    always = [f"{{{name}}}" for name in definition.subjects if name in required]
    return f"{words[0].upper()}{words[1:]}: {', '.join(always)}" if always else f"{words[0].upper()}{words[1:]}"


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
    subjects = {name for name, field in kind.fields.items() if field.kind in _KINDS}
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


_PIECE: Final = re.compile(r"\[(?:(\w+)(?: != (\w+))?\?)?([^\]]*)\]|([^\[]+)")
_FIELD: Final = re.compile(r"\{([\w|]+)\}")


def _faults_of_sentence(says: str, kind: FactType) -> Iterator[Complaint]:
    if re.search(r"\{(?![a-z0-9_|]+\})|\[[^\]]*(\[|$)", says):
        yield "/says", "a bracket is not closed, or stands in another: write {field} and [text]"
        return
    for condition, _, optional, always in _PIECE.findall(says):
        named = [name for group in _FIELD.findall(optional or always) for name in group.split("|")]
        for name in filter(None, [condition, *named]):
            if name not in kind.fields:
                yield "/says", f"{shown(name)} is no field of the schema"
        for group in _FIELD.findall(always):
            if not any(name in kind.fields and kind.fields[name].required for name in group.split("|")):
                yield "/says", f"{{{group}}} may be missing: write it as [{{{group}}}], or require the field"


def definition_of(stated: Definition, types: Types) -> Definition:
    """The definition with its version: as stated, else the newest where that says the same, else the next."""
    if stated.version is not None:
        return stated
    versions = types.versions.get(stated.name, ())
    if versions:
        again = msgspec.structs.replace(stated, version=len(versions))
        if definition_id(again) == versions[-1].definition:
            return again
    return msgspec.structs.replace(stated, version=len(versions) + 1)


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
        if (field.kind in _KINDS or now.kind in _KINDS) and (
            now.many != field.many or now.kind not in (field.kind, "reference") or field.kind not in _KINDS
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

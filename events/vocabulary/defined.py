"""Users' own types of facts: how one is defined (`type.defined`), and the FactType that a definition makes.

A definition is known by an id that follows from what it says (a UUID of version 5), so one id means one definition in
all registers of the world, and what was made of it can be kept for the whole process.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar, Final, Literal
from uuid import UUID, uuid5

import msgspec
from msgspec import Meta

from events.canonical import canonical
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
)
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


NAMING: Final = {
    "organisation": language.OrganisationId,
    "person": language.PersonId,
    "post": language.PostId,
    "plan": language.PlanId,
    "initiative": language.InitiativeId,
    "target": language.TargetId,
    "responsibility": language.ResponsibilityId,
    "reference": language.Reference,
}
"""The kinds of fields that name subjects, with the types of what they hold."""
_TEXT: Final = Annotated[str, Meta(max_length=TEXT_LENGTH_MAX)]
_VALUE: Final = Annotated[Any, Meta(extra={"kind": "value"})]


def _annotation(part: Any, kind: str | None) -> Any:
    if kind is not None:
        item: Any = NAMING[kind]
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

"""The language in which the fact types are written: kinds of fields, what a fact does to slots, and their register.

A type is one call of `define`, and all that it says is plain data: the fields of its struct say which subjects it names
(and so its tags), `Does` says which slots it opens, ends or sets, a pattern says it as a sentence. In all of these a
field goes by its JSON name.
"""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Annotated, Any, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

from events.subjects import SLUG_LENGTH_MAX, SLUG_PATTERN

NAME_LENGTH_MAX: Final = 300
TITLE_LENGTH_MAX: Final = 500
QUOTE_LENGTH_MAX: Final = 2_000
URL_LENGTH_MAX: Final = 2_000
TEXT_LENGTH_MAX: Final = 20_000
ITEMS_MAX: Final = 200
INTEGER_MAX: Final = 2**53 - 1
KEY_BYTES_MAX: Final = 2_000
"""Of a slot's key, in UTF-8: with subject and property it fits a row of an index of PostgreSQL (2,704 bytes)."""

# Patterns are searched for, so they are anchored; what `(?!\n)` is for: see SLUG_PATTERN.
VISIBLE: Final = r"\S"
REFERENCE_PATTERN: Final = (
    r"^((organisation|person|post|plan|initiative|target|responsibility)/)?[a-z0-9][a-z0-9-]*$(?!\n)"
)
PARTY_PATTERN: Final = r"^(?!organisation/)[\s\S]*\S|^organisation/[a-z0-9][a-z0-9-]*$(?!\n)"
WORD_PATTERN: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]*$(?!\n)"
UUID_PATTERN: Final = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$(?!\n)"
AMOUNT_PATTERN: Final = r"^(0|[1-9][0-9]*)(\.[0-9]{1,4})?$(?!\n)"
SHARE_PATTERN: Final = r"^(1|0\.[0-9]{1,4})$(?!\n)"
CURRENCY_PATTERN: Final = r"^[A-Z]{3}$(?!\n)"
TYPE_NAME_PATTERN: Final = r"^x\.[a-z][a-z0-9-]{0,31}\.[a-z][a-z0-9_-]{0,63}$(?!\n)"
URL_PATTERN: Final = r"^https?://\S+$(?!\n)"

SENTENCE_PART: Final = re.compile(r"\[(?:(\w+)(?: != (\w+))?\?)?([^\]]*)\]|([^\[]+)")
SENTENCE_FIELD: Final = re.compile(r"\{([\w|]+)\}")
"""What sentence patterns consist of: see words.py."""

is_event_id: Final = re.compile(UUID_PATTERN).search
"""Whether a text is a UUID in lower case."""

OrganisationId = Annotated[
    str,
    Meta(
        pattern=SLUG_PATTERN,
        max_length=SLUG_LENGTH_MAX,
        description="The slug of an organisation, such as nhs-england.",
        extra={"kind": "organisation"},
    ),
]
PersonId = Annotated[
    str,
    Meta(
        pattern=SLUG_PATTERN,
        max_length=SLUG_LENGTH_MAX,
        description="The slug of a person, such as matthew-gould.",
        extra={"kind": "person"},
    ),
]
PostId = Annotated[
    str,
    Meta(
        pattern=SLUG_PATTERN,
        max_length=SLUG_LENGTH_MAX,
        description="The slug of a post, unique in the whole register, such as nhsx-chief-executive.",
        extra={"kind": "post"},
    ),
]
PlanId = Annotated[
    str,
    Meta(
        pattern=SLUG_PATTERN,
        max_length=SLUG_LENGTH_MAX,
        description="The slug of a plan, such as merge-nhsx.",
        extra={"kind": "plan"},
    ),
]
InitiativeId = Annotated[
    str,
    Meta(
        pattern=SLUG_PATTERN,
        max_length=SLUG_LENGTH_MAX,
        description="The slug of an initiative, such as adoption-fund.",
        extra={"kind": "initiative"},
    ),
]
TargetId = Annotated[
    str,
    Meta(
        pattern=SLUG_PATTERN,
        max_length=SLUG_LENGTH_MAX,
        description="The slug of a target, such as paperless-nhs.",
        extra={"kind": "target"},
    ),
]
ResponsibilityId = Annotated[
    str,
    Meta(
        pattern=SLUG_PATTERN,
        max_length=SLUG_LENGTH_MAX,
        description="The slug of a responsibility, such as data-sharing-policy.",
        extra={"kind": "responsibility"},
    ),
]
Slug = Annotated[
    str, Meta(pattern=SLUG_PATTERN, max_length=SLUG_LENGTH_MAX, description="A slug that is no subject of its own.")
]
Reference = Annotated[
    str,
    Meta(
        pattern=REFERENCE_PATTERN,
        max_length=SLUG_LENGTH_MAX + 16,
        description="Any subject as kind/slug, such as person/matt-hancock; a bare slug means an organisation.",
        extra={"kind": "reference"},
    ),
]
Party = Annotated[
    str,
    Meta(
        pattern=PARTY_PATTERN,
        max_length=NAME_LENGTH_MAX,
        description="A name in plain text, or organisation/slug for an organisation of this register.",
        extra={"kind": "party"},
    ),
]
Name = Annotated[str, Meta(pattern=VISIBLE, max_length=NAME_LENGTH_MAX, description="A name in plain text.")]
Title = Annotated[str, Meta(pattern=VISIBLE, max_length=TITLE_LENGTH_MAX, description="A short text of one line.")]
Text = Annotated[str, Meta(pattern=VISIBLE, max_length=TEXT_LENGTH_MAX, description="Plain text.")]
Quote = Annotated[str, Meta(pattern=VISIBLE, max_length=QUOTE_LENGTH_MAX, description="The words that it rests on.")]
Url = Annotated[
    str,
    Meta(
        pattern=URL_PATTERN,
        max_length=URL_LENGTH_MAX,
        description="An address that begins with https:// or http://.",
        extra_json_schema={"format": "uri"},
    ),
]
Token = Annotated[
    str,
    Meta(
        pattern=WORD_PATTERN,
        max_length=SLUG_LENGTH_MAX,
        description="A short name without spaces: letters, digits, points, hyphens and underscores.",
    ),
]
EdtfDate = Annotated[
    str,
    Meta(
        max_length=SLUG_LENGTH_MAX,
        description="A date in EDTF, but no interval: 2024, 2021-09, 2021-23 (autumn 2021), [2019..2021] (between).",
        extra={"kind": "edtf"},
        extra_json_schema={"format": "edtf-date"},
    ),
]
EventId = Annotated[
    str,
    Meta(
        pattern=UUID_PATTERN,
        description="The id of an event: a UUID in lower case.",
        extra_json_schema={"format": "uuid"},
    ),
]
Amount = Annotated[
    str,
    Meta(
        pattern=AMOUNT_PATTERN,
        max_length=32,
        description='An amount of money as decimal text, such as "40000000" or "6500000.50".',
    ),
]
Currency = Annotated[str, Meta(pattern=CURRENCY_PATTERN, description="A code of ISO 4217, such as GBP.")]
Share = Annotated[
    str, Meta(pattern=SHARE_PATTERN, description='The share of a post that is held, as decimal text: "0.5" is half.')
]
Count = Annotated[int, Meta(ge=0, le=INTEGER_MAX, description="A number of things.")]
Flag = Annotated[bool, Meta(description="true or false.")]
Json = Annotated[Any, Meta(description="Any JSON value.", extra={"kind": "json"})]
JsonObject = Annotated[
    dict[str, Any], Meta(max_length=ITEMS_MAX, description="A JSON object of one's own.", extra={"kind": "json"})
]

OrganisationIds = Annotated[tuple[OrganisationId, ...], Meta(max_length=ITEMS_MAX)]
SomeOrganisationIds = Annotated[tuple[OrganisationId, ...], Meta(min_length=1, max_length=ITEMS_MAX)]
PlanIds = Annotated[tuple[PlanId, ...], Meta(max_length=ITEMS_MAX)]
References = Annotated[tuple[Reference, ...], Meta(max_length=ITEMS_MAX)]
Parties = Annotated[tuple[Party, ...], Meta(max_length=ITEMS_MAX)]
Titles = Annotated[tuple[Title, ...], Meta(max_length=ITEMS_MAX)]


class Data(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of every type's data. A field that is null is the same as one that is absent."""


class Change(Struct, frozen=True, forbid_unknown_fields=True):
    """A change that a plan announces: the type of fact, and as much of its data as is known."""

    change: Annotated[str, Meta(description="The type of fact, such as organisation.merged.")]
    draft: Annotated[
        dict[str, Any], Meta(description="The data of that type, as far as they are known: no field is required.")
    ]


Changes = Annotated[
    tuple[Change, ...],
    Meta(max_length=ITEMS_MAX, description="What is to be changed.", extra={"kind": "drafts"}),
]


class Does(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What a fact does to a slot. Where a field that it needs is absent, it does nothing.

    subject  the field that names the slot's subject; `a|b`: the first that is given
    key      its parts: a field, `tag:field` (as kind/slug), `=constant`, or `=@event` (the fact's own id)
    value    one field or `=constant`: the value itself (JSON null sets to nothing). Several: an object of those fields
             that are given, and of `name=constant` and `name={field}`; if that is empty, and if there are none: nothing
    each     a list field: once for each item, which in all other parts goes by the field's name
    when     `field` (is given), `field = constant`, `field != constant`, `field is not other`, `field not in list`
    target   fields that name whom the statement also concerns; a plan's changes: the organisations in the drafts
    rank     of two facts that set one slot on one day the lower rank comes first
    former   the field that says what the slot held before: odd where no other fact has set that
    lasting  never ended by the end of the fact's own interval
    momentary  ended after the day itself, unless the fact has an interval
    """

    does: Literal["opens", "ends", "sets"]
    property: str
    subject: str = "organisation"
    key: tuple[str, ...] = ()
    value: str | tuple[str, ...] = ()
    each: str | None = None
    when: str | None = None
    target: tuple[str, ...] = ()
    rank: int = 0
    former: str | None = None
    lasting: bool = False
    momentary: bool = False


class Field(Struct, frozen=True):
    """A field of a type's data: its name in JSON and in Python, its kind, whether a list, whether required.

    `kind` is one of the kinds of subjects, or reference, party, edtf, json, drafts, text (all else that is text), value
    (JSON that is absent where it is null) or other.
    """

    name: str
    attribute: str
    kind: str
    many: bool
    required: bool


Example: TypeAlias = Mapping[str, Any]
"""A whole fact as a client would state it, without its type."""

Complaint: TypeAlias = tuple[str, str]
"""What is impossible in some data: a JSON pointer below them, and what to do."""
Check: TypeAlias = Callable[[Any], Iterable[Complaint]]


class FactType(Struct, frozen=True, kw_only=True, dict=True, eq=False):
    """One type of fact. `says` and `details` are sentence patterns (see words.py), `words` what they say for a value;
    `example` is for its documentation.

    Of the fields of each pair in `distinct` no value may be the same; of `one_of` exactly one field must be given;
    `checks` find what cannot be said so. Of a user's type `definition` is the id of the event that defined it, and
    `own_schema` what its definition says of the data, `defaults` what its fields say in facts of older versions.
    """

    name: str
    version: int
    description: str
    data: type[Struct]
    does: tuple[Does, ...]
    says: str
    details: str
    words: Mapping[str, Mapping[str, str]]
    distinct: tuple[tuple[str, str], ...]
    one_of: tuple[str, ...]
    checks: tuple[Check, ...]
    example: Example | None = None
    definition: str | None = None
    own_schema: Mapping[str, Any] | None = None
    defaults: Mapping[str, Any] | None = None

    @cached_property
    def schema(self) -> str:
        """Name and version: `organisation.merged/1`."""
        return f"{self.name}/{self.version}"

    @cached_property
    def dated(self) -> bool:
        """Whether it has an effective date: it tells of the world, not of the register."""
        return not about_register(self.name)

    @cached_property
    def opens_something(self) -> bool:
        """Whether it may hold through an interval."""
        return any(does.does == "opens" and not does.lasting for does in self.does)

    @cached_property
    def ends_something(self) -> bool:
        """Whether it may say which opening it ends."""
        return any(does.does == "ends" for does in self.does)

    @cached_property
    def decoder(self) -> msgspec.json.Decoder[Any]:
        """Reads its data from JSON."""
        return msgspec.json.Decoder(self.data)

    @cached_property
    def fields(self) -> dict[str, Field]:
        """Its fields by their JSON names."""
        return fields_of(self.data)

    @cached_property
    def free(self) -> bool:
        """Whether its data may hold JSON of the client's own."""
        return any(field.kind in ("json", "value", "drafts", "fact") for field in self.fields.values())

    @cached_property
    def draft(self) -> type[Struct]:
        """The struct of its data as a plan drafts them: nothing is required."""
        optional = [
            (field.name, field.type | None, msgspec.field(default=None, name=field.encode_name))
            for field in msgspec.structs.fields(self.data)
        ]
        name = f"{self.data.__name__}Draft"
        return msgspec.defstruct(name, optional, frozen=True, forbid_unknown_fields=True, kw_only=True)


REGISTER: Final = ("fact.", "identity.", "type.")
"""How the names of the types begin that tell of the register itself, not of the world."""


def about_register(type_name: str) -> bool:
    """Whether facts of this type tell of the register itself, not of the world."""
    return type_name.startswith(REGISTER)


UNDATED: Final = ("effective", "fulfils", "follows", "ends")
"""What facts about the register itself do not have: these are about the world."""

TYPES: Final[dict[str, FactType]] = {}
"""The vocabulary: every type by its name."""


def define(
    name: str,
    data: type[Struct],
    *does: Does,
    description: str,
    example: Example,
    says: str,
    details: str = "",
    words: Mapping[str, Mapping[str, str]] | None = None,
    distinct: tuple[tuple[str, str], ...] = (),
    one_of: tuple[str, ...] = (),
    checks: tuple[Check, ...] = (),
    version: int = 1,
) -> FactType:
    """Register a type of fact; for the arguments see FactType."""
    assert name not in TYPES, name
    TYPES[name] = FactType(
        name=name,
        version=version,
        description=description,
        data=data,
        does=does,
        says=says,
        details=details,
        words=words or {},
        distinct=distinct,
        one_of=one_of,
        checks=checks,
        example=example,
    )
    return TYPES[name]


def fields_of(data: type[Struct]) -> dict[str, Field]:
    """The fields of a struct by their JSON names."""
    fields = {}
    for field in msgspec.structs.fields(data):
        kind, many = _kind(field.type)
        fields[field.encode_name] = Field(field.encode_name, field.name, kind, many, field.required)
    return fields


def _kind(annotation: Any) -> tuple[str, bool]:
    """The kind that an annotation stands for, and whether it is a list of them."""
    origin = typing.get_origin(annotation)
    if origin is Annotated:
        for meta in annotation.__metadata__:
            if meta.extra is not None and "kind" in meta.extra:
                return meta.extra["kind"], meta.extra["kind"] == "drafts"
        return _kind(annotation.__origin__)
    if origin in (typing.Union, types.UnionType):
        return _kind(next(part for part in typing.get_args(annotation) if part is not types.NoneType))
    if origin is tuple:
        return _kind(typing.get_args(annotation)[0])[0], True
    if annotation is str or origin is Literal:
        return "text", False
    return "other", False

"""The envelope: a fact as it is stated, as it is recorded, and the event that the log makes of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Annotated, Any, Final
from uuid import UUID, uuid5

import msgspec
from msgspec import Meta, Struct

from events.standing import KINDS as AMENDING
from events.subjects import SLUG_LENGTH_MAX
from events.vocabulary.amendments import Corrected
from events.vocabulary.defined import DEFINED
from events.vocabulary.language import ITEMS_MAX, TYPES, EdtfDate, EventId, FactType, PlanId, Quote, Text, Title, Url

KEY_NAMESPACE: Final = UUID("0f5a3c3e-7c0b-5b8e-9d43-6a1d2f0c9b57")
"""Of the ids that are derived from a client's Idempotency-Key. Never to be changed."""


class Source(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What a fact rests on: at least a title or an address."""

    title: Title | None = None
    url: Url | None = None
    publisher: Title | None = None
    published: EdtfDate | None = None
    accessed: EdtfDate | None = None
    quote: Quote | None = None


Sources = Annotated[tuple[Source, ...], Meta(max_length=ITEMS_MAX, description="What the fact rests on.")]


Edtf = Annotated[
    str,
    Meta(
        max_length=SLUG_LENGTH_MAX,
        description="A date in EDTF: 2019-02-19, 2021-23 (autumn 2021), [2019-02-20..2019-04-09] (between), 2015/2016.",
        extra_json_schema={"format": "edtf"},
    ),
]
IsoDay = Annotated[str, Meta(description="A day, YYYY-MM-DD.", extra_json_schema={"format": "date"})]


class Bounds(Struct, frozen=True):
    """The days between which something lies, both inclusive, YYYY-MM-DD; None where there is no bound."""

    earliest: str | None
    latest: str | None


class Effective(Struct, frozen=True, omit_defaults=True):
    """When a fact holds in the world, with its bounds (inclusive, YYYY-MM-DD, None for no bound) resolved.

    `until` bounds the first day on which it holds no more, of an interval with an end. `text` are the client's own
    words for the date.
    """

    edtf: str
    earliest: str | None
    latest: str | None
    until: Bounds | None = None
    text: str | None = None


class Fulfils(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The plan that a fact brings about, or a part of it."""

    plan: PlanId
    part: bool = False


class StatedDate(Struct, frozen=True, forbid_unknown_fields=True):
    """A date as a client may write it, with narrower bounds (YYYY-MM-DD) or with words for it."""

    edtf: Edtf
    earliest: IsoDay | None = None
    latest: IsoDay | None = None
    text: Title | None = None


class Stated(Struct, frozen=True, forbid_unknown_fields=True):
    """A fact as a client writes it, its data not read yet."""

    type: str
    data: msgspec.Raw
    id: EventId | None = None
    schema: str | None = None
    effective: Edtf | StatedDate | None = None
    sources: Sources = ()
    note: Text | None = None
    fulfils: PlanId | Fulfils | None = None
    follows: Annotated[
        tuple[EventId, ...],
        Meta(max_length=ITEMS_MAX, description="Ids of facts that came before it in the world."),
    ] = ()
    ends: EventId | None = None


class Fact(Struct, frozen=True, kw_only=True):
    """What a client states. `data` is the struct of its type; `ends` the id of the opening that it ends."""

    type: str
    data: Any  # of the type's own struct, which only the vocabulary knows
    id: str | None = None
    effective: Effective | None = None
    sources: tuple[Source, ...] = ()
    note: str | None = None
    fulfils: Fulfils | None = None
    follows: tuple[str, ...] = ()
    ends: str | None = None

    @property
    def kind(self) -> FactType:
        """Its type, in the version that it is stated in."""
        return _kind(self.type, self.data)


class RecordedFact(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What a canonical body holds. The replacement in a correction is one too, without id and tags.

    `definition` is the id of the event that defined the type, of a user's type.
    """

    type: str
    schema: str
    data: Any  # of the type's own struct
    id: str | None = None
    tags: tuple[str, ...] = ()
    effective: Effective | None = None
    sources: tuple[Source, ...] = ()
    note: str | None = None
    fulfils: Fulfils | None = None
    follows: tuple[str, ...] = ()
    ends: str | None = None
    definition: str | None = None

    @property
    def kind(self) -> FactType:
        """Its type, in the version that it was recorded in."""
        return _kind(self.type, self.data)


def _kind(name: str, data: Any) -> FactType:
    kind = TYPES.get(name)
    if kind is not None:
        return kind
    defined: FactType = type(data).kind  # the struct of a user's type knows it
    return defined


class Event(Struct, frozen=True, dict=True):
    """A fact as the log keeps it. `recorded_at` is in microseconds since 1970, UTC."""

    position: int
    recorded_at: int
    recorded_by: str
    id: str
    type: str
    body: bytes
    salt: bytes

    @cached_property
    def fact(self) -> RecordedFact:
        """The fact in its body, read once."""
        return read_body(self.body)

    @property
    def stated(self) -> RecordedFact:
        """The fact that it states: of a correction the one that it puts in place."""
        fact = self.fact
        return fact.data.replacement if isinstance(fact.data, Corrected) else fact

    @property
    def recorded_at_text(self) -> str:
        """The recorded time in RFC 3339."""
        return instant(self.recorded_at)


def instant(microseconds: int) -> str:
    """A time in RFC 3339, UTC, always with six decimals: 2019-02-19T09:30:00.000000Z."""
    return (_EPOCH + timedelta(microseconds=microseconds)).isoformat(timespec="microseconds")[:-6] + "Z"


def of_instant(text: str) -> int:
    """The microseconds since 1970 of a time as `instant` writes it. Raises ValueError."""
    try:
        time = (datetime.fromisoformat(text) - _EPOCH) // timedelta(microseconds=1)
    except TypeError as error:
        raise ValueError(f"{text!r} has no time zone") from error
    return time


def json(event: Event) -> bytes:
    """An event as it is served: the members of its body, and what the log added. The body is not decoded for it."""
    added = _Added(event.position, instant(event.recorded_at), event.recorded_by, event.salt.hex())
    return event.body[:-1] + b"," + msgspec.json.encode(added)[1:]


def read_body(body: bytes | msgspec.Raw) -> RecordedFact:
    """The fact that a canonical body holds. The body is trusted to be one that this program wrote, and the definition
    that it rests on to be at hand (see definitions.py).
    """
    kept = _KEPT.decode(body)
    kind = TYPES[kept.type] if kept.definition is None else DEFINED[kept.definition]
    data = kind.decoder.decode(kept.data)
    if isinstance(data, Corrected):
        data = msgspec.structs.replace(data, replacement=read_body(msgspec.json.encode(data.replacement)))
    return RecordedFact(
        type=kept.type,
        schema=kept.schema,
        data=data,
        id=kept.id,
        tags=kept.tags,
        effective=kept.effective,
        sources=kept.sources,
        note=kept.note,
        fulfils=kept.fulfils,
        follows=kept.follows,
        ends=kept.ends,
        definition=kept.definition,
    )


def new_id(clock_ms: int, random_bytes: bytes) -> str:
    """A UUID of version 7 (RFC 9562, section 5.7) from a time in milliseconds since 1970 and 10 random bytes."""
    number = clock_ms & (1 << 48) - 1
    number = number << 80 | int.from_bytes(random_bytes[:10])
    number = number & ~(0xF << 76) | 0x7 << 76
    number = number & ~(0x3 << 62) | 0x2 << 62
    return str(UUID(int=number))


def id_of_key(key: str, index: int) -> str:
    """The id of the fact at `index` of a request that bears an Idempotency-Key: a UUID of version 5."""
    return str(uuid5(KEY_NAMESPACE, f"key\n{key}\n{index}"))


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def tags_of_body(body: bytes) -> tuple[str, ...]:
    """The tags that a canonical body holds; nothing else of it is read."""
    return _TAGGED.decode(body).tags


class Grounds(Struct, frozen=True):
    """When a fact holds, and what it rests on: JSON arrays, each of what `read_sources` reads; of a correction what it
    puts in place, and what both rest on.
    """

    effective: Effective | None
    sources: tuple[bytes, ...]


def grounds_of(body: bytes) -> Grounds:
    """The grounds of the fact in a canonical body; nothing else of it is read."""
    told = _GROUNDED.decode(body)
    if told.type not in AMENDING:
        return Grounds(told.effective, (bytes(told.sources),))
    replaced = _REGROUNDING.decode(body).data.replacement
    if replaced is None:
        return Grounds(None, (bytes(told.sources),))
    return Grounds(replaced.effective, (bytes(told.sources), bytes(replaced.sources)))


class _Added(Struct, frozen=True):
    position: int
    recorded_at: str
    recorded_by: str
    salt: str


class _Kept(Struct, frozen=True):
    """A body of which the data are not read yet."""

    type: str
    schema: str
    data: msgspec.Raw
    id: str | None = None
    tags: tuple[str, ...] = ()
    effective: Effective | None = None
    sources: tuple[Source, ...] = ()
    note: str | None = None
    fulfils: Fulfils | None = None
    follows: tuple[str, ...] = ()
    ends: str | None = None
    definition: str | None = None


_KEPT = msgspec.json.Decoder(_Kept)


class _Tagged(Struct, frozen=True):
    tags: tuple[str, ...] = ()


_TAGGED = msgspec.json.Decoder(_Tagged)


class _Grounded(Struct, frozen=True):
    type: str
    effective: Effective | None = None
    sources: msgspec.Raw = msgspec.Raw(b"[]")


class _Regrounded(Struct, frozen=True):
    replacement: _Grounded | None = None  # what a retraction has not


class _Regrounding(Struct, frozen=True):
    data: _Regrounded


_GROUNDED = msgspec.json.Decoder(_Grounded)
_REGROUNDING = msgspec.json.Decoder(_Regrounding)
read_sources = msgspec.json.Decoder(tuple[Source, ...]).decode

"""From a fact to what it does: the slots that it opens, ends and sets, as its type says in `Does`.

The specifications are compiled into closures on first use, since every append runs them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache, partial
from operator import attrgetter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

import msgspec

from events.canonical import canonical, encode_plain
from events.dates import BEGINNING, END, Day, day
from events.state import SlotFact
from events.vocabulary.language import TYPES, Change, Does, FactType, Field

if TYPE_CHECKING:
    from events.event import Effective, Fact, RecordedFact


class Effect(msgspec.Struct, frozen=True):
    """What a fact does to one slot. Subject and targets are tags; what a key is: see properties.py."""

    subject: str
    property: str
    key: str
    targets: tuple[str, ...]
    fact: SlotFact


def effects(
    fact: Fact | RecordedFact,
    root: str,
    ids: tuple[str, ...],
    roots: Mapping[str, str] = MappingProxyType({}),
) -> list[Effect]:
    """What a standing fact does to slots; nothing if it is about the register (`fact.*`).

    root: id of the event as first recorded. ids: the events to name, the root and its standing correction. roots: for
    ids of corrections that `follows` and `ends` may name, the root of each; ids that are missing are roots themselves.
    """
    if fact.effective is None:
        return []
    earliest, latest, until, doubtful, still_open = _bounds(fact.effective)
    moment = _Moment(
        root,
        ids,
        earliest,
        latest,
        until,
        doubtful,
        tuple([roots.get(event, event) for event in fact.follows]) if fact.follows else (),
        None if fact.ends is None else roots.get(fact.ends, fact.ends),
        still_open,
    )
    found: list[Effect] = []
    data = fact.data
    for act in program(fact.kind):
        act(data, moment, found)
    if fact.fulfils is not None:
        _fulfil(f"plan/{fact.fulfils.plan}", fact.fulfils.part, moment, found)
    return found


Tagger: TypeAlias = Callable[[Any], Iterable[str]]
TYPES_CACHED: Final = 4_096


@lru_cache(TYPES_CACHED)
def taggers(kind: FactType) -> tuple[Tagger, ...]:
    """One function for each field that names subjects: from a type's data (or a draft of them) to tags."""
    made = []
    for field in kind.fields.values():
        tagger = _tagger(field)
        if tagger is not None:
            made.append(tagger)
    return tuple(made)


def may_hold_through(kind: FactType, data: Any) -> bool:
    """Whether a fact with these data opens something that the end of an interval would end."""
    return any(holds is None or holds(data, None) for holds in _openings(kind))


def keys(does: Does, kind: FactType, data: Any) -> list[str]:
    """The keys of the slots that one of the acts of a type concerns; the longest id stands for that of the event."""
    items = _ONCE if does.each is None else attrgetter(kind.fields[does.each].attribute)(data) or ()
    read = _key(does, kind)
    return [key for item in items if (key := read(data, item, _LONGEST_ID)) is not None]


def draft_tags(change: Change) -> set[str]:
    """The tags of all subjects that a plan's draft names. The draft is trusted to fit its type."""
    kind = TYPES[change.change]
    draft = msgspec.convert(change.draft, kind.draft)
    return {tag for tagger in taggers(kind) for tag in tagger(draft)}


class _Moment(NamedTuple):
    """What all effects of one fact share."""

    root: str
    ids: tuple[str, ...]
    earliest: Day
    latest: Day
    until: tuple[Day, Day] | None
    doubtful: bool
    follows: tuple[str, ...]
    ends: str | None
    still_open: bool  # dated A/..


_Act: TypeAlias = Callable[[Any, _Moment, list[Effect]], None]
_Read: TypeAlias = Callable[[Any, Any], Any]
"""From a fact's data and the item of the list in hand to a value; None if it is not given."""

FULFILLED: Final = '{"status":"fulfilled"}'
"""The status of a plan by a fact that says it `fulfils` it."""
_BOUNDS_CACHED: Final = 16_384


@lru_cache(_BOUNDS_CACHED)
def _bounds(effective: Effective) -> tuple[Day, Day, tuple[Day, Day] | None, bool, bool]:
    until = effective.until
    start = effective.edtf.partition("/")[0]
    return (
        BEGINNING if effective.earliest is None else day(effective.earliest),
        END if effective.latest is None else day(effective.latest),
        None
        if until is None
        else (
            BEGINNING if until.earliest is None else day(until.earliest),
            END if until.latest is None else day(until.latest),
        ),
        "?" in start or "%" in start,
        effective.edtf.endswith("/.."),
    )


def _next_day(bound: Day) -> Day:
    return bound if bound in (BEGINNING, END) else bound + 1


def _fulfil(plan: str, part: bool, moment: _Moment, found: list[Effect]) -> None:
    root, ids, earliest, latest, _, doubtful, follows, _, _ = moment
    if part:
        fact = SlotFact(root, "open", earliest, latest, ids, None, 0, doubtful, follows)
        found.append(Effect(plan, "parts", root, (), fact))
    else:
        fact = SlotFact(root, "set", earliest, latest, ids, FULFILLED, 1, doubtful, follows)
        found.append(Effect(plan, "status", "", (), fact))


@lru_cache(TYPES_CACHED)
def program(kind: FactType) -> tuple[_Act, ...]:
    """What a type does, as functions that add to a list of effects."""
    return tuple([_compiled(does, kind) for does in kind.does])


@lru_cache(TYPES_CACHED)
def _openings(kind: FactType) -> tuple[Callable[[Any, Any], bool] | None, ...]:
    opens = [does for does in kind.does if does.does == "opens" and not does.lasting]
    return tuple([_condition(does, kind) if does.each is None else _of_some(does, kind) for does in opens])


def _of_some(does: Does, kind: FactType) -> Callable[[Any, Any], bool]:
    """Whether it opens something for an item of its list."""
    holds = _condition(does, kind)
    items = attrgetter(kind.fields[str(does.each)].attribute)
    return lambda data, _: any(holds is None or holds(data, item) for item in items(data) or ())


def _compiled(does: Does, kind: FactType) -> _Act:
    act = {"opens": _opens, "ends": _ends, "sets": _sets}[does.does](does, kind)
    holds = _condition(does, kind)
    items = None if does.each is None else attrgetter(kind.fields[does.each].attribute)

    def run(data: Any, moment: _Moment, found: list[Effect]) -> None:
        for item in _ONCE if items is None else items(data) or ():
            if holds is None or holds(data, item):
                act(data, item, moment, found)

    return run


_ONCE: Final = (None,)
_LONGEST_ID: Final = "0" * 36
_ItemAct: TypeAlias = Callable[[Any, Any, _Moment, list[Effect]], None]


def _opens(does: Does, kind: FactType) -> _ItemAct:
    slot = _slot(does, kind)
    value = _value(does, kind)
    name, rank, lasting, momentary = does.property, does.rank, does.lasting, does.momentary

    def act(data: Any, item: Any, moment: _Moment, found: list[Effect]) -> None:
        root, ids, earliest, latest, until, doubtful, follows, _, still_open = moment
        subject, key, targets = slot(data, item, root)
        if subject is None or key is None:
            return
        fact = SlotFact(root, "open", earliest, latest, ids, value(data, item), rank, doubtful, follows)
        found.append(Effect(subject, name, key, targets, fact))
        if momentary and until is None and not still_open:
            until = _next_day(earliest), _next_day(latest)
        if until is not None and not lasting:
            fact = SlotFact(root, "end", until[0], until[1], ids, None, rank, False, follows, root)
            found.append(Effect(subject, name, key, targets, fact))

    return act


def _ends(does: Does, kind: FactType) -> _ItemAct:
    slot = _slot(does, kind)
    value = _value(does, kind)
    name, rank = does.property, does.rank

    def act(data: Any, item: Any, moment: _Moment, found: list[Effect]) -> None:
        root, ids, earliest, latest, _, doubtful, follows, ends, _ = moment
        subject, key, targets = slot(data, item, root)
        if subject is None or key is None:
            return
        fact = SlotFact(root, "end", earliest, latest, ids, value(data, item), rank, doubtful, follows, ends)
        found.append(Effect(subject, name, key, targets, fact))

    return act


def _sets(does: Does, kind: FactType) -> _ItemAct:
    slot = _slot(does, kind)
    value = _value(does, kind)
    needed = None
    if isinstance(does.value, str) and not does.value.startswith("="):
        field = kind.fields[does.value]
        needed = None if field.kind == "json" else attrgetter(field.attribute)
    name, rank = does.property, does.rank
    former = None if does.former is None else _single(does.former, does, kind)

    def act(data: Any, item: Any, moment: _Moment, found: list[Effect]) -> None:
        if needed is not None and needed(data) in _ABSENT:
            return
        root, ids, earliest, latest, _, doubtful, follows, _, _ = moment
        subject, key, targets = slot(data, item, root)
        if subject is None or key is None:
            return
        fact = SlotFact(root, "set", earliest, latest, ids, value(data, item), rank, doubtful, follows)
        if former is not None:
            fact = msgspec.structs.replace(fact, former=former(data, item))
        found.append(Effect(subject, name, key, targets, fact))

    return act


_ABSENT: Final = (None, ())


def _slot(does: Does, kind: FactType) -> Callable[[Any, Any, str], tuple[str | None, str | None, tuple[str, ...]]]:
    subject = _subject(does, kind)
    key = _key(does, kind)
    targets = [_targets(name, does, kind) for name in does.target]
    if not targets:
        return lambda data, item, root: (subject(data, item), key(data, item, root), ())
    if len(targets) == 1:
        only = targets[0]
        return lambda data, item, root: (subject(data, item), key(data, item, root), only(data, item))

    def several(data: Any, item: Any, root: str) -> tuple[str | None, str | None, tuple[str, ...]]:
        return subject(data, item), key(data, item, root), tuple([tag for tags in targets for tag in tags(data, item)])

    return several


def _subject(does: Does, kind: FactType) -> _Read:
    reads = [_tag(name, does, kind) for name in does.subject.split("|")]
    if len(reads) == 1:
        return reads[0]
    return lambda data, item: next((tag for read in reads if (tag := read(data, item)) is not None), None)


def _key(does: Does, kind: FactType) -> Callable[[Any, Any, str], str | None]:
    parts: list[Callable[[Any, Any, str], str | None]] = [_key_part(part, does, kind) for part in does.key]
    if not parts:
        return lambda *_: ""
    if len(parts) == 1:
        return parts[0]

    def joined(data: Any, item: Any, root: str) -> str | None:
        given = [part(data, item, root) for part in parts]
        return None if None in given else " ".join(given)  # type: ignore[arg-type]  # just looked

    return joined


def _key_part(part: str, does: Does, kind: FactType) -> Callable[[Any, Any, str], str | None]:
    if part == "=@event":
        return lambda _data, _item, root: root
    if part.startswith("="):
        return partial(_constant, part[1:])
    name = part.removeprefix("tag:")
    tagged = name != part or kind.fields[name].kind == "reference"
    read = (_tag if tagged else _field)(name, does, kind)
    return lambda data, item, _root: read(data, item)


def _constant(value: Any, *_: Any) -> Any:
    return value


def _field(name: str, does: Does, kind: FactType) -> _Read:
    """Reads a field's value; that of the list in hand is its item."""
    if name == does.each:
        return lambda _data, item: item
    attribute = attrgetter(kind.fields[name].attribute)
    return lambda data, _item: attribute(data)


def _tag(name: str, does: Does, kind: FactType) -> _Read:
    """Reads a field that names one subject, as a tag."""
    read = _field(name, does, kind)
    prefix = kind.fields[name].kind
    if prefix == "reference":
        return lambda data, item: None if (text := read(data, item)) is None else reference_tag(text)
    return lambda data, item: None if (slug := read(data, item)) is None else f"{prefix}/{slug}"


def reference_tag(text: str) -> str:
    """The tag that a reference means; it is trusted to be well formed."""
    return text if "/" in text else f"organisation/{text}"


def _targets(name: str, does: Does, kind: FactType) -> Callable[[Any, Any], tuple[str, ...]]:
    if kind.fields[name].kind == "drafts":
        changes = attrgetter(kind.fields[name].attribute)
        return lambda data, _item: tuple(
            sorted({tag for change in changes(data) for tag in draft_tags(change) if tag.startswith("organisation/")})
        )
    read = _tag(name, does, kind)
    return lambda data, item: () if (tag := read(data, item)) is None else (tag,)


def _value(does: Does, kind: FactType) -> Callable[[Any, Any], str | None]:
    """The value of a slot as canonical JSON, None for nothing."""
    if isinstance(does.value, str):
        if does.value.startswith("="):
            return partial(_constant, encode_plain(does.value[1:]).decode())
        return _single(does.value, does, kind)
    if not does.value:
        return partial(_constant, None)
    constants, reads, free = {}, [], False
    for part in does.value:
        name, equals, constant = part.partition("=")
        field = constant[1:-1] if constant.startswith("{") else name
        if equals and not constant.startswith("{"):
            constants[name] = constant
        else:
            reads.append((name, _field(field, does, kind)))
            free = free or kind.fields[field].kind in _FREE
    encode_all = canonical if free else encode_plain

    def gathered(data: Any, item: Any) -> str | None:
        given = dict(constants)
        for name, read in reads:
            value = read(data, item)
            if value is not None and value != ():
                given[name] = value
        return encode_all(given).decode() if given else None

    return gathered


def _single(name: str, does: Does, kind: FactType) -> Callable[[Any, Any], str | None]:
    """One field's value as canonical JSON, None where it is not given."""
    single = _field(name, does, kind)
    encode = canonical if kind.fields[name].kind in _FREE else encode_plain
    return lambda data, item: None if (value := single(data, item)) is None else encode(value).decode()


_FREE: Final = frozenset({"json", "value", "drafts"})  # kinds that hold JSON of the client's own
_CONDITION: Final = re.compile(r"(\S+)(?: (=|!=|is not|not in) (\S+))?").fullmatch


def _condition(does: Does, kind: FactType) -> Callable[[Any, Any], bool] | None:
    """What must hold of the data and the item in hand, None if nothing need."""
    if does.when is None:
        return None
    found = _CONDITION(does.when)
    assert found is not None, does.when
    read = _field(found[1], does, kind)
    if found[2] is None:
        return lambda data, item: read(data, item) not in _ABSENT
    if found[2] in ("is not", "not in"):
        other = _field(found[3], does, kind)
        if found[2] == "is not":
            return lambda data, item: bool(read(data, item) != other(data, item))
        return lambda data, item: read(data, item) not in other(data, item)
    constant: object = {"true": True, "false": False}.get(found[3], found[3])
    if found[2] == "=":
        return lambda data, item: bool(read(data, item) == constant)
    return lambda data, item: bool(read(data, item) != constant)


def _tagger(field: Field) -> Tagger | None:
    """From data to the tags that one field gives; None if it never gives any."""
    read = attrgetter(field.attribute)
    if field.kind == "drafts":
        return lambda data: [tag for change in read(data) or () for tag in draft_tags(change)]
    if field.kind in ("text", "edtf", "json", "value", "fact", "other"):
        return None
    if field.kind == "reference":
        if field.many:
            return lambda data: [reference_tag(text) for text in read(data) or ()]
        return lambda data: () if (text := read(data)) is None else (reference_tag(text),)
    if field.kind == "party":
        if field.many:
            return lambda data: [text for text in read(data) or () if text.startswith("organisation/")]
        return lambda data: (text,) if (text := read(data)) is not None and text.startswith("organisation/") else ()
    if field.kind == "identity":
        if field.many:
            return lambda data: [f"{data.kind}/{slug}" for slug in read(data)]
        return lambda data: (f"{data.kind}/{read(data)}",)
    prefix = field.kind + "/"
    if field.many:
        return lambda data: [prefix + slug for slug in read(data) or ()]
    return lambda data: () if (slug := read(data)) is None else (prefix + slug,)

"""What is impossible in a fact's data though each field by itself is well formed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import cache, lru_cache
from operator import attrgetter
from typing import Any, Final

import msgspec

from events.canonical import unsound
from events.subjects import KINDS, shown
from events.vocabulary.acts import TYPES_CACHED, keys, reference_tag
from events.vocabulary.faults import date_fault, faults_of_draft, nearest
from events.vocabulary.language import KEY_BYTES_MAX, TYPES, Change, Check, Complaint, Does, FactType, Field

_DEPTH: Final = 3  # of a field's value: the fact is at 1, its data at 2


def impossible(kind: FactType, data: Any) -> Iterator[Complaint]:
    """Everything that is impossible in the data of a type."""
    for check in _checks(kind):
        yield from check(data)


def impossible_in_part(kind: FactType, draft: Any, faulty: Collection[str]) -> Iterator[Complaint]:
    """The same, of data as a draft from which the fields that are faulty in themselves were left out."""
    for check in _checks_of_fields(kind):
        yield from check(draft)
    if kind.one_of and not set(kind.one_of).intersection(faulty):
        yield from _of_choice(kind)(draft)


@lru_cache(TYPES_CACHED)
def _checks(kind: FactType) -> tuple[Check, ...]:
    choice = (_of_choice(kind),) if kind.one_of else ()
    # Only texts of users' own types are long enough to make a key too long.
    keyed = [_of_key(does, kind) for does in kind.does if does.key] if kind.definition is not None else []
    return (*_checks_of_fields(kind), *choice, *kind.checks, *keyed)


@lru_cache(TYPES_CACHED)
def _checks_of_fields(kind: FactType) -> tuple[Check, ...]:
    """Those checks that also work where fields are missing."""
    checks = [check for field in kind.fields.values() if (check := _of_field(field)) is not None]
    return (*checks, *(_of_pair(kind, *pair) for pair in kind.distinct))


def _of_field(field: Field) -> Check | None:
    read = attrgetter(field.attribute)
    if field.kind == "edtf":

        def date(data: Any) -> Iterable[Complaint]:
            text = read(data)
            fault = None if text is None else date_fault(text)
            return () if fault is None else ((f"/{field.name}", fault),)

        return date
    if field.kind in ("json", "value"):
        return lambda data: ((fault.pointer, fault.detail) for fault in unsound(read(data), f"/{field.name}", _DEPTH))
    if field.kind == "drafts":
        return lambda data: _of_drafts(read(data) or (), f"/{field.name}")
    if field.many and field.kind in (*KINDS, "reference", "identity"):

        def once(data: Any) -> Iterable[Complaint]:
            items = read(data) or ()
            return () if len(items) < 2 or len(set(items)) == len(items) else _repeated(items, f"/{field.name}")

        return once
    return None


def _repeated(items: tuple[str, ...], pointer: str) -> Iterator[Complaint]:
    for index, item in enumerate(items):
        if item in items[:index]:
            yield f"{pointer}/{index}", f"{item} is named twice: leave one out"


def _of_pair(kind: FactType, one: str, other: str) -> Check:
    read_one, read_other = _tags(kind.fields[one]), _tags(kind.fields[other])

    def check(data: Any) -> Iterable[Complaint]:
        others = read_other(data)
        if not others:
            return ()
        shared = set(read_one(data)).intersection(others)
        if not shared:
            return ()
        tag = shared.pop()
        return ((f"/{other}", f"{tag.partition('/')[2]} stands in {one} too: it cannot be both"),)

    return check


def _tags(field: Field) -> Any:
    """Reads a field as a list of tags."""
    read = attrgetter(field.attribute)
    tag = reference_tag if field.kind == "reference" else f"{field.kind}/{{}}".format
    if field.many:
        return lambda data: [tag(text) for text in read(data) or ()]
    return lambda data: () if (text := read(data)) is None else (tag(text),)


def _of_key(does: Does, kind: FactType) -> Check:
    texts = [name for name in does.key if name in kind.fields and kind.fields[name].kind == "text"]
    reads = {name: attrgetter(kind.fields[name].attribute) for name in texts}

    def check(data: Any) -> Iterable[Complaint]:
        size = max((len(key.encode()) for key in keys(does, kind, data)), default=0)
        if size <= KEY_BYTES_MAX:
            return ()
        longest = max(texts, key=lambda name: len(reads[name](data)), default="")
        words = f"makes a key of {does.property} of {size} bytes in UTF-8, at most {KEY_BYTES_MAX}: shorten it"
        return ((f"/{longest}" if longest else "", words),)

    return check


def _of_choice(kind: FactType) -> Check:
    reads = [attrgetter(kind.fields[name].attribute) for name in kind.one_of]
    names = " or ".join(kind.one_of)

    def check(data: Any) -> Iterable[Complaint]:
        given = [name for name, read in zip(kind.one_of, reads, strict=True) if read(data) is not None]
        if len(given) == 1:
            return ()
        if not given:
            return ((f"/{kind.one_of[0]}", f"one field of {names} is required: add it"),)
        return ((f"/{given[1]}", f"only one of {names} can be given: leave the other out"),)

    return check


def _of_drafts(changes: tuple[Change, ...], pointer: str) -> Iterator[Complaint]:
    for index, change in enumerate(changes):
        if change.change in _plannable():
            yield from _of_draft(TYPES[change.change], change.draft, f"{pointer}/{index}/draft")
        else:
            advice = nearest(change.change, _plannable(), "types")
            yield f"{pointer}/{index}/change", f"{shown(change.change)} is no type that can be planned: {advice}"


@cache
def _plannable() -> frozenset[str]:
    return frozenset(name for name, kind in TYPES.items() if kind.dated and not name.startswith("change."))


def _of_draft(kind: FactType, plain: dict[str, Any], pointer: str) -> Iterator[Complaint]:
    for fault in unsound(plain, pointer, _DEPTH + 2):
        yield fault.pointer, fault.detail
    try:
        draft = msgspec.convert(plain, kind.draft)
    except msgspec.ValidationError:
        for fault in faults_of_draft(plain, kind):
            yield pointer + fault.pointer, fault.detail
        return
    for field in kind.fields.values():
        text = getattr(draft, field.attribute) if field.kind == "edtf" else None
        if text is not None and (words := date_fault(text)):
            yield f"{pointer}/{field.name}", words

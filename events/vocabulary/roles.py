"""What part a field plays in a type of fact, told by what the type does: whom it must find recorded, what names whom,
which organisation a post is in.

Any fact may be recorded of anybody: the world does not wait for the register. But what ends, or is changed, has begun,
so who writes of it means something that is there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType

from events.naming import ABOUT
from events.subjects import KINDS
from events.vocabulary.acts import TYPES_CACHED
from events.vocabulary.language import TYPES, Does, FactType


@lru_cache(TYPES_CACHED)
def presupposed(kind: FactType) -> frozenset[str]:
    """The fields that name what must have begun before: what the fact ends, and what it only changes.

    A fact changes what it sets, where another type sets the same for its subjects and does more than that besides: a
    name that is adopted changes what `organisation.created` gave.
    """
    return frozenset(
        field
        for does in kind.does
        if does.does == "ends" or (does.does == "sets" and _only_changes(kind, does))
        for field in (*_owners(does), *(part.removeprefix("tag:") for part in does.key))
        if field in kind.fields and kind.fields[field].kind in (*KINDS, "reference") and not _is_begun(kind, field)
    )


@lru_cache(TYPES_CACHED)
def names_of(kind: FactType) -> Mapping[str, str]:
    """By fields that name one subject: the field of the type that says what that subject is called."""
    return MappingProxyType(
        {
            name: naming
            for name, field in kind.fields.items()
            if field.kind in KINDS and not field.many and (naming := _naming(kind, name, field.kind)) is not None
        }
    )


@lru_cache(TYPES_CACHED)
def bodies_of(kind: FactType) -> Mapping[str, str]:
    """By fields that name a post: the field of the organisation that it is a post of."""
    return MappingProxyType(
        {
            name: owner
            for does in kind.does
            for name in does.key
            for owner in _owners(does)
            if name in kind.fields and kind.fields[name].kind == "post" and kind.fields[owner].kind == "organisation"
        }
    )


def _owners(does: Does) -> list[str]:
    return does.subject.split("|")


def _is_begun(kind: FactType, field: str) -> bool:
    """Whether the fact brings the subject of the field itself into existence."""
    return any(does.property == "existence" and does.does == "opens" and field in _owners(does) for does in kind.does)


def _only_changes(kind: FactType, does: Does) -> bool:
    """Whether some type that does more to subjects of that kind sets the same property."""
    return any(
        does.property in sets and done > _done(kind, field)
        for field in _owners(does)
        for sets, done in _all_done(kind.fields[field].kind)
    )


def _done(kind: FactType, field: str) -> frozenset[str]:
    """The properties of the subject of a field that a type has to do with."""
    return frozenset(does.property for does in kind.does if field in _owners(does))


@lru_cache(len(KINDS) + 1)
def _all_done(subject: str) -> tuple[tuple[frozenset[str], frozenset[str]], ...]:
    """What each type does to subjects of a kind: which properties it sets, and which it has to do with at all."""
    return tuple(
        (
            frozenset(does.property for does in kind.does if does.does == "sets" and name in _owners(does)),
            _done(kind, name),
        )
        for kind in TYPES.values()
        for name, field in kind.fields.items()
        if field.kind == subject
    )


def _naming(kind: FactType, name: str, subject: str) -> str | None:
    return next(_namings(kind, name, subject), None)


def _namings(kind: FactType, name: str, subject: str) -> Iterator[str]:
    """The fields that give the subject its name: as a property of its own, or in what is said about it."""
    field, properties = ABOUT.get(subject, ("", ()))
    for does in kind.does:
        if does.property in ("name", "title") and name in _owners(does) and not does.key:
            if isinstance(does.value, str) and does.value in kind.fields:
                yield does.value
        elif does.property in properties and name in does.key and field in does.value:
            yield field

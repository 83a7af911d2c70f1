"""Data of a fact as they read once some of the subjects that they name go by another identifier.

Which fields name subjects their kinds say, so this holds for every type; it is compiled on first use.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from operator import attrgetter
from typing import Any, TypeAlias

import msgspec

from events.subjects import KINDS
from events.vocabulary.acts import TYPES_CACHED
from events.vocabulary.language import TYPES, Change, FactType, Field

Aliases: TypeAlias = Mapping[str, str]  # from the tag of an alias to that of the subject that answers for it
_Renamer: TypeAlias = Callable[[Any, Aliases], Any]


def renamed(kind: FactType, data: Any, aliases: Aliases) -> Any:
    """The data of a type (a user's own too) with every alias in them replaced.

    Two items of a list that become one are listed once.
    """
    changed = {}
    for attribute, read, rename in _program(kind):
        value = read(data)
        if value is not None and (new := rename(value, aliases)) != value:
            changed[attribute] = new
    return msgspec.structs.replace(data, **changed) if changed else data


@lru_cache(TYPES_CACHED)
def _program(kind: FactType) -> tuple[tuple[str, Callable[[Any], Any], _Renamer], ...]:
    fields = kind.fields.values()
    return tuple(
        (field.attribute, attrgetter(field.attribute), rename) for field in fields if (rename := _renamer(field))
    )


def _renamer(field: Field) -> _Renamer | None:
    """From the value of a field that names subjects to the renamed one; None for a field that names none."""
    if field.kind == "drafts":
        return lambda changes, aliases: tuple([_of_change(change, aliases) for change in changes])
    item = _item(field.kind)
    if item is None:
        return None
    if field.many:
        return lambda items, aliases: type(items)(dict.fromkeys(item(each, aliases) for each in items))
    return item


def _item(kind: str) -> Callable[[str, Aliases], str] | None:
    if kind in KINDS:
        return lambda slug, aliases: aliases.get(f"{kind}/{slug}", f"{kind}/{slug}").partition("/")[2]
    if kind in ("reference", "party"):
        return _written_out if kind == "party" else _reference
    return None


def _written_out(text: str, aliases: Aliases) -> str:
    return aliases.get(text, text)


def _reference(text: str, aliases: Aliases) -> str:
    """A bare slug means an organisation, and stays bare."""
    if "/" in text:
        return aliases.get(text, text)
    return aliases.get(f"organisation/{text}", text).removeprefix("organisation/")


def _of_change(change: Change, aliases: Aliases) -> Change:
    """A draft holds plain JSON under the names that the fields of its type have there."""
    draft = dict(change.draft)
    for field in TYPES[change.change].fields.values():
        value, rename = draft.get(field.name), _renamer(field)
        if value is not None and rename is not None:
            draft[field.name] = rename(value, aliases)
    return msgspec.structs.replace(change, draft=draft)

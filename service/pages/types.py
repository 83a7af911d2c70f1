"""The vocabulary for people: all types of facts, and one with its fields."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from events.vocabulary.language import FactType
from service.pages import render as render_template
from service.pages.frame import Frame
from service.pages.texts import TEXTS


class Group(msgspec.Struct, frozen=True):
    """The types of one family."""

    title: str
    types: list[FactType]


def render_all(types: Iterable[FactType], frame: Frame) -> bytes:
    """The page of all types, in families."""
    families: dict[str, list[FactType]] = {}
    for kind in types:
        families.setdefault(kind.name.partition(".")[0], []).append(kind)
    groups = [Group(name, members) for name, members in families.items()]
    return render_template("types.html", title=TEXTS.types.title, frame=frame, groups=groups)


def render(kind: FactType, frame: Frame) -> bytes:
    """The page of one type."""
    return render_template("type.html", title=kind.name, frame=frame, kind=kind, fields=list(kind.fields.values()))

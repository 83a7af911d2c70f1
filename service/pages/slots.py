"""Slots and their values in words: "Appointment: Chief Executive, Matthew Gould"."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from events import words
from events.vocabulary import KEY_PARTS
from service.pages import parts
from service.pages.texts import code, own

NAMED: Final = ("post", "person", "organisation", "responsibility")
TELLING: Final = ("title", "name", "status", "person_name", "scope")
"""The members of a value that say it in words, the first of which is taken."""

_is_id = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}").fullmatch


def tags(property_: str, key: str) -> list[str]:
    """The tags of the subjects that a slot's key names."""
    found = []
    for kind, text in zip(KEY_PARTS.get(property_, ()), key.split(" "), strict=False):
        if kind in NAMED:
            found.append(f"{kind}/{text}")
        elif kind == "target" and "/" in text:
            found.append(text)
    return found


def mentioned(property_: str, given: Any) -> list[str]:
    """The tags of the subjects that a value names."""
    return [f"organisation/{given}"] if property_ == "organisation" and isinstance(given, str) else []


def what(kind: str, property_: str, key: str, called: Callable[[str], str]) -> str:
    """A slot of a subject of this kind: its property, and whom or what its key names."""
    names = [called(tag) for tag in tags(property_, key)]
    told = ", ".join(names) if names else " ".join(part for part in key.split(" ") if not _is_id(part))
    property_words = own(kind, property_) or code("property", property_)
    return property_words + (f": {told}" if told else "")


def value(property_: str, given: Any, called: Callable[[str], str]) -> str:
    """What a slot holds; nothing where it only says that something holds, or holds too much for a line."""
    if property_ == "organisation" and isinstance(given, str):
        return called(f"organisation/{given}")
    if property_ in ("due", "intended") and isinstance(given, str):
        return parts.date(given)
    if property_ in ("stage", "status") and isinstance(given, str):
        return code("status", given)
    if property_ == "funding" and isinstance(given, Mapping):
        return words.money(given["amount"], given["currency"])
    if property_ == "status" and isinstance(given, Mapping):
        return code("status", given["status"])
    if isinstance(given, Mapping):
        return next((str(given[name]) for name in TELLING if given.get(name)), "")
    if given is None or isinstance(given, list):
        return ""
    return given if isinstance(given, str) else msgspec.json.encode(given).decode()

"""Slots and their values in words: "Appointment: Chief Executive, Matthew Gould"."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from events.vocabulary import KEY_PARTS
from service.pages.texts import code

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


def what(property_: str, key: str, called: Callable[[str], str]) -> str:
    """A slot: its property, and whom or what its key names."""
    names = [called(tag) for tag in tags(property_, key)]
    told = ", ".join(names) if names else " ".join(part for part in key.split(" ") if not _is_id(part))
    return code("property", property_) + (f": {told}" if told else "")


def value(given: Any) -> str:
    """What a slot holds; nothing where it only says that something holds, or holds too much for a line."""
    if isinstance(given, Mapping):
        return next((str(given[name]) for name in TELLING if given.get(name)), "")
    if given is None or isinstance(given, list):
        return ""
    return given if isinstance(given, str) else msgspec.json.encode(given).decode()

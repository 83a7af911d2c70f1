"""Slots and their values in words: "Appointment: Chief Executive, Matthew Gould"."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from events import words
from events.vocabulary import KEY_PARTS
from service.pages import parts
from service.pages.texts import RAW, TEXTS, code, fill, own

NAMED: Final = ("post", "person", "organisation", "responsibility")
TELLING: Final = ("title", "name", "status", "person_name", "scope")
"""The members of a value that say it in words, the first of which is taken."""
DEFAULT_SCHEME: Final = "default"
"""The scheme of a classification that was recorded without one: nothing that a reader needs to know."""

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


def what(kind: str, property_: str, key: str, called: Callable[[str], str], given: Any = None) -> str:
    """A slot of a subject of this kind: its property, and whom or what its key names. given: what it holds, which may
    say better than the key what it is.
    """
    told = _keyed(property_, key, called, given)
    property_words = own(kind, property_) or code("property", property_)
    return property_words + (f": {told}" if told else "")


def _keyed(property_: str, key: str, called: Callable[[str], str], given: Any) -> str:
    first, _, rest = key.partition(" ")
    if property_ == "classifications" and key == DEFAULT_SCHEME:
        return ""
    if property_ == "relations" and rest:
        return f"{code('relation', first)} {called(rest)}"
    if property_ == "lineage" and rest:
        return f"{called(f'organisation/{rest}')} ({code('became', first)})"
    if property_ == "names" and rest:
        return f"{rest} ({code('name', first)})"
    if property_ == "priorities" and isinstance(given, Mapping) and given.get("title"):
        return str(given["title"])
    names = [called(tag) for tag in tags(property_, key)]
    return ", ".join(names) if names else " ".join(part for part in key.split(" ") if not _is_id(part))


def value(property_: str, given: Any, called: Callable[[str], str]) -> str:
    """What a slot holds; nothing where it only says that something holds."""
    if property_ == "organisation" and isinstance(given, str):
        return called(f"organisation/{given}")
    if property_ in ("due", "intended") and isinstance(given, str):
        return parts.date(given)
    if property_ in ("stage", "status") and isinstance(given, str):
        return code("status", given)
    if property_ == "changes" and isinstance(given, list):
        return "; ".join(RAW["fields"]["types"].get(each["change"], each["change"]) for each in given)
    if isinstance(given, list):
        return "; ".join(map(_written, given))
    if isinstance(given, Mapping):
        return _of_several(property_, given)
    return "" if given is None else _written(given)


def _of_several(property_: str, given: Mapping[str, Any]) -> str:
    """What a value with members says in a line."""
    if property_ == "funding":
        return words.money(given["amount"], given["currency"])
    if property_ == "status":
        return code("status", given["status"])
    if property_ == "terms":
        share = fill(TEXTS.line.share, share=given["share"]) if given.get("share") else ""
        return ", ".join(filter(None, (TEXTS.line.acting if given.get("acting") else "", share)))
    return next((str(given[name]) for name in TELLING if given.get(name)), "")


def _written(given: Any) -> str:
    return given if isinstance(given, str) else msgspec.json.encode(given).decode()

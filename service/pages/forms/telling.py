"""What recording a fact would change, in words: slot by slot what was so before, and what would be so after."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from events.anomalies import DETAILS, Anomaly
from events.date_words import edtf_in_words
from events.dates import DateFault
from events.queries.answers import DEFINITE, Bounds
from events.rehearsing import Change, Rehearsal, Said
from events.subjects import KINDS
from events.vocabulary.properties import KEY_PARTS
from service.pages.forms.entering import Entered, Written, resolved
from service.pages.forms.fields import Field
from service.pages.forms.lookup import tag_of
from service.pages.texts import TEXTS, code, fill

SHOWN_APART: Final = frozenset({"/sources", "/effective/edtf", "/note", "/fulfils"})
"""Fields (pointers) that have places of their own in a preview."""
Called = Callable[[str], str]
"""The name of the subject with a tag."""


class Told(msgspec.Struct, frozen=True):
    """One slot: whose it is, what it is, and what it says before and after, each a line."""

    subject: str
    tag: str
    what: str
    before: list[str]
    after: list[str]


class Warned(msgspec.Struct, frozen=True):
    """What is odd; `others` are the ids of further facts concerned."""

    text: str
    others: tuple[str, ...]


def tags(rehearsal: Rehearsal) -> Iterator[str]:
    """The tags of all whom the changes and warnings mention."""
    for each in rehearsal.changes:
        yield each.subject
        yield from (tag for _, tag in _of_key(each) if "/" in tag)
        for said in (*each.before, *each.after):
            yield from said.targets
    for warning in rehearsal.warnings:
        yield warning.subject


def new_names(changes: Sequence[Change]) -> dict[str, str]:
    """The names that subjects have only by this very fact."""
    found: dict[str, str] = {}
    for each in changes:
        said = each.after[-1] if each.after else None
        if said is None:
            continue
        if each.property == "names":
            found.setdefault(each.subject, each.key.partition(" ")[2])
        elif each.property == "name" and isinstance(said.value, str):
            found[each.subject] = said.value
        elif each.property in ("posts", "responsibilities", "priorities", "appointments") and said.value:
            for tag in said.targets:
                named = said.value.get("person_name" if tag.startswith("person/") else "title")
                if isinstance(named, str):
                    found.setdefault(tag, named)
    return found


def typed(field: Field, entered: Entered, called: Called, pointer: str = "") -> Iterator[tuple[str, str]]:
    """What is filled in besides what a preview shows in its own places: labels and texts, of an identifier with the
    name of whom it means.
    """
    if pointer in SHOWN_APART:
        return
    if isinstance(entered, Written):
        yield field.label, entered.text
    elif isinstance(entered, dict):
        for name, each in entered.items():
            if name in field.children:
                yield from typed(resolved(field.children[name], entered), each, called, f"{pointer}/{name}")
    elif isinstance(entered, list):
        assert field.item is not None
        for n, each in enumerate(entered):
            yield from typed(field.item, each, called, f"{pointer}/{n}")
    elif entered.strip():
        tag = tag_of(field.subject, entered.strip()) if field.subject else None
        name, slug = ("", "") if tag is None else (called(tag), tag.partition("/")[2])
        chosen = next((each.label for each in field.choices if each.text == entered), entered)
        yield field.label, chosen if name == slug else str(TEXTS.preview.identified.format(name=name, slug=entered))


def changes(rehearsal: Rehearsal, called: Called) -> list[Told]:
    """What would change."""
    return [
        Told(
            subject=called(each.subject),
            tag=each.subject,
            what=_what(each, called),
            before=[_said(each, said, called) for said in each.before],
            after=[_said(each, said, called) for said in each.after],
        )
        for each in rehearsal.changes
    ]


def warnings(found: Sequence[Anomaly], own: str, called: Called) -> list[Warned]:
    """What would be odd; `own` is the id of the fact itself."""
    told = []
    for each in found:
        what = code("property", each.property)
        where = TEXTS.preview.where.format(what=what, subject=called(each.subject))
        first = TEXTS.preview.this_fact if each.events[0] == own else TEXTS.preview.another_fact
        words = TEXTS.preview.warning.format(where=where, fact=first, detail=DETAILS[each.code])
        told.append(Warned(words, tuple(id_ for id_ in each.events if id_ != own)))
    return told


def _what(change: Change, called: Called) -> str:
    parts = [called(tag) if "/" in tag else tag.replace("_", " ") for _, tag in _of_key(change)]
    label = code("property", change.property)
    return f"{label}: {', '.join(parts)}" if parts else label


def _of_key(change: Change) -> Iterator[tuple[str, str]]:
    """The parts of a slot's key, subjects as tags; ids of events tell nobody anything."""
    names = KEY_PARTS.get(change.property, ()) if change.key else ()
    for name, part in zip(names, change.key.split(" ", max(len(names) - 1, 0)), strict=False):
        if name == "event":
            continue
        yield name, f"{name}/{part}" if name in KINDS and "/" not in part else part
    if change.key and not names:
        yield "key", change.key


def _said(change: Change, said: Said, called: Called) -> str:
    texts = TEXTS.preview
    value = _value(change.property, said.value, called)
    parts = [value or texts.holds]
    if said.since is not None:
        parts.append(str(fill(texts.since, date=_bounds(said.since))))
    if said.until is not None:
        parts.append(str(fill(texts.until, date=_bounds(said.until))))
    line = ", ".join(parts)
    return line if said.certainty == DEFINITE else str(texts.possibly.format(said=line))


def _value(property_: str, value: Any, called: Called) -> str:
    if value is None or value == {}:
        return ""
    if isinstance(value, Mapping):
        return "; ".join(_part(name, each, called) for name, each in value.items())
    if isinstance(value, list):
        return ", ".join(_value(property_, each, called) for each in value)
    if isinstance(value, str):
        return _date(value) if property_ in ("due", "intended") else _words(value, called)
    return msgspec.json.encode(value).decode()


def _part(name: str, value: Any, called: Called) -> str:
    if value is True:
        return name.replace("_", " ")
    said = _value(name, value, called)
    return said if name in ("status", "title", "change", "draft") else f"{name.replace('_', ' ')} {said}"


def _words(text: str, called: Called) -> str:
    kind, slash, _ = text.partition("/")
    return called(text) if slash and kind in KINDS else text.replace("_", " ") if " " not in text else text


def _date(text: str) -> str:
    try:
        return edtf_in_words(text)
    except DateFault:
        return text


def _bounds(bounds: Bounds) -> str:
    return edtf_in_words(bounds.edtf)

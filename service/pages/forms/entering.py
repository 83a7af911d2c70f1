"""What stands in a form: from what is posted, or from a fact, and from there to the JSON of a fact.

What is entered has the shape of the fields: a text for each, a list of rows, a dict of a group's fields. Where a value
does not fit the fields (JSON allows what no form shows), it is `Written`: JSON as text in place of the fields.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeAlias

import msgspec

from events.canonical import escape
from events.date_words import edtf_in_words
from events.dates import DateFault, Day, parse
from events.errors import Fault
from service.importing.templates import slug
from service.pages import spoken
from service.pages.forms.fields import Field, of_draft

ROWS_MAX: Final = 1_000
DEPTH_MAX: Final = 30
PHRASE_LENGTH_MAX: Final = 200
"""Of a date in words; what is longer is none."""


class Written(msgspec.Struct, frozen=True):
    """A value that is written as JSON."""

    text: str


Entered: TypeAlias = "str | list[Entered] | dict[str, Entered] | Written"


class Absent:
    """A value that is not given."""


ABSENT: Final = Absent()

Tree: TypeAlias = "dict[str, Tree | str]"
"""Posted names, which are JSON pointers, taken apart; what stands at a pointer itself has the name ''."""


def of_posted(field: Field, posted: Mapping[str, str]) -> tuple[Entered, list[Fault]]:
    """What is entered into a form, and what was posted that has no field in it. Rows that are blank are left out."""
    tree: Tree = {}
    for name, text in posted.items():
        if name.startswith("/"):
            _put(tree, name, text)
    used: set[str] = set()
    entered = _from_tree(field, tree, "", used)
    return entered, [Fault("", name) for name, text in posted.items() if _is_left(name, text, used)]


def of_value(field: Field, value: Any) -> Entered:
    """What a form shows of a value in plain JSON."""
    if value is ABSENT or value is None:
        return nothing(field)
    if field.kind == "group":
        if not isinstance(value, dict) or not set(value) <= set(field.children):
            return Written(_json(value))
        return {
            name: of_value(resolved(child, value), value.get(name, ABSENT)) for name, child in field.children.items()
        }
    if field.kind == "list":
        if not isinstance(value, list) or field.item is None:
            return Written(_json(value))
        return [of_value(field.item, each) for each in value]
    if field.kind in ("choice", "flag"):
        return next((each.text for each in field.choices if _same(each.value, value)), _json(value))
    if field.kind == "any":
        return _text_of_any(value)
    if field.kind == "json" or not isinstance(value, str):
        return _json(value)
    return as_said(value) if field.kind in ("date", "day") else value


def value_of(field: Field, entered: Entered, today: Day) -> Any:
    """The value in plain JSON, ABSENT where nothing is entered. What makes no sense is left for the register to refuse.

    today: the day from which "yesterday" counts.
    """
    if isinstance(entered, Written):
        return _read(entered.text)
    if isinstance(entered, dict):
        found = {
            name: value
            for name, child in field.children.items()
            if (value := value_of(resolved(child, entered), entered.get(name, ""), today)) is not ABSENT
        }
        return found if found or field.required else ABSENT
    if isinstance(entered, list):
        assert field.item is not None
        rows = [value for each in entered if (value := value_of(field.item, each, today)) is not ABSENT]
        return rows if rows or field.required else ABSENT
    return _simple(field, entered, today)


def new(field: Field) -> Entered:
    """An empty form, with what its schema says by default."""
    if field.kind == "group":
        return {name: new(child) for name, child in field.children.items()}
    return [] if field.kind == "list" else field.default


def fact_of(field: Field, entered: Entered, type_name: str, today: Day) -> dict[str, Any]:
    """The fact that is entered, as a client states it, without an id."""
    made: dict[str, Any] = value_of(field, entered, today)
    fact = {"type": type_name, **made}
    effective = fact.get("effective")
    if isinstance(effective, dict) and set(effective) == {"edtf"}:
        fact["effective"] = effective["edtf"]
    if fact.get("effective") in ({}, ""):
        del fact["effective"]
    return fact


def of_fact(field: Field, fact: Mapping[str, Any]) -> Entered:
    """What a form shows of a fact as a client states it."""
    given = {name: value for name, value in fact.items() if name in field.children}
    if isinstance(given.get("effective"), str):
        given["effective"] = {"edtf": given["effective"]}
    if isinstance(given.get("fulfils"), str):
        given["fulfils"] = {"plan": given["fulfils"]}
    return of_value(field, given)


def prefilled(field: Field, given: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """What a query fills in, by pointers, and the names in it that fill in nothing here.

    A name is that of a field of the data; of a kind of subject (`organisation=nhsx`) also the first field that names
    one; `effective`, `source`, `note`, `fulfils`, `follows` and `ends` are of the fact itself.
    """
    places = fillable(field)
    return (
        {places[name]: text for name, text in given.items() if name in places},
        [name for name in given if name not in places],
    )


def fillable(field: Field) -> dict[str, str]:
    """The names that a query may fill in, and what each fills in: a pointer."""
    places = {name: place for name, place in _OF_THE_FACT.items() if name in field.children}
    if "sources" in field.children:
        places["source"] = "/sources/0/url"
    for name, child in field.children["data"].children.items():
        place = f"/data/{escape(name)}" + ("/0" if child.kind == "list" else "")
        subject = child.item.subject if child.item is not None else child.subject
        places[name] = place
        if subject:
            places.setdefault(subject, place)
    return places


_OF_THE_FACT: Final = {
    "effective": "/effective/edtf",
    "note": "/note",
    "fulfils": "/fulfils/plan",
    "follows": "/follows/0",
    "ends": "/ends",
}


def pairs(field: Field, entered: Entered, pointer: str = "") -> Iterator[tuple[str, str]]:
    """What would be posted of what is entered: pointers and texts, blank ones left out."""
    if isinstance(entered, Written):
        yield pointer, entered.text
    elif isinstance(entered, dict):
        for name, each in entered.items():
            child = field.children.get(name)
            if child is not None:
                yield from pairs(resolved(child, entered), each, f"{pointer}/{escape(name)}")
    elif isinstance(entered, list):
        assert field.item is not None
        for n, each in enumerate(entered):
            yield from pairs(field.item, each, f"{pointer}/{n}")
    elif entered:
        yield pointer, entered


def naming(field: Field, pointer: str) -> str | None:
    """The field (a pointer) that says what the subject is called that another field of the data names."""
    for name, child in field.children["data"].children.items() if "data" in field.children else ():
        if child.named_by and pointer == f"/data/{escape(name)}":
            return f"/data/{escape(child.named_by)}"
    return None


def named(field: Field, entered: Entered) -> Entered:
    """The same with the short names that are left empty made from titles, as an import makes them."""
    data = entered.get("data") if isinstance(entered, dict) else None
    if not isinstance(entered, dict) or not isinstance(data, dict):
        return entered
    made = {
        name: slug(title)
        for name, child in field.children["data"].children.items()
        if child.slug_of and is_blank(data[name]) and isinstance(title := data.get(child.slug_of), str)
    }
    return {**entered, "data": {**data, **made}}


def is_blank(entered: Entered) -> bool:
    """Whether nothing is entered."""
    if isinstance(entered, Written):
        return not entered.text.strip()
    if isinstance(entered, dict):
        return all(map(is_blank, entered.values()))
    return all(map(is_blank, entered)) if isinstance(entered, list) else not entered.strip()


def resolved(field: Field, values: Mapping[str, Any]) -> Field:
    """The field itself; of a draft the fields of the type that its neighbour names."""
    if field.kind != "draft":
        return field
    named = values.get("change")
    return (of_draft(named) if isinstance(named, str) else None) or field


def changed(entered: Entered, pointer: str, change: Callable[[Entered], Entered]) -> Entered:
    """The same with what stands at a pointer changed; as it is where nothing stands there."""
    if not pointer:
        return change(entered)
    name, _, rest = pointer[1:].partition("/")
    below = f"/{rest}" if rest else ""
    key = _unescape(name)
    if isinstance(entered, dict) and key in entered:
        return {**entered, key: changed(entered[key], below, change)}
    if isinstance(entered, list) and key.isdigit() and int(key) < len(entered):
        return [changed(each, below, change) if n == int(key) else each for n, each in enumerate(entered)]
    return entered


def in_edtf(text: str, today: Day) -> str:
    """A date as people write it ("autumn 2021", "about 2019", "between May 2020 and July 2020") in EDTF; the text as it
    is where it is neither that nor EDTF already. A phrase is made of plain dates, never of phrases, so the time that
    this takes is bounded.
    """
    if len(text) > PHRASE_LENGTH_MAX:
        return text
    said = " ".join(text.split())
    if _is_date(said):
        return said
    for form, pattern in _PHRASES:
        found = form.fullmatch(said)
        if found is not None:
            parts = [part if _is_date(part) else spoken.to_edtf(part, today) or part for part in found.groups()]
            made = pattern.format(*parts)
            if all(map(_is_date, parts)) and _is_date(made):
                return made
    return spoken.to_edtf(said, today) or said


def as_said(edtf: str) -> str:
    """A date in EDTF as people say it, where that is understood as just this; else as it is."""
    try:
        words = edtf_in_words(edtf)
    except DateFault:  # to be mended as it is
        return edtf
    return words if in_edtf(words, 0) == edtf else edtf


_PHRASES: Final = tuple(
    (re.compile(form, re.IGNORECASE), pattern)
    for form, pattern in (
        (r"(?:about|around|circa|c\.?|ca\.?) (.+)", "{}~"),
        (r"(?:some day )?between (.+) and (.+)", "[{}..{}]"),
        (r"(?:by|before the end of) (.+)", "[..{}]"),
        (r"(.+) or later", "[{}..]"),
        (r"from (.+?),? (?:still in force|until now|onwards?)", "{}/.."),
        (r"from (.+) (?:to|until|till) (.+)", "{}/{}"),
    )
)


def _is_date(text: str) -> bool:
    try:
        parse(text)
    except DateFault:
        return False
    return True


def _is_left(name: str, text: str, used: set[str]) -> bool:
    return name.startswith("/") and name not in used and bool(text.strip())


def _put(tree: Tree, pointer: str, text: str) -> None:
    """Put a text where its pointer says; one that is no pointer of a form has no field."""
    parts = [_unescape(part) for part in pointer[1:].split("/")]
    if len(parts) > DEPTH_MAX or "" in parts:
        return
    below = tree
    for part in parts:
        step = below.setdefault(part, {})
        assert isinstance(step, dict), "only '' holds a text, and no part is that"
        below = step
    below[""] = text


def _from_tree(field: Field, tree: Tree, pointer: str, used: set[str]) -> Entered:
    own = tree.get("")
    if field.kind in ("group", "list") and isinstance(own, str) and own.strip():
        used.add(pointer)
        return Written(own)
    if field.kind == "group":
        found: dict[str, Entered] = {}
        for name, child in field.children.items():
            below = tree.get(name, {})
            assert isinstance(below, dict)
            found[name] = _from_tree(resolved(child, found), below, f"{pointer}/{escape(name)}", used)
        return found
    if field.kind == "list":
        assert field.item is not None
        numbers = sorted((int(name), name) for name in tree if _is_number(name))
        rows: list[Entered] = []
        for _, number in numbers[:ROWS_MAX]:
            below = tree[number]
            assert isinstance(below, dict)
            row = _from_tree(field.item, below, f"{pointer}/{number}", used)
            if not is_blank(row):
                rows.append(row)
        return rows
    if field.kind == "draft":
        return ""
    used.add(pointer)
    return own if isinstance(own, str) else ""


def nothing(field: Field) -> Entered:
    """A form, or a row of one, with nothing in it."""
    if field.kind == "group":
        return {name: nothing(child) for name, child in field.children.items()}
    return [] if field.kind == "list" else ""


def _simple(field: Field, text: str, today: Day) -> Any:
    """The value of one field, without the blanks around it."""
    said = text.strip()
    if not said:
        return ABSENT
    match field.kind:
        case "choice" | "flag":
            return next((each.value for each in field.choices if each.text == said), said)
        case "whole" | "number":
            return _number(said)
        case "json" | "any":
            return _read(said)
        case "date" | "day":
            return in_edtf(said, today)
        case "amount":
            return said.replace(",", "") if _GROUPED.fullmatch(said) else said
    return said


_is_number: Final = re.compile(r"[0-9]{1,5}").fullmatch
_GROUPED: Final = re.compile(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")


def _number(text: str) -> Any:
    """A number, written with or without commas; else the text as it is."""
    try:
        value = msgspec.json.decode(text.replace(",", "") if _GROUPED.fullmatch(text) else text)
    except msgspec.DecodeError:
        return text
    return value if isinstance(value, int | float) and not isinstance(value, bool) else text


def _read(text: str) -> Any:
    """What reads as JSON is JSON; all else is text, which the register refuses where it must not be."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return text


def _text_of_any(value: Any) -> str:
    if isinstance(value, str) and _read(value) == value and value == value.strip() and value:
        return value
    return _json(value)


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _unescape(part: str) -> str:
    return part.replace("~1", "/").replace("~0", "~")

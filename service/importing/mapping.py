"""A mapping file: TOML that says which facts the rows of which tables state. Its own words are checked here.

What refers to columns is checked against the files' headers when it is put to work (`mapped.py`). Every fault names
the file, line and column of the mapping, and the nearest known name.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from events.errors import OrglineError
from events.vocabulary import TYPES
from events.vocabulary.faults import nearest
from service.importing.rows import ENCODING

Word = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_-]*\Z", max_length=64)]
Columns = str | Annotated[list[str], Meta(min_length=1)]
Path_ = tuple[str | int, ...]
"""Where something stands in a mapping: ("facts", 2, "data", "person")."""


class InvalidMapping(OrglineError):
    """A mapping cannot be put to work."""

    code = "invalid-mapping"


class SourceSpec(Struct, forbid_unknown_fields=True, frozen=True):
    """On what the facts rest: templates."""

    title: str | None = None
    url: str | None = None
    publisher: str | None = None
    published: str | None = None
    accessed: str | None = None
    quote: str | None = None


class RegisterSource(SourceSpec, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """The source of all facts. `name` is part of the facts' ids, so it must never change."""

    name: Word


class Join(Struct, forbid_unknown_fields=True, frozen=True):
    """One row of another table: that whose columns `on` (its key, if left out) have the values of `by`."""

    table: Word
    by: Columns
    on: Columns | None = None
    optional: bool = False


class TableSpec(Struct, forbid_unknown_fields=True, frozen=True):
    """One file: `key` are the columns that tell its rows apart."""

    key: Columns
    file: str | None = None
    delimiter: Annotated[str, Meta(min_length=1, max_length=1)] = ","
    encoding: str = ENCODING
    join: dict[Word, Join] = {}


class IdSpec(Struct, forbid_unknown_fields=True, frozen=True):
    """Slugs for the rows of a table: one for each value of `key` (the table's, if left out), by the template `slug`.

    Where several keys come to the same slug, all of them get `distinguish` behind it, and, where that does not tell
    them apart, eight digits of the key's hash. Of several rows with one key the first by `order` counts. An
    organisation that bears the identifier `lookup` (scheme:value) in the register keeps the slug it has there.
    """

    table: Word
    slug: str
    key: Columns | None = None
    distinguish: str | None = None
    order: str | None = None
    lookup: str | None = None


class Reference(Struct, forbid_unknown_fields=True, frozen=True):
    """The fact that the template `fact` makes of the row with this key; of the same row, if there is no key."""

    fact: Word
    key: Columns | None = None


class FactSpec(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """One fact a row, where `when` holds. All texts but names are templates."""

    name: Word
    table: Word
    type: str
    when: str | None = None
    effective: str | None = None
    data: dict[str, Any]
    ends: Word | Reference | None = None
    follows: list[Word | Reference] = []
    fulfils: str | None = None
    note: str | None = None
    source: SourceSpec | None = None


class Spec(Struct, forbid_unknown_fields=True, frozen=True):
    """A whole mapping."""

    source: RegisterSource
    tables: Annotated[dict[Word, TableSpec], Meta(min_length=1)]
    facts: Annotated[list[FactSpec], Meta(min_length=1)]
    ids: dict[Word, IdSpec] = {}


class Mapping:
    """A mapping as read, with its text, so that faults can say where they are."""

    def __init__(self, path: Path) -> None:
        """Raises InvalidMapping."""
        self.path = path
        try:
            self._text = path.read_text("utf-8-sig")
        except UnicodeDecodeError as error:
            raise InvalidMapping(f"{path.name}: a mapping is written in UTF-8: byte {error.start} is not") from None
        try:
            plain = tomllib.loads(self._text)
        except tomllib.TOMLDecodeError as error:
            raise InvalidMapping(f"{path.name}: {error}") from None
        try:
            self.spec = msgspec.convert(plain, Spec)
        except msgspec.ValidationError as error:
            raise self._misfit(str(error), plain) from None
        self._check()

    def fault(self, where: Path_, detail: str) -> InvalidMapping:
        """A fault at a place of the mapping, with its line and column."""
        line, column = locate(self._text, where)
        return InvalidMapping(f"{self.path.name}:{line}:{column}: {detail}")

    def _misfit(self, words: str, plain: Any) -> InvalidMapping:
        detail, _, place = words.partition(" - at ")
        where: Path_ = tuple(int(n) if n else name for name, n in re.findall(r"\.([\w-]+)|\[(\d+)\]", place.strip("`")))
        if "[...]" in place:  # a key of a dictionary, which msgspec does not name
            where = where[: place.count(".", 0, place.index("[...]"))]
        unknown = re.search(r"unknown field `([^`]+)`", detail)
        if unknown is not None:
            known = _fields_at(where)
            return self.fault(
                (*where, unknown[1]), f"there is no field {unknown[1]}; {nearest(unknown[1], known, 'the fields')}"
            )
        return self.fault(where, f"{'.'.join(map(str, where))}: {detail[0].lower()}{detail[1:]}" if where else detail)

    def _check(self) -> None:
        spec = self.spec
        if spec.source.title is None and spec.source.url is None:
            raise self.fault(("source",), "a source needs a title or a url: add one")
        for name, table in spec.tables.items():
            for alias, join in table.join.items():
                self._known(("tables", name, "join", alias, "table"), join.table, spec.tables, "table")
        for name, ids in spec.ids.items():
            self._known(("ids", name, "table"), ids.table, spec.tables, "table")
        names = [fact.name for fact in spec.facts]
        for n, fact in enumerate(spec.facts):
            if names.index(fact.name) != n:
                raise self.fault(("facts", n, "name"), f"two facts are called {fact.name}: give each its own name")
            self._known(("facts", n, "table"), fact.table, spec.tables, "table")
            self._known(("facts", n, "type"), fact.type, _TYPES, "type of fact")
            for field in fact.data:
                self._known(("facts", n, "data", field), field, TYPES[fact.type].fields, f"field in {fact.type}")
            for where, reference in references(n, fact):
                self._known(where, reference.fact, names, "fact in this mapping")
                target = spec.facts[names.index(reference.fact)]
                if reference.key is None and target.table != fact.table:
                    words = f"{target.name} is made from another table ({target.table}): give the key of its row"
                    raise self.fault(where, words + ', such as {fact = "' + target.name + '", key = "{column}"}')
                wanted, given = columns(spec.tables[target.table].key), columns(reference.key or ())
                if reference.key is not None and len(given) != len(wanted):
                    raise self.fault(
                        where, f"the key of {target.table} is {', '.join(wanted)}: give {len(wanted)} parts"
                    )

    def _known(self, where: Path_, name: str, known: Any, noun: str) -> None:
        if name not in known:
            article = "an" if noun[0] in "aeiou" else "a"
            raise self.fault(
                where, f"there is no {noun} {name!r}; {nearest(name, known, f'what can stand as {article} {noun}')}"
            )


_TYPES: Final = [name for name, kind in TYPES.items() if kind.dated]


def references(n: int, fact: FactSpec) -> list[tuple[Path_, Reference]]:
    """The other facts that a fact names, each with its place in the mapping."""
    named: list[tuple[Path_, Word | Reference]] = [
        (("facts", n, "follows", i), each) for i, each in enumerate(fact.follows)
    ]
    if fact.ends is not None:
        named.append((("facts", n, "ends"), fact.ends))
    return [(where, each if isinstance(each, Reference) else Reference(each)) for where, each in named]


def columns(given: Columns | Sequence[str]) -> tuple[str, ...]:
    """One column or several, as several."""
    return (given,) if isinstance(given, str) else tuple(given)


def locate(text: str, where: Path_) -> tuple[int, int]:
    """Line and column (from 1 on) of a place in TOML, or of what comes nearest before it."""
    best, depth = (1, 1), 0
    at: tuple[str | int, ...] = ()
    counts: dict[tuple[str | int, ...], int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*(\[\[?)\s*([^\]]+?)\s*\]", line)
        if header:
            at = ()
            names = [name.strip().strip("\"'") for name in header[2].split(".")]
            for n, name in enumerate(names):
                at = (*at, name)
                if header[1] == "[[" and n == len(names) - 1:
                    counts[at] = counts.get(at, -1) + 1
                if at in counts:
                    at = (*at, counts[at])
            if len(at) > depth and where[: len(at)] == at:
                best, depth = (number, line.index("[") + 1), len(at)
            continue
        if where[: len(at)] != at:
            continue
        rest, start, found = where[len(at) :], 0, len(at)
        for part in rest:
            key = re.compile(rf"(?:^\s*|[{{,.]\s*)[\"']?({re.escape(str(part))})[\"']?\s*[=.]").search(line, start)
            if key is None:
                break
            start, found = key.end(1), found + 1
            if found > depth:
                best, depth = (number, key.start(1) + 1), found
    return best


def _fields_at(where: Path_) -> list[str]:
    """The fields that can stand at a place of a mapping."""
    shape: Any = (
        {
            "source": RegisterSource,
            "tables": TableSpec,
            "ids": IdSpec,
            "facts": FactSpec,
        }.get(str(where[0]), Spec)
        if where
        else Spec
    )
    if "join" in where:
        shape = Join
    elif where and where[0] == "facts":
        shape = {"source": SourceSpec, "ends": Reference, "follows": Reference}.get(
            str(where[-1] if isinstance(where[-1], str) else where[-2] if len(where) > 2 else ""), FactSpec
        )
    return list(shape.__struct_fields__)

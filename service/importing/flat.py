"""Facts as CSV: one row a fact, its columns those of a plain fact. What has a structure of its own is JSON in its cell.

`data`, `sources`, `follows` and whatever of `effective` and `fulfils` is more than one word are JSON, since a fact's
data depend on its type; an empty cell is a member that the fact has not. So nothing is lost either way.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from typing import IO, Any, Final

import msgspec

from events import facts
from events.canonical import MalformedJson
from events.errors import Fault
from events.vocabulary.defined import BUILT_IN, DEFINED_TYPE, Types
from events.vocabulary.faults import nearest
from service.importing.jsonl import Line, id_of_line
from service.importing.rows import FIELD_CHARACTERS_MAX, UnreadableFile

COLUMNS: Final = ("id", "type", "effective", "data", "sources", "note", "fulfils", "follows", "ends", "schema")
JSON: Final = frozenset({"data", "sources", "follows"})
PERHAPS_JSON: Final = frozenset({"effective", "fulfils"})
HEADER: Final = (",".join(COLUMNS) + "\r\n").encode()


def row(line: bytes) -> bytes:
    """The row of a plain fact, given as its line of JSON."""
    fact: dict[str, Any] = msgspec.json.decode(line)
    text = io.StringIO(newline="")
    csv.writer(text).writerow([_cell(fact[name]) if name in fact else "" for name in COLUMNS])
    return text.getvalue().encode()


def read(file: IO[bytes], encoding: str | None = None, types: Callable[[], Types] = lambda: BUILT_IN) -> Iterator[Line]:
    """The rows of a file as lines; `types` gives those of the register by now.

    Raises UnreadableFile where it is no such file at all.
    """
    name = getattr(file, "name", "-")
    csv.field_size_limit(FIELD_CHARACTERS_MAX)
    counted = _Counted(file)
    try:
        text = io.TextIOWrapper(counted, encoding or "utf-8-sig", newline="")  # type: ignore[type-var]
    except LookupError:
        raise UnreadableFile(f"there is no encoding {encoding}; such as utf-8, windows-1252, latin-1") from None
    reader = csv.reader(text, strict=True)
    try:
        columns = next(reader, [])
        for column in columns:
            if column not in COLUMNS:
                words = f"there is no column {column!r} in an export; {nearest(column, COLUMNS, 'its columns')}"
                raise UnreadableFile(f"{name}:1: {words}; tables of your own need --mapping")
        while True:
            number = reader.line_num + 1
            try:
                cells = next(reader, None)
            except csv.Error as error:
                yield Line(number, counted.read_bytes, faults=(Fault("", f"is no row of CSV: {error}"),))
                continue
            if cells is None:
                return
            if cells:
                yield _line(number, counted.read_bytes, columns, cells, types())
    except UnicodeError as error:
        way_out = "name the file's encoding with --encoding, such as --encoding windows-1252"
        raise UnreadableFile(f"{name}:{reader.line_num + 1}: from here on the file is not UTF-8: {way_out}") from error


class _Counted(io.RawIOBase):
    """A file that counts what was read of it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.read_bytes = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        self.read_bytes += len(data)
        return len(data)


def _line(number: int, end: int, columns: list[str], cells: list[str], types: Types) -> Line:
    if len(cells) != len(columns):
        words = f"has {len(cells)} cells, and the header {len(columns)}: mend the row's quotes and commas"
        return Line(number, end, faults=(Fault("", words),))
    stated: dict[str, Any] = {}
    for column, cell in zip(columns, cells, strict=True):
        if cell:
            try:
                stated[column] = _value(column, cell)
            except msgspec.DecodeError as error:
                return Line(number, end, faults=(Fault(f"/{column}", f"is no JSON: {error}"),))
    try:
        text = msgspec.json.encode(stated)
        if "id" not in stated and stated.get("type") != DEFINED_TYPE:  # whose id follows from what it says
            text = msgspec.json.encode({"id": id_of_line(text), **stated})
        (fact,) = facts.decode(text, types).facts
    except MalformedJson as error:
        return Line(number, end, faults=(Fault("", error.message),))
    except facts.InvalidFacts as error:
        return Line(number, end, faults=tuple(error.faults))
    return Line(number, end, fact)


def _cell(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _value(column: str, cell: str) -> Any:
    if column in JSON or (column in PERHAPS_JSON and cell.startswith("{")):
        return msgspec.json.decode(cell)
    return cell

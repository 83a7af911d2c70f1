"""Rows of CSV files: each with its place, every broken one told apart, none kept but where a join needs it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from events.errors import OrglineError

FIELD_CHARACTERS_MAX: Final = 1 << 20
ENCODING: Final = "utf-8"


class UnreadableFile(OrglineError):
    """A file cannot be read as a table at all; the message names it, with line and column where there are any."""

    code = "unreadable-file"


class Broken(Exception):
    """A row that is no row of its table."""

    def __init__(self, line: int, detail: str) -> None:
        super().__init__(detail)
        self.line = line
        self.detail = detail


class Row:
    """The cells of a joined row, by their columns; empty ones where there is no such row."""

    __slots__ = ("_at", "_cells")

    def __init__(self, at: dict[str, int], cells: Sequence[str] | None) -> None:
        self._at = at
        self._cells = cells

    def __getitem__(self, column: str) -> str:
        return self._cells[self._at[column]] if self._cells is not None else ""

    def __bool__(self) -> bool:
        return self._cells is not None


class Table:
    """One CSV file with a header. `name` is how faults call it."""

    def __init__(self, path: Path, *, encoding: str = ENCODING, delimiter: str = ",") -> None:
        """Reads the header. Raises UnreadableFile."""
        self.path = path
        self.name = path.name
        self._encoding = "utf-8-sig" if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else encoding
        self._delimiter = delimiter
        try:
            "".encode(encoding)
        except LookupError:
            raise UnreadableFile(f"there is no encoding {encoding}; such as utf-8, windows-1252, latin-1") from None
        header = next(self._raw(), None)
        if header is None:
            raise UnreadableFile(f"{self.name}:1: the file is empty: its first line must name the columns")
        self.columns = tuple(name.strip() for name in header[1])
        twice = [name for name in self.columns if self.columns.count(name) > 1]
        if twice:
            raise UnreadableFile(f"{self.name}:1: two columns are called {twice[0]!r}: give each its own name")
        self.at = {name: n for n, name in enumerate(self.columns)}

    def rows(
        self, broken: Callable[[Broken], None], progress: Callable[[int], None] = lambda _: None
    ) -> Iterator[tuple[int, list[str]]]:
        """(line, cells) of each row; what is broken is told instead. `progress` gets the bytes read so far."""
        width = len(self.columns)
        rows = self._raw(broken, progress)
        next(rows, None)
        for line, cells in rows:
            if len(cells) == width:
                yield line, cells
            elif cells:
                broken(
                    Broken(line, f"has {len(cells)} cells, and the header {width}: mend the row's quotes and commas")
                )

    def _raw(
        self, broken: Callable[[Broken], None] | None = None, progress: Callable[[int], None] = lambda _: None
    ) -> Iterator[tuple[int, list[str]]]:
        csv.field_size_limit(FIELD_CHARACTERS_MAX)
        with self.path.open("rb") as file:
            text = io.TextIOWrapper(file, self._encoding, newline="")
            reader = csv.reader(text, delimiter=self._delimiter, strict=True)
            while True:
                line = reader.line_num + 1
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except UnicodeError:
                    raise self._misread() from None
                except csv.Error as error:
                    if broken is None:
                        raise UnreadableFile(f"{self.name}:{line}: {error}") from None
                    broken(Broken(line, f"is no row of CSV: {error}"))
                    continue
                if line % 512 == 0:
                    progress(file.tell())
                yield line, cells

    def _misread(self) -> UnreadableFile:
        """Where the file is not in its encoding."""
        way_out = "name the file's encoding with --encoding, such as --encoding windows-1252"
        encoding = "utf-8" if self._encoding == "utf-8-sig" else self._encoding
        columns: Sequence[str] = ()
        with self.path.open("rb") as file:
            for number, line in enumerate(file, 1):
                try:
                    decoded = line.decode(encoding)
                    columns = columns or self._cells(decoded)
                except UnicodeDecodeError as error:
                    found = f"byte 0x{line[error.start]:02x}"
                    before = line[: error.start].decode(encoding)
                    place = len(self._cells(before)) - 1
                    column = columns[place] if 0 <= place < len(columns) else f"character {len(before) + 1}"
                    return UnreadableFile(f"{self.name}:{number}: {column}: {found} is not {encoding}: {way_out}")
                except UnicodeError:
                    break
        return UnreadableFile(f"{self.name}: the file is not {encoding}: {way_out}")

    def _cells(self, line: str) -> list[str]:
        try:
            return next(csv.reader([line.rstrip("\r\n")], delimiter=self._delimiter), [])
        except csv.Error:
            return []


class Index:
    """All rows of a table by a key, for joins."""

    def __init__(self, table: Table, on: Sequence[str]) -> None:
        self._table = table
        self._at = table.at
        places = [table.at[column] for column in on]
        self._rows: dict[tuple[str, ...], list[str] | None] = {}
        self.absent = Row(table.at, None)
        for _, cells in table.rows(lambda _: None):  # what is broken is told where the table's own rows are read
            key = tuple(cells[place] for place in places)
            self._rows[key] = None if key in self._rows else cells

    def find(self, key: tuple[str, ...]) -> Row | None:
        """The one row with this key; None where there is none. Raises KeyError where there are several."""
        try:
            cells = self._rows[key]
        except KeyError:
            return None
        if cells is None:
            raise KeyError(key)
        return Row(self._at, cells)


def values(row: Row, at: dict[str, int], cells: Sequence[str]) -> dict[str, Any]:
    """What templates may name of a row by itself."""
    return {"row": row, **{name: cells[n] for name, n in at.items()}}

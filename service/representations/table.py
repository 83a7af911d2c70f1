"""Lists as CSV (RFC 4180, UTF-8, with a header row): one row an item, nested values in columns of their own.

The columns follow from the item's type, never from its values: `since` becomes `since_edtf`, `since_earliest` and
`since_latest`; several identifiers stand in one cell, with spaces between; what else is nested is JSON.

A spreadsheet takes a cell that begins with one of = + - @, a tab or a return for a formula. Such a text gets an
apostrophe before it, and so does one that begins with an apostrophe: whoever takes one off where there is one has the
text.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, Final

import msgspec
from msgspec import inspect

MEDIA_TYPE: Final = "text/csv; charset=utf-8; header=present"
GUARDED: Final = ("=", "+", "-", "@", "\t", "\r", "'")

Path = tuple[str, ...]


def written(item: type[msgspec.Struct], items: Sequence[Any]) -> bytes:
    """The header row, and a row for each of the items, which are all of this type."""
    paths = columns(item)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow("_".join(path) for path in paths)
    for each in items:
        plain = msgspec.to_builtins(each)
        writer.writerow(_cell(_at(plain, path)) for path in paths)
    return text.getvalue().encode()


@cache
def columns(item: type[msgspec.Struct]) -> tuple[Path, ...]:
    """Where the value of each column lies in an item of this type."""
    described = inspect.type_info(item)
    assert isinstance(described, inspect.StructType), item
    return tuple(_paths(described, ()))


def headers(*name: str) -> list[tuple[str, str]]:
    """The header by which a browser saves the answer under a name, made of these parts."""
    filename = "-".join(part.strip("/").replace("/", "-") for part in name)
    return [("content-disposition", f'attachment; filename="{filename}.csv"')]


def _paths(described: inspect.StructType, before: Path) -> Iterator[Path]:
    for field in described.fields:
        path = (*before, field.encode_name)
        parts = field.type.types if isinstance(field.type, inspect.UnionType) else (field.type,)
        nested = [part for part in parts if isinstance(part, inspect.StructType)]
        if nested:
            yield from _paths(nested[0], path)
        else:
            yield path


def _at(plain: Any, path: Path) -> Any:
    for name in path:
        if plain is None:
            return None
        plain = plain.get(name)
    return plain


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if not isinstance(value, str):
        words = isinstance(value, list | tuple) and all(isinstance(each, str) and " " not in each for each in value)
        value = " ".join(value) if words else msgspec.json.encode(value).decode()
    return f"'{value}" if value.startswith(GUARDED) else value

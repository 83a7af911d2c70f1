"""Markdown from data: what all the parts that are made from the code write alike."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table without the columns in which nothing stands; an empty text if it has no rows."""
    cells = [list(map(cell, row)) for row in rows]
    filled = [column for column in range(len(head)) if any(row[column] for row in cells)]
    if not filled:
        return ""
    lines = [[row[column] for column in filled] for row in ([*head], ["---"] * len(head), *cells)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def cell(text: str) -> str:
    """A text in a cell of a table: on one line, with no end of the cell in it."""
    return " ".join(text.split()).replace("|", "\\|")


def code(value: object) -> str:
    """A value as code."""
    return f"`{value}`"


def codes(values: Iterable[object], between: str = ", ") -> str:
    """Values as code, one after another."""
    return between.join(map(code, values))


def linked(text: str) -> str:
    """A text in which files of docs/ are links."""
    return re.sub(r"\bdocs/([a-z-]+)\.md\b", r"[\1](\1.md)", text)


def anchor(name: str) -> str:
    """What a link to here names, on a line of its own before a heading."""
    return f"({name})=\n"


def sections(parts: Iterable[str]) -> str:
    """Parts of a page, with an empty line between two of them; empty ones are left out."""
    return "\n\n".join(part.strip("\n") for part in parts if part) + "\n"

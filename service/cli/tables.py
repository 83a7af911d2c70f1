"""Tables on a terminal; where the output goes elsewhere, aligned columns of plain text."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text


def show(columns: Sequence[str], rows: Sequence[Sequence[str]], title: str = "") -> None:
    """Print a table; columns that are empty in every row are left out."""
    rows = [[printable(cell) for cell in row] for row in rows]
    kept = [n for n, _ in enumerate(columns) if not rows or any(row[n] for row in rows)]
    columns, rows = [columns[n] for n in kept], [[row[n] for n in kept] for row in rows]
    if sys.stdout.isatty():
        table = Table(
            title=title or None, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False
        )
        for column in columns:
            table.add_column(column, overflow="fold")
        for row in rows:
            table.add_row(*map(Text, row))
        Console().print(table)
        return
    if title:
        click.echo(title)
    widths = [max(map(len, column)) for column in zip(columns, *rows, strict=True)]
    for line in (columns, *rows):
        click.echo(("  " if title else "") + "  ".join(map(str.ljust, line, widths)).rstrip())


def printable(text: str) -> str:
    """A text without characters that would steer a terminal."""
    return "".join(character if character.isprintable() else " " for character in text)

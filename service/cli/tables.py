"""Tables and trees on a terminal; where the output goes elsewhere, plain text that stays the same.

On a terminal, colours and the like are left out where NO_COLOR is set or TERM is dumb; COLUMNS overrides its width.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence

import click
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text
from rich.tree import Tree


class Branch:
    """A line of a tree, and the branches under it."""

    def __init__(self, text: str, *, dim: bool = False) -> None:
        self.text, self.dim = text, dim
        self.branches: list[Branch] = []

    def grow(self, text: str, *, dim: bool = False) -> Branch:
        """A new last branch. `dim`: it says something of the tree itself."""
        self.branches.append(Branch(text, dim=dim))
        return self.branches[-1]


def console(*, stderr: bool = False) -> Console:
    """A terminal as its user wants it."""
    return Console(stderr=stderr, color_system=None if os.environ.get("NO_COLOR") else "auto", highlight=False)


def show(columns: Sequence[str], rows: Sequence[Sequence[str]], title: str = "", styles: Sequence[str] = ()) -> None:
    """Print a table; columns that are empty in every row are left out. `styles`: of each row, on a terminal."""
    rows = [[printable(cell) for cell in row] for row in rows]
    kept = [n for n, _ in enumerate(columns) if not rows or any(row[n] for row in rows)]
    columns, rows = [columns[n] for n in kept], [[row[n] for n in kept] for row in rows]
    if sys.stdout.isatty():
        table = Table(
            title=title or None, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False
        )
        for column in columns:
            table.add_column(column, overflow="fold")
        for n, row in enumerate(rows):
            table.add_row(*map(Text, row), style=styles[n] if styles else None)
        console().print(table)
        return
    if title:
        click.echo(title)
    widths = [max(map(len, column)) for column in zip(columns, *rows, strict=True)]
    for line in (columns, *rows):
        click.echo(("  " if title else "") + "  ".join(map(str.ljust, line, widths)).rstrip())


def show_tree(root: Branch) -> None:
    """Print a tree; elsewhere than on a terminal, each branch two blanks further in than what it grows from."""
    if sys.stdout.isatty():
        top = Tree(_styled(root))
        waiting = [(root, top)]
        while waiting:
            branch, node = waiting.pop()
            waiting.extend((each, node.add(_styled(each))) for each in branch.branches)
        console().print(top)
        return
    for depth, branch in _lines(root):
        click.echo("  " * depth + printable(branch.text))


def printable(text: str) -> str:
    """A text without characters that would steer a terminal."""
    return "".join(character if character.isprintable() else " " for character in text)


def _styled(branch: Branch) -> Text:
    return Text(printable(branch.text), style="dim" if branch.dim else "")


def _lines(root: Branch) -> Iterator[tuple[int, Branch]]:
    """All branches from top to bottom, and how deep each is. (A lineage may be deeper than Python calls itself.)"""
    waiting = [(0, root)]
    while waiting:
        depth, branch = waiting.pop()
        yield depth, branch
        waiting.extend((depth + 1, each) for each in reversed(branch.branches))

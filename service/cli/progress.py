"""Progress on a terminal, and nothing at all where the output goes elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from service.cli import tables


@contextmanager
def counting(label: str, total: int | None = None) -> Iterator[Callable[..., None]]:
    """A bar on standard error; what it gives is called with how much is done, and of how much if that is known."""
    if not sys.stderr.isatty():
        yield lambda *_: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=tables.console(stderr=True), transient=True) as progress:
        task = progress.add_task(label, total=total)
        yield lambda done, of=total: progress.update(task, completed=done, total=of)

"""The metrics, from service/metrics.py where this version has it."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from orgline_docs.writing import code, codes, table


def metrics() -> list[Any]:
    """All metrics: each has a name, a kind, labels, and a help that says what it means."""
    if find_spec("service.metrics") is None:
        return []
    return list(import_module("service.metrics").TABLE)


def markdown() -> str:
    """The table of metrics."""
    rows = ([code(each.name), each.kind, codes(each.labels), each.help] for each in metrics())
    return table(("metric", "kind", "labels", "meaning"), rows)

"""What pages say: all of it stands in texts.toml, so that a translation is that file and the patterns of the types.

A text may have gaps, {name}, which `fill` fills with escaped values; one that depends on a number is a table with `one`
and `other`. Words for codes (statuses, kinds, …) are tables by code.
"""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib.resources import files
from string import Formatter
from types import SimpleNamespace
from typing import Any, Final

from markupsafe import Markup, escape

TEXTS_CACHED: Final = 2_048
RAW: Final[dict[str, Any]] = tomllib.loads(files("service.pages").joinpath("texts.toml").read_text("utf-8"))


def _named(table: dict[str, Any]) -> SimpleNamespace:
    return SimpleNamespace(**{key: _named(value) if isinstance(value, dict) else value for key, value in table.items()})


TEXTS: Final = _named(RAW)
"""The texts by their names: `TEXTS.nav.events`."""


def fill(text: str, /, **values: Any) -> Markup:
    """The text with its gaps filled; what is filled in is escaped unless it is Markup. Raises KeyError."""
    filled = []
    for piece, gap in _pieces(text):
        filled.append(piece)
        if gap is not None:
            filled.append(escape(values[gap]))
    return Markup("".join(filled))  # noqa: S704 - the texts are our own


@lru_cache(TEXTS_CACHED)
def _pieces(text: str) -> tuple[tuple[str, str | None], ...]:
    """A text taken apart once: what stands before each gap, and the name of that."""
    return tuple((piece, gap) for piece, gap, _, _ in Formatter().parse(text))


def count(forms: SimpleNamespace, number: int, /, **values: Any) -> Markup:
    """The form of the text for a number, which fills the gap {n}, in digits grouped by commas."""
    return fill(forms.one if number == 1 else forms.other, n=f"{number:,}", **values)


def own(kind: str, property_: str) -> str | None:
    """What a property of one kind of subject is called, where that is not what it is called elsewhere."""
    found = RAW["codes"]["property_of"].get(kind, {}).get(property_)
    return None if found is None else str(found)


def status_of(kind: str, status: str) -> str:
    """The words for the status of a subject of this kind."""
    found = RAW["codes"]["status_of"].get(kind, {}).get(status)
    return code("status", status) if found is None else str(found)


def code(table: str, value: str) -> str:
    """The words for a code; of a user's own the code itself, with spaces."""
    found = RAW["codes"][table].get(value)
    return value.replace("_", " ") if found is None else str(found)

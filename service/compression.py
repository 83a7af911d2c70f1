"""Compressed answers: which coding a client takes (RFC 9110, section 12.5.3), and what its entity tag is.

A coded answer is another representation, so its strong entity tag is another one: that of the plain answer with the
name of the coding at its end.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import brotli
import zstandard

SMALLEST: Final = 1_024
"""Bytes below which an answer is sent as it is: one packet holds it either way."""

CODINGS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "zstd": lambda content: zstandard.compress(content, 5),
    "br": lambda content: brotli.compress(content, quality=5),
    "gzip": lambda content: gzip.compress(content, 6, mtime=0),
}
"""From the one that is preferred to the one that everybody takes, each at a level that costs as much as the answer."""

_COMPRESSIBLE: Final = ("text/", "application/json", "application/problem+json", "application/ld+json")
_SUFFIXES: Final = ("+xml", "+json", "/xml")


def coding_for(accept_encoding: str, offered: Sequence[str] = tuple(CODINGS)) -> str | None:
    """The coding of these that the client likes best, of several the first; None where it takes none of them."""
    if not accept_encoding:
        return None
    weights: dict[str, float] = {}
    for part in accept_encoding.split(","):
        name, _, parameter = part.partition(";")
        weights[name.strip().lower()] = _weight(parameter)
    others = weights.get("*", 0.0)
    best = max(offered, key=lambda coding: weights.get(coding, others))  # max gives the first of equals
    weight = weights.get(best, others)
    return best if weight > 0 and weight >= weights.get("identity", 0.0) else None


def worthwhile(content: bytes, media_type: str) -> bool:
    """Whether an answer becomes smaller."""
    plain = media_type.partition(";")[0]
    return len(content) >= SMALLEST and (plain.startswith(_COMPRESSIBLE) or plain.endswith(_SUFFIXES))


def coded_tag(etag: str, coding: str) -> str:
    """The entity tag of the answer in a coding, from that of the plain one (with its quotes)."""
    return f'{etag[:-1]}-{coding}"'


def plain_tag(etag: str) -> str:
    """The entity tag of the plain answer, from that of the answer in any coding or none."""
    for coding in CODINGS:
        if etag.endswith(f'-{coding}"'):
            return f'{etag[: -len(coding) - 2]}"'
    return etag


def _weight(parameter: str) -> float:
    name, _, value = parameter.replace(" ", "").lower().partition("=")
    try:
        return float(value) if name == "q" else 1.0
    except ValueError:
        return 0.0

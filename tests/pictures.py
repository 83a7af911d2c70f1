"""Looking at pictures in tests: their elements, their texts, and where those lie."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from hashlib import sha256
from itertools import combinations
from typing import Any, NamedTuple

from litestar.testing import TestClient
from lxml import etree

from service.app import create_app
from service.representations.drawing import BOLDER, width
from service.settings import load

SVG = "{http://www.w3.org/2000/svg}"
ISOLATES = re.compile("[\u2068\u2069]")


class Place(NamedTuple):
    """A line of text with the room that it may take at most."""

    words: str
    left: float
    right: float
    base: float
    size: float


def parsed(content: bytes) -> Any:
    """The root of a picture; no entity is expanded, nothing is fetched."""
    return etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))


def texts(root: Any) -> list[str]:
    """All lines of text, in order."""
    return [place.words for place in places(root)]


def places(root: Any) -> list[Place]:
    """Where they lie."""
    return list(_places(root))


def titles(root: Any) -> list[str]:
    """What is told of parts where somebody points at them."""
    return [ISOLATES.sub("", each.text or "") for each in root.iter(f"{SVG}title")][1:]


def description(root: Any) -> str:
    """The text alternative."""
    return ISOLATES.sub("", root.findtext(f"{SVG}desc"))


def overlapping(root: Any) -> list[tuple[str, str]]:
    """Lines of text that lie on one another."""
    return [
        (one.words, other.words)
        for one, other in combinations(places(root), 2)
        if one.left < other.right
        and other.left < one.right
        and one.base - one.size * 0.75 < other.base + other.size * 0.2
        and other.base - other.size * 0.75 < one.base + one.size * 0.2
    ]


def outside(root: Any) -> list[str]:
    """Lines of text that leave the picture."""
    _, _, wide, high = map(float, root.get("viewBox").split())
    return [each.words for each in places(root) if each.left < 0 or each.right > wide or each.base > high]


def _places(root: Any) -> Iterator[Place]:
    for each in root.iter(f"{SVG}text"):
        words = ISOLATES.sub("", "".join(each.itertext()))
        size = float(each.get("font-size"))
        room = width(words, size) * (BOLDER if each.get("font-weight") == "bold" else 1)
        x, base = float(each.get("x")), float(each.get("y"))
        left = {"end": x - room, "middle": x - room / 2}.get(each.get("text-anchor"), x)
        yield Place(words, left, left + room, base, size)


def drawn(database_url: str, paths: Iterable[str]) -> list[str]:
    """The digests of the pictures at these addresses, drawn by an application of this process's own."""
    with TestClient(create_app(load({"ORGLINE_DATABASE_URL": database_url}))) as client:
        return [sha256(client.get(path).raise_for_status().content).hexdigest() for path in paths]


if __name__ == "__main__":
    sys.stdout.write("\n".join(drawn(sys.argv[1], sys.argv[2:])))

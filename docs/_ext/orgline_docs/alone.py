"""The built site asks nothing of any other host: pages that do end the build."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from lxml import html

LOADING: Final = (
    "//script/@src | //img/@src | //iframe/@src | //source/@src | //video/@src | //audio/@src | //embed/@src"
    " | //object/@data | //img/@srcset | //source/@srcset"
    " | //link[not(contains(concat(' ', @rel, ' '), ' canonical '))]/@href"
)
"""What a browser fetches by itself, unlike what somebody may follow."""
ELSEWHERE: Final = re.compile(r"^\s*(?:[a-z]+:)?//", re.IGNORECASE)
STYLED: Final = re.compile(r"(?:@import|url\()\s*[\"']?((?:https?:)?//[^\"')\s]+)")


def of_page(text: str) -> Iterator[str]:
    """The addresses on other hosts that a page loads."""
    tree = html.document_fromstring(text)
    yield from filter(ELSEWHERE.match, _texts(tree, LOADING))
    for style in _texts(tree, "//style/text() | //@style"):
        yield from of_style(style)


def of_style(text: str) -> Iterator[str]:
    """The addresses on other hosts that a style sheet loads."""
    yield from STYLED.findall(text)


def check(app: Any, error: Exception | None) -> None:
    """What Sphinx calls once a site is built."""
    if error is None and app.builder.format == "html":
        found = sorted(_found(Path(app.outdir)))
        if found:
            raise RuntimeError("loaded from elsewhere: " + "; ".join(found))


def _texts(tree: html.HtmlElement, xpath: str) -> Iterator[str]:
    found = tree.xpath(xpath)
    assert isinstance(found, list)
    return map(str, found)


def _found(folder: Path) -> Iterator[str]:
    for suffix, loaded in ((".html", of_page), (".css", of_style)):
        for path in folder.rglob(f"*{suffix}"):
            yield from (f"{path.relative_to(folder)}: {address}" for address in loaded(path.read_text("utf-8")))

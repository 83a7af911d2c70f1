"""What all routes of feeds share: the formats, by the end of the address, and who may keep an answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from feeds import atom, json_feed
from feeds.documents import Document
from service import caching, compression
from service.node import Node
from service.problems import NotFound

SECOND: Final = 1_000_000  # in microseconds, as all times here


class Form(NamedTuple):
    """A format of documents, named by the end of their addresses."""

    name: str
    suffix: str
    media_type: str
    render: Callable[[Document], bytes]


FORMS: Final = (
    Form("atom", atom.SUFFIX, f"{atom.MEDIA_TYPE}; charset=utf-8", atom.render),
    Form("json", json_feed.SUFFIX, json_feed.MEDIA_TYPE, json_feed.render),
)
SUFFIXES: Final = " or ".join(form.suffix for form in FORMS)


def named(document: str) -> tuple[str, Form]:
    """The name and the format of a document. Raises NotFound."""
    for form in FORMS:
        if document.endswith(form.suffix) and document != form.suffix:
            return document.removesuffix(form.suffix), form
    shown = document.rpartition(".")[0][:80] or document[:80]
    raise NotFound(f"feeds end in {SUFFIXES}: ask for {' or '.join(shown + form.suffix for form in FORMS)}")


def whose(node: Node) -> str:
    """Who may keep an answer."""
    return "public" if node.authority.public_reads else "private"


def hub_links(hub: str | None, address: str) -> list[tuple[str, str]]:
    """The headers by which a subscriber finds the hub of a head document, and the address to name to it (WebSub, 4)."""
    if hub is None:
        return []
    return [("link", f'<{hub}>; rel="hub"'), ("link", f'<{address}>; rel="self"')]


def until_tomorrow(node: Node) -> str:
    """How long a head document may be kept that changes with the day."""
    now = node.clock()
    left = node.register.end_of(node.register.today(now)) - now
    return f"{whose(node)}, {caching.head_until(left // 1_000_000)}"


def told(modified: int, now: int) -> str | None:
    """When a head document last changed, as HTTP writes it. While that second is not over there may be another change
    in it, with the same time: until then no time is told.
    """
    return caching.last_modified(modified) if modified // SECOND < now // SECOND - 1 else None


def coded(content: bytes, coding: str | None) -> bytes:
    """Bytes in a coding, or in none."""
    return content if coding is None else compression.CODINGS[coding](content)

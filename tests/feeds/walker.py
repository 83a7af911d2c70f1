"""A generic walker of archived feeds (RFC 5005, section 4), as any program could have: it knows nothing of Orgline."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import NamedTuple
from xml.etree import ElementTree

import httpx

ATOM = "{http://www.w3.org/2005/Atom}"


class Document(NamedTuple):
    """One document of a feed: the ids of its entries, newest first, and the SHA-256 of its bytes."""

    address: str
    ids: list[str]
    digest: str


def walk(client: httpx.Client, address: str) -> Iterator[Document]:
    """The head of a feed and all its archives, newest first."""
    following: str | None = address
    while following is not None:
        answer = client.get(following)
        answer.raise_for_status()
        feed = ElementTree.fromstring(answer.content)
        ids = [entry.findtext(f"{ATOM}id", "") for entry in feed.findall(f"{ATOM}entry")]
        yield Document(following, ids, sha256(answer.content).hexdigest())
        links = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
        following = links.get("prev-archive")

"""Follow a register by its Atom feed, with the standard library alone: each event once, in order, whatever happens.

    python follow.py http://127.0.0.1:8000/feeds/all.atom place.json [SECONDS]

prints the position and the title of each event, and looks for new ones every 30 seconds, or so many. `place.json` keeps
the register's id and the last position: started again, it goes on there.

The walk is that of RFC 5005: from the head document by `prev-archive` back to where it was, then the oldest first. What
is done with an event (`handle`) and the place are not one transaction here: an event is handled again if the program is
killed between the two. Put both into one transaction of your database where that matters.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from email.message import Message
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urljoin
from urllib.request import Request, urlopen
from xml.etree import ElementTree

ATOM = "{http://www.w3.org/2005/Atom}"
OURS = "{urn:orgline:feed:1}"


def handle(position: int, entry: ElementTree.Element) -> None:
    """What is done with an event. The fact itself, as canonical JSON, is the text of its element `orgline:event`."""
    print(position, entry.findtext(f"{ATOM}title"), flush=True)


def fetch(address: str, etag: str | None = None) -> tuple[ElementTree.Element, Message]:
    """A document and its headers. Raises HTTPError, with code 304 if it still has this entity tag."""
    headers = {"User-Agent": "follow.py (an example of Orgline)", "Accept": "application/atom+xml"}
    if etag is not None:
        headers |= {"If-None-Match": etag, "A-IM": "feed"}  # RFC 3229: only what is new, if you can
    with urlopen(Request(address, headers=headers), timeout=60) as answer:
        return ElementTree.fromstring(answer.read()), answer.headers


def entries(document: ElementTree.Element) -> list[tuple[int, ElementTree.Element]]:
    """Positions and entries of a document, the oldest first."""
    found = ((entry.find(f"{OURS}event"), entry) for entry in document.iter(f"{ATOM}entry"))
    return [(int(event.get("position", 0)), entry) for event, entry in found if event is not None][::-1]


def since(place: int, address: str, head: ElementTree.Element) -> Iterator[tuple[int, ElementTree.Element]]:
    """All events after a position. Archives are fetched twice, so that one at a time is all that is held."""
    archives: list[str] = []
    document = head
    while (held := entries(document)) and held[0][0] > place + 1:
        previous = document.find(f"{ATOM}link[@rel='prev-archive']")
        if previous is None:
            break
        address = urljoin(address, previous.get("href", ""))
        archives.append(address)
        document, _ = fetch(address)
    while True:
        yield from ((position, entry) for position, entry in entries(document) if position > place)
        place = max([place, *(position for position, _ in entries(document))])
        if document is head:
            return
        archives.pop()
        document = fetch(archives[-1])[0] if archives else head


def main(address: str, file: Path, poll_s: float = 30) -> None:
    """Follow for ever."""
    register, place = json.loads(file.read_text()) if file.exists() else (None, 0)
    etag, wait_s = None, poll_s
    while True:
        try:
            head, headers = fetch(address, etag)
            whose = next(head.iter(f"{OURS}register")).get("id")
            if whose != (register := register or whose):
                sys.exit(f"{address} is the feed of another register than before: move {file} away to begin anew")
            for position, entry in since(place, address, head):
                handle(position, entry)
                (unfinished := file.with_suffix(".part")).write_text(json.dumps([register, position]))
                unfinished.replace(file)  # at once, so that the file is never half written
                place = position
            etag, wait_s = headers["ETag"], poll_s
        except OSError as error:  # what urllib raises is one
            asked = error.headers.get("Retry-After", "") if isinstance(error, HTTPError) else ""
            if isinstance(error, HTTPError) and error.code == 304:
                wait_s = poll_s
            else:
                print(error, file=sys.stderr, flush=True)
                wait_s = int(asked) if asked.isdigit() else min(2 * wait_s, 3_600)
        time.sleep(wait_s)  # between two polls, or as long as the service asks


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(sys.argv[1], Path(sys.argv[2]), *map(float, sys.argv[3:]))

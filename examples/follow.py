"""Follow a register by its Atom feed, with the standard library alone: each event once, in order, whatever happens.

    python follow.py http://127.0.0.1:8000/feeds/all.atom place.json [SECONDS]

prints the position and the title of each event, and looks for new ones every 30 seconds, or so many. `place.json` keeps
the last position: started again, it goes on there.

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
EVENT = "{urn:orgline:feed:1}event"
WAIT_S_MAX = 3_600


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
    found = ((entry.find(EVENT), entry) for entry in document.iter(f"{ATOM}entry"))
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


def main(address: str, file: Path, poll_s: float) -> None:
    """Follow for ever."""
    place = json.loads(file.read_text())["position"] if file.exists() else 0
    etag, wait_s = None, poll_s
    while True:
        try:
            head, headers = fetch(address, etag)
            for position, entry in since(place, address, head):
                handle(position, entry)
                unfinished = file.with_suffix(".part")
                unfinished.write_text(json.dumps({"position": position}))
                unfinished.replace(file)  # at once, so that the file is never half written
                place = position
            etag, wait_s = headers["ETag"], poll_s
        except OSError as error:  # what urllib raises is one
            asked = error.headers.get("Retry-After", "") if isinstance(error, HTTPError) else ""
            if isinstance(error, HTTPError) and error.code == 304:
                wait_s = poll_s
            else:
                print(error, file=sys.stderr, flush=True)
                wait_s = int(asked) if asked.isdigit() else min(2 * wait_s, WAIT_S_MAX)
        time.sleep(wait_s)  # between two polls, or as long as the service asks


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), float(sys.argv[3]) if len(sys.argv) > 3 else 30)

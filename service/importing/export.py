"""Recorded facts as they would be stated again: JSON Lines that `import` takes, in the order of the log.

What the log and the recording added (position, times, recorder, salt, schema but of users' own types, tags,
resolved bounds) is left out, so
importing an export into an empty register gives the same facts under the same ids.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import sqlalchemy as sa

from events import dates
from events.dcb import Query
from events.event import Event
from events.log import PAGE_MAX, Log


def lines(log: Log, connection: sa.Connection) -> Iterator[tuple[Event, bytes | None]]:
    """Each event and its line, with a line feed; None in place of the line of a fact whose body was removed."""
    position, head = 0, log.head_on(connection).position
    while position < head:
        page = log.page(connection, Query.all(), after=position, limit=PAGE_MAX, upto=head)
        for event in page.records:
            yield event, line(event.body) if event.body else None
        position = page.head


def line(body: bytes) -> bytes:
    """The plain fact of a canonical body, as one line."""
    return msgspec.json.encode(_plain(msgspec.json.decode(body))) + b"\n"


_ORDER = ("id", "type", "effective", "data", "sources", "note", "fulfils", "follows", "ends")


def _plain(fact: dict[str, Any]) -> dict[str, Any]:
    plain = {name: fact[name] for name in _ORDER if name in fact}
    if "definition" in fact:  # else the newest version would be meant
        plain["schema"] = fact["schema"]
    if "effective" in plain:
        plain["effective"] = _stated(plain["effective"])
    if plain["type"] == "fact.corrected":
        plain["data"] = {**plain["data"], "replacement": _plain(plain["data"]["replacement"])}
    return plain


def _stated(effective: dict[str, Any]) -> str | dict[str, Any]:
    """The date without the bounds that follow from its text."""
    date = dates.parse(effective["edtf"])
    stated = {"edtf": effective["edtf"]}
    for side, own in (("earliest", date.earliest), ("latest", date.latest)):
        if effective[side] != dates.iso(own):
            stated[side] = effective[side]
    if "text" in effective:
        stated["text"] = effective["text"]
    return stated if len(stated) > 1 else effective["edtf"]

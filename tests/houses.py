"""A register on one database with a clock and salts that count, so that the same facts give the same bytes."""

from __future__ import annotations

import json
from itertools import count
from typing import Any
from uuid import UUID

from events import facts, register
from events.database import Database
from events.dcb import Query
from events.event import Event
from events.log import Log
from events.projection import Projection
from events.queries import Queries
from events.recording import Recorder
from events.register import Register
from feeds import documents
from feeds.documents import Document
from feeds.selections import Selection, Version

CREATED = 1_600_000_000_000_000  # 2020-09-13T12:26:40Z


class House:
    """A register on one database, with a clock that counts."""

    def __init__(self, database: Database) -> None:
        self.database = database
        own = Register(
            "5f0c4a4e-3f0e-4f3b-9a55-0a6b1c3f7d21",
            "The register",
            "https://register.example.org",
            "Europe/London",
            CREATED,
        )
        self.register = register.load(database) or register.make(database, own)
        self.queries = Queries(database, self.register)
        self._times = count(CREATED + 1_000_000, 1_000_000)
        self._salts = count(1)
        self._ids = count(1)
        self._recorder = Recorder(database)
        self._log = Log(
            database,
            follower=Projection(database),
            clock=lambda: next(self._times),
            entropy=lambda size: next(self._salts).to_bytes(size),
        )

    def append(self, *stated: dict[str, Any]) -> list[str]:
        """Append facts in one go; their ids."""
        with_ids = [{"id": str(UUID(int=next(self._ids) | 4 << 76 | 2 << 62)), **fact} for fact in stated]
        request = facts.decode(json.dumps({"facts": with_ids}).encode())
        with self.database.snapshot() as connection:
            append = self._recorder.prepare(request, "tester", connection)
        (outcome,) = self._log.commit([append])
        assert not isinstance(outcome, Exception), outcome
        return [fact["id"] for fact in with_ids]

    def fill(self, events: int, organisation: str = "nhsx") -> None:
        """So many further events about an organisation, one append each."""
        for _ in range(events):
            self.append(attribute(organisation))

    def head(self, selection: Selection) -> Document | None:
        with self.database.snapshot() as connection:
            return documents.head(self.queries, connection, self.register, selection)

    def positions(self, selection: Selection) -> list[int]:
        document = self.head(selection)
        assert document is not None
        return [entry.event.position for entry in document.entries]

    def titles(self, selection: Selection) -> list[str]:
        document = self.head(selection)
        assert document is not None
        return [entry.title for entry in document.entries]

    def version(self, selection: Selection) -> Version | None:
        with self.database.snapshot() as connection:
            return documents.version(self.queries, connection, self.register, selection)

    def at(self, position: int) -> Event:
        """The event at a position."""
        with self.database.snapshot() as connection:
            (event,) = self._log.page(connection, Query.all(), after=position - 1, upto=position, limit=1).records
        return event

    def last(self) -> int:
        """The position of the last event."""
        return self._log.head().position

    def first(self) -> str:
        """The id of the first event."""
        return self.at(1).id

    def root_hash(self) -> bytes:
        return self._log.head().root_hash

    def etag(self, selection: Selection) -> str:
        version = self.version(selection)
        assert version is not None
        return documents.etag(self.register, selection, version, "atom")


def name(organisation: str, text: str, effective: str, kind: str = "legal") -> dict[str, Any]:
    data = {"organisation": organisation, "name": text, "kind": kind}
    return {"type": "name.adopted", "effective": effective, "data": data}


def attribute(organisation: str, effective: str = "2020-06-01") -> dict[str, Any]:
    data = {"organisation": organisation, "key": "staff", "value": 1}
    return {"type": "attribute.set", "effective": effective, "data": data}

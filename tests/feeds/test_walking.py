"""A whole feed walked from its head to the first archive while others append, and a second time."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from events.database import Database
from tests.conftest import LONG
from tests.faults.test_rebuild import filled
from tests.feeds.walker import Document, walk
from tests.serving import Service, command, lines

EVENTS = 100_000 if LONG else 650
CLIENTS = 4
ORGANISATIONS = 20


class Appending(threading.Thread):
    """A client that appends one fact after another until it is told to stop; the ids of those acknowledged."""

    def __init__(self, address: str, token: str, number: int, stopped: threading.Event) -> None:
        super().__init__()
        self._address, self._number, self._stopped = address, number, stopped
        self._headers = {"authorization": f"Bearer {token}"}
        self.acknowledged: list[str] = []

    def run(self) -> None:
        with httpx.Client(base_url=self._address, headers=self._headers, timeout=60) as client:
            while not self._stopped.is_set():
                id_ = str(uuid4())
                data = {"organisation": f"client-{self._number}", "name": f"Name {id_}", "kind": "brand"}
                fact = {"id": id_, "type": "name.adopted", "effective": "2020", "data": data}
                client.post("/events", json=fact).raise_for_status()
                self.acknowledged.append(id_)


@contextmanager
def appending(address: str, token: str) -> Iterator[list[Appending]]:
    stopped = threading.Event()
    clients = [Appending(address, token, number, stopped) for number in range(CLIENTS)]
    for client in clients:
        client.start()
    try:
        yield clients
    finally:
        stopped.set()
        for client in clients:
            client.join()


def recorded(client: httpx.Client, upto: int) -> list[str]:
    """The ids of all events up to a position, by the API."""
    ids: list[str] = []
    while len(ids) < upto:
        page = client.get("/events", params={"after": len(ids), "limit": min(1_000, upto - len(ids))}).json()
        ids += [item["id"] for item in page["items"]]
    return ids


def checked(documents: list[Document]) -> list[str]:
    """The ids of all entries, oldest first, if each archive holds a hundred and only the head repeats one of them."""
    head, *archives = documents
    for archive in archives:
        assert len(archive.ids) == len(set(archive.ids)) == 100
    archived = [id_ for archive in reversed(archives) for id_ in reversed(archive.ids)]
    assert max(Counter(archived).values()) == 1
    assert len(head.ids) == len(set(head.ids)) < 300
    fresh = [id_ for id_ in reversed(head.ids) if id_ not in set(archived)]
    return archived + fresh


def test_a_walk_finds_every_event_once_while_others_append(
    database: Database, database_url: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    filled(database, EVENTS)
    settings = {"database_url": database_url}
    made = command("token", "create", "walk", "--scope", "append", folder=tmp_path, settings=settings)
    token = lines(made.stdout)[-1]
    with Service(tmp_path, settings=settings) as service, httpx.Client(base_url=service.address, timeout=120) as client:
        base = client.get("/feeds/all.atom").text.split("/feeds/all.atom")[0].rpartition('"')[2]
        client.event_hooks["request"].append(lambda request: setattr(request, "url", _here(request.url, service)))
        with appending(service.address, token) as clients:
            first = list(walk(client, f"{base}/feeds/all.atom"))
        ids = checked(first)
        assert len(ids) >= EVENTS
        assert ids == [f"urn:uuid:{id_}" for id_ in recorded(client, len(ids))]
        second = list(walk(client, f"{base}/feeds/all.atom"))
        everything = checked(second)
        appended = {f"urn:uuid:{id_}" for each in clients for id_ in each.acknowledged}
        assert appended
        assert appended <= set(everything)
        assert everything[: len(ids)] == ids
        digests = {document.address: document.digest for document in second}
        for archive in first[1:]:
            assert digests[archive.address] == archive.digest
        record_property("walked", f"{len(first)} documents, {len(ids)} events, {len(appended)} appended meanwhile")


def _here(url: httpx.URL, service: Service) -> httpx.URL:
    """The address at which the service is reached; the register was made for another one."""
    return url.copy_with(scheme="http", host="127.0.0.1", port=service.port)


@pytest.fixture(autouse=True)
def _is_long(request: pytest.FixtureRequest) -> None:
    if LONG and "postgresql" in request.node.name:
        pytest.skip("the long walk is on SQLite; on PostgreSQL the short one")

"""The load: many clients that each send one fact after another over a connection of their own, and what they saw.

All of them live in one thread on raw sockets, with requests that are made by one replacement in a prepared text, since
the load shares the machine with the server that it measures. A client sends its next fact when the last was answered.
"""

from __future__ import annotations

import selectors
import time
from collections.abc import Iterator
from itertools import count
from typing import Any, Final

import msgspec

from bench.connection import Connection, append

SERIAL: Final = "x" * 10
"""Stands in a fact for the ten digits that make its organisation, and all else that belongs to it, one of its own."""

DRAIN_S_MAX: Final = 15

SOURCE: Final = {
    "title": "A unit for digital services",
    "publisher": "GOV.UK",
    "published": "2019-02-19",
    "url": f"https://www.example.org/government/news/unit-{SERIAL}",
    "quote": "The unit will set policy and best practice, and be led by a chief executive.",
}


def _fact(type_: str, effective: str, **data: Any) -> dict[str, Any]:
    own = {"organisation": f"unit-{SERIAL}", **data}
    return {"type": type_, "effective": effective, "data": own, "sources": [SOURCE]}


FACTS: Final = (
    _fact(
        "organisation.created",
        "[2019-02-20..2019-04-09]",
        name=f"Unit {SERIAL}",
        classification="joint unit",
        parents=["department-of-health"],
    ),
    _fact(
        "appointment.started",
        "2019-07-01",
        post=f"unit-{SERIAL}-chief-executive",
        person=f"person-{SERIAL}",
        person_name=f"Alex {SERIAL}",
        title="Chief executive",
    ),
    _fact(
        "responsibility.gained",
        "2019-07",
        responsibility=f"standards-{SERIAL}",
        title="Setting standards for the use of technology",
    ),
    _fact("name.adopted", "2019-09-12", name=f"U{SERIAL}", kind="brand"),
    _fact("relation.started", "2020", kind="works_with", target="digital-service"),
)
"""The life of one organisation, a fact a request; each client tells one such life after another."""


class Seen(msgspec.Struct):
    """What the clients of one run saw: the answers of 201, the others, and how long each answer took in seconds."""

    seconds: float
    recorded: int  # answers of 201 before the time was up
    acknowledged: int  # all answers of 201: also those to the requests that were under way then
    errors: list[str]
    latencies: list[float]

    @property
    def rate(self) -> float:
        """Facts recorded a second."""
        return self.recorded / self.seconds


class Load:
    """The clients of one server. Their facts go on from run to run, so that none is ever sent twice."""

    def __init__(self, port: int, clients: int, token: str = "") -> None:
        self._port = port
        texts = [append(port, token, fact) for fact in FACTS]
        self._requests = [_requests(client, texts) for client in range(clients)]

    def run(self, seconds: float) -> Seen:
        """Send for so long, then wait for the answers that are due."""
        clients = [_Client(self._port, requests) for requests in self._requests]
        selector = selectors.DefaultSelector()
        try:
            for client in clients:
                selector.register(client.socket, selectors.EVENT_READ, client)
            return _drive(clients, selector, seconds)
        finally:
            selector.close()
            for client in clients:
                client.socket.close()


class _Client(Connection):
    """One connection and the requests that go over it."""

    def __init__(self, port: int, requests: Iterator[bytes]) -> None:
        super().__init__(port)
        self.requests = requests

    def send_next(self) -> None:
        """Send the next request."""
        self.send(next(self.requests))


def _drive(clients: list[_Client], selector: selectors.BaseSelector, seconds: float) -> Seen:
    seen = Seen(seconds, 0, 0, [], [])
    clock = time.perf_counter
    end = clock() + seconds
    under_way = len(clients)
    for client in clients:
        client.send_next()
    while under_way:
        ready = selector.select(DRAIN_S_MAX)
        if not ready:
            seen.errors.extend([f"no answer within {DRAIN_S_MAX} s"] * under_way)
            break
        for key, _ in ready:
            client = key.data
            try:
                if not client.receive():
                    continue
            except OSError as error:
                seen.errors.append(f"{type(error).__name__}: {error}")
                selector.unregister(client.socket)
                under_way -= 1
                continue
            now = clock()
            seen.latencies.append(now - client.sent_at)
            if client.status == 201:
                seen.acknowledged += 1
                seen.recorded += now < end
            else:
                seen.errors.append(client.received.decode("latin-1"))
            if now < end:
                client.send_next()
            else:
                under_way -= 1
    return seen


def _requests(client: int, texts: list[bytes]) -> Iterator[bytes]:
    """The requests of one client, without end; its first organisation is cut short, so that clients differ in step."""
    serial = SERIAL.encode()
    for number in count():
        own = b"%03d%07d" % (client, number)
        for text in texts if number else texts[: 1 + client % len(texts)]:
            yield text.replace(serial, own)

"""Contenders that meet the same clients in turns, so that what the machine does besides touches all of them alike."""

from __future__ import annotations

import selectors
import statistics
import time

import msgspec

from bench.connection import Connection


class Contender(msgspec.Struct):
    """Requests that all clients send again and again, the status that is due, and how many were answered a second."""

    name: str
    port: int
    request: bytes
    status: int
    rates: list[float] = msgspec.field(default_factory=list)
    wrong: int = 0


def asked(port: int, request: bytes) -> tuple[int, bytes, str]:
    """One answer: status, body, ETag."""
    connection = Connection(port)
    try:
        connection.send(request)
        while not connection.receive():
            pass
        head = connection.received.partition(b"\r\n\r\n")[0].decode("latin-1")
        tags = [line.partition(":")[2].strip() for line in head.splitlines() if line.lower().startswith("etag:")]
        return connection.status, connection.body, (tags or [""])[0]
    finally:
        connection.socket.close()


def turn(contender: Contender, clients: int, seconds: float) -> None:
    """All clients ask for so long."""
    selector = selectors.DefaultSelector()
    connections = [Connection(contender.port) for _ in range(clients)]
    try:
        for connection in connections:
            selector.register(connection.socket, selectors.EVENT_READ, connection)
            connection.send(contender.request)
        answered, begun = 0, time.perf_counter()
        while time.perf_counter() - begun < seconds:
            for key, _ in selector.select(seconds):
                connection = key.data
                if connection.receive():
                    answered += 1
                    contender.wrong += connection.status != contender.status
                    connection.send(contender.request)
        contender.rates.append(answered / (time.perf_counter() - begun))
    finally:
        selector.close()
        for connection in connections:
            connection.socket.close()


def compared(one: Contender, other: Contender, aim: float) -> str:
    ratios = [ours / theirs for ours, theirs in zip(one.rates, other.rates, strict=True)]
    ratio = statistics.median(ratios)
    rates = f"{statistics.median(one.rates):,.0f}/s beside {statistics.median(other.rates):,.0f}/s"
    rounds = ", ".join(f"{each:.2f}" for each in ratios)
    judged = "met" if ratio >= aim else "missed"
    return f"{one.name} / {other.name}: {rates}, {ratio:.2f} (by round: {rounds}); aim {aim:g} {judged}"

"""What it costs in bytes to poll a feed every minute for a day in which ten facts are recorded.

    python -m bench.bandwidth [--events 10050] [--polls 1440] [--appends 10]

`orgline serve` with a synthetic register. Pollers ask for the head of all changes once a minute (of that day; here as
fast as they are answered): with no memory; with the ETag of the last answer (304 where nothing is new); and asking
for the new entries alone (226, RFC 3229); each in no coding, gzip, br and zstd. Counted is what passes the socket,
both ways, headers included, without TLS and TCP. The exit code is 1 if a poller did not get an answer that was due.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bench import importing
from bench.connection import Connection, append, get
from bench.feeds import HEAD
from bench.serving import orgline
from events.log import microseconds
from service.access import tokens
from service.cli import opening
from service.settings import Settings

CODINGS: Final = ("identity", "gzip", "br", "zstd")
WAYS: Final = {
    "whole each time": frozenset({200}),
    "`If-None-Match`": frozenset({200, 304}),
    "`If-None-Match`, `A-IM: feed`": frozenset({200, 226, 304}),
}


class Poller:
    """One who asks in one way and coding; `passed` is how many bytes, both ways, `statuses` what it was answered."""

    def __init__(self, port: int, way: str, coding: str) -> None:
        self._port, self._way, self._coding = port, way, coding
        self._connection = Connection(port)
        self._etag: str | None = None
        self.passed = 0
        self.statuses: Counter[int] = Counter()

    def poll(self) -> None:
        """Ask once."""
        headers = {"accept_encoding": self._coding}
        if self._etag is not None and "If-None-Match" in self._way:
            headers["if_none_match"] = self._etag
            if "A-IM" in self._way:
                headers["a_im"] = "feed"
        request = get(self._port, HEAD, **headers)
        self._connection.send(request)
        while not self._connection.receive():
            pass
        self.passed += len(request) + len(self._connection.received)
        self.statuses[self._connection.status] += 1
        for line in self._connection.received.partition(b"\r\n\r\n")[0].split(b"\r\n"):
            name, _, value = line.decode("latin-1").partition(": ")
            if name.lower() == "etag":
                self._etag = value


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.bandwidth", description="What polling a feed costs.")
    parser.add_argument("--events", type=int, default=10_050)
    parser.add_argument("--polls", type=int, default=1_440)
    parser.add_argument("--appends", type=int, default=10)
    options = parser.parse_args(arguments)
    with TemporaryDirectory(prefix="orgline-bench-") as folder:
        url = f"sqlite:///{Path(folder) / 'bench.db'}"
        facts = Path(folder) / "facts.jsonl"
        importing.write(facts, options.events)
        importing.imported(url, facts)
        with opening.prepared(Settings(database_url=url)) as (database, _):
            token = tokens.create(database, "bench", ["append"], microseconds(), os.urandom)
        with orgline(url) as port:
            pollers = {(way, coding): Poller(port, way, coding) for way in WAYS for coding in CODINGS}
            _day(port, token, list(pollers.values()), options.polls, options.appends)
    print(f"{datetime.now(UTC):%Y-%m-%d}; {options.polls} polls, {options.appends} facts, of {options.events} before\n")
    print(f"| | {' | '.join(CODINGS)} | answers |\n|---{'|---:' * len(CODINGS)}|---|")
    wrong = False
    for way, due in WAYS.items():
        cells = [f"{pollers[way, coding].passed / 1_000:,.0f} kB" for coding in CODINGS]
        statuses = {str(dict(sorted(pollers[way, coding].statuses.items()))) for coding in CODINGS}
        wrong |= len(statuses) != 1 or set(pollers[way, CODINGS[0]].statuses) != due
        print(f"| {way} | {' | '.join(cells)} | {'; '.join(sorted(statuses))} |")
    return 1 if wrong else 0


def _day(port: int, token: str, pollers: Sequence[Poller], polls: int, appends: int) -> None:
    """All of them ask `polls` times; the appends lie evenly in between."""
    recording = Connection(port)
    recorded = 0
    for poll in range(polls):
        if recorded * polls < poll * appends and recorded < appends:
            data = {"organisation": f"polled-{recorded}", "name": f"Office number {recorded} for public records"}
            source = {"title": "Notice", "url": f"https://notices.example/{recorded}"}
            fact = {"type": "organisation.created", "effective": "2026-11-26", "data": data, "sources": [source]}
            recording.send(append(port, token, {"facts": [fact]}))
            while not recording.receive():
                pass
            if recording.status != 201:
                raise RuntimeError(f"an append was answered with {recording.status}")
            recorded += 1
        for poller in pollers:
            poller.poll()


if __name__ == "__main__":
    sys.exit(main())

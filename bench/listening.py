"""How soon listeners hear of an append, and what those cost to whom nothing is told.

    python -m bench.listening [--listeners 200] [--appends 100] [--rounds 3] [--idle 2000] [--gets 300] [--database URL]

`orgline serve` in a process of its own; the listeners are raw sockets in one thread here, which share the machine with
it. First, in turns, one listener and many of them: an appender records one fact after another, each once all have heard
of the last; measured is the time from sending it to its arrival at each listener (and to its acknowledgement). Aim: p99
with many at most 3 times that with one. Then as many as are idle connect: the memory of the service's processes above
that before (aim: below 200 MB), and what an ordinary GET takes before and meanwhile, in turns of no listeners and all.
The exit code is 1 if something did not arrive or was answered wrongly; speed is not judged.
"""

from __future__ import annotations

import argparse
import os
import selectors
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bench.connection import CONNECT_S_MAX, READ_BYTES, Connection, append, get
from bench.load import FACTS, SERIAL
from bench.serving import Served, orgline_process
from events.log import microseconds
from service.access import tokens
from service.cli import opening
from service.cli.serve import allow_files
from service.settings import Settings

RATIO: Final = 3
MEMORY_MB: Final = 200
SILENCE_S_MAX: Final = 15
AT_ONCE: Final = 100  # listeners that connect before the first of them is looked at
BEATS_S: Final = 11  # by then each idle listener has had a heartbeat
SPARE_FILES: Final = 256


class Listeners:
    """So many listeners from the head on. Raises TimeoutError where something does not arrive."""

    def __init__(self, port: int, number: int) -> None:
        self._selector = selectors.DefaultSelector()
        self._listeners: list[Connection] = []
        for first in range(0, number, AT_ONCE):
            batch = [Connection(port) for _ in range(min(AT_ONCE, number - first))]
            for listener in batch:
                listener.send(get(port, "/events/stream"))
                self._selector.register(listener.socket, selectors.EVENT_READ, listener)
            self._listeners += batch
            self.heard(b'data: {"position":', len(batch))

    def heard(self, text: bytes, number: int | None = None) -> list[float]:
        """When a text arrived at each of them (or at so many), by `time.perf_counter`."""
        left = len(self._listeners) if number is None else number
        times: list[float] = []
        while left > len(times):
            ready = self._selector.select(SILENCE_S_MAX)
            if not ready:
                raise TimeoutError(f"{left - len(times)} of {left} listeners did not hear {text!r}")
            for key, _ in ready:
                chunk = key.data.socket.recv(READ_BYTES)
                if not chunk:
                    raise ConnectionError(f"a stream ended: {key.data.received!r}")
                key.data.received += chunk
                if text in key.data.received:
                    times.append(time.perf_counter())
                    key.data.received = b""
        return times

    def close(self) -> None:
        """Leave."""
        self._selector.close()
        for listener in self._listeners:
            listener.socket.close()


class Appender:
    """Records one fact after another."""

    def __init__(self, port: int, token: str) -> None:
        self._connection = Connection(port)
        self._text = append(port, token, FACTS[0])
        self._numbers = count(microseconds() % 10**9)

    def append(self, listeners: Listeners) -> tuple[list[float], float]:
        """How long it took until each listener had heard of a new fact, and until it was acknowledged (s)."""
        serial = b"%010d" % next(self._numbers)
        self._connection.send(self._text.replace(SERIAL.encode(), serial))
        times = listeners.heard(b'"organisation":"unit-' + serial)
        while not self._connection.receive():
            pass
        acknowledged = time.perf_counter()  # after the listeners were read: an upper bound
        if self._connection.status != 201:
            raise ConnectionError(self._connection.received.decode("latin-1"))
        sent = self._connection.sent_at
        return [each - sent for each in times], acknowledged - sent

    def close(self) -> None:
        """Close its connection."""
        self._connection.socket.close()


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.listening", description="Listeners, told and idle.")
    parser.add_argument("--listeners", type=int, default=200, help="listeners to whom appends are told")
    parser.add_argument("--appends", type=int, default=100, help="appends in each turn")
    parser.add_argument("--rounds", type=int, default=3, help="turns of one listener and of many")
    parser.add_argument("--idle", type=int, default=2_000, help="listeners to whom nothing is told")
    parser.add_argument("--gets", type=int, default=300, help="ordinary requests in each turn")
    parser.add_argument("--database", help="URL of a database, if not a fresh SQLite file")
    options = parser.parse_args(arguments)
    allow_files(max(options.listeners, options.idle) + SPARE_FILES)
    with TemporaryDirectory(prefix="orgline-bench-") as folder:
        url = options.database or f"sqlite:///{Path(folder) / 'bench.db'}"
        with opening.prepared(Settings(database_url=url)) as (database, _):
            token = tokens.create(database, f"bench-{microseconds()}", ["append"], microseconds(), os.urandom)
        print(f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {url.partition(':')[0]}")
        try:
            with orgline_process(url) as served:
                _told(served, token, options)
            with orgline_process(url) as served:
                _idle(served, options)
        except (ConnectionError, TimeoutError) as error:
            print(error, file=sys.stderr)
            return 1
    return 0


def _told(served: Served, token: str, options: argparse.Namespace) -> None:
    numbers = (1, options.listeners)
    arrived: dict[int, list[float]] = {number: [] for number in numbers}
    acknowledged: dict[int, list[float]] = {number: [] for number in numbers}
    with closing(Appender(served.port, token)) as appender:
        for turn in range(options.rounds + 1):
            for number in numbers:
                with closing(Listeners(served.port, number)) as listeners:
                    for _ in range(options.appends):
                        times, whole = appender.append(listeners)
                        if turn:  # the first round warms up
                            arrived[number] += times
                            acknowledged[number].append(whole)
    print(f"{'listeners':>10}{'arrival p50 ms':>16}{'p99 ms':>10}{'acknowledged p50 ms':>21}{'p99 ms':>10}")
    for number in numbers:
        cells = [
            f"{_quantile(taken[number], part) * 1_000:>{width}.2f}"
            for taken, widths in ((arrived, (16, 10)), (acknowledged, (21, 10)))
            for part, width in zip((0.5, 0.99), widths, strict=True)
        ]
        print(f"{number:>10}{''.join(cells)}")
    ratio = _quantile(arrived[options.listeners], 0.99) / _quantile(arrived[1], 0.99)
    print(f"p99 of arrival, {options.listeners} / 1: {ratio:.2f} (aim {RATIO}: {_met(ratio <= RATIO)})")


def _idle(served: Served, options: argparse.Namespace) -> None:
    _gets(served.port, options.gets)  # warms up
    without = _gets(served.port, options.gets)
    before = _memory_mb(served.process)
    begun = time.perf_counter()
    with closing(Listeners(served.port, options.idle)) as listeners:
        connected = time.perf_counter() - begun
        time.sleep(BEATS_S)  # what is measured is how they idle, heartbeats included
        listeners.heard(b"event: position")
        during = _memory_mb(served.process) - before
        meanwhile = _gets(served.port, options.gets)
    after = _gets(served.port, options.gets)
    print(f"{options.idle} idle listeners, connected in {connected:.1f} s, each of them with a heartbeat since")
    print(f"memory above that without them: {during:.0f} MB (aim {MEMORY_MB}: {_met(during < MEMORY_MB)})")
    for name, taken in (("before", without), ("meanwhile", meanwhile), ("after", after)):
        cells = ", ".join(f"p{part * 100:.0f} {_quantile(taken, part) * 1_000:.2f} ms" for part in (0.5, 0.9, 0.99))
        print(f"GET /organisations {name:10} {cells}")


def _gets(port: int, number: int) -> list[float]:
    """How long so many ordinary requests took, one after another on a connection of their own (s)."""
    taken: list[float] = []
    client = Connection(port)
    with closing(client.socket):
        client.socket.settimeout(CONNECT_S_MAX)
        for _ in range(number):
            client.send(get(port, "/organisations?limit=10"))
            while not client.receive():
                pass
            if client.status != 200:
                raise ConnectionError(client.received.decode("latin-1"))
            taken.append(time.perf_counter() - client.sent_at)
    return taken


def _memory_mb(process: int) -> float:
    """What a process and its children have in memory (Linux)."""
    kib = 0
    for each in (process, *_children(process)):
        (line,) = [line for line in Path(f"/proc/{each}/status").read_text().splitlines() if line.startswith("VmRSS")]
        kib += int(line.split()[1])
    return kib / 1_024


def _children(process: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def _quantile(taken: Sequence[float], part: float) -> float:
    ordered = sorted(taken)
    return ordered[min(int(len(ordered) * part), len(ordered) - 1)]


def _met(is_met: bool) -> str:
    return "met" if is_met else "missed"


if __name__ == "__main__":
    sys.exit(main())

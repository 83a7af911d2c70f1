"""What it costs to notice each request: an application that counts them beside the same one that does not.

    python -m bench.observing [--rounds 40] [--requests 100] [--path /organisations/nhsx]

Both are called in this process, without a server (whose share would only hide the difference), in turns, and what is
compared is processor time. Aim: 0.97 of the requests a second that there would be otherwise, by the median of the
rounds.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import msgspec
from litestar import Litestar

from events import facts
from service.app import Orgline, create_app
from service.cli import opening
from service.settings import Settings

AIM: Final = 0.97


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; the exit code is 1 if an answer was not the one that was due."""
    parser = argparse.ArgumentParser(prog="python -m bench.observing", description="The cost of counting requests.")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--requests", type=int, default=100, help="of each in one round")
    parser.add_argument("--path", default="/organisations/nhsx")
    options = parser.parse_args(arguments)
    with TemporaryDirectory(prefix="orgline-bench-") as folder:
        settings = Settings(database_url=f"sqlite:///{Path(folder) / 'bench.db'}")
        _fill(settings)
        ratios, costs = asyncio.run(_measured(settings, options))
    print(f"counted {costs[0]:.1f} µs a request, uncounted {costs[1]:.1f} µs: {statistics.median(ratios):.3f}")
    print(f"aim {AIM}: {'met' if statistics.median(ratios) >= AIM else 'missed'}")
    return 0


async def _measured(settings: Settings, options: argparse.Namespace) -> tuple[list[float], tuple[float, float]]:
    """By round, the rate of what is counted by that of what is not; and what a request costs in µs, both ways."""
    app = create_app(settings)
    counted: list[float] = []
    uncounted: list[float] = []
    async with app.lifespan():
        for round_ in range(options.rounds + 1):
            turns = [(counted, Orgline.__call__), (uncounted, _uncounted)]
            for costs, call in turns if round_ % 2 else reversed(turns):
                cost = await _turn(app, call, options.path, options.requests)
                if round_:  # the first one is to warm up
                    costs.append(cost)
    ratios = [bare / ours for ours, bare in zip(counted, uncounted, strict=True)]
    return ratios, (statistics.median(counted), statistics.median(uncounted))


async def _uncounted(app: Orgline, scope: Any, receive: Any, send: Any) -> None:
    """All that the application does with a request but noticing it."""
    assert app.repeating is not None
    if app.repeating.find(scope) is None:
        await Litestar.__call__(app, scope, receive, send)


async def _turn(app: Orgline, call: Any, path: str, requests: int) -> float:
    """Microseconds of processor time that one request takes. Raises AssertionError for a wrong answer."""
    statuses = set()

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.add(message["status"])

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    began = time.thread_time()
    for _ in range(requests):
        await call(app, _scope(path), receive, send)
    took = time.thread_time() - began
    assert statuses == {200}, statuses
    return took / requests * 1_000_000


def _scope(path: str) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"127.0.0.1"), (b"accept", b"*/*"), (b"accept-encoding", b"identity")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8000),
    }


def _fill(settings: Settings) -> None:
    lines = resources.files("service.demo").joinpath("nhsx.jsonl").read_bytes().splitlines()
    with opening.prepared(settings) as (database, _):
        log, recorder = opening.log_of(database)
        body = msgspec.json.encode({"facts": [msgspec.Raw(line) for line in lines if line.strip()]})
        with database.snapshot() as connection:
            append = recorder.prepare(facts.decode(body), "bench", connection)
        log.commit([append])


if __name__ == "__main__":
    sys.exit(main())

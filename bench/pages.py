"""What an organisation's page on a day costs, beside a route that renders the same template from constant data.

    python -m bench.pages [--seconds 2] [--rounds 5] [--clients 4] [--browser]

Both are Litestar applications behind the same server with one worker and meet the same clients in turns. Nothing of
the page is kept from one answer to the next. Aim: 0.5 of the constant route, by the median of the rounds. With
`--browser` five pages are opened in Chromium: bytes on the wire, requests, and the time to the first paint.
"""

from __future__ import annotations

import argparse
import os
import pickle
import shutil
import statistics
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from litestar.testing import TestClient

from bench import constant, importing
from bench.connection import get
from bench.serving import orgline, server
from bench.turns import Contender, asked, compared, turn
from service.app import create_app
from service.pages import subject
from service.settings import Settings

PAGE: Final = "/organisations/nhsx?as_of=2021-06-01"
OPENED: Final = ("/", PAGE, "/organisations/nhsx/timeline", "/organisations?as_of=2021-06-01", "/events")
OF_CONSTANT: Final = 0.5
OPENINGS: Final = 5
FIRST_PAINT: Final = """new Promise(done => new PerformanceObserver(seen => {
  for (const paint of seen.getEntriesByName("first-contentful-paint")) done(paint.startTime);
}).observe({type: "paint", buffered: true}))"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; the exit code."""
    options = _parser().parse_args(arguments)
    with TemporaryDirectory(prefix="orgline-bench-") as folder, ExitStack() as servers:
        url = f"sqlite:///{Path(folder) / 'bench.db'}"
        importing.imported(url, Path(str(resources.files("service.demo").joinpath("nhsx.jsonl"))))
        files = Path(folder) / "files"
        files.mkdir()
        (files / constant.CONTEXT).write_bytes(pickle.dumps(_context(url)))
        port = servers.enter_context(orgline(url))
        bare = servers.enter_context(server("bench.constant:create", {constant.FOLDER: str(files)}))
        print(f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores; {options.clients} clients")
        page = Contender("page", port, get(port, PAGE, accept="text/html"), 200)
        rendered = Contender("constant data", bare, get(bare, "/rendered"), 200)
        ours, theirs = (len(asked(each.port, each.request)[1]) for each in (page, rendered))
        print(f"{PAGE}: {ours:,} bytes; from constant data {theirs:,}")
        for _ in range(options.rounds):
            for contender in (page, rendered):
                turn(contender, options.clients, options.seconds)
        print(compared(page, rendered, OF_CONSTANT))
        if options.browser:
            _open(port)
    return 1 if page.wrong or rendered.wrong else 0


def _context(url: str) -> tuple[str, dict[str, Any]]:
    """What the page's template is rendered with."""
    seen: list[tuple[str, dict[str, Any]]] = []
    render = subject.render

    def noting(template: str, **context: Any) -> bytes:
        seen.append((template, context))
        return render(template, **context)

    subject.render = noting
    try:
        with TestClient(create_app(Settings(database_url=url))) as client:
            client.get(PAGE, headers={"accept": "text/html"})
    finally:
        subject.render = render
    return seen[0]


def _open(port: int) -> None:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only where a browser is asked for

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with (
        sync_playwright() as started,
        started.chromium.launch(executable_path=chromium, args=["--no-sandbox"]) as opened,
    ):
        for path in OPENED:
            paints, sizes, requests = [], [], []
            for _ in range(OPENINGS):
                context = opened.new_context()
                page = context.new_page()
                took: list[Any] = []
                page.on("requestfinished", lambda request, took=took: took.append(request))
                page.goto(f"http://127.0.0.1:{port}{path}", wait_until="load")
                paints.append(page.evaluate(FIRST_PAINT))
                sizes.append(
                    sum(each.sizes()["responseBodySize"] + each.sizes()["responseHeadersSize"] for each in took)
                )
                requests.append(len(took))
                context.close()
            print(
                f"{path}: {statistics.median(sizes):,.0f} bytes in {statistics.median(requests):.0f} requests, "
                f"first paint after {statistics.median(paints):.0f} ms"
            )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.pages", description="An organisation's page on a day.")
    parser.add_argument("--seconds", type=float, default=2.0, help="length of a turn")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--browser", action="store_true", help="open five pages in Chromium too")
    return parser


if __name__ == "__main__":
    sys.exit(main())

"""How many readers of a feed are answered a second, beside constant routes of the same framework and server.

    python -m bench.feeds [--events 10000] [--database URL] [--beside URL] [--seconds 1] [--rounds 5] [--clients 16]

`orgline serve` and a bare Litestar application (`bench.constant`), each in a process of its own behind the same server
with one worker, meet the same clients, which keep their connections, in turns:

- unchanged: a head whose ETag the client has, beside a bare 304;
- head, archive: a head and an archive as gzip, asked for again and again, beside a route of as many constant bytes.

Aim: 0.7 of the constant route each, by the median of the rounds. Apart from them, how long the first answer after an
append takes, for which the head is rendered. `--beside` names a register of another size (a million events, say): what
heads and 304 cost there, in the same turns; aim 0.8. A register that is there is taken as it is, else a synthetic one
is made. The exit code is 1 if an answer was not the one that was due; speed is not judged.
"""

from __future__ import annotations

import argparse
import gzip
import os
import statistics
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bench import constant, importing
from bench.connection import append, get
from bench.load import FACTS, SERIAL
from bench.serving import orgline, server
from bench.turns import Contender, asked, compared, turn
from events.log import microseconds
from service.access import tokens
from service.cli import opening
from service.settings import Settings

HEAD: Final = "/feeds/all.atom"
ARCHIVE: Final = "/feeds/all/archive/1.atom"
OF_CONSTANT: Final = 0.7
OF_SMALLER: Final = 0.8
COLD: Final = 30  # appends, each followed by a reading of the head
CODED: Final = {"accept_encoding": "gzip"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; the exit code."""
    options = _parser().parse_args(arguments)
    with TemporaryDirectory(prefix="orgline-bench-") as folder, ExitStack() as servers:
        url = options.database or f"sqlite:///{Path(folder) / 'bench.db'}"
        if options.database is None:
            facts = Path(folder) / "facts.jsonl"
            importing.write(facts, options.events)
            importing.imported(url, facts)
        token = _token(url)
        port = servers.enter_context(orgline(url))
        print(f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores; {options.clients} clients")
        print(_cold(port, token))
        ours, sizes = _ours("", port)
        files = Path(folder) / "files"
        files.mkdir()
        for name, content in sizes.items():
            (files / name).write_bytes(content)
        theirs = _constant(servers.enter_context(server("bench.constant:create", {constant.FOLDER: str(files)})))
        beside: list[Contender] = []
        if options.beside is not None:
            beside, _ = _ours(" of the other register", servers.enter_context(orgline(options.beside)))
        for _ in range(options.rounds):
            for contender in (*ours, *theirs, *beside):
                turn(contender, options.clients, options.seconds)
        for mine, bare in zip(ours, theirs, strict=True):
            print(compared(mine, bare, OF_CONSTANT))
        for larger, mine in zip(beside[:2], ours[:2], strict=False):
            print(compared(larger, mine, OF_SMALLER))
        wrong = sum(each.wrong for each in (*ours, *theirs, *beside))
    if wrong:
        print(f"{wrong} answers were not those that were due", file=sys.stderr)
    return 1 if wrong else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.feeds", description="Feeds beside constant routes.")
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--database", help="URL of a register that is there already")
    parser.add_argument("--beside", help="URL of a register of another size")
    parser.add_argument("--seconds", type=float, default=1.0, help="length of a turn")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--clients", type=int, default=16)
    return parser


def _token(url: str) -> str:
    with opening.prepared(Settings(database_url=url)) as (database, _):
        return tokens.create(database, f"bench-{microseconds()}", ["append"], microseconds(), os.urandom)


def _cold(port: int, token: str) -> str:
    """How long the head takes after an append, and when nothing was appended."""
    first, again = [], []
    serial = f"{microseconds() % 10**10:010d}"
    text = append(port, token, FACTS[3]).replace(SERIAL.encode(), serial.encode())
    for _ in range(COLD):
        assert asked(port, text)[0] == 201
        for took in (first, again):
            begun = time.perf_counter()
            assert asked(port, get(port, HEAD, **CODED))[0] == 200
            took.append((time.perf_counter() - begun) * 1_000)
    return f"head after an append: {statistics.median(first):.1f} ms; again: {statistics.median(again):.2f} ms"


def _ours(where: str, port: int) -> tuple[list[Contender], dict[str, bytes]]:
    """What is asked of Orgline, and the bytes that it answers."""
    _, head, tag = asked(port, get(port, HEAD, **CODED))
    _, archive, _ = asked(port, get(port, ARCHIVE, **CODED))
    print(f"head{where}: {len(head):,} bytes ({len(gzip.decompress(head)):,} plain); archive: {len(archive):,} bytes")
    contenders = [
        Contender(f"unchanged{where}", port, get(port, HEAD, if_none_match=tag, **CODED), 304),
        Contender(f"head{where}", port, get(port, HEAD, **CODED), 200),
        Contender(f"archive{where}", port, get(port, ARCHIVE, **CODED), 200),
    ]
    return contenders, {"head": head, "archive": archive}


def _constant(port: int) -> list[Contender]:
    return [
        Contender("bare 304", port, get(port, "/unchanged", if_none_match='"constant"', **CODED), 304),
        Contender("constant bytes", port, get(port, "/head", **CODED), 200),
        Contender("constant bytes", port, get(port, "/archive", **CODED), 200),
    ]


if __name__ == "__main__":
    sys.exit(main())

"""How fast a register is followed from nothing: its archives rendered, fetched, read, folded, committed, proven.

    python -m bench.following [--events 20000] [--source FILE]

A synthetic register (`bench.synthetic`) is imported, or a copy of the SQLite file `--source` taken; `orgline serve`
serves it in a process of its own, and `orgline follow --once` makes two mirrors of it, one after the other: for the
first the archives are rendered, for the second they are there. The exit code is 1 unless all have the same root hash;
speed is not judged.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import importing, processes, serving
from events.database import Database
from events.log import Head, Log


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.following", description="Follow a register from nothing.")
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--source", type=Path, help="a register in a SQLite file, which is copied")
    options = parser.parse_args(arguments)
    with TemporaryDirectory(prefix="orgline-bench-") as name:
        folder = Path(name)
        source = f"sqlite:///{folder / 'source.db'}"
        if options.source is not None:
            shutil.copyfile(options.source, folder / "source.db")
            _run(source, "migrate")
        else:
            facts = folder / "facts.jsonl"
            importing.write(facts, options.events)
            importing.imported(source, facts)
        heads = [_head(source)]
        with serving.orgline(source) as port:
            for archives in ("to be rendered", "rendered before"):
                mirror = f"sqlite:///{folder / f'mirror-{len(heads)}.db'}"
                ran = _run(mirror, "follow", "--once", f"http://127.0.0.1:{port}")
                heads.append(_head(mirror))
                events = heads[-1].position
                rate = f"{events / ran.seconds:,.0f} events/s ({ran.seconds:.1f} s)"
                each = f"{ran.processor_s / events * 1e6:,.0f} µs of the mirror's processor each"
                print(f"{events:,} events, archives {archives}: {rate}, {each}", flush=True)
    for head in heads:
        print(f"{head.position} {head.root_hash.hex()}")
    return 0 if len({(head.position, head.root_hash) for head in heads}) == 1 else 1


def _run(url: str, *arguments: str) -> processes.Ran:
    ran = processes.run(url, *arguments)
    if ran.code:
        sys.exit(ran.told)
    return ran


def _head(url: str) -> Head:
    database = Database(url)
    try:
        return Log(database).head()
    finally:
        database.close()


if __name__ == "__main__":
    sys.exit(main())

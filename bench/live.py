"""What clients feel of a rebuild: 32 readers and an appender over HTTP, before it and while it goes on.

    python -m bench.live [--events 10000] [--readers 32] [--seconds 20] [--rounds 2] [--pause 0]
        [--database URL]

A synthetic register (`bench.synthetic`) is imported, and served by `orgline serve`. In each round the clients
(`bench.traffic`) first have it to themselves for some seconds, then `orgline rebuild` makes its statements anew in a
process of its own, for as long as that takes. Every answer is checked. Aim: the p99 of an append during the rebuilds is
at most 5 times that before them. A database that holds a register already is taken as it is: it must be a synthetic
one. Afterwards its state must be what the log says. The exit code is 1 if it is not, or if an answer was wrong or
failed; speed is not judged.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec

from bench import serving, synthetic
from bench.traffic import Seen, Traffic, lasting_of
from events.log import Log, microseconds
from service.access import tokens
from service.cli import opening
from service.settings import Settings, variable

RATIO: Final = 5
RUN_S_MAX: Final = 3_600
WARM_UP_S: Final = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.live", description="Reads and appends during a rebuild.")
    parser.add_argument("--events", type=int, default=10_000, help="events of the register")
    parser.add_argument("--readers", type=int, default=32, help="readers at once")
    parser.add_argument("--seconds", type=float, default=20.0, help="how long each round goes on without a rebuild")
    parser.add_argument("--rounds", type=int, default=2, help="rebuilds, one after another")
    parser.add_argument("--pause", type=float, default=0.0, help="how long a reader rests before it asks again (s)")
    parser.add_argument("--database", help="URL of a database, if not a fresh SQLite file")
    options = parser.parse_args(arguments)
    with TemporaryDirectory(prefix="orgline-bench-") as folder:
        url = options.database or f"sqlite:///{Path(folder) / 'bench.db'}"
        token, head = _prepared(url, options.events, Path(folder))
        print(f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {url.partition(':')[0]}; events before: {head:,}")
        name = f"unit-{head}"  # no other run on this database began at this head
        with (
            serving.orgline(url) as port,
            closing(Traffic(port, token, options.readers, lasting_of(options.events), name)) as traffic,
        ):
            quiet, rebuilding = _measured(url, traffic, options)
        print(_ratio(quiet, rebuilding))
        differs = _command(url, "verify")
    for fault in (*quiet.faults, *rebuilding.faults):
        print(fault, file=sys.stderr)
    return 1 if quiet.faults or rebuilding.faults or differs else 0


def _measured(url: str, traffic: Traffic, options: argparse.Namespace) -> tuple[Seen, Seen]:
    """What was seen in all rounds before a rebuild, and during it; printed round by round."""
    quiet, rebuilding = Seen(), Seen()
    quiet.faults += traffic.run(_for(WARM_UP_S), RUN_S_MAX, options.pause).faults
    columns = f"{'p50 ms':>9}{'p99 ms':>9}{'max ms':>9}"
    print(f"{'':10}{'s':>8}{'appends/s':>11}{columns}{'reads/s':>9}{columns}{'faults':>8}")
    for _ in range(options.rounds):
        quiet.add(_shown("before", traffic.run(_for(options.seconds), RUN_S_MAX, options.pause)))
        rebuilding.add(_shown("rebuild", _during_rebuild(url, traffic, options.pause)))
    return quiet, rebuilding


def _prepared(url: str, events: int, folder: Path) -> tuple[str, int]:
    """A register of so many events: the text of a token that may append, and the log's position."""
    with opening.prepared(Settings(database_url=url)) as (database, _):
        token = tokens.create(database, f"bench-{microseconds()}", ["append"], microseconds(), os.urandom)
        head = Log(database).head().position
    if head == 0:
        file = folder / "facts.jsonl"
        with file.open("wb") as lines:
            for fact in synthetic.facts(events):
                lines.write(msgspec.json.encode(fact) + b"\n")
        if _command(url, "import", str(file)):
            sys.exit("the register could not be imported")
        head = events
    return token, head


def _during_rebuild(url: str, traffic: Traffic, pause_s: float) -> Seen:
    process = subprocess.Popen((sys.executable, "-m", "service.cli", "rebuild"), env=_environment(url))
    try:
        seen = traffic.run(lambda _: process.poll() is None, RUN_S_MAX, pause_s)
    finally:
        process.kill()  # by then it has ended, but for a fault
    if process.wait():
        seen.faults.append(f"orgline rebuild ended with {process.returncode}")
    return seen


def _for(seconds: float) -> Callable[[Seen], bool]:
    """Whether these seconds, from now on, have not passed."""
    end = microseconds() + seconds * 1_000_000
    return lambda _: microseconds() < end


def _command(url: str, *arguments: str) -> int:
    command = (sys.executable, "-m", "service.cli", *arguments)
    return subprocess.run(command, env=_environment(url), check=False).returncode


def _environment(url: str) -> dict[str, str]:
    return {**os.environ, variable("database_url"): url}


def _shown(name: str, seen: Seen) -> Seen:
    """Print what was seen; the same."""
    cells = f"{name:10}{seen.seconds:>8.1f}"
    for taken, width in ((seen.appends, 11), (seen.reads, 9)):
        cells += f"{len(taken) / seen.seconds:>{width},.0f}"
        cells += "".join(f"{_quantile(taken, part) * 1_000:>9.1f}" for part in (0.5, 0.99, 1.0))
    print(f"{cells}{len(seen.faults):>8}", flush=True)
    return seen


def _ratio(quiet: Seen, rebuilding: Seen) -> str:
    p50, p99 = (_quantile(rebuilding.appends, part) / _quantile(quiet.appends, part) for part in (0.5, 0.99))
    return (
        f"appends, rebuild / before: p50 {p50:.2f}, p99 {p99:.2f} (aim {RATIO}: {'met' if p99 <= RATIO else 'missed'})"
    )


def _quantile(taken: Sequence[float], part: float) -> float:
    ordered = sorted(taken)
    return ordered[min(int(len(ordered) * part), len(ordered) - 1)] if ordered else float("nan")


if __name__ == "__main__":
    sys.exit(main())

"""What it costs to append to one organisation that has had a hundred facts, a thousand, … a hundred thousand.

    python -m bench.one [--facts 100 1000 10000 100000] [--database URL]

One organisation is told of in as many facts on as many slots: identifiers, relations, responsibilities, priorities,
appointments and names of its own. Each time it has so many, single appends to it are measured as in `bench.scale`.
The median after the last should be that after the first.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from io import BytesIO
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import msgspec

from bench import importing
from bench.appending import Appending
from events.event import new_id
from service import collecting
from service.cli import opening
from service.settings import Settings

SIZES: Final = (100, 1_000, 10_000, 100_000)
APPENDS: Final = 300  # of each size, after WARM_UP that do not count
WARM_UP: Final = 50
ORGANISATION: Final = "the-one"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; the exit code."""
    options = _parser().parse_args(arguments)
    collecting.seldom()  # as the service has it
    medians: list[float] = []
    told = _facts()
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="orgline-bench-"))
        url = options.database or f"sqlite:///{Path(folder) / 'one.db'}"
        database, _ = stack.enter_context(opening.prepared(Settings(database_url=url)))
        appending = stack.enter_context(Appending(database))
        for size in options.facts:
            missing = islice(told, max(0, size - appending.head()))
            importing.take_in(database, BytesIO(b"".join(msgspec.json.encode(fact) + b"\n" for fact in missing)))
            taken = [appending.append(next(told)) for _ in range(WARM_UP + APPENDS)][WARM_UP:]
            medians.append(statistics.median(each.seconds for each in taken))
            work = statistics.median(each.processor_s for each in taken)
            p99 = statistics.quantiles((each.seconds for each in taken), n=100)[-1]
            print(
                f"{size:>9,} facts before: append p50 {medians[-1] * 1e3:.2f} ms, p99 {p99 * 1e3:.2f} ms, "
                f"processor {work * 1e3:.2f} ms",
                flush=True,
            )
    print(f"the last / the first: {medians[-1] / medians[0]:.2f}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.one", description="Appends to one large organisation.")
    parser.add_argument("--facts", type=int, nargs="+", default=SIZES, help="sizes, the smallest first")
    parser.add_argument("--database", help="URL of an empty database, if not a fresh SQLite file")
    return parser


def _facts() -> Iterator[dict[str, Any]]:
    """The life of the organisation without an end, in an order that is always the same."""
    yield _fact(0, "organisation.created", name="The One", classification="agency")
    n = 1
    while True:
        for type_, data in (
            ("identifier.assigned", {"scheme": "bench", "value": f"{n}"}),
            ("relation.started", {"kind": "works_with", "target": f"other-{n}"}),
            ("responsibility.gained", {"responsibility": f"duty-{n}", "title": f"Duty {n}"}),
            ("priority.set", {"priority": f"priority-{n}", "title": f"Priority {n}"}),
            ("post.created", {"post": f"post-{n}", "title": f"Post {n}"}),
            ("appointment.started", {"post": f"post-{n}", "person": f"person-{n}", "person_name": f"Kim {n}"}),
            ("name.adopted", {"name": f"Brand {n}", "kind": "brand"}),
        ):
            yield _fact(n, type_, **data)
            n += 1


def _fact(n: int, type_: str, **data: Any) -> dict[str, Any]:
    id_ = new_id(n, n.to_bytes(10, "big"))
    day = f"{2000 + n % 20}-{1 + n % 12:02d}-01"
    return {"id": id_, "type": type_, "effective": day, "data": {"organisation": ORGANISATION, **data}}


if __name__ == "__main__":
    sys.exit(main())

"""What pictures cost: those of NHSX, and of an organisation with 5,000 events. Reading and drawing, nothing kept; in
processor time, so that what else the machine does hardly matters.

    python -m bench.pictures [--events 5000] [--rounds 30] [--database URL]

The timeline of the large one should take at most 20 times that of NHSX.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from importlib import resources
from io import BytesIO
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from bench import importing
from events import register
from events.event import new_id
from events.log import microseconds
from events.queries import Queries, lanes, lineage
from events.queries.lanes import Window
from service.cli import opening
from service.representations import lineage_picture, timeline_picture
from service.representations.drawing import WIDTH_DEFAULT
from service.representations.lineage_picture import NODES_DRAWN_DEFAULT, NODES_DRAWN_MAX
from service.settings import Settings

LARGE: Final = "the-large-one"
ROUNDS: Final = 30
RATIO_MAX: Final = 20


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; the exit code, 1 where the ratio is above its aim."""
    options = _parser().parse_args(arguments)
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="orgline-bench-"))
        url = options.database or f"sqlite:///{Path(folder) / 'pictures.db'}"
        database, _ = stack.enter_context(opening.prepared(Settings(database_url=url)))
        importing.take_in(database, BytesIO(resources.files("service.demo").joinpath("nhsx.jsonl").read_bytes()))
        made = islice(facts(), options.events)
        importing.take_in(database, BytesIO(b"".join(msgspec.json.encode(fact) + b"\n" for fact in made)))
        own = register.load(database)
        assert own is not None
        queries = Queries(database, own)
        with database.snapshot() as connection:
            medians = {
                (what, slug): _median(options.rounds, draw, queries, connection, slug)
                for what, draw in (("timeline", _timeline), ("lineage", _lineage))
                for slug in ("nhsx", LARGE)
            }
    for (what, slug), (milliseconds, size) in medians.items():
        print(f"{what:<9} {slug:<14} {milliseconds:8.1f} ms {size / 1000:8.1f} kB")
    ratio = medians["timeline", LARGE][0] / medians["timeline", "nhsx"][0]
    print(f"timeline, {options.events:,} events / NHSX: {ratio:.1f} (aim: at most {RATIO_MAX})")
    return 0 if ratio <= RATIO_MAX else 1


Draw = Callable[[Queries, sa.Connection, str], bytes]


def _median(rounds: int, draw: Draw, queries: Queries, connection: sa.Connection, slug: str) -> tuple[float, int]:
    """Milliseconds of the processor for one picture, and its bytes."""
    taken, content = [], b""
    for _ in range(rounds):
        began = time.thread_time()
        content = draw(queries, connection, slug)
        taken.append((time.thread_time() - began) * 1e3)
    return statistics.median(taken), len(content)


def _timeline(queries: Queries, connection: sa.Connection, slug: str) -> bytes:
    question = queries.question(connection, None, None, microseconds())
    found = lanes.of(queries, connection, slug, question)
    assert found is not None
    asked = timeline_picture.Asked(
        question=question, marked=False, window=Window(), width=WIDTH_DEFAULT, source="Source: bench", seed=slug
    )
    return timeline_picture.draw(found, asked)


def _lineage(queries: Queries, connection: sa.Connection, slug: str) -> bytes:
    question = queries.question(connection, None, None, microseconds())
    most = NODES_DRAWN_MAX if slug == LARGE else NODES_DRAWN_DEFAULT
    found = lineage.of(queries, connection, slug, question, nodes_max=most, at_once=True)
    assert found is not None
    asked = lineage_picture.Asked(width=WIDTH_DEFAULT, register=queries.register, source="Source: bench", seed=slug)
    return lineage_picture.draw(found, asked)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.pictures", description="What pictures cost.")
    parser.add_argument("--events", type=int, default=5_000, help="about the large organisation")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="of each picture")
    parser.add_argument("--database", help="URL of an empty database, if not a fresh SQLite file")
    return parser


def facts() -> Iterator[dict[str, Any]]:
    """The long life of an organisation without an end: posts with holder after holder, initiatives through all their
    stages, targets that are moved, plans that are fulfilled or not, names, mergers with others; dates of all kinds.
    """
    yield _fact(0, "organisation.created", "1900-01", name="The Large One")
    n = 1
    while True:
        year = 1900 + n // 60 % 120
        post, holder, before = f"post-{n % 40}", f"person-{n}", f"person-{n - 40 * 12}"
        opened = _fact(n, "appointment.started", f"{year}-03", post=post, person=holder, person_name=f"Kim Holder {n}")
        yield opened
        if n > 40 * 12:
            yield _fact(n + 1, "appointment.ended", f"{year}-03", post=post, person=before)
        yield _fact(n + 2, "initiative.announced", f"{year}-21", initiative=f"i-{n}", name=f"Programme of reform {n}")
        yield _fact(n + 3, "initiative.launched", f"[{year}-06-01..{year + 1}-02-01]", initiative=f"i-{n}")
        yield _fact(n + 4, "target.set", f"{year}~", target=f"t-{n}", name=f"Waiting time {n}", due=f"{year + 3}")
        yield _fact(n + 5, "target.moved", f"{year + 2}", target=f"t-{n}", to=f"{year + 5}")
        yield _fact(n + 6, "change.announced", f"{year}-05-{1 + n % 28:02}", plan=f"p-{n}", title=f"Plan of change {n}")
        if n % 2:
            yield _fact(n + 7, "change.withdrawn", f"{year + 1}-{1 + n % 12:02}", plan=f"p-{n}")
        yield _fact(n + 8, "name.adopted", f"{year}?", name=f"Brand of {year} {n}", kind="brand")
        yield _fact(n + 9, "organisation.merged", f"{year}-10", originals=[f"body-{n}"], result=LARGE)
        n += 12


def _fact(n: int, type_: str, effective: str, **data: Any) -> dict[str, Any]:
    owned = type_ not in ("target.moved", "change.withdrawn", "organisation.merged")
    given = {"organisation": LARGE, **data} if owned else data
    return {"id": new_id(n, n.to_bytes(10, "big")), "type": type_, "effective": effective, "data": given}


if __name__ == "__main__":
    sys.exit(main())

"""`orgline demo`: the history of NHSX in a fresh database, served."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Final

import click
import msgspec

from events.errors import Fault
from events.log import microseconds
from service import tracing
from service.access import tokens
from service.cli import opening, serve
from service.cli.explaining import ExplainedCommand
from service.importing import jsonl
from service.importing.jsonl import Line
from service.importing.resume import Import
from service.settings import Settings

FILE: Final = "orgline-demo-{port}.db"
SEEDS: Final = "nhsx.jsonl"
DAYS: Final = ("2018-12-31", "2019-12-31", "2021-11-22", "2022-06-01")
FACT: Final = (
    '{"type": "name.adopted", "effective": "2022-03", '
    '"data": {"organisation": "nhs-england", "name": "NHSE", "kind": "short"}}'
)


@click.command(
    cls=ExplainedCommand,
    short_help="Serve an example, the history of NHSX.",
    examples=["orgline demo", "orgline demo --port 8001"],
)
@serve.listening
@click.pass_obj
@click.pass_context
def demo(context: click.Context, settings: Settings, host: str | None, port: int | None) -> None:
    """Serve an example, the history of NHSX, from a fresh database in this folder: orgline-demo-PORT.db."""
    if context.parent is not None and context.parent.params["database"] is not None:
        raise click.UsageError("demo makes a database of its own, anew each time: leave out --database")
    tracing.check(settings)
    settings = serve.bound(settings, host, port)
    file = Path(FILE.format(port=settings.port))  # each port its own, so that no demo takes another's away
    settings = msgspec.structs.replace(settings, database_url=f"sqlite:///{file}")
    for ending in ("", "-wal", "-shm", "-journal", "-append.lock"):
        file.with_name(file.name + ending).unlink(missing_ok=True)
    count, token = _seed(settings)
    address = serve.listening_at(settings)
    serve.run(settings, "\n".join(_said(address, file, count, token)))


def _said(address: str, file: Path, count: int, token: str) -> Iterator[str]:
    """The lines that are printed once it answers."""
    yield f"The history of NHSX, {count} facts, on {address} (database {file}, made anew by each demo)"
    yield f"\nLook at it in a browser:\n  {address}/organisations/nhsx?as_of=2021-06-01"
    yield "\nAsk what it looked like on a day:"
    for day in DAYS:
        yield f"  curl '{address}/organisations/nhsx?as_of={day}'"
    yield "\nOr in another terminal, without the service:"
    yield f"  orgline --database sqlite:///{file} timeline nhsx"
    yield f"\nFollow it in a feed reader:\n  {address}/feeds/organisations/nhsx.atom\n  {address}/feeds/all.atom"
    yield f"\nRead how everything is called:\n  {address}/schema"
    yield f"\nAdd a fact with this token, in a browser ({address}/sign-in) or from here:\n  {token}"
    yield (
        f"  curl -X POST '{address}/events' -H 'Authorization: Bearer {token}' -H 'Content-Type: application/json' "
        f"-d '{FACT}'"
    )
    yield "\nCtrl-C ends it."


def _seed(settings: Settings) -> tuple[int, str]:
    """Record the seed facts; how many there are, and a token to append more."""

    def refuse(line: Line, fault: Fault) -> None:
        raise AssertionError(f"seed fact {line.number}: {fault.pointer} {fault.detail}")

    seeds = resources.files("service.demo").joinpath(SEEDS)
    with opening.prepared(settings) as (database, _), seeds.open("rb") as file:
        run = Import(*opening.log_of(database), recorded_by="orgline demo", refuse=refuse)
        outcome = run.run(jsonl.read(file))
        token = tokens.create(database, "demo", ("append", "correct", "define-types"), microseconds(), os.urandom)
    return outcome.recorded, token

"""`orgline demo`: the history of NHSX in a fresh database, served."""

from __future__ import annotations

import os
from importlib import resources
from pathlib import Path
from typing import Final

import click
import msgspec

from events.errors import Fault
from events.log import microseconds
from service.access import tokens
from service.cli import opening, serve
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


@click.command()
@serve.listening
@click.pass_obj
@click.pass_context
def demo(context: click.Context, settings: Settings, host: str | None, port: int | None) -> None:
    """Serve an example, the history of NHSX, from a fresh database in this folder: orgline-demo-PORT.db."""
    if context.parent is not None and context.parent.params["database"] is not None:
        raise click.UsageError("demo makes a database of its own, anew each time: leave out --database")
    settings = serve.bound(settings, host, port)
    file = Path(FILE.format(port=settings.port))  # each port its own, so that no demo takes another's away
    settings = msgspec.structs.replace(settings, database_url=f"sqlite:///{file}")
    for ending in ("", "-wal", "-shm", "-journal", "-append.lock"):
        file.with_name(file.name + ending).unlink(missing_ok=True)
    count, token = _seed(settings)
    address = serve.listening_at(settings)
    click.echo(f"The history of NHSX, {count} facts, on {address} (database {file}, made anew by each demo)")
    click.echo("\nAsk what it looked like on a day:")
    for day in DAYS:
        click.echo(f"  curl '{address}/organisations/nhsx?as_of={day}'")
    click.echo("\nFollow it in a feed reader:")
    click.echo(f"  {address}/feeds/organisations/nhsx.atom\n  {address}/feeds/all.atom")
    click.echo(f"\nRead how everything is called:\n  {address}/schema")
    click.echo(f"\nAppend a fact with this token:\n  {token}")
    click.echo(
        f"  curl -X POST '{address}/events' -H 'Authorization: Bearer {token}' -H 'Content-Type: application/json' "
        f"-d '{FACT}'"
    )
    click.echo("\nCtrl-C ends it.")
    serve.run(settings)


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

"""`orgline import` and `orgline export`: facts as JSON Lines."""

from __future__ import annotations

import sys
from typing import BinaryIO, Final

import click

from events.anomalies import Anomaly
from events.errors import Fault
from events.log import Log
from service.cli import BAD_INPUT, opening
from service.cli.progress import counting
from service.importing import export as exporting
from service.importing import jsonl
from service.importing.jsonl import Line
from service.importing.resume import Import
from service.settings import Settings

RECORDED_BY: Final = "orgline import"


@click.command("import")
@click.argument("file", type=click.File("rb"), metavar="FILE.jsonl")
@click.pass_obj
@click.pass_context
def import_(context: click.Context, settings: Settings, file: BinaryIO) -> None:
    """Record the facts of a file of JSON Lines, one plain fact a line (- reads standard input).

    Facts that are known already are passed over, so an import that broke off is simply run again. A bad line is
    reported as FILE:LINE: pointer: what, all others are recorded, and the exit code is 2. What is odd about a line that
    was recorded is told as FILE:LINE: warning: what.
    """
    name = getattr(file, "name", "-")

    def refuse(line: Line, fault: Fault) -> None:
        click.echo(f"{name}:{line.number}: {fault.pointer or '/'}: {fault.detail}", err=True)

    def warn(line: Line, anomaly: Anomaly) -> None:
        click.echo(f"{name}:{line.number}: warning: {anomaly.detail}", err=True)

    with opening.database(settings) as database, counting("Importing", _size(file)) as progress:
        opening.its_register(database)
        run = Import(*opening.log_of(database), recorded_by=RECORDED_BY, refuse=refuse, warn=warn)
        outcome = run.run(jsonl.read(file), lambda line: progress(line.end))
    click.echo(f"{outcome.recorded} recorded, {outcome.known} known already, {outcome.refused} refused")
    if outcome.refused:
        context.exit(BAD_INPUT)


@click.command()
@click.argument("file", type=click.File("wb", atomic=True), default="-", metavar="[FILE]")
@click.pass_obj
def export(settings: Settings, file: BinaryIO) -> None:
    """Write all facts as JSON Lines, in the order of the log and with their ids, as `import` takes them."""
    removed = 0
    with opening.database(settings) as database:
        log = Log(database)
        with database.snapshot() as connection:
            for _, line in exporting.lines(log, connection):
                if line is None:
                    removed += 1
                else:
                    file.write(line)
    if removed:
        click.echo(f"removed: {removed} facts were removed from the register and are not in the export", err=True)


def _size(file: BinaryIO) -> int | None:
    """The bytes of a file on disk."""
    if file is sys.stdin.buffer or not file.seekable():
        return None
    size = file.seek(0, 2)
    file.seek(0)
    return size

"""`orgline rebuild` makes the statements anew from the log; `orgline verify` proves that they equal a fresh fold."""

from __future__ import annotations

from typing import Final

import click

from events import rebuilding
from service.cli import NO, opening
from service.cli.progress import counting
from service.settings import Settings

DIFFERENCES_SHOWN_MAX: Final = 20


@click.command()
@click.pass_obj
def rebuild(settings: Settings) -> None:
    """Make the statements anew from the log.

    Readers are not disturbed: they are answered from the old ones until the new ones are complete.
    """
    with opening.database(settings) as database, counting("Rebuilding") as progress:
        rebuilt = rebuilding.rebuild(database, progress=progress)
    click.echo(f"generation {rebuilt.generation}: {rebuilt.statements} statements from {rebuilt.events} events")


@click.command()
@click.pass_obj
@click.pass_context
def verify(context: click.Context, settings: Settings) -> None:
    """Compare the statements that are kept with a fresh fold of the log; exit code 1 if any differs."""
    with opening.database(settings) as database, counting("Verifying") as progress:
        differences = rebuilding.verify(database, progress=progress)
    if not differences:
        click.echo("no difference")
        return
    for difference in differences[:DIFFERENCES_SHOWN_MAX]:
        click.echo(difference)
    click.echo(f"different: {len(differences)} differences; `orgline rebuild` makes the statements anew", err=True)
    context.exit(NO)

"""`orgline rebuild` makes the statements anew from the log; `orgline verify` proves that they equal a fresh fold."""

from __future__ import annotations

import click

from events import rebuilding, verifying
from service.cli import NO, opening, structured
from service.cli.explaining import ExplainedCommand
from service.cli.progress import counting
from service.settings import Settings


@click.command(
    cls=ExplainedCommand,
    short_help="Make the state anew from the log.",
    examples=["orgline rebuild", "orgline rebuild --json"],
)
@structured.json_option
@click.pass_obj
def rebuild(settings: Settings, as_json: bool) -> None:
    """Make the statements anew from the log.

    Readers are not disturbed: they are answered from the old ones until the new ones are complete.
    """
    with opening.database(settings) as database, counting("Rebuilding") as progress:
        rebuilt = rebuilding.rebuild(database, progress=progress)
    if as_json:
        structured.show(rebuilt)
        return
    click.echo(f"generation {rebuilt.generation}: {rebuilt.statements} statements from {rebuilt.events} events")


@click.command(
    cls=ExplainedCommand,
    short_help="Check the log and the state.",
    examples=["orgline verify", "orgline verify --json"],
)
@structured.json_option
@click.pass_obj
@click.pass_context
def verify(context: click.Context, settings: Settings, as_json: bool) -> None:
    """Compare the log with its hashes, and the state with a fresh fold of it; exit code 1 if anything differs."""
    with opening.database(settings) as database, counting("Verifying") as progress:
        differences = verifying.verify(database, progress=progress)
    if as_json:
        structured.show({"differences": differences})
    else:
        for difference in differences or ("no difference",):
            click.echo(difference)
    if not differences:
        return
    click.echo(
        f"different: {len(differences)} found; where it is not the log itself, `orgline rebuild` mends it", err=True
    )
    context.exit(NO)

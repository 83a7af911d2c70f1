"""`orgline migrate`: the database at the schema that this version needs."""

from __future__ import annotations

import click
import msgspec

import migrations
from service.cli import opening, structured
from service.cli.explaining import ExplainedCommand
from service.settings import Settings


@click.command(
    cls=ExplainedCommand,
    short_help="Make the database, or bring it up to date.",
    examples=["orgline migrate", "orgline --database sqlite:///other.db migrate --json"],
)
@structured.json_option
@click.pass_obj
def migrate(settings: Settings, as_json: bool) -> None:
    """Make the database where there is none, and bring it to the newest schema where it is behind."""
    with opening.prepared(msgspec.structs.replace(settings, migrate=True)) as (database, register):
        shown, schema = opening.shown(database), migrations.current(database)
    if as_json:
        structured.show({"register": register.id, "title": register.title, "database": shown, "schema": schema})
    else:
        click.echo(f"{register.title}: {shown} is at schema {schema}")

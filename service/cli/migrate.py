"""`orgline migrate`: the database at the schema that this version needs."""

from __future__ import annotations

import click

import migrations
from service.cli import opening
from service.settings import Settings


@click.command()
@click.pass_obj
def migrate(settings: Settings) -> None:
    """Make the database where there is none, and bring it to the newest schema where it is behind."""
    with opening.prepared(settings) as (database, register):
        click.echo(f"{register.title}: {opening.shown(database)} is at schema {migrations.current(database)}")

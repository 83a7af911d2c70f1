"""`orgline token`: who may append, and who may read where reading is closed."""

from __future__ import annotations

import os
from datetime import UTC, datetime

import click

from events.log import microseconds
from service.access import tokens
from service.cli import opening
from service.cli.tables import show
from service.settings import Settings


@click.group()
def token() -> None:
    """Make, list and revoke tokens."""


@token.command()
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    metavar="SCOPE",
    help=f"What the token allows: {', '.join(tokens.SCOPES)}. Repeat it for several.",
)
@click.pass_obj
def create(settings: Settings, name: str, scopes: tuple[str, ...]) -> None:
    """Make a token and print it as the last line; it is shown this once and kept nowhere."""
    with opening.database(settings) as database:
        text = tokens.create(database, name, scopes, microseconds(), os.urandom)
    click.echo(f"{name} may {', '.join(dict.fromkeys(scopes))}; keep this, it cannot be shown again:", err=True)
    click.echo(text)


@token.command("list")
@click.pass_obj
def list_(settings: Settings) -> None:
    """List all tokens, also revoked ones."""
    with opening.database(settings) as database:
        rows = [
            (each.name, " ".join(each.scopes), _day(each.created_at), _day(each.revoked_at), each.id)
            for each in tokens.list(database)
        ]
    show(("name", "scopes", "created", "revoked", "id"), rows)


@token.command()
@click.argument("which", metavar="NAME|ID")
@click.pass_obj
def revoke(settings: Settings, which: str) -> None:
    """Revoke a token by its id, or by its name where only one in use has it."""
    with opening.database(settings) as database:
        revoked = tokens.revoke(database, which, microseconds())
    click.echo(f"revoked: {revoked.name} ({revoked.id})")


def _day(time: int | None) -> str:
    """A time in microseconds as its day (UTC)."""
    return "" if time is None else datetime.fromtimestamp(time / 1e6, UTC).date().isoformat()

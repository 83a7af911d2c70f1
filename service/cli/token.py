"""`orgline token`: who may append, and who may read where reading is closed."""

from __future__ import annotations

import os
from datetime import UTC, datetime

import click
import msgspec

from events.event import instant
from events.log import microseconds
from service.access import tokens
from service.access.tokens import Token
from service.cli import opening, structured
from service.cli.explaining import ExplainedGroup
from service.cli.tables import show
from service.settings import Settings


class TokenShown(msgspec.Struct, kw_only=True):
    """What there is to tell of a token, without its text. Times are in RFC 3339."""

    id: str
    name: str
    scopes: tuple[str, ...]
    created_at: str
    revoked_at: str | None


@click.group(
    cls=ExplainedGroup,
    examples=["orgline token create curator --scope append --scope correct", "orgline token list"],
)
def token() -> None:
    """Make, list and revoke tokens."""


@token.command(
    examples=[
        "orgline token create editor --scope append --scope correct",
        "orgline token create reader --scope read --json",
    ]
)
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    metavar="SCOPE",
    shell_complete=lambda _context, _option, begun: [each for each in tokens.SCOPES if each.startswith(begun)],
    help=f"What the token allows: {', '.join(tokens.SCOPES)}. Repeat it for several.",
)
@structured.json_option
@click.pass_obj
def create(settings: Settings, name: str, scopes: tuple[str, ...], as_json: bool) -> None:
    """Make a token and print it as the last line; it is shown this once and kept nowhere."""
    with opening.database(settings) as database:
        text = tokens.create(database, name, scopes, microseconds(), os.urandom)
    if as_json:
        structured.show({"name": name, "scopes": list(dict.fromkeys(scopes)), "token": text})
        return
    click.echo(f"{name} may {', '.join(dict.fromkeys(scopes))}; keep this, it cannot be shown again:", err=True)
    click.echo(text)


@token.command("list", examples=["orgline token list", "orgline token list --json"])
@structured.json_option
@click.pass_obj
def list_(settings: Settings, as_json: bool) -> None:
    """List all tokens, also revoked ones."""
    with opening.database(settings) as database:
        found = tokens.list(database)
    if as_json:
        structured.show({"items": [_shown(each) for each in found]})
        return
    rows = [(each.name, " ".join(each.scopes), _day(each.created_at), _day(each.revoked_at), each.id) for each in found]
    show(("name", "scopes", "created", "revoked", "id"), rows)


@token.command(examples=["orgline token revoke curator"])
@click.argument("which", metavar="NAME|ID")
@structured.json_option
@click.pass_obj
def revoke(settings: Settings, which: str, as_json: bool) -> None:
    """Revoke a token by its id, or by its name where only one in use has it."""
    with opening.database(settings) as database:
        revoked = tokens.revoke(database, which, microseconds())
    if as_json:
        structured.show(_shown(revoked))
        return
    click.echo(f"revoked: {revoked.name} ({revoked.id})")


def _shown(token: Token) -> TokenShown:
    revoked_at = None if token.revoked_at is None else instant(token.revoked_at)
    return TokenShown(
        id=token.id,
        name=token.name,
        scopes=token.scopes,
        created_at=instant(token.created_at),
        revoked_at=revoked_at,
    )


def _day(time: int | None) -> str:
    """A time in microseconds as its day (UTC)."""
    return "" if time is None else datetime.fromtimestamp(time / 1e6, UTC).date().isoformat()

"""`orgline settings`: what can be set, and what is."""

from __future__ import annotations

import click
import msgspec
import sqlalchemy as sa

from events.database import shown as shown_url
from service import settings as described
from service.cli import structured, tables
from service.cli.explaining import ExplainedCommand
from service.settings import Settings, variable


class Shown(msgspec.Struct, frozen=True):
    """A setting: its variable, its value here and by default (empty: none), what it means, and what values it takes."""

    variable: str
    value: str
    default: str
    meaning: str
    takes: str


@click.command(
    cls=ExplainedCommand,
    short_help="Show the settings there are, and their values here.",
    examples=["orgline settings", "orgline settings --json"],
)
@structured.json_option
@click.pass_obj
def settings(given: Settings, *, as_json: bool) -> None:
    """Show all settings, with their values as this environment gives them. Passwords are left out."""
    shown = [
        Shown(
            variable(each.field),
            _shown(each.field, described.written(getattr(given, each.field))),
            each.default,
            each.meaning,
            each.takes,
        )
        for each in described.described()
    ]
    if as_json:
        structured.show(shown)
        return
    rows = [
        (each.variable, each.value, f"{each.meaning} {_capital(each.takes)}".strip(), each.default) for each in shown
    ]
    tables.show(("variable", "value", "meaning", "default"), rows)


def _shown(field: str, value: str) -> str:
    """A value without the password that is in a database's URL."""
    if field != "database_url":
        return value
    try:
        return shown_url(sa.make_url(value))
    except sa.exc.ArgumentError:
        return "?"


def _capital(takes: str) -> str:
    return f"It takes {takes}." if takes else ""

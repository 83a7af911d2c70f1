"""`orgline doctor`: what is wrong here, and what to do about it."""

from __future__ import annotations

import os

import click

from events.log import microseconds
from service import doctor as examining
from service.cli import NO, structured, tables
from service.cli.explaining import ExplainedCommand
from service.cli.serve import CONNECTIONS_MAX, FILES_BESIDES
from service.doctor import Report
from service.settings import Settings, variable


@click.command(
    cls=ExplainedCommand,
    short_help="Look for what is wrong here.",
    examples=["orgline doctor", "orgline doctor --json"],
)
@structured.json_option
@click.pass_context
def doctor(context: click.Context, *, as_json: bool) -> None:
    """Look for what is wrong with settings, database, rights, clock, disk and addresses; nothing is changed.

    Exit code 0: nothing is wrong, but for warnings; 1: something is.
    """
    assert context.parent is not None
    url = context.parent.params.get("database")
    environment = {**os.environ, **({} if url is None else {variable("database_url"): url})}
    found = list(examining.examine(environment, now=microseconds(), files_needed=_files_needed))
    ok = all(each.status != "failed" for each in found)
    if as_json:
        structured.show(Report(ok, found))
    else:
        rows = [(each.status, each.name, each.detail) for each in found]
        tables.show(("status", "check", "found"), rows)
        for each in found:
            if each.hint:
                click.echo(f"{each.status}: {each.name}: {each.hint}", err=True)
    if not ok:
        context.exit(NO)


def _files_needed(settings: Settings) -> int:
    return settings.listeners_max + CONNECTIONS_MAX + FILES_BESIDES

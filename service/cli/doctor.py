"""`orgline doctor`: what is wrong here, and what to do about it."""

from __future__ import annotations

import os

import click
import msgspec

from events.log import microseconds
from service import doctor as examining
from service.cli import NO, tables
from service.cli.serve import CONNECTIONS_MAX, FILES_BESIDES
from service.doctor import Report
from service.settings import Settings, variable


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object: whether all is well, and each check.")
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
        click.echo(msgspec.json.format(msgspec.json.encode(Report(ok, found))))
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

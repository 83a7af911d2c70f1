"""`orgline version`."""

from __future__ import annotations

import platform
from importlib import metadata

import click

from service.cli import structured
from service.cli.explaining import ExplainedCommand


@click.command(cls=ExplainedCommand, examples=["orgline version", "orgline version --json"])
@structured.json_option
def version(as_json: bool = False) -> None:
    """Print the version."""
    try:
        installed = metadata.version("orgline")
    except metadata.PackageNotFoundError:
        installed = None
    if as_json:
        structured.show({"version": installed, "python": platform.python_version()})
    elif installed is None:
        click.echo("orgline (from a checkout that is not installed)")
    else:
        click.echo(f"orgline {installed}")

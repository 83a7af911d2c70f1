"""`orgline version`."""

from __future__ import annotations

from importlib import metadata

import click


@click.command()
def version() -> None:
    """Print the version."""
    try:
        click.echo(f"orgline {metadata.version('orgline')}")
    except metadata.PackageNotFoundError:
        click.echo("orgline (from a checkout that is not installed)")

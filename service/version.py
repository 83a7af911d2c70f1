"""Which version of Orgline this is."""

from __future__ import annotations

from importlib import metadata


def version() -> str:
    """The version that is installed; 0 where it runs from a folder in which nothing was installed."""
    try:
        return metadata.version("orgline")
    except metadata.PackageNotFoundError:
        return "0"

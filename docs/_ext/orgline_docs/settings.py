"""The settings, from the fields of service/settings.py."""

from __future__ import annotations

from typing import Final

from orgline_docs.writing import code, sections, table
from service.settings import described, variable

SECTIONS: Final = {
    "database_url": ("The database", ""),
    "register_id": (
        "The register",
        "These are taken when the register is made. From then on they are in the database, and settings count no more.",
    ),
    "host": ("The address", ""),
    "public_reads": ("Access", ""),
    "websub_hub": ("A hub", "See [being called](listening.md#being-called-a-hub-of-websub)."),
    "body_bytes_max": (
        "Limits",
        "Each is the most that is accepted; what is above is refused with a [problem](errors.md) that says so.",
    ),
    "feed_cache_bytes_max": ("Memory", ""),
    "log_level": ("The log of the service", ""),
}
"""The field with which a section begins, its heading and its words: a new setting is where it stands in the code."""


def markdown() -> str:
    """A section of the page for each group."""
    parts: list[str] = []
    rows: list[list[str]] = []
    for setting in described():
        if setting.field in SECTIONS:
            parts += [_table(rows)]
            rows = []
            title, words = SECTIONS[setting.field]
            parts += [f"## {title}", words]
        words = f"{setting.meaning} It takes {setting.takes}." if setting.takes else setting.meaning
        rows.append([code(variable(setting.field)), code(setting.default) if setting.default else "", words])
    return sections([*parts, _table(rows)])


def _table(rows: list[list[str]]) -> str:
    return table(("variable", "default", "meaning"), rows)

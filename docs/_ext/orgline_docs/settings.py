"""The settings, from the fields of service/settings.py."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

import msgspec

from orgline_docs.writing import code, codes, sections, table
from service.settings import Settings, variable

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


class Setting(msgspec.Struct, frozen=True):
    """One setting: its field, its default, its words, and what values it takes, where that is not every one."""

    field: str
    default: str
    words: str
    takes: str


def settings() -> Iterator[Setting]:
    """All of them, in the order of the code."""
    hints = get_type_hints(Settings, include_extras=True)
    for field in msgspec.structs.fields(Settings):
        hint = hints[field.name]
        words = next((each.description or "" for each in _notes(hint)), "")
        yield Setting(field.name, _shown(field.default), words, _takes(hint))


def markdown() -> str:
    """A section of the page for each group."""
    parts: list[str] = []
    rows: list[list[str]] = []
    for setting in settings():
        if setting.field in SECTIONS:
            parts += [_table(rows)]
            rows = []
            title, words = SECTIONS[setting.field]
            parts += [f"## {title}", words]
        words = f"{setting.words} {setting.takes}"
        rows.append([code(variable(setting.field)), setting.default, words])
    return sections([*parts, _table(rows)])


def _table(rows: list[list[str]]) -> str:
    return table(("variable", "default", "meaning"), rows)


def _shown(default: object) -> str:
    if default is None or default == "":
        return ""
    return code(str(default).lower() if isinstance(default, bool) else default)


def _takes(hint: Any) -> str:
    """What values there can be, in words: the bounds of a number, the choices."""
    base = get_args(hint)[0] if hasattr(hint, "__metadata__") else hint
    if get_origin(base) is Literal:
        return f"One of {codes(get_args(base))}."
    for note in _notes(hint):
        if note.ge is not None and note.le is not None:
            return f"From {note.ge} to {note.le}."
        if note.ge is not None:
            return f"At least {note.ge}."
    return ""


def _notes(hint: Any) -> Iterator[msgspec.Meta]:
    return (each for each in getattr(hint, "__metadata__", ()) if isinstance(each, msgspec.Meta))

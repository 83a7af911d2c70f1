"""The files of a register that is kept in SQLite, and the room that is left for them."""

from __future__ import annotations

import shutil
from pathlib import Path

from events.database import Database


def database_file(database: Database) -> Path | None:
    """SQLite's file; None on PostgreSQL, whose files are not ours."""
    return Path(str(database.url.database)).resolve() if database.dialect == "sqlite" else None


def sizes(database: Database) -> dict[str, int]:
    """The bytes of the file (`database`) and of what is committed but not in it yet (`wal`), those that there are."""
    file = database_file(database)
    if file is None:
        return {}
    found = {}
    for name, path in (("database", file), ("wal", file.with_name(f"{file.name}-wal"))):
        try:
            found[name] = path.stat().st_size
        except OSError:
            continue
    return found


def free(database: Database) -> int | None:
    """The bytes that are free where the file is; None on PostgreSQL."""
    file = database_file(database)
    return None if file is None else shutil.disk_usage(file.parent).free

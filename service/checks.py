"""Whether what a register needs is as it should be: each check says what it found and, of a fault, what to do.

`GET /health/ready` makes those that concern a node that runs, `orgline doctor` those of the place that it is to run in.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, Literal

import msgspec
import sqlalchemy as sa

import migrations
from events import tables
from events.database import DATABASE_ERRORS, Database
from events.projection import VERSION
from service import files

DISK_BYTES_MIN: Final = 16 * 2**20
"""With less room SQLite cannot be relied on to commit, nor to read what was committed last."""
DISK_BYTES_FEW: Final = 512 * 2**20

Status = Literal["ok", "warning", "failed"]


class Check(msgspec.Struct, frozen=True):
    """What one check found. A warning needs somebody's attention, and stops nothing. `hint`: what to do."""

    name: str
    status: Status
    detail: str
    hint: str = ""


def of_database(database: Database) -> list[Check]:
    """Whether the database answers, and is at the schema and at the state that this version goes by."""
    try:
        with database.engine.connect() as connection:
            connection.execute(sa.select(sa.literal(1)))
        found = [Check("database", "ok", f"{database.dialect} answers"), schema(database)]
        if found[-1].status == "ok":
            found.append(projection(database))
    except DATABASE_ERRORS as error:
        found = [does_not_answer(error)]
    return found


def does_not_answer(error: Exception) -> Check:
    """The check of a database that raised something."""
    reason = str(getattr(error, "orig", None) or error).strip().partition("\n")[0] or type(error).__name__
    return Check(
        "database",
        "failed",
        f"does not answer: {reason}",
        "see whether it runs, and whether ORGLINE_DATABASE_URL names it; the service goes on by itself once it is back",
    )


def schema(database: Database) -> Check:
    """Whether the tables are those of this version. Raises one of DATABASE_ERRORS."""
    revision, newest = migrations.current(database), migrations.newest()
    if revision == newest:
        return Check("schema", "ok", f"at {revision}")
    remedy = migrations.remedy(revision).replace("`", "")
    return Check("schema", "failed", f"at {revision or 'nothing'}, needed is {newest}", remedy)


def projection(database: Database) -> Check:
    """Whether the state was made by rules of this version. Raises one of DATABASE_ERRORS."""
    table = tables.projection
    with database.snapshot() as connection:
        version = connection.execute(sa.select(table.c.version).where(table.c.current.is_(sa.true()))).scalar_one()
    if version == VERSION:
        return Check("projection", "ok", f"made by version {version}")
    older = "run orgline rebuild"
    hint = older if version < VERSION else f"run the newer version of Orgline here too, or {older}"
    return Check("projection", "failed", f"made by version {version}, this is {VERSION}", hint)


def rights(file: Path) -> Check:
    """Whether this user may write the file, those that SQLite makes beside it, and the folder that they are in."""
    beside = (file.with_name(file.name + suffix) for suffix in ("", "-wal", "-shm", "-append.lock"))
    needed = [file.parent, *(path for path in beside if path.exists())]
    refused = [str(path) for path in needed if not os.access(path, os.W_OK)]
    if not refused:
        return Check("rights", "ok", f"may write {file}")
    user = f"user {os.getuid()}" if hasattr(os, "getuid") else "the user"
    return Check(
        "rights",
        "failed",
        f"may not write {', '.join(refused)}",
        f"give them to {user} who runs this (chown), or run it as the user who owns them",
    )


def disk(database: Database) -> list[Check]:
    """Whether there is room where SQLite's file is; nothing on PostgreSQL, whose disk is not ours to see."""
    free = files.free(database)
    if free is None:
        return []
    detail = f"{free / 2**20:,.0f} MiB free where the database is"
    if free >= DISK_BYTES_FEW:
        return [Check("disk", "ok", detail)]
    return [
        Check(
            "disk", "failed" if free < DISK_BYTES_MIN else "warning", detail, "make room, or move the database's file"
        )
    ]

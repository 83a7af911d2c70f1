"""The database's schema over time, by Alembic. `upgrade(database)` brings it to what this version of Orgline needs."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from events.database import Database, UnusableDatabase

_FOLDER: Final = Path(__file__).parent
_VERSION: Final = "alembic_version"
"""Alembic's own table, of one row."""


def upgrade(database: Database) -> None:
    """Bring the database to the newest schema; nothing happens where it is there already. Raises UnusableDatabase."""
    revision = current(database)
    if revision == newest():
        return
    if revision is not None and not known(revision):
        told = f"the database is at schema {revision}, this version needs {newest()}"
        raise UnusableDatabase(f"{told}: {remedy(revision)}")
    from alembic import command  # noqa: PLC0415 - only what changes the schema waits for it to be loaded
    from alembic.config import Config  # noqa: PLC0415

    with database.schema_transaction() as connection:
        config = Config()
        config.set_main_option("script_location", str(_FOLDER))
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def current(database: Database) -> str | None:
    """The revision that the database is at; None before the first."""
    with database.engine.connect() as connection:
        if not sa.inspect(connection).has_table(_VERSION):
            return None
        revision: str | None = connection.scalar(sa.select(sa.column("version_num")).select_from(sa.table(_VERSION)))
        return revision


@cache
def newest() -> str:
    """The revision that this version of Orgline needs."""
    return max(_revisions())


def known(revision: str) -> bool:
    """Whether this version of Orgline knows the revision, so that it can bring a database on from it."""
    return revision in _revisions()


def remedy(revision: str | None) -> str:
    """What to do about a database at a schema that is not this version's."""
    if revision is None or known(revision):
        return "run `orgline migrate`"
    return "a newer version of Orgline has made it: run that version here too"


def _revisions() -> set[str]:
    """All there are: the modules of `versions` begin with them."""
    return {path.name.partition("_")[0] for path in _FOLDER.glob("versions/[0-9]*.py")}

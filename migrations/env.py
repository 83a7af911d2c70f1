"""Alembic's entry: on the connection of `migrations.upgrade`, or for the `alembic` command on ORGLINE_DATABASE_URL."""

from __future__ import annotations

import os

from alembic import context
from sqlalchemy import Connection

from events.database import Database
from events.tables import metadata
from feeds import archives, effective, topics  # noqa: F401 - their tables are in the metadata too


def _run(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=False)
    with context.begin_transaction():
        context.run_migrations()


_connection = context.config.attributes.get("connection")
if _connection is not None:
    _run(_connection)
elif context.is_offline_mode():
    raise SystemExit("Orgline's migrations run on a database only: leave out --sql")
else:
    _database = Database(os.environ.get("ORGLINE_DATABASE_URL", "sqlite:///orgline.db"))
    with _database.schema_transaction() as _connection:
        _run(_connection)

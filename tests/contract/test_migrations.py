"""What migrations make of what was there before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic.config import Config
from alembic.script import ScriptDirectory

import migrations
from events import tables
from events.database import Database
from events.naming import named, words
from tests.histories import corrected, created, told
from tests.registers import TestRegister

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def test_the_newest_revision_is_that_to_which_the_migrations_lead() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.set_main_option("path_separator", "os")
    assert migrations.newest() == ScriptDirectory.from_config(config).get_current_head()


def test_words_that_were_kept_for_each_statement_are_kept_once(database: Database) -> None:
    person = {"organisation": "unit", "post": "chief", "person": "ann"}
    TestRegister(database).append(
        created("unit", name="The Unit"),
        told("post", "post.created", "2015", organisation="unit", post="chief", title="Chief of the unit"),
        told("in", "appointment.started", "2016", **person, person_name="Ann Other", title="Chief"),
        told("again", "name.adopted", "2017", person="ann", name="Ann Other", kind="short"),
    )
    TestRegister(database).append(
        corrected("right", "in", told("", "appointment.started", "2017", **person)),
        told("brand", "name.adopted", "2018", organisation="unit", name="Digital Unit", kind="brand"),
    )
    expected = rows(database, tables.name_word)
    assert len({row.recorded_from for row in expected}) > 1

    _as_before(database)
    migrations.upgrade(database)
    assert migrations.current(database) == migrations.newest()
    assert rows(database, tables.name_word) == expected


def rows(database: Database, table: sa.Table) -> list[sa.Row[Any]]:
    with database.snapshot() as connection:
        return list(connection.execute(sa.select(table).order_by(*table.primary_key.columns)))


def _as_before(database: Database) -> None:
    """Put the words as revision 0007 kept them: one row for each statement that says them, 0 for identifiers."""
    before = sa.Table(
        "name_word",
        sa.MetaData(),
        sa.Column("generation", sa.Integer),
        *(sa.Column(name, KEY) for name in ("kind", "text", "subject")),
        sa.Column("statement", sa.BigInteger),
        sa.PrimaryKeyConstraint("generation", "kind", "text", "subject", "statement", name="pk_name_word"),
    )
    kept = set()
    for row in rows(database, tables.statement):
        targets = [target.subject for target in rows(database, tables.statement_target) if target.statement == row.id]
        for tag, name in named(row.subject, row.property, row.key, row.value, tuple(targets)):
            kept |= {(row.generation, tag.partition("/")[0], word, tag, row.id) for word in words(name)}
    for row in rows(database, tables.subject):
        kept |= {(row.generation, row.kind, word, f"{row.kind}/{row.id}", 0) for word in words(row.id)}
    with database.engine.begin() as connection:
        tables.name_word.drop(connection)
        before.create(connection)
        connection.execute(sa.insert(before), [dict(zip(before.c.keys(), each, strict=True)) for each in sorted(kept)])
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0007'")

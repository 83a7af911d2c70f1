"""Opens the register that the settings name, for commands that work on the database directly."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import sqlalchemy as sa

import migrations
from events import mirrors, register
from events.database import Database
from events.database import shown as shown_url
from events.errors import OrglineError
from events.log import Log, microseconds
from events.mirrors import ReadOnlyMirror
from events.projection import Projection, check_version
from events.queries import Queries
from events.recording import Recorder, same_fact
from events.register import Register
from service.settings import Settings, made_register, variable

MAKE_ONE: Final = (
    "run `orgline migrate` to make it, or `orgline demo` for an example; if it is elsewhere, name it with --database "
    f"or {variable('database_url')}"
)


class NotReady(OrglineError):
    """The database is not there yet, or is not at the schema that this version needs."""

    code = "not-ready"


@contextmanager
def database(settings: Settings) -> Iterator[Database]:
    """The database, at the newest schema. Raises NotReady, UnusableDatabase."""
    opened = Database(settings.database_url)
    try:
        if not is_there(opened):
            raise NotReady(f"there is no database at {shown(opened)} yet: {MAKE_ONE}")
        _require_newest(opened)
        yield opened
    finally:
        opened.close()


def _require_newest(opened: Database) -> None:
    revision, newest = migrations.current(opened), migrations.newest()
    if revision is None:
        raise NotReady(f"the database at {shown(opened)} holds no register yet: {MAKE_ONE}")
    if revision != newest:
        told = f"the database is at schema {revision}, this version needs {newest}"
        raise NotReady(f"{told}: {migrations.remedy(revision)}")


def is_there(opened: Database) -> bool:
    """Whether there is a file of that name, or it is for a server to know."""
    return opened.dialect != "sqlite" or Path(str(opened.url.database)).exists()


def its_register(opened: Database) -> Register:
    """The register in a database, whose state this version can go by. Raises NotReady, StateVersion."""
    check_version(opened)
    found = register.load(opened)
    if found is None:
        raise NotReady(f"there is no register at {shown(opened)} yet: {MAKE_ONE}")
    return found


@contextmanager
def reads(settings: Settings) -> Iterator[tuple[Queries, sa.Connection]]:
    """The register's state, and a view of it as it is now. Raises NotReady, StateVersion, UnusableDatabase."""
    with database(settings) as opened:
        queries = Queries(opened, its_register(opened))
        with opened.snapshot() as connection:
            yield queries, connection


def takes_facts(opened: Database) -> None:
    """Raises ReadOnlyMirror where the register is a mirror of another one."""
    mirror = mirrors.load(opened)
    if mirror is not None:
        raise ReadOnlyMirror(mirror.source)


def log_of(opened: Database) -> tuple[Log, Recorder]:
    """What facts are appended with: the log, which keeps the statements in step, and what prepares appends for it."""
    return Log(opened, follower=Projection(opened), same_content=same_fact), Recorder(opened)


def shown(opened: Database) -> str:
    """The database's URL as it may be shown: without its password."""
    return shown_url(opened.url)


@contextmanager
def prepared(settings: Settings) -> Iterator[tuple[Database, Register]]:
    """The database at the newest schema as `migrated` gives it, and its register, made from the settings where there is
    none. Raises NotReady, UnusableDatabase, InvalidRegister.
    """
    with migrated(settings) as opened:
        asked = made_register(settings, microseconds(), os.urandom)
        yield opened, register.load(opened) or register.make(opened, asked)


@contextmanager
def migrated(settings: Settings) -> Iterator[Database]:
    """The database brought to the newest schema, made where there is none; where the settings forbid that, only if it
    is there already. Raises NotReady, UnusableDatabase.
    """
    if not settings.migrate:
        with database(settings) as opened:
            yield opened
        return
    opened = Database(settings.database_url)
    try:
        migrations.upgrade(opened)
        yield opened
    finally:
        opened.close()

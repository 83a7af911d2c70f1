"""Opens the register that the settings name, for commands that work on the database directly."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import migrations
from events import mirrors, register
from events.database import Database
from events.errors import OrglineError
from events.log import Log, microseconds
from events.mirrors import ReadOnlyMirror
from events.projection import Projection, check_version
from events.recording import Recorder, same_fact
from events.register import Register
from service.settings import Settings, made_register


class NotReady(OrglineError):
    """The database is not there yet, or is not at the schema that this version needs."""

    code = "not-ready"


@contextmanager
def database(settings: Settings) -> Iterator[Database]:
    """The database, at the newest schema. Raises NotReady, UnusableDatabase."""
    opened = Database(settings.database_url)
    try:
        file = opened.url.database
        if opened.dialect == "sqlite" and not Path(str(file)).exists():
            raise NotReady(f"there is no database at {shown(opened)} yet: run `orgline migrate` to make it")
        revision, newest = migrations.current(opened), migrations.newest()
        if revision is None:
            raise NotReady(f"the database at {shown(opened)} is empty: run `orgline migrate` first")
        if revision != newest:
            raise NotReady(f"the database is at schema {revision}, this version needs {newest}: run `orgline migrate`")
        yield opened
    finally:
        opened.close()


def its_register(opened: Database) -> Register:
    """The register in a database, whose state this version can go by. Raises NotReady, StateVersion."""
    check_version(opened)
    found = register.load(opened)
    if found is None:
        raise NotReady(f"there is no register at {shown(opened)} yet: run `orgline migrate` to make it")
    return found


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
    return opened.url.render_as_string(hide_password=True)


@contextmanager
def prepared(settings: Settings) -> Iterator[tuple[Database, Register]]:
    """The database brought to the newest schema, and its register, made from the settings where there is none.

    Raises UnusableDatabase, InvalidRegister.
    """
    with migrated(settings) as opened:
        asked = made_register(settings, microseconds(), os.urandom)
        yield opened, register.load(opened) or register.make(opened, asked)


@contextmanager
def migrated(settings: Settings) -> Iterator[Database]:
    """The database brought to the newest schema, made where there is none. Raises UnusableDatabase."""
    opened = Database(settings.database_url)
    try:
        migrations.upgrade(opened)
        yield opened
    finally:
        opened.close()

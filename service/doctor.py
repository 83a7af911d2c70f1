"""What is wrong with the place where a register is to be served: settings, database, rights, clock, disk, addresses.

Nothing is changed: no database is made where there is none, and none is migrated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import msgspec
import sqlalchemy as sa

from events import register, tables
from events.database import DATABASE_ERRORS, Database, UnusableDatabase
from events.event import instant
from events.log import Log
from events.register import Register
from service import checks, files, settings, tracing
from service.checks import Check
from service.representations import layered
from service.representations.layered import NoLayout
from service.settings import InvalidSettings, Settings, variable

CLOCK_S_MAX: Final = 5
"""How far clocks may lie apart."""
ANSWER_S_MAX: Final = 5
ANSWER_BYTES_MAX: Final = 65_536
LIVE: Final = "/health/live"
FEED: Final = "/feeds/all.atom"
"""It says at its beginning which register it is of."""

APPENDED_ONLY: Final = frozenset((tables.event.name, tables.event_id.name, tables.event_tag.name))
"""Tables of which no row is ever changed (but by a redaction)."""

Ask = Callable[[str], httpx.Response]


def examine(
    environment: Mapping[str, str], *, now: int, files_needed: Callable[[Settings], int], ask: Ask | None = None
) -> Iterator[Check]:
    """One check after the other, as far as one can come.

    `now` in microseconds since 1970 UTC; files_needed: how many files the service may have open at once; `ask` gets
    an address (None: over the network).
    """
    try:
        given = settings.load(environment)
        tracing.check(given)
    except InvalidSettings as error:
        yield Check("settings", "failed", error.message, "orgline settings lists them all")
        return
    changed = [name for name in Settings.__struct_fields__ if environment.get(variable(name))]
    yield Check("settings", "ok", ", ".join(map(variable, changed)) or "all as they are by default")
    yield open_files(files_needed(given))
    yield pictures()
    try:
        database = Database(given.database_url)
    except UnusableDatabase as error:
        yield Check("database", "failed", error.message, f"set {variable('database_url')}")
        return
    with closing(database):
        yield from _of_database(database, given, now, ask or _asked)


def _of_database(database: Database, given: Settings, now: int, ask: Ask) -> Iterator[Check]:
    file = files.database_file(database)
    if file is not None and not file.exists():
        yield Check("database", "failed", f"there is none at {file}", "run orgline migrate to make it")
        yield checks.rights(file)
        yield from checks.disk(database)
        return
    found = checks.of_database(database)
    yield from found
    yield from checks.disk(database)
    if file is not None:
        yield checks.rights(file)
    if any(each.status == "failed" for each in found):
        return
    try:
        if file is None:
            yield _table_rights(database)
        yield clock(database, now)
        its = register.load(database)
    except DATABASE_ERRORS as error:
        yield checks.does_not_answer(error)
        return
    if its is None:
        yield Check("register", "failed", "the database holds no register yet", "run orgline migrate to make it")
        return
    yield Check("register", "ok", f"{its.title}, {its.id}")
    yield base_url(its, given, ask)


def open_files(needed: int) -> Check:
    """Whether the system lets the service have as many files open as it may need (each connection is one)."""
    try:
        import resource  # noqa: PLC0415 - it is not there on Windows, which has no such limit
    except ImportError:
        return Check("open files", "ok", "without a limit here")
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard == resource.RLIM_INFINITY or hard >= needed:
        return Check("open files", "ok", f"{needed} may be needed, {_limit(hard, resource.RLIM_INFINITY)} are allowed")
    return Check(
        "open files",
        "warning",
        f"{needed} may be needed, {hard} are allowed",
        f"raise the limit (LimitNOFILE= of systemd, ulimit -n), or lower {variable('listeners_max')}",
    )


def pictures() -> Check:
    """Whether pictures of lineages can be laid out."""
    try:
        layered.loads()
    except NoLayout as error:
        cause = str(error.__cause__)
        hint = "install the library that is named (on Debian: libx11-6 libxext6 libxrender1 libglib2.0-0)"
        return Check("pictures", "warning", f"lineages cannot be drawn: {cause}", hint)
    return Check("pictures", "ok", "can be drawn")


def clock(database: Database, now: int) -> Check:
    """Whether the clock goes with that of the last append, and of the database. `now` in microseconds since 1970.

    Raises one of DATABASE_ERRORS.
    """
    with database.snapshot() as connection:
        head = Log(database).head_on(connection)
        theirs = connection.scalar(sa.select(sa.func.clock_timestamp())) if database.dialect == "postgresql" else None
    hint = "set the clock of this machine by NTP"
    behind = (head.recorded_at - now) / 1e6
    if behind > CLOCK_S_MAX:
        words = f"{behind:,.0f} s behind the last append ({instant(head.recorded_at)})"
        return Check("clock", "failed", words, f"{hint}; until it has caught up, appends bear times that are not so")
    if theirs is not None:
        apart = theirs.timestamp() - now / 1e6
        if abs(apart) > CLOCK_S_MAX:
            words = f"{abs(apart):,.0f} s {'behind' if apart > 0 else 'before'} the database's"
            return Check("clock", "failed", words, f"{hint}, and that of the database's")
    return Check("clock", "ok", datetime.fromtimestamp(now / 1e6, UTC).isoformat(timespec="seconds"))


def base_url(its: Register, given: Settings, ask: Ask) -> Check:
    """Whether the address that the feeds contain leads to this register."""
    name, url = "base URL", its.base_url
    if given.base_url is not None and given.address != url:
        return Check(
            name,
            "warning",
            f"the register was made with {url}, {variable('base_url')} says {given.address}",
            f"the register's own counts; set {variable('base_url')} to it, or leave it out",
        )
    try:
        live = ask(url + LIVE)
        feed = ask(url + FEED)
    except httpx.HTTPError as error:
        words = f"{url} cannot be reached: {str(error) or type(error).__name__}"
        return Check(name, "warning", words, "start the service, and see whether the proxy in front leads to it")
    if live.status_code != 200 or '"alive"' not in live.text:
        words = f"{url}{LIVE} answers {live.status_code}, and not as Orgline does"
        return Check(name, "failed", words, "let the proxy in front pass this address on to the service")
    if feed.status_code == 200 and its.id not in feed.text:
        words = f"{url} leads to another register than this one ({its.id})"
        return Check(name, "failed", words, f"see which database the service there has: {variable('database_url')}")
    if _is_loopback(url):
        words = f"{url} leads here from this machine only"
        hint = f"as it should be on a laptop; else make the register anew with {variable('base_url')} set"
        return Check(name, "warning", words, hint)
    return Check(name, "ok", f"{url} leads to this register")


def _table_rights(database: Database) -> Check:
    """Whether the role may do with each table what the service does. Raises one of DATABASE_ERRORS."""
    asked = [
        (table.name, right)
        for table in tables.metadata.sorted_tables
        for right in ("SELECT", "INSERT", *(() if table.name in APPENDED_ONLY else ("UPDATE", "DELETE")))
    ]
    with database.snapshot() as connection:
        role = connection.scalar(sa.select(sa.func.current_user()))
        answers = connection.execute(sa.select(*(sa.func.has_table_privilege(*each) for each in asked))).one()
    missing = [f"{right} on {table}" for (table, right), may in zip(asked, answers, strict=True) if not may]
    if not missing:
        return Check("rights", "ok", f"{role} may do all that it needs")
    return Check(
        "rights",
        "failed",
        f"{role} lacks {', '.join(missing[:5])}{' …' if len(missing) > 5 else ''}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}, or let it own them",
    )


def _asked(url: str) -> httpx.Response:
    """An answer, of which no more than the beginning is read. Raises httpx.HTTPError."""
    plain = {"accept-encoding": "identity"}
    with httpx.Client(timeout=ANSWER_S_MAX, headers=plain) as client, client.stream("GET", url) as answer:
        content = b""
        for part in answer.iter_raw():
            content += part
            if len(content) >= ANSWER_BYTES_MAX:
                break
        return httpx.Response(answer.status_code, content=content)


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _limit(hard: int, unlimited: int) -> Any:
    return "any number" if hard == unlimited else hard


class Report(msgspec.Struct, frozen=True):
    """All that was found, as `--json` prints it."""

    ok: bool
    checks: list[Check]

"""The register's own: id, title, base URL, time zone; fixed when it is made, since the feeds' bytes depend on them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import sqlalchemy as sa

from events import tables
from events.database import Database
from events.dates import Day
from events.errors import OrglineError

NEVER = 2**62  # microseconds: after all that is ever recorded


class InvalidRegister(OrglineError):
    """The register cannot be made as asked."""

    code = "invalid-register"


class Register(msgspec.Struct, frozen=True):
    """One log with all that follows from it."""

    id: str  # a lower-case UUID
    title: str
    base_url: str  # without a slash at its end
    time_zone: str  # an IANA name: it decides what "today" is
    created_at: int  # microseconds since 1970 UTC

    def today(self, now: int) -> Day:
        """The day number in the register's time zone at `now` (microseconds since 1970 UTC)."""
        return datetime.fromtimestamp(now / 1e6, UTC).astimezone(ZoneInfo(self.time_zone)).toordinal()

    def end_of(self, day: Day) -> int:
        """The last microsecond of a day in the register's time zone (since 1970 UTC)."""
        if day >= date.max.toordinal():
            return NEVER
        midnight = datetime.fromordinal(day + 1).replace(tzinfo=ZoneInfo(self.time_zone))
        return int(midnight.timestamp()) * 1_000_000 - 1


def load(database: Database) -> Register | None:
    """The register of this database; None where none has been made."""
    with database.snapshot() as connection:
        row = connection.execute(sa.select(*_COLUMNS)).one_or_none()
    return Register(*row) if row is not None else None


def make(database: Database, register: Register, *, source: str | None = None) -> Register:
    """The register of this database, made as asked where there was none (else the one that there is).

    source: the address of the register that it is to be a mirror of. Raises InvalidRegister.
    """
    try:
        ZoneInfo(register.time_zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise InvalidRegister(
            f"{register.time_zone!r} is no time zone; write an IANA name such as Europe/London"
        ) from error
    if not _ADDRESS(register.base_url):
        raise InvalidRegister(
            f"the base URL {register.base_url!r} must begin with http:// or https://, and hold no white space"
        )
    with database.append_transaction() as connection:
        if connection.execute(sa.select(tables.register.c.one)).one_or_none() is None:
            connection.execute(sa.insert(tables.register).values(one=1, **msgspec.structs.asdict(register)))
            if source is not None:
                connection.execute(sa.insert(tables.mirror).values(one=1, source=source, proved=0))
    made = load(database)
    assert made is not None
    return made


_ADDRESS = re.compile(r"https?://[^\s\x00-\x1f\x7f]+").fullmatch
_COLUMNS = tuple(tables.register.c[name] for name in ("id", "title", "base_url", "time_zone", "created_at"))

"""A register that repeats another one's log: where that is, how far both were seen to be the same, what is refused.

A mirror takes no facts of its own, so that its log stays the other's, event by event and hash by hash. What makes it
one is a row in `mirror`: the address of its source, and the last position at which the root hashes were equal.
"""

from __future__ import annotations

import msgspec
import sqlalchemy as sa

from events.database import Database
from events.errors import OrglineError
from events.tables import mirror


class ReadOnlyMirror(OrglineError):
    """A mirror takes no facts."""

    code = "read-only-mirror"

    def __init__(self, source: str) -> None:
        super().__init__(f"this register is a mirror, which only repeats what is recorded: append at {source}")


class NotTheNext(OrglineError):
    """Events are not whole appends that follow on the log's end."""

    code = "not-the-next"


class RootDiffers(OrglineError):
    """The log does not have the root hash that its source has."""

    code = "root-differs"


class Mirror(msgspec.Struct, frozen=True):
    """What makes a register a mirror."""

    source: str  # the address of the register that it repeats
    proved: int  # the last position at which both had the same root hash; 0 before the first


def load(database: Database) -> Mirror | None:
    """What makes this register a mirror; None where it is one that takes facts."""
    with database.snapshot() as connection:
        row = connection.execute(sa.select(mirror.c.source, mirror.c.proved)).one_or_none()
    return None if row is None else Mirror(*row)


def move(database: Database, source: str) -> None:
    """The source of a mirror is to be found at another address."""
    with database.append_transaction() as connection:
        connection.execute(sa.update(mirror).values(source=source))

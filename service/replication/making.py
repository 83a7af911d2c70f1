"""Makes a database the mirror of a register, or finds that it is that mirror already."""

from __future__ import annotations

import msgspec

from events import mirrors, register
from events.database import Database, shown
from events.errors import OrglineError
from events.register import Register
from service.replication.documents import Document
from service.replication.remote import RemoteRefused


class NotAMirror(OrglineError):
    """The database holds a register of its own."""

    code = "not-a-mirror"


class OtherRegister(OrglineError):
    """At the address there is another register than the one that this database is a mirror of."""

    code = "other-register"


def mirror_in(database: Database, address: str, first: Document, base_url: str | None) -> Register:
    """The mirror in a database, made now where it holds no register yet.

    address: where the other register was found, whose head document is `first`. base_url: of a mirror that is made now;
    the other register's own if it is None. Raises NotAMirror, OtherRegister, InvalidRegister, RemoteRefused.
    """
    there, here = told_by(first, address), register.load(database)
    if here is None:
        asked = there if base_url is None else msgspec.structs.replace(there, base_url=base_url)
        here = register.make(database, asked, source=address)
    mirror = mirrors.load(database)
    if mirror is None:
        where = shown(database.url)
        raise NotAMirror(f"{where} holds a register of its own ({here.title}): name another database (--database)")
    check_same(here, there, address)
    if mirror.source != address:
        mirrors.move(database, address)
    return here


def told_by(head: Document, address: str) -> Register:
    """The register that a head document is of. Raises RemoteRefused where it does not say."""
    if head.register is None:
        raise RemoteRefused(f"the feed at {address} does not say which register it is of")
    return head.register


def check_same(here: Register, there: Register, address: str) -> None:
    """Raises OtherRegister if a mirror is not of the register that was found. (Its base URL may be its own.)"""
    for name in ("id", "title", "time_zone", "created_at"):
        if getattr(there, name) != getattr(here, name):
            raise OtherRegister(
                f"this is a mirror of the register {here.id} ({here.title}); at {address} there is {there.id} "
                f"({there.title}), which differs in its {name.replace('_', ' ')}"
            )

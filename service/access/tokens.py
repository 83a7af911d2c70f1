"""Tokens: random texts that clients send; the database holds only their SHA-256 hashes.

A plain hash is enough, since a token has 256 random bits: there is nothing to guess.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import Final
from uuid import UUID

import msgspec
import sqlalchemy as sa

from events.database import Database
from events.errors import OrglineError
from events.tables import token

SCOPES: Final = ("read", "append", "correct", "define-types", "operate")
NAME_LENGTH_MAX: Final = 100
PREFIX: Final = "orgl_"
SECRET_BYTES: Final = 32


class InvalidToken(OrglineError):
    """A token cannot be made or found as asked."""

    code = "invalid-token"


class Token(msgspec.Struct, frozen=True):
    """What is kept of a token. Times are microseconds since 1970 UTC."""

    id: str
    name: str
    scopes: tuple[str, ...]
    created_at: int
    revoked_at: int | None


class Principal(msgspec.Struct, frozen=True):
    """Whoever a valid token stands for."""

    name: str
    scopes: frozenset[str]


def create(database: Database, name: str, scopes: Iterable[str], now: int, entropy: Callable[[int], bytes]) -> str:
    """Make a token and return its text, which is shown this once and kept nowhere.

    `now` is in microseconds since 1970 UTC; `entropy` gives so many random bytes. Raises InvalidToken.
    """
    if not name.isprintable() or not name.strip() or len(name) > NAME_LENGTH_MAX:
        raise InvalidToken(f"a token needs a name of 1 to {NAME_LENGTH_MAX} visible characters")
    asked = set(scopes)
    wanted = tuple(scope for scope in SCOPES if scope in asked)
    unknown = sorted(asked.difference(SCOPES))
    if unknown or not wanted:
        what = f"there is no scope {unknown[0]!r}" if unknown else "a token needs at least one scope"
        raise InvalidToken(f"{what}; the scopes are {', '.join(SCOPES)}")
    text = PREFIX + urlsafe_b64encode(entropy(SECRET_BYTES)).rstrip(b"=").decode()
    row = {
        "id": str(UUID(bytes=entropy(16), version=4)),
        "name": name,
        "hash": hash_of(text),
        "scopes": " ".join(wanted),
        "created_at": now,
        "revoked_at": None,
    }
    with database.append_transaction() as connection:
        connection.execute(sa.insert(token).values(**row))
    return text


def list(database: Database) -> tuple[Token, ...]:  # noqa: A001 - read as tokens.list
    """All tokens, also revoked ones, in the order in which they were made."""
    columns = (token.c.id, token.c.name, token.c.scopes, token.c.created_at, token.c.revoked_at)
    with database.snapshot() as connection:
        rows = connection.execute(sa.select(*columns).order_by(token.c.created_at, token.c.id)).all()
    return tuple(Token(id_, name, tuple(scopes.split()), made, revoked) for id_, name, scopes, made, revoked in rows)


def revoke(database: Database, which: str, now: int) -> Token:
    """Revoke the token with this id, or the only one in use with this name. Raises InvalidToken."""
    in_use = [each for each in list(database) if each.revoked_at is None]
    found = [each for each in in_use if each.id == which] or [each for each in in_use if each.name == which]
    if len(found) != 1:
        how = "no token in use has" if not found else f"{len(found)} tokens in use have"
        raise InvalidToken(f"{how} the id or name {which!r}; `orgline token list` shows them with their ids")
    with database.append_transaction() as connection:
        connection.execute(sa.update(token).where(token.c.id == found[0].id).values(revoked_at=now))
    return msgspec.structs.replace(found[0], revoked_at=now)


def find(database: Database, hash_: bytes) -> Principal | None:
    """Whom the token with this hash stands for; None if there is none in use."""
    with database.snapshot() as connection:
        row = database.prepare("token by hash", _BY_HASH).one(connection, hash=hash_)
    return Principal(row[0], frozenset(row[1].split())) if row is not None else None


def hash_of(text: str) -> bytes:
    """What is kept of a token's text."""
    return sha256(text.encode()).digest()


_BY_HASH: Final = sa.select(token.c.name, token.c.scopes).where(
    token.c.hash == sa.bindparam("hash"), token.c.revoked_at.is_(None)
)

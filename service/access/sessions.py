"""Who is signed in by a browser: a session is a secret in a cookie, and a row with the secret's hash and a token's id.

A session may do what its token may, no more, and ends with it: when the token is revoked, when its time is over, or
when the person signs out. All nodes of a register look at the same table.

A cookie comes with every request that a browser sends, also with those that another site made it send. So a session
only ever opens reads (GET) and the forms of our own pages, and each of these bears a token that only a page of the same
session can know (`form_token`).
"""

from __future__ import annotations

import hmac
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from hashlib import sha256
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from litestar.connection import ASGIConnection

from events.database import Database
from events.tables import session, token
from service.access import tokens
from service.access.tokens import Principal
from service.reads import Reads

SECRET_BYTES: Final = 32
SESSIONS_OF_A_TOKEN_MAX: Final = 50
"""Signed in at once by one token; a further sign-in ends the oldest."""
REMEMBERED_MAX: Final = 10_000
COOKIE_LENGTH_MAX: Final = 8_192
MASK_BYTES: Final = 16
HOUR_US: Final = 3_600_000_000

Connection = ASGIConnection[Any, Any, Any, Any]


class Session(msgspec.Struct, frozen=True):
    """A sign-in. `secret` is what the cookie holds; `expires_at` in microseconds since 1970 UTC."""

    secret: str
    principal: Principal
    expires_at: int

    def may(self, scope: str) -> bool:
        """Whether its token has the scope."""
        return scope in self.principal.scopes

    def form_token(self, entropy: Callable[[int], bytes]) -> str:
        """A token for a form of this session. Each is another one, so that what is sent compressed gives none away."""
        mask = entropy(MASK_BYTES)
        return (mask + self._proof(mask)).hex()

    def made(self, form_token: str) -> bool:
        """Whether a form's token is one of this session's."""
        try:
            given = bytes.fromhex(form_token)
        except ValueError:
            return False
        return hmac.compare_digest(given[MASK_BYTES:], self._proof(given[:MASK_BYTES]))

    def _proof(self, mask: bytes) -> bytes:
        return hmac.digest(self.secret.encode(), b"form\n" + mask, "sha256")


class Sessions:
    """The sessions of a register, as a node sees them.

    Look-ups are remembered for `seconds`. `clock` gives microseconds since 1970 UTC, `ticks` seconds that only grow.
    """

    def __init__(
        self,
        database: Database,
        reads: Reads,
        *,
        base_url: str,
        hours: int,
        seconds: float,
        clock: Callable[[], int],
        entropy: Callable[[int], bytes],
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database, self._reads = database, reads
        self._secure = base_url.startswith("https:")
        self._lifetime_us = hours * HOUR_US
        self._seconds = seconds
        self._clock, self.entropy, self._ticks = clock, entropy, ticks
        self._remembered: dict[bytes, tuple[Session | None, float]] = {}

    @property
    def cookie(self) -> str:
        """The cookie's name. Over https the prefix makes sure that no neighbour under the same domain has set it."""
        return "__Host-orgline" if self._secure else "orgline_session"

    async def of(self, connection: Connection) -> Session | None:
        """The session of a request, None where there is none in force; noted for `signed_in`."""
        secret = self._secret(connection)
        found = None if secret is None else await self._find(secret)
        connection.scope["state"][_NOTED] = found
        return found

    async def start(self, token_text: str, replaced: Session | None = None) -> Session | None:
        """A new session of the token; None where that is not in use. The one that it replaces ends.

        Its secret is always a new one, never one that the client brought.
        """
        secret = urlsafe_b64encode(self.entropy(SECRET_BYTES)).rstrip(b"=").decode()
        now = self._clock()
        principal = await self._reads.long(
            start, self._database, tokens.hash_of(token_text), hash_of(secret), now, now + self._lifetime_us
        )
        if principal is None:
            return None
        if replaced is not None:
            await self.end(replaced)
        return Session(secret, principal, now + self._lifetime_us)

    async def end(self, ended: Session) -> None:
        """Nobody is signed in by this session any more; on other nodes once they have forgotten it."""
        await self._reads.long(end, self._database, hash_of(ended.secret))
        self._remembered.pop(hash_of(ended.secret), None)  # not before: a request in between would remember it again

    def header(self, started: Session | None) -> tuple[str, str]:
        """The header that gives a browser the cookie of a session, or takes it away."""
        secure = "; Secure" if self._secure else ""
        value, seconds = ("", 0) if started is None else (started.secret, self._lifetime_us // 1_000_000)
        return "set-cookie", f"{self.cookie}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"

    def _secret(self, connection: Connection) -> str | None:
        header = connection.headers.get("cookie")
        if header is None or len(header) > COOKIE_LENGTH_MAX:
            return None
        return cookies(header).get(self.cookie) or None

    async def _find(self, secret: str) -> Session | None:
        hash_ = hash_of(secret)
        ticks = self._ticks()
        found, until = self._remembered.get(hash_, (None, 0.0))
        if ticks >= until:
            row = await self._reads(find, self._database, hash_)
            found = None if row is None else Session(secret, *row)
            if len(self._remembered) >= REMEMBERED_MAX:
                self._remembered.clear()
            self._remembered[hash_] = (found, ticks + self._seconds)
        return found if found is not None and found.expires_at > self._clock() else None


def signed_in(connection: Connection) -> Session | None:
    """The session that `Sessions.of` found for this request, which all guards of reads ask."""
    found: Session | None = connection.scope["state"].get(_NOTED)
    return found


def cookies(header: str) -> dict[str, str]:
    """The cookies that a header names, as they stand there (RFC 6265, section 5.4): what others set may be malformed,
    and takes nothing away from ours.
    """
    pairs = (part.partition("=") for part in header.split(";"))
    return {name.strip(): value.strip() for name, _, value in pairs}


def hash_of(secret: str) -> bytes:
    """What is kept of a session's secret: it has 256 random bits, so there is nothing to guess."""
    return sha256(b"session\n" + secret.encode()).digest()


def start(database: Database, token_hash: bytes, hash_: bytes, now: int, expires_at: int) -> Principal | None:
    """Keep a new session of the token with this hash; None, and nothing is kept, where none in use has it.

    What is over is forgotten on the way. Times are in microseconds since 1970 UTC.
    """
    with database.transaction() as connection:
        row = connection.execute(
            sa.select(token.c.id, token.c.name, token.c.scopes).where(
                token.c.hash == token_hash, token.c.revoked_at.is_(None)
            )
        ).one_or_none()
        if row is None:
            return None
        oldest = sa.select(session.c.hash).where(session.c.token == row.id).order_by(session.c.created_at.desc())
        superfluous = connection.scalars(oldest.offset(SESSIONS_OF_A_TOKEN_MAX - 1)).all()
        connection.execute(
            sa.delete(session).where(sa.or_(session.c.expires_at <= now, session.c.hash.in_(superfluous)))
        )
        connection.execute(sa.insert(session).values(hash=hash_, token=row.id, created_at=now, expires_at=expires_at))
    return Principal(row.name, frozenset(row.scopes.split()))


def find(database: Database, hash_: bytes) -> tuple[Principal, int] | None:
    """Whom the session with this hash stands for, and until when; None where it or its token is no more."""
    with database.snapshot() as connection:
        row = database.prepare("session by hash", _BY_HASH).one(connection, hash=hash_)
    return (Principal(row[0], frozenset(row[1].split())), row[2]) if row is not None else None


def end(database: Database, hash_: bytes) -> None:
    """Forget the session with this hash."""
    with database.transaction() as connection:
        connection.execute(sa.delete(session).where(session.c.hash == hash_))


_NOTED: Final = "orgline_session"

_BY_HASH: Final = (
    sa.select(token.c.name, token.c.scopes, session.c.expires_at)
    .select_from(session.join(token, token.c.id == session.c.token))
    .where(session.c.hash == sa.bindparam("hash"), token.c.revoked_at.is_(None))
)

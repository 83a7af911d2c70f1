"""Whom a request comes from: bearer tokens, and on reads also HTTP Basic, which feed readers know, and sessions.

The password is the token then; the name may be anything. A session (sessions.py) never lets anybody append here: what a
browser sends along by itself must not be enough for that.

Look-ups are remembered for a few seconds, so that a revoked token soon stops working and the database is not asked at
every request.
"""

from __future__ import annotations

import time
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Callable
from typing import Any, Final

from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

from events.database import Database
from events.errors import OrglineError
from service.access import tokens
from service.access.sessions import Sessions
from service.access.tokens import Principal
from service.reads import Reads

REMEMBERED_MAX: Final = 10_000
HEADER_LENGTH_MAX: Final = 1_024
BEARER: Final = 'Bearer realm="Orgline"'
BASIC: Final = 'Basic realm="Orgline", charset="UTF-8"'

Connection = ASGIConnection[Any, Any, Any, Any]


class Unauthenticated(OrglineError):
    """No token, or none that is in use."""

    code = "unauthenticated"

    def __init__(self, message: str, *, reading: bool) -> None:
        super().__init__(message)
        self.reading = reading
        schemes = (BEARER, BASIC) if reading else (BEARER,)
        self.headers = [("www-authenticate", scheme) for scheme in schemes]


class Forbidden(OrglineError):
    """The token lacks a scope."""

    code = "forbidden"

    def __init__(self, message: str, scope: str) -> None:
        super().__init__(message)
        self.headers = [("www-authenticate", f'{BEARER}, error="insufficient_scope", scope="{scope}"')]


class Authority:
    """Looks tokens up and remembers them for `seconds`; `clock` gives seconds that only grow."""

    def __init__(
        self,
        database: Database,
        reads: Reads,
        sessions: Sessions,
        *,
        public_reads: bool,
        seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._reads = reads
        self._sessions = sessions
        self._public_reads = public_reads
        self._seconds = seconds
        self._clock = clock
        self._remembered: dict[bytes, tuple[Principal | None, float]] = {}

    @property
    def public_reads(self) -> bool:
        """Whether everybody may read."""
        return self._public_reads

    async def may_read(self, connection: Connection) -> None:
        """Raises Unauthenticated or Forbidden. A token that does not work is refused even where none is needed."""
        await self._may(connection, "read", f"reading needs a token here; {_HOW_TO_READ}")

    async def may_operate(self, connection: Connection) -> None:
        """The same for what operators look at: open where reading is, else for scope operate."""
        await self._may(connection, "operate", f"this needs a token here; {_HOW_TO_OPERATE}")

    async def writer(self, connection: Connection) -> Principal:
        """Who wants to append. Raises Unauthenticated."""
        header = connection.headers.get("authorization")
        if header is None:
            raise Unauthenticated(f"appending needs a token; {_HOW_TO_WRITE}", reading=False)
        return await self._find(_token(header, reading=False), reading=False)

    async def _may(self, connection: Connection, scope: str, words: str) -> None:
        header = connection.headers.get("authorization")
        session = await self._sessions.of(connection)
        if header is not None:
            principal = await self._find(_token(header, reading=True), reading=True)
        elif self._public_reads:
            return
        elif session is not None:
            principal = session.principal
        else:
            raise Unauthenticated(words, reading=True)
        if not self._public_reads:
            require(principal, scope)

    async def _find(self, text: str, *, reading: bool) -> Principal:
        hash_ = tokens.hash_of(text)
        now = self._clock()
        principal, until = self._remembered.get(hash_, (None, 0.0))
        if now >= until:
            principal = await self._reads(tokens.find, self._database, hash_)
            if len(self._remembered) >= REMEMBERED_MAX:
                self._remembered.clear()
            self._remembered[hash_] = (principal, now + self._seconds)
        if principal is None:
            how = _HOW_TO_READ if reading else _HOW_TO_WRITE
            raise Unauthenticated(f"the token is not known, or was revoked; {how}", reading=reading)
        return principal


def require(principal: Principal, scope: str) -> None:
    """Raises Forbidden if the principal lacks the scope."""
    if scope not in principal.scopes:
        raise Forbidden(
            f"the token {principal.name!r} lacks the scope {scope}; make one that has it: "
            f"orgline token create NAME --scope {scope}",
            scope,
        )


async def reads_allowed(connection: Connection, _: BaseRouteHandler) -> None:
    """Guard of every route that shows the register."""
    await connection.app.state.node.authority.may_read(connection)


async def operating_allowed(connection: Connection, _: BaseRouteHandler) -> None:
    """Guard of what operators look at besides health."""
    await connection.app.state.node.authority.may_operate(connection)


_HOW_TO_WRITE: Final = "send Authorization: Bearer TOKEN with one from: orgline token create NAME --scope append"
_HOW_TO_READ: Final = (
    "send Authorization: Bearer TOKEN (or Basic with the token as the password) with one from: "
    "orgline token create NAME --scope read"
)

_HOW_TO_OPERATE: Final = (
    "send Authorization: Bearer TOKEN (or Basic with the token as the password) with one from: "
    "orgline token create NAME --scope operate"
)


def _token(header: str, *, reading: bool) -> str:
    """The token of an Authorization header. Raises Unauthenticated."""
    scheme, _, credentials = header.strip().partition(" ")
    credentials = credentials.strip()
    if len(header) <= HEADER_LENGTH_MAX:
        if scheme.lower() == "bearer" and credentials:
            return credentials
        if scheme.lower() == "basic" and reading:
            try:
                return b64decode(credentials, validate=True).decode().partition(":")[2]
            except (NotBase64, UnicodeDecodeError):
                pass
    how = _HOW_TO_READ if reading else _HOW_TO_WRITE
    raise Unauthenticated(f"the header Authorization is not understood; {how}", reading=reading)

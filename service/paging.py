"""Cursors: where the next page of a list begins, bound to the list that they were given for.

A cursor carries a keyed digest of the list's address and filters, so that one from elsewhere is refused and not taken
for a place in this list. It is no secret and gives no access; the key is the register's id.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Iterable
from hashlib import blake2b
from typing import Final
from urllib.parse import urlencode

from events.errors import OrglineError
from events.register import Register
from service.problems import InvalidParameter
from service.settings import Settings

DIGEST_BYTES: Final = 9
CURSOR_LENGTH_MAX: Final = 20_000
"""Holds the longest key of a slot (KEY_BYTES_MAX) where each byte of it is written as \\u0001, in base64."""

NUMBER_LENGTH_MAX: Final = 12

_ELSEWHERE: Final = (
    "after belongs to another list, or to none: follow the address in `next` as it is, or begin without after"
)


class InvalidCursor(OrglineError):
    """A cursor was not given out for this list."""

    code = "invalid-cursor"


def cursor(register: Register, of_list: object, after: str) -> str:
    """The cursor for what follows `after` in a list (`of_list`: its path and filters)."""
    return urlsafe_b64encode(_digest(register, of_list) + after.encode()).rstrip(b"=").decode()


def place(register: Register, of_list: object, text: str | None) -> str | None:
    """What the cursor stands for. Raises InvalidCursor."""
    if text is None:
        return None
    try:
        if len(text) > CURSOR_LENGTH_MAX:
            raise ValueError
        raw = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        if raw[:DIGEST_BYTES] == _digest(register, of_list):
            found = raw[DIGEST_BYTES:].decode()
            if found.isprintable():
                return found
    except (ValueError, NotBase64):
        pass
    raise InvalidCursor(_ELSEWHERE)


def number(register: Register, of_list: object, text: str | None) -> int:
    """What the cursor stands for, in a list whose places are numbers. Raises InvalidCursor."""
    found = place(register, of_list, text)
    if found is None:
        return 0
    if not (found.isascii() and found.isdigit() and len(found) <= NUMBER_LENGTH_MAX):
        raise InvalidCursor(_ELSEWHERE)
    return int(found)


def page_size(settings: Settings, limit: int) -> int:
    """The limit that a client asks for. Raises InvalidParameter where the service's own is lower."""
    if limit > settings.page_max:
        raise InvalidParameter(f"limit={limit}: at most {settings.page_max} items are on one page here")
    return limit


def next_url(register: Register, path: str, parameters: Iterable[tuple[str, object]]) -> str:
    """The address of a further page."""
    given = [(name, value) for name, value in parameters if value is not None]
    return f"{register.base_url}{path}?{urlencode(given, safe=':/')}"


def next_links(url: str | None) -> list[tuple[str, str]]:
    """The header Link of a page (RFC 8288)."""
    return [] if url is None else [("link", f'<{url}>; rel="next"')]


def _digest(register: Register, of_list: object) -> bytes:
    return blake2b(repr(of_list).encode(), key=register.id.encode(), digest_size=DIGEST_BYTES).digest()

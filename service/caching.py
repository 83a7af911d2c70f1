"""Conditional requests (RFC 9110, section 13) and how long answers may be kept (RFC 9111)."""

from __future__ import annotations

from email.utils import formatdate, parsedate_to_datetime
from hashlib import blake2b
from typing import Any, Final

from litestar import Request

from service.access.sessions import signed_in
from service.answers import FOR_ONE, Answer, tags
from service.compression import plain_tag

REPRESENTATION: Final = 1
"""Of the JSON and HTML of this version; grows whenever the same state would be written otherwise."""

REVALIDATE: Final = "no-cache"
"""May be kept, but is asked for anew each time; the ETag makes that cheap."""
PERSONAL: Final = FOR_ONE
IMMUTABLE: Final = "max-age=31536000, immutable"
HEAD_AGE_S: Final = 60
HEAD_STALE_S: Final = 600
HEAD_DOCUMENT: Final = f"max-age={HEAD_AGE_S}, stale-while-revalidate={HEAD_STALE_S}"
ASSET: Final = "public, max-age=3600, stale-while-revalidate=86400"


def head_until(seconds: int) -> str:
    """How long a head document may be kept that is another one in so many seconds, though nothing be recorded."""
    age = min(HEAD_AGE_S, seconds)
    return f"max-age={age}, stale-while-revalidate={min(HEAD_STALE_S, seconds - age)}"


def weak_etag(*parts: object) -> str:
    """A weak entity tag of everything that an answer depends on."""
    return f'W/"{blake2b(repr(parts).encode(), digest_size=15).hexdigest()}"'


def strong_etag(content: bytes) -> str:
    """A strong entity tag of bytes that do not change."""
    return f'"{blake2b(content, digest_size=15).hexdigest()}"'


def last_modified(microseconds: int) -> str:
    """A time (since 1970 UTC) as HTTP writes it, rounded down to seconds."""
    return formatdate(microseconds // 1_000_000, usegmt=True)


def unchanged(request: Request[Any, Any, Any], etag: str, modified: str | None = None) -> bool:
    """Whether the client has the answer already. If-Modified-Since counts only where there is no If-None-Match.

    What a browser keeps is what anybody sees, so whoever is signed in is always answered anew (see answers.py).
    """
    if signed_in(request) is not None:
        return False
    known = request.headers.get("if-none-match")
    if known is not None:
        return known.strip() == "*" or _opaque(etag) in {_opaque(plain_tag(each)) for each in tags(known)}
    since = request.headers.get("if-modified-since")
    if since is None or modified is None:
        return False
    try:
        return parsedate_to_datetime(modified) <= parsedate_to_datetime(since)
    except (ValueError, TypeError, OverflowError):  # a date that is none is ignored (RFC 9110, 13.1.3)
        return False


def not_modified(
    etag: str,
    cache_control: str,
    modified: str | None = None,
    *further: tuple[str, str],
    lasts_until: int | None = None,
) -> Answer:
    """The 304 with the headers that the 200 would have. `lasts_until`: see Answer."""
    return Answer(status=304, headers=[*further, *headers(etag, cache_control, modified)], lasts_until=lasts_until)


def headers(etag: str, cache_control: str, modified: str | None = None) -> list[tuple[str, str]]:
    """The headers of an answer that may be asked for again."""
    found = [("etag", etag), ("cache-control", cache_control)]
    if modified is not None:
        found.append(("last-modified", modified))
    return found


def _opaque(tag: str) -> str:
    return tag.strip().removeprefix("W/")

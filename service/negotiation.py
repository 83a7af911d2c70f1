"""Which representation a client wants: by `?format=`, else by Accept (RFC 9110, section 12.5.1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import parse_qs

from litestar import Request

from events.errors import OrglineError

MEDIA_TYPES: Final = {
    "json": "application/json",
    "html": "text/html",
    "jsonld": "application/ld+json",
    "csv": "text/csv",
}
FEED_TYPES: Final = ("application/atom+xml", "application/rss+xml", "application/xml", "text/xml")


class NotAcceptable(OrglineError):
    """The header Accept names nothing that there is here."""

    code = "not-acceptable"


class NoSuchFormat(OrglineError):
    """The parameter `format` names a representation that there is not here."""

    code = "invalid-parameter"


def chosen(request: Request[Any, Any, Any], *offered: str) -> str:
    """The format of these that the client wants; the first where it does not mind. Raises NoSuchFormat, NotAcceptable.

    Of media types with one weight, the one that Accept names itself is preferred to one that only a wildcard covers.
    """
    given = asked_format(request)
    if given is not None:
        if given not in offered:
            raise NoSuchFormat(f"format={given}: there is none of this here; write {' or '.join(offered)}")
        return given
    header = request.headers.get("accept", "")
    if not header.strip():
        return offered[0]
    form = _preferred(header, offered)
    if form is None and not _names_anything(header):
        return offered[0]
    if form is None:
        there = ", ".join(MEDIA_TYPES[each] for each in offered)
        raise NotAcceptable(f"Accept: {header[:80]} names nothing that there is here; there is {there}")
    return form


def prefers_html(request: Request[Any, Any, Any]) -> bool:
    """Whether a person reads the answer, where there is JSON and HTML (and JSON for whoever accepts neither)."""
    given = asked_format(request)
    if given is not None:
        return given == "html"
    return _preferred(request.headers.get("accept", ""), ("json", "html")) == "html"


def reads_feeds(request: Request[Any, Any, Any]) -> bool:
    """Whether a feed reader asks: it names feeds or XML, and neither JSON nor HTML."""
    header = request.headers.get("accept", "")
    if not any(media_type in header for media_type in FEED_TYPES):
        return False
    others = (MEDIA_TYPES["json"], MEDIA_TYPES["html"], "application/problem+json", "application/feed+json")
    return not any(_weight(header, media_type, by_name=True) for media_type in others) and any(
        _weight(header, media_type, by_name=True) for media_type in FEED_TYPES
    )


def accepts(request: Request[Any, Any, Any], media_type: str) -> bool:
    """Whether the client names this media type itself, with a weight above that of JSON."""
    header = request.headers.get("accept", "")
    return media_type in header and _weight(header, media_type) > _weight(header, "application/json", by_name=True)


def asked_format(request: Request[Any, Any, Any]) -> str | None:
    """The value of `format`, which further pages name again; it was checked before (`service.parameters`)."""
    query = request.scope["query_string"]
    if b"format=" in query:
        given = parse_qs(query.decode("latin-1")).get("format")
        if given and given[0] in MEDIA_TYPES:
            return given[0]
    return None


def _preferred(header: str, offered: Sequence[str]) -> str | None:
    weighed = []
    for order, form in enumerate(offered):
        media_type = MEDIA_TYPES[form]
        weight = _weight(header, media_type)
        if weight:
            weighed.append((weight, _weight(header, media_type, by_name=True) > 0, -order, form))
    return max(weighed)[3] if weighed else None


def _names_anything(header: str) -> bool:
    """Whether the header wants something; one that only says what it does not want leaves the choice to us."""
    return any(_weight(part, part.split(";")[0].strip().lower()) for part in header.split(","))


def _weight(header: str, media_type: str, *, by_name: bool = False) -> float:
    """The weight of a media type: that of its most specific range. `by_name`: wildcards do not count."""
    family = media_type.partition("/")[0]
    ranges = (media_type,) if by_name else (media_type, f"{family}/*", "*/*")
    found: dict[str, float] = {}
    for part in header.split(","):
        name, *parameters = (each.strip().lower() for each in part.split(";"))
        weight = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                weight = _number(parameter[2:])
        found[name] = max(weight, found.get(name, 0.0))
    return next((found[name] for name in ranges if name in found), 0.0)


def _number(text: str) -> float:
    try:
        return min(max(float(text), 0.0), 1.0)
    except ValueError:
        return 0.0

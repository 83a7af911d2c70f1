"""Which representation a client wants: by `?format=`, else by Accept (RFC 9110). JSON unless HTML is preferred."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import parse_qs

from litestar import Request

FORMATS: Final = ("json", "html")


def wanted(request: Request[Any, Any, Any]) -> str:
    """`json` or `html`. The value of `format` was checked before (`service.parameters`)."""
    query = request.scope["query_string"]
    if b"format=" in query:
        given = parse_qs(query.decode("latin-1")).get("format")
        if given and given[0] in FORMATS:
            return given[0]
    return "html" if _accepts_html_rather(request.headers.get("accept", "")) else "json"


def prefers_html(request: Request[Any, Any, Any]) -> bool:
    """Whether a person reads the answer."""
    return wanted(request) == "html"


def accepts(request: Request[Any, Any, Any], media_type: str) -> bool:
    """Whether the client names this media type itself, with a weight above that of JSON."""
    header = request.headers.get("accept", "")
    return media_type in header and _weight(header, media_type) > _weight(header, "application/json", by_name=True)


def _accepts_html_rather(header: str) -> bool:
    if "text/html" not in header:
        return False
    return _weight(header, "text/html") > _weight(header, "application/json", by_name=True)


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

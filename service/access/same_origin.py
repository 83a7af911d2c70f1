"""Whether a form was sent by a page of our own, as the browser itself tells: Sec-Fetch-Site, else Origin.

Pages cannot forge these headers. Every browser in use sends Origin with a POST, so one that tells neither is refused.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

from litestar import Request

from events.errors import OrglineError

SAME: Final = "same-origin"


class ForeignForm(OrglineError):
    """A form comes from a page of another site, or from none."""

    code = "foreign-form"


def require(request: Request[Any, Any, Any], base_url: str) -> None:
    """Raises ForeignForm unless the request comes from a page of this origin.

    That is the origin of the base URL, or the one that the browser itself addressed (Host), as where the register is
    reached by another name.
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site not in (None, SAME):
        raise ForeignForm(_WORDS)
    if origin is not None and not _is_own(origin, base_url, request.headers.get("host", "")):
        raise ForeignForm(_WORDS)
    if site is None and origin is None:
        raise ForeignForm(
            "the browser does not tell which page the form is from (Origin); send it from the page itself"
        )


_WORDS: Final = "the form was sent by a page of another site; open the page here and fill it in there"


def _is_own(origin: str, base_url: str, host: str) -> bool:
    try:
        given, own = urlsplit(origin), urlsplit(base_url)
    except ValueError:
        return False
    schemes = ("https",) if own.scheme == "https" else ("http", "https")
    return given.scheme in schemes and given.netloc != "" and given.netloc in (own.netloc, host)

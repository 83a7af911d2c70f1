"""Lists of feeds as OPML 2.0 (opml.org), for import into a reader: in parts, since there may be many."""

from __future__ import annotations

from email.utils import formatdate
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from feeds.atom import clean
from feeds.catalogue import Feed

MEDIA_TYPE: Final = "text/x-opml"


def opening(title: str, modified: int) -> str:
    """What comes first. `modified` is in microseconds since 1970 UTC."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<opml version="2.0">\n'
        f"<head><title>{escape(clean(title))}</title>"
        f"<dateModified>{formatdate(modified // 1_000_000, usegmt=True)}</dateModified></head>\n<body>\n"
    )


def group_opening(title: str) -> str:
    """What comes before the feeds of a group."""
    return f"<outline text={_quoted(title)}>\n"


def feed(listed: Feed) -> str:
    """One feed. Readers know feeds of any format by the type `rss`."""
    page = "" if listed.page is None else f" htmlUrl={_quoted(listed.page)}"
    title = _quoted(listed.title)
    return f'<outline type="rss" text={title} title={title} xmlUrl={_quoted(listed.atom)}{page}/>\n'


GROUP_CLOSING: Final = "</outline>\n"
CLOSING: Final = "</body>\n</opml>\n"


def _quoted(text: str) -> str:
    return quoteattr(clean(text))

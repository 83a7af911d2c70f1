"""Documents as JSON Feed 1.1 (jsonfeed.org).

What the log added to an event, and its canonical body, are in each item under `_orgline`, as in an event's JSON. A
reader goes on from `next_url` to the newest archive, and from each archive to the one before.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from events.event import instant
from feeds import content
from feeds.documents import Document, suffixed
from feeds.entry import Entry

MEDIA_TYPE: Final = "application/feed+json"
SUFFIX: Final = ".json"
VERSION: Final = "https://jsonfeed.org/version/1.1"

_encode = msgspec.json.Encoder().encode


def render(document: Document) -> bytes:
    """The bytes of a document in UTF-8."""
    links = dict(document.links)
    feed: dict[str, Any] = {"version": VERSION, "title": document.title}
    if document.page is not None:
        feed["home_page_url"] = document.page
    feed["feed_url"] = suffixed(links["self"], SUFFIX)
    following = links.get("next") or links.get("prev-archive")
    if following is not None:
        feed["next_url"] = suffixed(following, SUFFIX)
    feed["authors"] = [{"name": document.author}]
    feed["language"] = "en"
    if document.hub is not None:
        feed["hubs"] = [{"type": "WebSub", "url": document.hub}]
    feed["_orgline"] = {
        "about": "urn:orgline:feed:1",
        "id": document.id,
        "updated": instant(document.updated),
        "archive": document.archived,
    }
    if document.register is not None:
        register = document.register
        feed["_orgline"]["register"] = {**msgspec.structs.asdict(register), "created_at": instant(register.created_at)}
    feed["items"] = [_item(each) for each in document.entries]
    return _encode(feed)


def _item(entry: Entry) -> dict[str, Any]:
    event = entry.event
    item: dict[str, Any] = {
        "id": entry.id,
        "url": entry.page,
        "title": entry.title,
        "content_html": content.html(entry),
        "summary": entry.summary,
        "date_published": instant(entry.updated),
        "date_modified": instant(entry.updated),
        "tags": [event.type, *(subject.name for subject in entry.subjects)],
    }
    if entry.sources:
        item["external_url"] = entry.sources[0].href
    item["_orgline"] = {
        "position": event.position,
        "recorded_at": instant(event.recorded_at),
        "recorded_by": event.recorded_by,
        "salt": event.salt.hex(),
        "corrects": entry.corrects,
        "subjects": [subject.tag for subject in entry.subjects],
        "body": event.body.decode(),
    }
    return item

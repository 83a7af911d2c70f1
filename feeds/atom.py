"""Documents as Atom 1.0 (RFC 4287), by feedgen with an extension of ours.

feedgen 1.0.0 drops `rel`, `type` and `title` of entries' links, sets `updated` to the present and names its own
version, and lxml refuses characters that XML cannot hold. The extension writes links, times and our own elements;
everything else is set here, so that the bytes depend on the document alone.

Element of our namespace, in each head document:

`orgline:register`   whose feed it is, all that a register is made of: `id`, `title`, `base_url`, `time_zone`,
                     `created_at`.

Elements of our namespace, in each entry:

`orgline:effective`  when the fact holds in the world, as in an event's JSON: `edtf`, `earliest`, `latest` and, of an
                     interval with an end, `until_earliest`, `until_latest`. An absent attribute is an open bound.
`orgline:event`      what the log added: `position`, `recorded_at`, `recorded_by`, `salt` (hexadecimal). The content is
                     the canonical body byte for byte, so the log's leaf follows from it. A body with a character that
                     XML cannot hold (U+FFFE, U+FFFF) is in base64, and `encoding="base64"` says so.
"""

from __future__ import annotations

import re
from base64 import b64encode
from typing import Any, Final

import msgspec
from feedgen.feed import FeedGenerator
from feedgen.util import xml_elem

from events.event import instant
from events.register import Register
from feeds import content
from feeds.documents import Document, suffixed
from feeds.entry import Entry

MEDIA_TYPE: Final = "application/atom+xml"
SUFFIX: Final = ".atom"
NAMESPACE: Final = "urn:orgline:feed:1"
HISTORY: Final = "http://purl.org/syndication/history/1.0"  # RFC 5005
TYPE_SCHEME: Final = "urn:orgline:type"
SUBJECT_SCHEME: Final = "urn:orgline:subject"


def render(document: Document) -> bytes:
    """The bytes of a document in UTF-8."""
    feed = FeedGenerator()
    feed.register_extension("orgline", _FeedExtension, _EntryExtension, rss=False)
    feed.id(document.id)
    feed.title(clean(document.title))
    feed.orgline.updated = instant(document.updated)
    feed.orgline.archived = document.archived
    feed.orgline.register = document.register
    feed.author(name=clean(document.author))
    feed.generator("Orgline")
    feed.language("en")
    for rel, address in document.links:
        feed.link(rel=rel, href=suffixed(address, SUFFIX), type=MEDIA_TYPE)
    if document.hub is not None:
        feed.link(rel="hub", href=document.hub)
    if document.page is not None:
        feed.link(rel="alternate", href=document.page, type="text/html")
    for each in document.entries:
        _add(feed, each)
    return feed.atom_str()  # type: ignore[no-any-return]


class _FeedExtension:
    """What feedgen lets an extension add to a feed."""

    updated: str
    archived: bool
    register: Register | None

    def extend_ns(self) -> dict[str, str]:
        return {"orgline": NAMESPACE, "fh": HISTORY}

    def extend_atom(self, feed: Any) -> None:
        feed.find("updated").text = self.updated
        if self.archived:
            feed.insert(0, xml_elem(f"{{{HISTORY}}}archive", feed))
        if self.register is not None:
            told = {**msgspec.structs.asdict(self.register), "created_at": instant(self.register.created_at)}
            told["title"] = clean(self.register.title)
            feed.insert(0, xml_elem(f"{{{NAMESPACE}}}register", feed, **told))


class _EntryExtension:
    """What feedgen lets an extension add to an entry."""

    entry: Entry

    def extend_atom(self, element: Any) -> None:
        entry, event = self.entry, self.entry.event
        element.find("updated").text = instant(entry.updated)
        page = element.find("link")
        page.set("rel", "alternate")
        page.set("type", "text/html")
        if entry.corrects is not None:
            xml_elem("link", element, rel="related", type="text/html", href=entry.corrects)
        for source in entry.sources:
            link = xml_elem("link", element, rel="via", href=source.href)
            if source.title:
                link.set("title", clean(source.title))
        _add_effective(element, entry)
        recorded = xml_elem(f"{{{NAMESPACE}}}event", element)
        recorded.set("position", str(event.position))
        recorded.set("recorded_at", instant(event.recorded_at))
        recorded.set("recorded_by", clean(event.recorded_by))
        recorded.set("salt", event.salt.hex())
        body = event.body.decode()
        if _FORBIDDEN.search(body):
            recorded.set("encoding", "base64")
            body = b64encode(event.body).decode()
        recorded.text = body


def _add(feed: Any, entry: Entry) -> None:
    added = feed.add_entry(order="append")
    added.id(entry.id)
    added.title(clean(entry.title))
    added.link(href=entry.page)
    added.summary(clean(entry.summary))
    added.content(clean(content.html(entry)), type="html")
    added.category(term=entry.event.type, scheme=TYPE_SCHEME)
    for subject in entry.subjects:
        added.category(term=subject.tag, scheme=SUBJECT_SCHEME, label=clean(subject.name))
    added.orgline.entry = entry


def _add_effective(element: Any, entry: Entry) -> None:
    effective = entry.effective
    if effective is None:
        return
    added = xml_elem(f"{{{NAMESPACE}}}effective", element, edtf=effective.edtf)
    bounds = {"earliest": effective.earliest, "latest": effective.latest}
    if effective.until is not None:
        bounds |= {"until_earliest": effective.until.earliest, "until_latest": effective.until.latest}
    for name, day in bounds.items():
        if day is not None:
            added.set(name, day)


def clean(text: str) -> str:
    """The text with a replacement character (U+FFFD) for each that XML cannot hold."""
    return _FORBIDDEN.sub("\ufffd", text)


_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""All but Char of XML 1.0, section 2.2."""

"""Reads Atom documents of another register: whose they are, and the events in them, byte for byte as recorded there.

What comes from elsewhere is not trusted: no entity is resolved, nothing is loaded from anywhere, a document type is
refused, and so is whatever does not have the form that `feeds/atom.py` gives it.
"""

from __future__ import annotations

import re
from base64 import b64decode
from typing import Final
from uuid import UUID

import msgspec
from lxml import etree

from events.dates import DateFault, day, parse
from events.errors import OrglineError
from events.event import Effective, Event, of_instant
from events.facts import FACT_BYTES_MAX
from events.log import SALT_BYTES
from events.register import Register
from events.vocabulary.language import is_event_id
from feeds.atom import NAMESPACE

ATOM: Final = "{http://www.w3.org/2005/Atom}"
OURS: Final = f"{{{NAMESPACE}}}"


class UnreadableDocument(OrglineError):
    """A document is none of a register's feeds."""

    code = "unreadable-document"


class Document(msgspec.Struct, frozen=True):
    """What a feed document tells. `register` is in heads only; `events` are in the order of their positions."""

    register: Register | None
    events: tuple[Event, ...]

    @property
    def position(self) -> int:
        """Of its last event; 0 where it has none."""
        return self.events[-1].position if self.events else 0


class _Body(msgspec.Struct):
    """What is read of a canonical body here."""

    id: str
    type: str
    tags: tuple[str, ...]
    effective: Effective | None = None

    def check(self) -> None:
        """Raises ValueError or DateFault for what no register records, and what would break one that did."""
        if not is_event_id(self.id):
            raise ValueError("its id is no UUID in lower case")
        if not all(_TAG(tag) for tag in self.tags):
            raise ValueError("its tags are not of the form kind/id")
        if self.effective is not None:
            parse(self.effective.edtf)
            for bounds in (self.effective, self.effective.until):
                days = [day(each) for each in (bounds.earliest, bounds.latest) if each] if bounds else []
                if days != sorted(days):
                    raise ValueError("the bounds of its date are the wrong way round")


def read(content: bytes) -> Document:
    """A feed document. Raises UnreadableDocument."""
    # A parser is used once: it is bound to the thread that made it.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        feed = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise UnreadableDocument(f"it is no XML: {error}") from error
    if feed.getroottree().docinfo.doctype:  # type: ignore[union-attr]  # the stubs leave open whether there is one
        raise UnreadableDocument("it has a document type, which no feed needs")
    if feed.tag != f"{ATOM}feed":
        raise UnreadableDocument("it is no Atom feed")
    told = feed.find(f"{OURS}register")
    events = [_event(entry) for entry in feed.iterfind(f"{ATOM}entry")]
    return Document(None if told is None else _register(told), tuple(reversed(events)))


def _register(told: etree._Element) -> Register:
    try:
        return Register(
            id=str(UUID(_given(told, "id"))),
            title=_given(told, "title"),
            base_url=_given(told, "base_url"),
            time_zone=_given(told, "time_zone"),
            created_at=of_instant(_given(told, "created_at")),
        )
    except (KeyError, ValueError) as error:
        raise UnreadableDocument(f"what it says of its register is not understood: {error}") from error


def _event(entry: etree._Element) -> Event:
    told = entry.find(f"{OURS}event")
    if told is None:
        raise UnreadableDocument("an entry holds no event of a register")
    try:
        text = told.text or ""
        body = b64decode(text, validate=True) if told.get("encoding") == "base64" else text.encode()
        known = _BODY.decode(body)
        known.check()
        event = Event(
            position=int(_given(told, "position")),
            recorded_at=of_instant(_given(told, "recorded_at")),
            recorded_by=_given(told, "recorded_by"),
            id=known.id,
            type=known.type,
            body=body,
            salt=bytes.fromhex(_given(told, "salt")),
        )
    except (KeyError, ValueError, RecursionError, DateFault) as error:  # what msgspec and base64 raise are such too
        raise UnreadableDocument(f"the event {told.get('position', '')[:20]} is not understood: {error}") from error
    if len(body) > FACT_BYTES_MAX or len(event.salt) != SALT_BYTES or event.position < 1:
        raise UnreadableDocument(f"the event {event.position} is too large, or its salt is none")
    if entry.findtext(f"{ATOM}id") != f"urn:uuid:{event.id}":
        raise UnreadableDocument(f"the event {event.position} is in the entry of another one")
    return event


def _given(element: etree._Element, name: str) -> str:
    """An attribute. Raises KeyError."""
    return str(element.attrib[name])


_TAG: Final = re.compile(r"[a-z]{1,40}/[A-Za-z0-9][A-Za-z0-9._-]{0,200}").fullmatch
_BODY: Final = msgspec.json.Decoder(_Body)

"""The rules of Atom documents: RFC 4287, what the W3C's feed validator asks beyond it, and paged feeds (RFC 5005, 3).

Written from those texts and read by the standard library's parser, so that nothing is shared with the code that is
tested by it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final
from xml.etree import ElementTree as ET

ATOM: Final = "{http://www.w3.org/2005/Atom}"
HISTORY: Final = "{http://purl.org/syndication/history/1.0}"
XHTML: Final = "{http://www.w3.org/1999/xhtml}"
XML: Final = "{http://www.w3.org/XML/1998/namespace}"

PAGING: Final = ("first", "last", "next", "previous")

_METADATA = ("author", "category", "contributor", "id", "link", "rights", "title", "updated")
FEED_ELEMENTS: Final = (*_METADATA, "entry", "generator", "icon", "logo", "subtitle")
ENTRY_ELEMENTS: Final = (*_METADATA, "content", "published", "source", "summary")
ONCE: Final = ("id", "title", "updated")
AT_MOST_ONCE: Final = ("content", "generator", "icon", "logo", "published", "rights", "source", "subtitle", "summary")
TEXTS: Final = ("rights", "subtitle", "summary", "title")
LINK_ATTRIBUTES: Final = {"href", "rel", "type", "hreflang", "title", "length"}
# Of IANA's registry of link relations: those that feeds use.
RELATIONS: Final = {
    "alternate", "current", "enclosure", "first", "hub", "last", "next", "next-archive", "prev-archive", "previous",
    "related", "replies", "self", "via",
}  # fmt: skip


def problems(xml: bytes) -> list[str]:
    """All that is wrong with an Atom feed document; empty if nothing is."""
    try:
        feed = ET.fromstring(xml)
    except ET.ParseError as error:
        return [f"not well-formed: {error}"]
    if feed.tag != f"{ATOM}feed":
        return [f"the root is {feed.tag}"]
    return [*_encoding(xml), *_feed(feed)]


def walked(address: str, read: Callable[[str], bytes]) -> tuple[list[ET.Element], list[str]]:
    """The entries of all pages of a feed, from the first by `next`; and all that is wrong with the pages.

    Beyond what holds of each: one id for all of them, each entry once, and back again by `previous` where that is told.
    """
    entries: list[ET.Element] = []
    found: list[str] = []
    ids, addresses = set(), [address]
    before: str | None = None
    while addresses[-1] != before:
        before = addresses[-1]
        xml = read(before)
        found += (f"{before}: {problem}" for problem in problems(xml))
        feed = ET.fromstring(xml)
        ids.add(feed.findtext(f"{ATOM}id"))
        entries += feed.findall(f"{ATOM}entry")
        links = {link.get("rel"): link.get("href", "") for link in feed.findall(f"{ATOM}link")}
        if links.get("self") != before:
            found.append(f"{before}: its own address is {links.get('self')}")
        if len(addresses) > 1 and links.get("first") != address:
            found.append(f"{before}: its first page is {links.get('first')}")
        if links.get("previous", addresses[-2:][0]) != addresses[-2:][0]:
            found.append(f"{before}: the page before is {links.get('previous')}, not {addresses[-2]}")
        if links.get("next", before) in addresses[:-1]:
            return entries, [*found, f"{before}: the next page is {links['next']}, which was there before"]
        if "next" in links:
            addresses.append(links["next"])
    if len(ids) != 1:
        found.append(f"the pages bear {len(ids)} ids")
    times = Counter(entry.findtext(f"{ATOM}id") for entry in entries)
    found += (f"entry {id_} is on {count} pages" for id_, count in times.items() if count > 1)
    updated = [entry.findtext(f"{ATOM}updated", "") for entry in entries]
    if updated != sorted(updated, reverse=True):
        found.append("the entries are not in order, the newest first")
    return entries, found


def _encoding(xml: bytes) -> Iterator[str]:
    if not re.match(rb"<\?xml version=['\"]1\.0['\"] encoding=['\"]UTF-8['\"]\?>", xml):
        yield "the XML declaration does not say UTF-8"


def _feed(feed: ET.Element) -> Iterator[str]:
    yield from _container(feed, "feed", FEED_ELEMENTS)
    entries = feed.findall(f"{ATOM}entry")
    if feed.find(f"{ATOM}author") is None and any(entry.find(f"{ATOM}author") is None for entry in entries):
        yield "feed: no author, and not each entry has its own"  # RFC 4287, section 4.1.1
    if not any(link.get("rel") == "self" for link in feed.findall(f"{ATOM}link")):
        yield "feed: no link rel=self"  # "should" in RFC 4287, section 4.1.1
    yield from _pages(feed)
    children = [child.tag for child in feed]
    if f"{ATOM}entry" in children and set(children[children.index(f"{ATOM}entry") :]) != {f"{ATOM}entry"}:
        yield "feed: metadata after the first entry"
    for language in (element.get(f"{XML}lang") for element in feed.iter()):
        if language is not None and not re.fullmatch(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*", language):
            yield f"xml:lang {language!r} is no language tag"
    ids = Counter(entry.findtext(f"{ATOM}id") for entry in entries)
    yield from (f"entry id {id_} occurs {times} times" for id_, times in ids.items() if times > 1)
    for number, entry in enumerate(entries, 1):
        yield from _entry(entry, f"entry {number}")


def _pages(feed: ET.Element) -> Iterator[str]:
    """RFC 5005, sections 2 to 4."""
    links = [(link.get("rel"), link.get("href")) for link in feed.findall(f"{ATOM}link")]
    own = {href for rel, href in links if rel == "self"}
    paged = {rel for rel, _ in links if rel in PAGING}
    for rel in sorted(paged | {"current", "next-archive", "prev-archive"}):
        addresses = [href for name, href in links if name == rel]
        if len(addresses) > 1:
            yield f"feed: several links rel={rel}"
        if rel in ("next", "previous", "prev-archive", "next-archive") and own & set(addresses):
            yield f"feed: its link rel={rel} leads to itself"
    archive, complete = (feed.find(f"{HISTORY}{name}") is not None for name in ("archive", "complete"))
    if complete and paged:
        yield "feed: complete, and yet a page"
    if complete and archive:
        yield "feed: complete, and yet an archive"
    if archive and "current" not in {rel for rel, _ in links}:
        yield "feed: an archive without link rel=current"


def _entry(entry: ET.Element, where: str) -> Iterator[str]:
    yield from _container(entry, where, ENTRY_ELEMENTS)
    content = entry.find(f"{ATOM}content")
    alternates = [link for link in entry.findall(f"{ATOM}link") if link.get("rel", "alternate") == "alternate"]
    if content is None and not alternates:
        yield f"{where}: neither content nor a link rel=alternate"
    if content is not None and content.get("src") and entry.find(f"{ATOM}summary") is None:
        yield f"{where}: content elsewhere, and no summary"
    if content is None and entry.find(f"{ATOM}summary") is None:
        yield f"{where}: neither content nor summary"  # the validator's advice
    published = entry.find(f"{ATOM}published")
    if published is not None:
        yield from _date(published, where)


def _container(element: ET.Element, where: str, allowed: tuple[str, ...]) -> Iterator[str]:
    """What holds of feeds and entries alike."""
    names = Counter(child.tag for child in element)
    for tag in names:
        if not tag.startswith("{"):
            yield f"{where}: {tag} is in no namespace"
        elif tag.startswith(ATOM) and tag.removeprefix(ATOM) not in allowed:
            yield f"{where}: {tag.removeprefix(ATOM)} does not belong here"
    for name in ONCE:
        if names[ATOM + name] != 1:
            yield f"{where}: {names[ATOM + name]} elements {name}"
    for name in AT_MOST_ONCE:
        if names[ATOM + name] > 1:
            yield f"{where}: {names[ATOM + name]} elements {name}"
    if (element.text or "").strip() or any((child.tail or "").strip() for child in element):
        yield f"{where}: text between the elements"
    for child in element:
        name = child.tag.removeprefix(ATOM)
        if name in TEXTS:
            yield from _text(child, f"{where}: {name}")
        elif name in ("author", "contributor"):
            yield from _person(child, f"{where}: {name}")
        elif name == "updated":
            yield from _date(child, where)
        elif name == "id" and not _is_iri(child.text):
            yield f"{where}: the id {child.text!r} is no absolute IRI"
        elif name == "generator" and not (child.text or "").strip():
            yield f"{where}: an empty generator"
        elif name == "category":
            yield from _category(child, where)
    yield from _links(element, where)


def _links(element: ET.Element, where: str) -> Iterator[str]:
    links = element.findall(f"{ATOM}link")
    for link in links:
        if not _is_iri(link.get("href")):
            yield f"{where}: a link's href {link.get('href')!r} is no absolute IRI"
        if link.get("rel", "alternate") not in RELATIONS and not _is_iri(link.get("rel")):
            yield f"{where}: a link's rel {link.get('rel')!r} is not registered"
        if link.get("type") is not None and not re.fullmatch(r"[\w.+-]+/[\w.+-]+(\s*;.*)?", link.get("type", "")):
            yield f"{where}: a link's type {link.get('type')!r} is no media type"
        if set(link.keys()) - LINK_ATTRIBUTES:
            yield f"{where}: a link with attributes {sorted(set(link.keys()) - LINK_ATTRIBUTES)}"
    alternates = Counter(
        (link.get("type"), link.get("hreflang")) for link in links if link.get("rel", "alternate") == "alternate"
    )
    yield from (f"{where}: {times} alternates of {kind}" for kind, times in alternates.items() if times > 1)
    if sum(link.get("rel") == "self" for link in links) > 1:
        yield f"{where}: several links rel=self"


def _category(category: ET.Element, where: str) -> Iterator[str]:
    if not category.get("term"):
        yield f"{where}: a category without term"
    if category.get("scheme") is not None and not _is_iri(category.get("scheme")):
        yield f"{where}: a category's scheme {category.get('scheme')!r} is no absolute IRI"


def _person(person: ET.Element, where: str) -> Iterator[str]:
    names = person.findall(f"{ATOM}name")
    if len(names) != 1 or not (names[0].text or "").strip():
        yield f"{where}: not one name"
    for uri in person.findall(f"{ATOM}uri"):
        if not _is_iri(uri.text):
            yield f"{where}: the uri {uri.text!r} is no absolute IRI"
    for email in person.findall(f"{ATOM}email"):
        if not re.fullmatch(r"[^@\s]+@[^@\s]+", email.text or ""):
            yield f"{where}: {email.text!r} is no e-mail address"


def _text(element: ET.Element, where: str) -> Iterator[str]:
    """RFC 4287, section 3.1."""
    kind = element.get("type", "text")
    if kind not in ("text", "html", "xhtml"):
        yield f"{where}: type {kind!r}"
    elif kind == "xhtml":
        if [child.tag for child in element] != [f"{XHTML}div"]:
            yield f"{where}: not one XHTML div"
    elif len(element):
        yield f"{where}: elements inside text"
    elif not (element.text or "").strip():
        yield f"{where}: empty"


def _date(element: ET.Element, where: str) -> Iterator[str]:
    """RFC 4287, section 3.3: RFC 3339 with capital T and Z, and nothing around it."""
    name, text = element.tag.removeprefix(ATOM), element.text or ""
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", text):
        yield f"{where}: {name} {text!r} is no date of RFC 3339"
        return
    try:
        datetime.fromisoformat(text)
    except ValueError as error:
        yield f"{where}: {name} {text!r}: {error}"


def _is_iri(text: str | None) -> bool:
    """An absolute IRI: a scheme, and no character that RFC 3987 forbids."""
    return text is not None and bool(
        re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:([^\x00-\x20<>\"{}|\\^`%\x7f-\x9f\ufffd-\uffff]|%[0-9A-Fa-f]{2})+", text)
    )

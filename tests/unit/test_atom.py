"""A document as Atom: valid by the rules, read by feedparser, complete enough to follow the register."""

from __future__ import annotations

import json
from base64 import b64decode
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any
from xml.etree import ElementTree as ET

import feedparser
import msgspec
import pytest

from events import facts
from events.event import Event, instant
from events.register import Register
from feeds import atom, entry
from feeds.documents import Document
from tests.feed_rules import ATOM, problems

REGISTER = Register(
    "5f0c4a4e-3f0e-4f3b-9a55-0a6b1c3f7d21", "Orgline", "https://register.example.org", "Europe/London", 0
)
MERGER = "0192a000-0000-7000-8000-000000000001"
CORRECTION = "0192a000-0000-7000-8000-000000000002"
RECORDED = 1_643_709_600_000_000  # 2022-02-01T10:00:00Z
OURS = f"{{{atom.NAMESPACE}}}"

MERGED: dict[str, Any] = {
    "id": MERGER,
    "type": "organisation.merged",
    "effective": "2022-02",
    "data": {"originals": ["nhsx", "nhs-digital"], "result": "nhs-england"},
    "sources": [
        {"title": "A report & its <title>", "url": "https://example.org/report?a=1&b=2"},
        {"title": "On paper only"},
        {"url": "https://example.org/untitled"},
    ],
}
CORRECTED: dict[str, Any] = {
    "id": CORRECTION,
    "type": "fact.corrected",
    "data": {"event": MERGER, "replacement": {k: v for k, v in MERGED.items() if k != "id"} | {"effective": "2022-03"}},
}
NAMES = {"organisation/nhsx": "NHSX", "organisation/nhs-england": "NHS England"}

HOSTILE = [  # as recorded, and as shown
    pytest.param("]]>", "]]>", id="end-of-cdata"),
    pytest.param("<b>bold</b> & &amp; \"'", "<b>bold</b> & &amp; \"'", id="markup"),
    pytest.param("\u202eright to left\u200f", "\u202eright to left\u200f", id="bidi"),
    pytest.param("🏥👩‍⚕️\U0010fffd", "🏥👩‍⚕️\U0010fffd", id="beyond-the-basic-plane"),
    pytest.param("a\x01b\x08\x1f\x7f\x85", "a\ufffdb\ufffd\ufffd\x7f\x85", id="control"),
    pytest.param("\ufffe and \uffff", "\ufffd and \ufffd", id="noncharacters"),
    pytest.param("one\rtwo\r\nthree\n\tfour", "one\rtwo\r\nthree\n\tfour", id="line-ends"),
    pytest.param("\u2028\ufeff", "\u2028\ufeff", id="separators"),
    pytest.param("<?xml?><!-- -- --><![CDATA[", "<?xml?><!-- -- --><![CDATA[", id="declarations"),
]


@dataclass(frozen=True)
class Read:
    """An entry as it is read back."""

    element: ET.Element

    def text(self, name: str) -> str:
        return self.element.findtext(ATOM + name) or ""

    @property
    def links(self) -> list[dict[str, str]]:
        return [dict(link.items()) for link in self.element.findall(f"{ATOM}link")]

    @property
    def categories(self) -> list[dict[str, str]]:
        return [dict(category.items()) for category in self.element.findall(f"{ATOM}category")]

    @property
    def recorded(self) -> ET.Element:
        element = self.element.find(f"{OURS}event")
        assert element is not None
        return element

    @property
    def body(self) -> bytes:
        text = self.recorded.text or ""
        return b64decode(text) if self.recorded.get("encoding") == "base64" else text.encode()


def event_of(stated: dict[str, Any], position: int = 1, recorded_by: str = "importer") -> Event:
    (fact,) = facts.decode(json.dumps(stated).encode()).facts
    body = facts.body_of(facts.recorded(fact, facts.tags_of(fact)))
    salt = bytes(range(position, position + 16))
    return Event(position, RECORDED + position, recorded_by, str(fact.id), fact.type, body, salt)


def document_of(*events: Event, names: dict[str, str] = NAMES, title: str = "Orgline: all changes") -> Document:
    def name(tag: str) -> str:
        return names.get(tag, tag)

    return Document(
        id="urn:uuid:66666666-2222-5333-8444-555555555555",
        title=title,
        author="Orgline",
        updated=events[0].recorded_at if events else RECORDED,
        page="https://register.example.org/",
        links=(("self", "https://register.example.org/feeds/all"),),
        entries=tuple(entry.make(event, name, None, REGISTER) for event in events),
    )


def read(xml: bytes) -> list[Read]:
    return [Read(element) for element in ET.fromstring(xml).findall(f"{ATOM}entry")]


def test_the_feed_itself() -> None:
    xml = atom.render(document_of(event_of(MERGED)))
    assert problems(xml) == []
    parsed = feedparser.parse(xml)
    assert not parsed.bozo
    assert parsed.version == "atom10"
    feed = parsed.feed
    assert feed.id == "urn:uuid:66666666-2222-5333-8444-555555555555"
    assert feed.title == "Orgline: all changes"
    assert feed.updated == instant(RECORDED + 1)
    assert feed.author == "Orgline"
    assert feed.generator == "Orgline"
    assert [(link.rel, link.type, link.href) for link in feed.links] == [
        ("self", "application/atom+xml", "https://register.example.org/feeds/all.atom"),
        ("alternate", "text/html", "https://register.example.org/"),
    ]


def test_an_entry_has_what_readers_and_followers_need() -> None:
    event = event_of(MERGED)
    (only,) = read(atom.render(document_of(event)))
    assert only.text("id") == f"urn:uuid:{MERGER}"
    assert only.text("updated") == "2022-02-01T10:00:00.000001Z"
    assert "NHSX" in only.text("title")
    assert "NHS England" in only.text("title")
    assert "February 2022" in only.text("title")
    assert only.links == [
        {"rel": "alternate", "type": "text/html", "href": f"https://register.example.org/events/{MERGER}"},
        {"rel": "via", "href": "https://example.org/report?a=1&b=2", "title": "A report & its <title>"},
        {"rel": "via", "href": "https://example.org/untitled"},
    ]
    assert only.categories == [
        {"term": "organisation.merged", "scheme": "urn:orgline:type"},
        {"term": "organisation/nhs-digital", "scheme": "urn:orgline:subject", "label": "organisation/nhs-digital"},
        {"term": "organisation/nhs-england", "scheme": "urn:orgline:subject", "label": "NHS England"},
        {"term": "organisation/nhsx", "scheme": "urn:orgline:subject", "label": "NHSX"},
    ]
    effective = only.element.find(f"{OURS}effective")
    assert effective is not None
    assert dict(effective.items()) == {"edtf": "2022-02", "earliest": "2022-02-01", "latest": "2022-02-28"}
    assert dict(only.recorded.items()) == {
        "position": "1",
        "recorded_at": "2022-02-01T10:00:00.000001Z",
        "recorded_by": "importer",
        "salt": event.salt.hex(),
    }
    assert only.body == event.body


@pytest.mark.parametrize(
    ("stated", "attributes"),
    [
        ("[..2019-02-19]", {"edtf": "[..2019-02-19]", "latest": "2019-02-19"}),
        (
            "2019/2021-06",
            {
                "edtf": "2019/2021-06",
                "earliest": "2019-01-01",
                "latest": "2019-12-31",
                "until_earliest": "2021-06-02",
                "until_latest": "2021-07-01",
            },
        ),
    ],
)
def test_the_bounds_of_a_date(stated: str, attributes: dict[str, str]) -> None:
    adopted = {
        "id": MERGER,
        "type": "name.adopted",
        "effective": stated,
        "data": {"organisation": "nhsx", "name": "NHSX", "kind": "brand"},
    }
    (only,) = read(atom.render(document_of(event_of(adopted))))
    effective = only.element.find(f"{OURS}effective")
    assert effective is not None
    assert dict(effective.items()) == attributes


@pytest.mark.parametrize(
    ("effective", "day"),
    [
        ("2022-02", date(2022, 2, 1)),
        ("[2019-05..]", date(2019, 5, 1)),
        ("[..2019-02-19]", date(2019, 2, 19)),
        ("2018/2020", date(2018, 1, 1)),
    ],
)
def test_names_are_those_of_the_first_possible_day(effective: str, day: date) -> None:
    adopted = MERGED | {"type": "name.adopted", "data": {"organisation": "nhsx", "name": "NHSX", "kind": "brand"}}
    assert entry.naming_day(event_of(adopted | {"effective": effective}), REGISTER) == day.toordinal()


def test_names_of_an_undated_fact_are_those_of_the_day_it_was_recorded_where_the_register_is() -> None:
    late = int(datetime(2022, 7, 1, 23, 30, tzinfo=UTC).timestamp() * 1_000_000)
    event = msgspec.structs.replace(event_of(CORRECTED), recorded_at=late)
    assert entry.naming_day(event, REGISTER) == date(2022, 7, 2).toordinal()


def test_a_correction_links_to_what_it_corrects_and_has_no_date_of_its_own() -> None:
    xml = atom.render(document_of(event_of(CORRECTED, 2), event_of(MERGED)))
    assert problems(xml) == []
    newest, oldest = read(xml)
    related = [link for link in newest.links if link["rel"] == "related"]
    assert related == [{"rel": "related", "type": "text/html", "href": f"https://register.example.org/events/{MERGER}"}]
    assert newest.element.find(f"{OURS}effective") is None
    assert not [link for link in oldest.links if link["rel"] == "related"]


def test_entries_stay_in_the_document_s_order() -> None:
    events = [event_of(MERGED | {"id": MERGER[:-1] + str(n)}, n) for n in (3, 2, 1)]
    assert [each.recorded.get("position") for each in read(atom.render(document_of(*events)))] == ["3", "2", "1"]


def test_a_feed_without_entries_is_valid() -> None:
    xml = atom.render(document_of())
    assert problems(xml) == []
    assert not feedparser.parse(xml).bozo
    assert feedparser.parse(xml).feed.updated == instant(RECORDED)


def test_the_bytes_depend_on_the_document_alone() -> None:
    document = document_of(event_of(CORRECTED, 2), event_of(MERGED))
    xml = atom.render(document)
    assert atom.render(document) == xml
    assert b"feedgen" not in xml
    assert xml.count(b"<updated>") == 3
    assert xml.count(b"2022-02-01T10:00:00.00000") == 3 + 2  # and the two events' recorded times
    assert b"ns0:" not in xml
    assert xml.count(atom.NAMESPACE.encode()) == 1


def test_times_on_the_second_have_six_decimals_too() -> None:
    (only,) = read(atom.render(document_of(event_of(MERGED, position=0))))
    assert only.text("updated") == "2022-02-01T10:00:00.000000Z"


@pytest.mark.parametrize(("text", "shown"), HOSTILE)
def test_hostile_text_comes_out_valid(text: str, shown: str) -> None:
    stated = {
        "id": MERGER,
        "type": "name.adopted",
        "effective": "2020",
        "data": {"organisation": "nhsx", "name": f"x{text}", "kind": "brand"},
        "sources": [{"title": f"x{text}", "url": "https://example.org/", "quote": f"x{text}"}],
        "note": f"x{text}",
    }
    event = event_of(stated, recorded_by=f"x{text}")
    xml = atom.render(document_of(event, names={"organisation/nhsx": f"x{text}"}, title=f"x{text}"))
    assert problems(xml) == []
    assert not feedparser.parse(xml).bozo
    (only,) = read(xml)
    assert only.body == event.body
    assert sha256(bytes.fromhex(only.recorded.get("salt", "")) + only.body).digest() == (
        sha256(event.salt + event.body).digest()
    )
    assert only.categories[-1]["label"] == f"x{shown}"
    assert only.links[-1]["title"] == f"x{shown}"
    assert only.recorded.get("recorded_by") == f"x{shown}"
    assert f"x{shown}" in only.text("title")
    assert json.loads(only.body)["note"] == event.fact.note


@pytest.mark.parametrize(
    ("url", "href"),
    [
        ('https://example.org/a<b>{c}|d\\e^f`g"h', "https://example.org/a%3Cb%3E%7Bc%7D%7Cd%5Ce%5Ef%60g%22h"),
        ("https://example.org/100%", "https://example.org/100%25"),
        ("https://example.org/100%25", "https://example.org/100%25"),
        ("https://example.org/café\x01", "https://example.org/café%01"),
        ("https://example.org/\uffff", "https://example.org/%EF%BF%BF"),
        ("https://[::1/", None),
        ("https:///path", None),
    ],
)
def test_an_address_of_a_source_becomes_an_iri_or_nothing(url: str, href: str | None) -> None:
    xml = atom.render(document_of(event_of(MERGED | {"sources": [{"url": url}]})))
    assert problems(xml) == []
    (only,) = read(xml)
    assert [link["href"] for link in only.links if link["rel"] == "via"] == ([] if href is None else [href])

"""Feeds from the log, on both databases: which events a document holds, and what its entries depend on."""

from __future__ import annotations

from base64 import b64decode
from hashlib import sha256
from typing import Any
from xml.etree import ElementTree as ET

import feedparser
import msgspec
import pytest
import rfc8785

from events import merkle
from events.database import Database
from feeds import atom, documents
from feeds.selections import Selection, Version
from tests.feed_rules import ATOM, problems
from tests.houses import CREATED, House, attribute, name

ALL = Selection("all")
NHSX = Selection("organisations", "nhsx")
NAMES_AROUND_THE_RECORDING = [  # which is on 13 September 2020
    ("Name before", "2020-01-01"),
    ("Name of the day", "2020-09-12"),
    ("Name after", "2020-09-14"),
]


@pytest.fixture
def house(database: Database) -> House:
    return House(database)


@pytest.mark.parametrize(
    ("count", "first"),
    [(0, 1), (1, 1), (99, 1), (100, 1), (199, 1), (200, 101), (250, 101), (299, 101), (300, 201), (1_000_000, 999_901)],
)
def test_the_head_begins_with_the_last_full_archive(count: int, first: int) -> None:
    assert documents.first_in_head(count) == first


def test_a_head_holds_the_newest_hundred_at_least_newest_first(house: House) -> None:
    house.fill(50, "gds")
    house.fill(99)
    assert house.positions(NHSX) == list(range(149, 50, -1))
    assert house.positions(ALL) == list(range(149, 0, -1))
    house.fill(100)
    assert house.positions(NHSX) == list(range(249, 50, -1))
    assert house.positions(ALL) == list(range(249, 100, -1))
    house.fill(1)
    assert house.positions(NHSX) == list(range(250, 150, -1))


def test_each_family_selects_by_its_tag(house: House) -> None:
    house.append(name("nhsx", "NHSX", "2019"))
    observed = {"organisation": "nhsx", "post": "chief", "person": "a-person", "person_name": "A Person"}
    house.append({"type": "appointment.observed", "effective": "2020-01-01", "data": observed})
    house.append(attribute("gds"))
    assert house.positions(NHSX) == [2, 1]
    assert house.positions(Selection("people", "a-person")) == [2]
    assert house.positions(Selection("types", "name.adopted")) == [1]
    assert house.positions(ALL) == [3, 2, 1]


@pytest.mark.parametrize(
    "selection",
    [
        Selection("organisations", "never-mentioned"),
        Selection("people", "nhsx"),
        Selection("types", "no.such.type"),
        Selection("organisations", "nhsx\0"),
        Selection("organisations", "é" * 200),
        Selection("organisations", "a" * 2_000),
        Selection("organisations", ""),
    ],
)
def test_what_no_event_mentions_has_no_feed(house: House, selection: Selection) -> None:
    house.append(attribute("nhsx"))
    assert house.version(selection) is None
    assert house.head(selection) is None


@pytest.mark.parametrize("selection", [ALL, Selection("types", "organisation.dissolved")])
def test_what_may_yet_come_has_an_empty_feed(house: House, selection: Selection) -> None:
    document = house.head(selection)
    assert document is not None
    assert document.entries == ()
    assert document.updated == CREATED
    assert house.version(selection) == Version(0, 0, CREATED)
    assert problems(atom.render(document)) == []


def test_the_version_is_that_of_the_selection(house: House) -> None:
    house.append(attribute("nhsx"), attribute("nhsx"))
    house.append(attribute("gds"))
    assert house.version(NHSX) == Version(2, 2, CREATED + 1_000_000)
    assert house.version(ALL) == Version(3, 3, CREATED + 2_000_000)
    document = house.head(NHSX)
    assert document is not None
    assert document.updated == CREATED + 1_000_000


def test_the_etag_changes_with_the_document_and_only_then(house: House) -> None:
    house.append(attribute("nhsx"))
    before = house.etag(NHSX)
    house.append(attribute("gds"))
    assert house.etag(NHSX) == before
    house.append(attribute("nhsx"))
    assert house.etag(NHSX) != before
    version = house.version(NHSX)
    assert version is not None
    tags = {
        house.etag(NHSX),
        documents.etag(house.register, NHSX, version, "json"),
        documents.etag(house.register, Selection("people", "nhsx"), version, "atom"),
        documents.etag(msgspec.structs.replace(house.register, title="Another"), NHSX, version, "atom"),
        documents.etag(house.register, NHSX, msgspec.structs.replace(version, position=9), "atom"),
        documents.etag(house.register, NHSX, msgspec.structs.replace(version, recorded_at=9), "atom"),
    }
    assert len(tags) == 6
    assert all(tag.startswith('"2-') and tag.endswith('"') for tag in tags)


def test_an_entry_keeps_the_names_that_were_known_at_the_end_of_its_append(house: House) -> None:
    house.append(attribute("nhsx"))
    house.append(attribute("nhsx"), name("nhsx", "First name", "2019"))
    house.append(name("nhsx", "Second name", "2020-01-01"), attribute("nhsx"))
    house.append(attribute("nhsx", "2019-07"))
    titles = house.titles(NHSX)
    for title, subject in zip(
        [title for title in titles if "staff" in title],
        ["First name", "Second name", "First name", "nhsx"],
        strict=True,
    ):
        assert subject in title


def test_a_feed_s_title_has_the_name_of_the_day_of_its_newest_entry(house: House) -> None:
    house.append(*(name("nhsx", text, day) for text, day in NAMES_AROUND_THE_RECORDING))
    house.append(attribute("gds"), name("nhsx", "Name not known yet", "2020-09-13"), attribute("gds"))
    house.append(name("gds", "Another's", "2019"))
    document = house.head(NHSX)
    assert document is not None
    assert document.title == "Name not known yet · The register"
    (earlier,) = (entry for entry in document.entries if "Name of the day" in entry.title)
    assert earlier.subjects[0].name == "Name of the day"
    assert document.page == "https://register.example.org/organisations/nhsx"
    assert document.links == (("self", "https://register.example.org/feeds/organisations/nhsx"),)


def test_entries_never_change(house: House) -> None:
    (first,) = house.append(name("nhsx", "First name", "2019"))
    house.append(attribute("nhsx"))
    before = entries_of(house, ALL)
    corrected = name("nhsx", "Corrected name", "2019")
    (correction,) = house.append({"type": "fact.corrected", "data": {"event": first, "replacement": corrected}})
    house.append(name("nhsx", "Brand", "2019", "brand"))
    house.append({"type": "fact.retracted", "data": {"event": correction, "reason": "error"}})
    house.fill(20)
    after = entries_of(house, ALL)
    assert after[-2:] == before


def test_amendments_say_what_they_amend(house: House) -> None:
    (first,) = house.append(name("nhsx", "First name", "2019"))
    replacement = name("nhsx", "Corrected name", "2019")
    (correction,) = house.append({"type": "fact.corrected", "data": {"event": first, "replacement": replacement}})
    house.append({"type": "fact.retracted", "data": {"event": correction, "reason": "error"}})
    document = house.head(NHSX)
    assert document is not None
    retracting, correcting, _ = document.entries
    assert "Corrected name" in correcting.title
    assert correcting.corrects == f"https://register.example.org/events/{first}"
    assert "Corrected name" in retracting.title
    assert retracting.corrects == f"https://register.example.org/events/{correction}"


def test_an_undated_fact_uses_the_names_of_the_day_it_was_recorded(house: House) -> None:
    (first,) = house.append(attribute("nhsx"))
    house.append(*(name("nhsx", text, day) for text, day in NAMES_AROUND_THE_RECORDING))
    house.append({"type": "fact.retracted", "data": {"event": first, "reason": "error"}})
    assert "Name of the day" in house.titles(NHSX)[0]


def test_the_log_s_root_hash_follows_from_the_feed_alone(house: House) -> None:
    house.append(
        *(name("nhsx", text, "2019", "brand") for text in ("]]> <b>", "\u202e🏥", "a\u0001b", "\uffff", "a\rb"))
    )
    house.append(attribute("gds"))
    document = house.head(ALL)
    assert document is not None
    xml = atom.render(document)
    assert problems(xml) == []
    assert not feedparser.parse(xml).bozo
    leaves = [leaf_of(element) for element in reversed(ET.fromstring(xml).findall(f"{ATOM}entry"))]
    assert merkle.root(merkle.extend(b"", 0, leaves)) == house.root_hash()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_the_bytes_are_the_same_on_both_databases(house: House, sqlite_database: Database) -> None:
    other = House(sqlite_database)
    for each in (house, other):
        each.append(name("nhsx", "NHSX", "2019"), name("nhs-england", "NHS England", "[..2019]"))
        merged = {"originals": ["nhsx"], "result": "nhs-england"}
        each.append({"type": "organisation.merged", "effective": "2022-02", "data": merged})
    for selection in (ALL, NHSX):
        document, same = house.head(selection), other.head(selection)
        assert document is not None
        assert same is not None
        assert "NHSX merged into NHS England, February 2022" in document.entries[0].title
        assert atom.render(document) == atom.render(same)


def leaf_of(element: ET.Element) -> bytes:
    """The leaf of the log, from an entry as it is written and nothing else."""
    recorded = element.find(f"{{{atom.NAMESPACE}}}event")
    category = element.find(f"{ATOM}category[@scheme='{atom.TYPE_SCHEME}']")
    assert recorded is not None
    assert category is not None
    text = recorded.text or ""
    body = b64decode(text) if recorded.get("encoding") == "base64" else text.encode()
    entry: dict[str, Any] = {
        "position": int(recorded.attrib["position"]),
        "recorded_at": recorded.attrib["recorded_at"],
        "recorded_by": recorded.attrib["recorded_by"],
        "id": (element.findtext(f"{ATOM}id") or "").removeprefix("urn:uuid:"),
        "type": category.attrib["term"],
        "hash": sha256(bytes.fromhex(recorded.attrib["salt"]) + body).hexdigest(),
    }
    return sha256(b"\0" + rfc8785.dumps(entry)).digest()


def entries_of(house: House, selection: Selection) -> list[str]:
    """The entries of a head as they are written."""
    document = house.head(selection)
    assert document is not None
    xml = atom.render(document)
    return [ET.tostring(entry, "unicode") for entry in ET.fromstring(xml).findall(f"{ATOM}entry")]

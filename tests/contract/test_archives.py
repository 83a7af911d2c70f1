"""Archives never change: not by what is recorded later, nor by a rebuild or a restart, nor by the database."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import msgspec
import pytest

from events import rebuilding, verifying
from events.database import Database
from feeds import archives, atom, documents, json_feed
from feeds.documents import Document
from feeds.selections import Selection
from tests.feed_rules import ATOM, problems
from tests.houses import House, attribute, name

GOLDEN = Path(__file__).with_name("archives.golden")
ALL, NHSX = Selection("all"), Selection("organisations", "nhsx")
PERSON, TYPE = Selection("people", "matthew-gould"), Selection("types", "attribute.set")
SELECTIONS = (ALL, NHSX, PERSON, TYPE)
RENDER: dict[str, Callable[[Document], bytes]] = {"atom": atom.render, "json": json_feed.render}
HISTORY = "{http://purl.org/syndication/history/1.0}"


def story(house: House) -> None:
    """250 events: names that change, a person in office, corrections and retractions, text that XML forbids."""
    founded = {"organisation": "nhsx", "name": "NHSX", "name_kind": "legal"}
    house.append({"type": "organisation.created", "effective": "2019-07", "data": founded})
    office = {"organisation": "nhsx", "post": "chief-executive", "person": "matthew-gould"}
    for number in range(60):
        told = {**office, "person_name": "Matthew Gould", "title": "Chief Executive"}
        source = {"title": f"Page {number} \u0001 & <b>", "url": f"https://example.org/{number}?a=1&b=2"}
        (started,) = house.append(
            {"type": "appointment.started", "effective": "2019-21", "data": told, "sources": [source]}
        )
        house.append(
            {"type": "fact.retracted", "data": {"event": started, "reason": "duplicate"}},
            attribute("nhsx", effective=f"20{number % 20 + 10}-01"),
        )
    house.append(name("nhsx", "NHS Transformation]]>", "2021-06-01"))
    corrected, *_ = house.append(attribute("nhsx"), attribute("nhsx", effective="2021"))
    replacement = attribute("nhsx", effective="2020-07-01")
    house.append({"type": "fact.corrected", "data": {"event": corrected, "replacement": replacement}})
    house.fill(65)


def digests(house: House) -> dict[str, str]:
    """All archives there are, by their addresses."""
    found = {}
    for selection in SELECTIONS:
        version = house.version(selection)
        assert version is not None
        for number in range(1, documents.archives(selection, version) + 1):
            for form in RENDER:
                published = publish(house, selection, number, form)
                assert published is not None
                assert sha256(published.content()).digest() == published.digest
                found[f"{selection.path}/archive/{number}.{form}"] = published.digest.hex()
    return found


def publish(house: House, selection: Selection, number: int, form: str = "atom") -> archives.Archive | None:
    return archives.publish(house.queries, house.register, selection, number, form, RENDER[form])


def rendered(house: House, selection: Selection, number: int, form: str) -> str:
    """What would be published today, if nothing had been kept."""
    with house.database.snapshot() as connection:
        document = documents.archive(house.queries, connection, house.register, selection, number)
    assert document is not None
    return sha256(RENDER[form](document)).hexdigest()


def golden() -> dict[str, str]:
    return dict(reversed(line.split()) for line in GOLDEN.read_text().splitlines())  # type: ignore[arg-type]


def test_the_bytes_are_those_of_the_golden_file_on_both_databases(house: House) -> None:
    story(house)
    assert digests(house) == golden()


def test_what_comes_later_changes_no_archive(house: House) -> None:
    story(house)
    before = digests(house)
    house.append(*(attribute("nhsx", effective="2015") for _ in range(1_000)))
    house.append(name("nhsx", "Another name in the past", "2019-08-01"))
    house.append({"type": "fact.retracted", "data": {"event": house.first(), "reason": "error"}})
    equated = {"kind": "organisation", "same": ["nhsx", "nhs-x"], "keep": "nhs-x"}
    house.append({"type": "identity.equated", "data": equated})
    rebuilding.rebuild(house.database)
    assert verifying.verify(house.database) == []
    restarted = House(Database(house.database.address))
    try:
        after = digests(restarted)
        assert before.items() <= after.items()
        assert len(after) > len(before)
        for address, digest in before.items():  # and they are the same not only because they were kept
            path, _, document = address.partition("/archive/")
            number, form = document.split(".")
            assert rendered(restarted, Selection(*path.split("/", 1)), int(number), form) == digest
    finally:
        restarted.database.close()


def test_what_was_published_stays_though_a_library_writes_otherwise(house: House) -> None:
    house.fill(100)
    first = publish(house, ALL, 1)
    again = archives.publish(house.queries, house.register, ALL, 1, "atom", lambda _: b"written otherwise")
    assert again == first


def test_two_nodes_that_render_at_once_publish_the_same(house: House) -> None:
    house.fill(100)

    def meanwhile(document: Document) -> bytes:
        """The other node is done first, and writes otherwise."""
        archives.publish(house.queries, house.register, ALL, 1, "atom", lambda _: b"the quicker one's")
        return atom.render(document)

    published = archives.publish(house.queries, house.register, ALL, 1, "atom", meanwhile)
    assert published is not None
    assert published.content() == b"the quicker one's"


def test_an_archive_is_there_once_it_is_full(house: House) -> None:
    house.fill(99)
    assert publish(house, NHSX, 1) is None
    house.fill(1)
    assert publish(house, NHSX, 1) is not None
    assert publish(house, NHSX, 2) is None
    assert publish(house, Selection("organisations", "nobody"), 1) is None
    assert publish(house, Selection("types", "organisation.merged"), 1) is None


def test_archives_hold_every_event_once_and_link_to_one_another(house: House) -> None:
    story(house)
    for selection in SELECTIONS:
        version = house.version(selection)
        assert version is not None
        last = documents.archives(selection, version)
        positions: list[int] = []
        for number in range(last, 0, -1):
            archive = publish(house, selection, number)
            assert archive is not None
            assert problems(archive.content()) == []
            feed = ET.fromstring(archive.content())
            assert len(feed.findall(f"{HISTORY}archive")) == 1
            address = f"{house.register.base_url}/feeds/{selection.path}"
            links = {each.get("rel"): each.get("href") for each in feed.findall(f"{ATOM}link")}
            previous = {"prev-archive": f"{address}/archive/{number - 1}.atom"} if number > 1 else {}
            own = {"self": f"{address}/archive/{number}.atom", "current": f"{address}.atom", **previous}
            assert {rel: href for rel, href in links.items() if rel != "alternate"} == own
            own_positions = [int(each.get("position", 0)) for each in feed.iter(f"{{{atom.NAMESPACE}}}event")]
            assert len(own_positions) == documents.ARCHIVE_SIZE
            positions += own_positions
        head = house.head(selection)
        assert head is not None
        newer = [each.event.position for each in head.entries if not positions or each.event.position > positions[0]]
        expected = [number for number in range(version.position, 0, -1) if _bears(house, number, selection)]
        assert newer + positions == expected
        assert (("prev-archive", f"{house.register.base_url}/feeds/{selection.path}/archive/{last}") in head.links) == (
            last > 0
        )


def test_json_feed_leads_from_the_head_to_the_first_archive(house: House) -> None:
    story(house)
    head = house.head(ALL)
    assert head is not None
    feed = msgspec.json.decode(json_feed.render(head))
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    seen: list[str] = []
    while True:
        for item in feed["items"]:
            assert {"id", "url", "title", "content_html", "date_published"} <= item.keys()
            seen.append(item["id"])
        following = feed.get("next_url")
        if following is None:
            break
        archive = publish(house, ALL, int(following.rpartition("/")[2].removesuffix(".json")), "json")
        assert archive is not None
        feed = msgspec.json.decode(archive.content())
        assert feed["feed_url"] == following
        assert feed["_orgline"]["archive"]
    assert len(set(seen)) == 250


def _bears(house: House, position: int, selection: Selection) -> bool:
    event: Any = house.at(position)
    return selection.tag is None or selection.tag in {*event.fact.tags, f"type/{event.type}"}


@pytest.fixture
def house(database: Database) -> House:
    return House(database)

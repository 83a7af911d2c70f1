"""Feeds that are head only, on both databases: which events they hold, and that a walk finds each once."""

from __future__ import annotations

import random
from typing import Any

import pytest

from events.database import Database
from feeds import atom, choices, pages
from feeds.choices import Choice, Chosen
from feeds.documents import Document
from tests.feed_rules import problems
from tests.houses import CREATED, House, attribute, name

AI_LAB = Choice("initiatives/ai-lab", ("initiative/ai-lab",))
NOW = CREATED + 10**12  # 25 September 2020


@pytest.fixture
def house(database: Database) -> House:
    return House(database)


def page(house: House, choice: Choice, upto: int | None = None, now: int = NOW) -> Document | None:
    with house.database.snapshot() as connection:
        question = house.queries.question(connection, choice.as_of, choice.known_at, now)
        chosen = choices.find(house.queries, connection, house.register, choice, question)
        return chosen and pages.page(house.queries, connection, house.register, chosen, question, upto)


def positions(house: House, choice: Choice, upto: int | None = None, now: int = NOW) -> list[int]:
    document = page(house, choice, upto, now)
    assert document is not None
    assert problems(atom.render(document)) == []
    return [each.event.position for each in document.entries]


def links(document: Document) -> dict[str, str]:
    return {rel: address.removeprefix("https://register.example.org/feeds/") for rel, address in document.links}


def walk(house: House, choice: Choice) -> list[int]:
    """The positions on all pages, by their links `next`."""
    found: list[int] = []
    upto: int | None = None
    while True:
        document = page(house, choice, upto)
        assert document is not None
        found += [each.event.position for each in document.entries]
        following = links(document).get("next")
        if following is None:
            return found
        upto = int(following.rpartition("upto=")[2])


def related(organisation: str, target: str, effective: str, kind: str = "relation.started") -> dict[str, Any]:
    data = {"organisation": organisation, "kind": "part_of", "target": target}
    return {"type": kind, "effective": effective, "data": data}


def launched(initiative: str = "ai-lab", organisation: str = "nhsx") -> dict[str, Any]:
    data = {"organisation": organisation, "initiative": initiative}
    return {"type": "initiative.launched", "effective": "2020", "data": data}


def test_a_family_selects_by_its_tag(house: House) -> None:
    house.append(launched(), attribute("nhsx"))
    house.append(launched("other"), launched())
    assert positions(house, AI_LAB) == [4, 1]
    document = page(house, AI_LAB)
    assert document is not None
    assert document.title == "ai-lab · The register"
    assert document.id != page(house, Choice("initiatives/other", ("initiative/other",))).id  # type: ignore[union-attr]
    assert links(document) == {"self": "initiatives/ai-lab"}


def test_several_tags_are_all_borne(house: House) -> None:
    house.append(launched(), attribute("nhsx"), launched(organisation="gds"))
    house.append(attribute("gds"))
    assert positions(house, Choice("all", ("organisation/nhsx",))) == [3, 2, 1]  # the initiative is of nhsx
    assert positions(house, Choice("all", ("organisation/gds", "type/attribute.set"))) == [4]
    assert positions(house, Choice("all", ("initiative/ai-lab", "organisation/gds"))) == [3]
    assert positions(house, Choice("all", ("initiative/ai-lab", "type/attribute.set"))) == []
    assert positions(house, Choice("all", ("organisation/gds", "type/organisation.dissolved"))) == []


@pytest.mark.parametrize(
    "choice",
    [
        Choice("initiatives/never", ("initiative/never",)),
        Choice("all", ("organisation/nhsx", "organisation/never")),
        Choice("all", ("type/no.such.type",)),
        Choice("all", (), "never"),
        Choice("all", ("organisation/nhsx",), "never"),
    ],
)
def test_what_no_event_mentions_has_no_feed(house: House, choice: Choice) -> None:
    house.append(attribute("nhsx"))
    assert page(house, choice) is None


def test_pages_lead_back_to_the_oldest_and_forth_again(house: House) -> None:
    house.fill(250)
    choice = Choice("all", ("organisation/nhsx", "type/attribute.set"))
    first = page(house, choice)
    assert first is not None
    query = "?tag=organisation/nhsx&tag=type/attribute.set"
    assert links(first) == {"self": f"all{query}", "next": f"all{query}&upto=150"}
    second = page(house, choice, 150)
    assert second is not None
    assert [each.event.position for each in second.entries] == list(range(150, 50, -1))
    own = {"self": f"all{query}&upto=150", "first": f"all{query}"}
    assert links(second) == {**own, "previous": f"all{query}", "next": f"all{query}&upto=50"}
    last = page(house, choice, 50)
    assert last is not None
    own = {"self": f"all{query}&upto=50", "first": f"all{query}"}
    assert links(last) == {**own, "previous": f"all{query}&upto=150"}
    assert {first.id, second.id, last.id} == {first.id}
    house.fill(100)
    again = page(house, choice, 150)
    assert again is not None
    assert again.entries == second.entries
    assert links(again) == {**links(second), "previous": f"all{query}&upto=250"}


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 200, 201])
def test_a_full_last_page_has_no_next(house: House, count: int) -> None:
    house.append(attribute("gds"))
    house.fill(count)
    if count:
        assert walk(house, Choice("all", ("organisation/nhsx",))) == list(range(count + 1, 1, -1))
    else:
        assert page(house, Choice("all", ("organisation/nhsx",))) is None


def test_what_is_under_an_organisation_directly_or_through_others(house: House) -> None:
    house.append(related("region", "nhs-england", "2019"), related("trust", "region", "2019"))  # 1, 2
    house.append(related("left", "nhs-england", "2015"), related("left", "nhs-england", "2018", "relation.ended"))
    house.append(related("joins", "nhs-england", "2021-04"), related("perhaps", "trust", "2020"))  # 5, 6
    house.append(
        {"type": "identity.equated", "data": {"kind": "organisation", "same": ["trust", "old"], "keep": "trust"}}
    )
    house.append(*(attribute(each) for each in ("region", "trust", "left", "joins", "perhaps", "old", "other")))  # 8 on
    wanted = Choice("all", (), "nhs-england")
    assert positions(house, wanted) == [13, 12, 9, 8, 7, 6, 5, 4, 3, 2, 1]
    assert 11 in positions(house, wanted, now=NOW + 366 * 86_400_000_000)
    assert positions(house, Choice("all", (), "trust")) == [13, 12, 9, 7, 6, 2]
    assert positions(house, Choice("all", (), "old")) == [13, 12, 9, 7, 6, 2]
    assert positions(house, Choice("all", ("type/attribute.set",), "nhs-england")) == [13, 12, 9, 8]
    assert positions(house, Choice("all", ("organisation/left",), "nhs-england")) == [4, 3]


def test_a_circle_of_parts_ends(house: House) -> None:
    house.append(related("a", "b", "2019"), related("b", "c", "2019"), related("c", "a", "2019"), attribute("a"))
    assert positions(house, Choice("all", (), "b")) == [4, 3, 2, 1]


def test_a_walk_keeps_to_the_parts_of_its_first_page(house: House) -> None:
    house.append(related("region", "top", "2019"))
    house.fill(150, "region")
    house.fill(150, "other")
    first = page(house, Choice("all", (), "top"))
    assert first is not None
    following = links(first)["next"]
    assert following == "all?part_of=top&as_of=2020-09-25&known_at=301&upto=51"
    house.append(related("other", "top", "2019"))
    pinned = Choice("all", (), "top", "2020-09-25", "301")
    second = page(house, pinned, 51)
    assert second is not None
    assert [each.event.position for each in second.entries] == list(range(51, 0, -1))
    assert links(second)["first"] == "all?part_of=top"
    assert links(second)["previous"] == "all?part_of=top&as_of=2020-09-25&known_at=301&upto=151"
    assert second.id == first.id
    assert positions(house, Choice("all", (), "top"))[:2] == [302, 301]


def test_walks_find_what_was_looked_for_by_hand(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Random tags, with limits so small that pages end before they are full."""
    monkeypatch.setattr(choices, "SCANNED_MAX", 7)
    monkeypatch.setattr(choices, "READ_AT_ONCE", 5)
    monkeypatch.setattr(choices, "READ_MAX", 10)
    monkeypatch.setattr(pages, "PAGE_SIZE", 4)
    drawn = random.Random(5)
    organisations = [f"o-{n}" for n in range(6)]
    house.append(*(related(each, "o-0", "2019") for each in organisations[1:4]))
    for _ in range(40):
        about = drawn.sample(organisations, drawn.randint(1, 3))
        told = {"organisation": about[0], "text": "said", "about": about[1:]}
        house.append(
            attribute(about[0]) if len(about) == 1 else {"type": "statement.made", "data": told, "effective": "2020"}
        )
    under = {f"organisation/{each}" for each in organisations[:4]}
    tags = [(), ("organisation/o-1", "organisation/o-4"), ("organisation/o-5",), ("type/statement.made",)]
    tags += [("organisation/o-2", "type/statement.made")]
    for wanted in tags:
        for part_of in (None, "o-0"):
            if not wanted and not part_of:
                continue
            expected = []
            for position in range(house.last(), 0, -1):
                event = house.at(position)
                borne = {*event.fact.tags, f"type/{event.type}"}
                if borne >= set(wanted) and (part_of is None or borne & under):
                    expected.append(position)
            assert expected
            assert walk(house, Choice("all", wanted, part_of)) == expected


def test_the_etag_changes_with_the_page_and_what_it_depends_on(house: House) -> None:
    house.append(attribute("nhsx"), attribute("gds"), related("nhsx", "top", "2021-04"))

    def tag(choice: Choice, upto: int | None = None, now: int = NOW, form: str = "atom") -> str:
        with house.database.snapshot() as connection:
            question = house.queries.question(connection, choice.as_of, choice.known_at, now)
            chosen = choices.find(house.queries, connection, house.register, choice, question)
            assert isinstance(chosen, Chosen)
            return pages.etag(house.register, chosen, upto, form)

    nhsx, both, top = (
        Choice("all", ("organisation/nhsx",)),
        Choice("all", ("organisation/nhsx", "type/attribute.set")),
        Choice("all", (), "top"),
    )
    before = [tag(each) for each in (nhsx, both, top)]
    assert len({*before, tag(nhsx, 1), tag(nhsx, form="json"), tag(top, now=NOW + 366 * 86_400_000_000)}) == 6
    house.append(attribute("gds"))
    assert [tag(nhsx), tag(top)] == [before[0], before[2]]
    seen = tag(both)
    house.append(name("top", "Top", "2019"))
    assert tag(top) != before[2]
    assert [tag(nhsx), tag(both)] == [before[0], seen]
    house.append(attribute("nhsx"))
    assert tag(nhsx) != before[0]
    assert tag(both) != seen

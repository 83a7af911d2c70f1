"""The feed of changes as they come into force, on both databases and with a clock that is set."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

import pytest

from events import rebuilding
from events.database import Database
from feeds import atom, effective, json_feed
from feeds.documents import Document
from feeds.effective import Place
from tests.feed_rules import problems
from tests.houses import CREATED, House, attribute

DAY = 86_400_000_000


@pytest.fixture
def house(database: Database) -> House:
    """Recorded on 13 September 2020 and later, in London, by British Summer Time."""
    return House(database)


def at(text: str) -> int:
    """A time in microseconds since 1970."""
    return int(datetime.fromisoformat(text).astimezone(UTC).timestamp()) * 1_000_000


def page(house: House, now: int, upto: Place | None = None) -> Document:
    effective.look_through(house.database, house.register)
    with house.database.snapshot() as connection:
        reached = effective.reached(house.queries, connection, house.register, now)
        return effective.page(house.queries, connection, house.register, reached, upto)


def shown(house: House, now: int) -> list[tuple[int, int]]:
    """The positions of the entries with their moments."""
    document = page(house, now)
    assert problems(atom.render(document)) == []
    assert json_feed.render(document)
    return [(each.event.position, each.updated) for each in document.entries]


def etag(house: House, now: int, upto: Place | None = None) -> str:
    with house.database.snapshot() as connection:
        reached = effective.reached(house.queries, connection, house.register, now)
        return effective.etag(house.register, reached, upto, "atom")


def corrected(event: str, effective_: str) -> dict[str, Any]:
    return {"type": "fact.corrected", "data": {"event": event, "replacement": attribute("nhsx", effective_)}}


def retracted(event: str) -> dict[str, Any]:
    return {"type": "fact.retracted", "data": {"event": event, "reason": "error"}}


def test_a_fact_appears_when_its_latest_day_is_over(house: House) -> None:
    house.append(attribute("nhsx", "2021-04-01"))
    midnight = at("2021-04-02T00:00:00+01:00")
    assert shown(house, midnight - 1) == []
    assert shown(house, midnight) == [(1, midnight)]
    assert shown(house, midnight + 300 * DAY) == [(1, midnight)]


@pytest.mark.parametrize(
    ("date", "moment"),
    [
        ("2021-04", "2021-05-01T00:00:00+01:00"),
        ("2021-12", "2022-01-01T00:00:00+00:00"),
        ("2021-23", "2021-12-01T00:00:00+00:00"),
        ("[2021-03-01..2021-03-28]", "2021-03-29T00:00:00+01:00"),
        ("[..2021-02-03]", "2021-02-04T00:00:00+00:00"),
        ("2020-09-13", "2020-09-14T00:00:00+01:00"),
    ],
)
def test_the_moment_follows_from_the_date(house: House, date: str, moment: str) -> None:
    house.append(attribute("nhsx", date))
    assert shown(house, at("2030-01-01T00:00:00+00:00")) == [(1, at(moment))]
    assert shown(house, at(moment) - 1) == []


def test_a_fact_that_was_over_appears_when_it_is_recorded(house: House) -> None:
    house.append(attribute("nhsx", "2020-09-12"), attribute("nhsx", "[..1999]"))
    recorded = CREATED + 1_000_000
    assert shown(house, CREATED) == [(2, recorded), (1, recorded)]  # by a clock that is behind the log


def test_what_has_no_latest_day_never_appears(house: House) -> None:
    house.append(attribute("nhsx", "[2019..]"))
    house.append({"type": "identity.equated", "data": {"kind": "organisation", "same": ["a", "b"], "keep": "a"}})
    assert shown(house, at("2400-01-01T00:00:00+00:00")) == []


def test_what_is_corrected_or_retracted_by_then_is_left_out(house: House) -> None:
    first, second, third = house.append(*(attribute("nhsx", "2021-04-01") for _ in range(3)))
    house.append(corrected(first, "2021-06-01"), retracted(second))  # 4, 5
    april, june = at("2021-04-02T00:00:00+01:00"), at("2021-06-02T00:00:00+01:00")
    assert shown(house, april) == [(3, april)]
    assert shown(house, june) == [(4, june), (3, april)]
    (entry, _) = page(house, june).entries
    assert entry.title == "nhsx: staff is 1, 1 June 2021" or not entry.title.startswith("Correction")
    assert entry.effective is not None
    assert entry.effective.edtf == "2021-06-01"
    assert entry.corrects == f"https://register.example.org/events/{first}"
    assert third


def test_a_correction_of_a_correction_and_a_withdrawn_retraction(house: House) -> None:
    first, second = house.append(attribute("nhsx", "2021-04-01"), attribute("nhsx", "2021-04-01"))
    (correction,) = house.append(corrected(first, "2021-06-01"))  # 3
    (retraction,) = house.append(retracted(second))  # 4
    house.append(corrected(correction, "2021-08-01"), retracted(retraction))  # 5, 6
    april, august = at("2021-04-02T00:00:00+01:00"), at("2021-08-02T00:00:00+01:00")
    assert shown(house, at("2022-01-01T00:00:00+00:00")) == [(5, august), (2, april)]


def test_what_appeared_stays_though_it_is_corrected_later(house: House) -> None:
    (first,) = house.append(attribute("nhsx", "2020-01-01"))
    recorded = CREATED + 1_000_000
    house.append(corrected(first, "2020-02-01"))
    assert shown(house, CREATED + DAY) == [(2, recorded + 1_000_000), (1, recorded)]


def test_entries_have_ids_of_their_own_that_follow_from_the_events(house: House) -> None:
    (first,) = house.append(attribute("nhsx", "2020-01-01"))
    (entry,) = page(house, CREATED + DAY).entries
    assert entry.id == uuid5(UUID(first), "effective").urn
    assert entry.page == f"https://register.example.org/events/{first}"


def test_the_newest_hundred_and_pages_of_older_ones(house: House) -> None:
    house.append(*(attribute("nhsx", f"2021-{month:02}-{day:02}") for month in range(1, 7) for day in range(1, 21)))
    house.append(*(attribute("nhsx", "2020-01-01") for _ in range(150)))
    now = at("2021-05-11T12:00:00+01:00")
    found, ids, upto = [], set(), None
    while True:
        document = page(house, now, upto)
        found += [Place(each.updated, each.event.position) for each in document.entries]
        ids.add(document.id)
        following = dict(document.links).get("next")
        if following is None:
            break
        assert len(document.entries) == 100
        moment, position = following.rpartition("upto=")[2].split("-")
        upto = Place(int(moment), int(position))
        now += DAY  # time passes, and something is recorded
        house.append(attribute("nhsx", "2020-01-01"))
    assert len(ids) == 1
    assert found == sorted(found, reverse=True)
    assert [each.position for each in found] == [*range(90, 0, -1), *range(270, 120, -1)]
    assert found[0].moment == at("2021-05-11T00:00:00+01:00")


def test_it_is_what_is_found_by_hand(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Random dates, corrections and retractions, with limits so small that all of them are met."""
    for name, limit in (("PAGE_SIZE", 7), ("SCANNED_MAX", 10), ("SCANNED_AT_ONCE", 5), ("UNSEEN_MAX", 3)):
        monkeypatch.setattr(effective, name, limit)
    monkeypatch.setattr(effective, "UNSEEN_AT_ONCE", 4)
    drawn = random.Random(3)
    ids: list[str] = []
    for _ in range(70):
        kind, aim = drawn.random(), drawn.choice(ids) if ids else ""
        date = drawn.choice(("2020-01-01", "2020-09-13", "2020-09-14", "2020-09", "2020-10", "2021", "[2020..]"))
        if kind < 0.6 or not ids:
            ids += house.append(attribute("nhsx", date))
        else:
            of_fact = house.at(ids.index(aim) + 1).type != "fact.retracted"
            ids += house.append(corrected(aim, date) if kind < 0.8 and of_fact else retracted(aim))
        effective.look_through(house.database, house.register)
    for now in (
        CREATED + 100_000_000,
        at("2020-09-14T00:00:00+01:00"),
        at("2020-10-01T00:00:00+01:00"),
        at("2022-02-02T00:00:00+00:00"),
    ):
        expected = sorted(by_hand(house, now), reverse=True)
        found, upto = [], None
        while True:
            document = page(house, now, upto)
            found += [Place(each.updated, each.event.position) for each in document.entries]
            following = dict(document.links).get("next")
            if following is None:
                break
            moment, position = following.rpartition("upto=")[2].split("-")
            upto = Place(int(moment), int(position))
        assert found == expected
    before = page(house, CREATED + 300 * DAY)
    assert before.entries
    rebuilding.rebuild(house.database)
    assert page(house, CREATED + 300 * DAY) == before


def by_hand(house: House, now: int) -> list[Place]:
    """All places up to a time, from the log and the definitions alone."""
    events = [house.at(position) for position in range(1, house.last() + 1)]
    by_id = {event.id: event for event in events}
    found = []
    for event in events:
        fact = event.fact.data.replacement if event.type == "fact.corrected" else event.fact
        if fact.effective is None or fact.effective.latest is None:
            continue
        end = house.register.end_of(datetime.fromisoformat(fact.effective.latest).toordinal()) + 1
        place = Place(max(end, event.recorded_at), event.position)
        known = [each for each in events if each.recorded_at <= place.moment]
        undone: set[str] = set()
        for each in reversed(known):
            if each.type == "fact.retracted" and each.id not in undone:
                undone.add(each.fact.data.event)

        def root(id_: str) -> str:
            aim = by_id[id_]
            return root(aim.fact.data.event) if aim.type.startswith("fact.") else id_

        versions = [
            each
            for each in known
            if root(each.id) == root(event.id) and each.type != "fact.retracted" and each.id not in undone
        ]
        stands = root(event.id) not in undone and bool(versions) and versions[-1].id == event.id
        if stands and place.moment <= now:
            found.append(place)
    return found


def test_a_new_day_makes_another_document(house: House) -> None:
    house.append(attribute("nhsx", "2021-04-01"))
    midnight = at("2021-04-02T00:00:00+01:00")
    assert etag(house, midnight - 1) == etag(house, midnight - DAY)
    assert etag(house, midnight) != etag(house, midnight - 1)
    assert etag(house, midnight, Place(1, 1)) != etag(house, midnight)
    before = etag(house, midnight)
    house.append(attribute("gds"))
    assert etag(house, midnight) != before


def test_the_log_is_looked_through_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(effective, "UNSEEN_MAX", 10)
    house.append(*(attribute("nhsx", "2021-04-01") for _ in range(30)))
    effective.look_through(house.database, house.register)
    house.append(*(attribute("nhsx", "2021-04-01") for _ in range(5)))
    effective.look_through(house.database, house.register)
    with house.database.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT position FROM forthcoming_seen").all() == [(30,)]
        assert connection.exec_driver_sql("SELECT count(*) FROM forthcoming").scalar() == 30
    assert len(shown(house, at("2021-05-01T00:00:00+01:00"))) == 35

"""The log repeated elsewhere: the same events, hashes and state, whole appends, in order, and nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings

from events import mirrors, register
from events.database import Database
from events.errors import OrglineError
from events.event import Event
from events.log import Log
from events.mirrors import NotTheNext, ReadOnlyMirror, RootDiffers
from events.replaying import UnreadableLog
from events.verifying import verify
from tests.conftest import LONG
from tests.histories import consistent
from tests.mirrors import appends
from tests.property.worlds import Plain, worlds
from tests.registers import TestRegister, fact

SOURCE = "https://source.example"
WORLDS = 200 if LONG else 15
SUBJECTS = (
    *("organisation/nhsx", "organisation/a", "organisation/b", "organisation/unit-1", "person/matthew-gould"),
    *("plan/merge-nhsx", "initiative/nhs-covid-19-app", "target/paperless-nhs", "post/nhsx-chief-executive"),
)


@pytest.fixture
def source(sqlite_template: Path, tmp_path: Path) -> Iterator[TestRegister]:
    """A register on SQLite, beside the one that repeats it."""
    shutil.copyfile(sqlite_template, tmp_path / "source.db")
    database = Database(f"sqlite:///{tmp_path / 'source.db'}")
    yield TestRegister(database)
    database.close()


@pytest.fixture
def mirror(database: Database) -> TestRegister:
    """An empty mirror, in turn on SQLite and on PostgreSQL."""
    return mirror_on(database)


def mirror_on(database: Database) -> TestRegister:
    mirror = TestRegister(database)
    register.make(database, mirror.register, source=SOURCE)
    return mirror


def events_of(source: TestRegister) -> list[Event]:
    return list(source.log.read().records)


def batches(events: list[Event], size: int) -> Iterator[list[Event]]:
    """Whole appends of together at least `size` events."""
    held: list[Event] = []
    for event in events:
        if len(held) >= size and event.recorded_at != held[-1].recorded_at:
            yield held
            held = []
        held.append(event)
    yield held


def filled(source: TestRegister) -> TestRegister:
    for each in appends():
        source.append(*each)
    return source


@pytest.mark.parametrize("size", [1, 40, 1_000])
def test_what_is_repeated_is_the_same_to_the_last_byte(source: TestRegister, mirror: TestRegister, size: int) -> None:
    events = events_of(filled(source))
    for batch in batches(events, size):
        mirror.log.replicate(batch)
    head = source.log.head()
    assert mirror.log.replicate((), root_hash=head.root_hash) == mirror.log.head() == head
    assert events_of(mirror) == events
    assert verify(source.database) == verify(mirror.database) == []
    assert mirrors.load(mirror.database) == mirrors.Mirror(SOURCE, len(events))
    for tag in SUBJECTS:
        assert source.state(tag) is not None or tag.startswith(("initiative", "post"))
        for known_at in (None, "1", "79", "95", "100", "300", str(len(events) - 1)):
            for as_of in ("2015-03-04", "2021-06-01", "2022-02-10"):
                assert mirror.state(tag, as_of, known_at) == source.state(tag, as_of, known_at)
    assert mirror.anomalies() == source.anomalies()


@given(worlds())
@settings(max_examples=WORLDS)
def test_any_history_is_repeated(sqlite_template: Path, tmp_path_factory: Any, world: list[list[Plain]]) -> None:
    folder = tmp_path_factory.mktemp("world")
    databases = []
    for name in ("source", "mirror"):
        shutil.copyfile(sqlite_template, folder / f"{name}.db")
        databases.append(Database(f"sqlite:///{folder / name}.db"))
    source, mirror = TestRegister(databases[0]), mirror_on(databases[1])
    for each in world:
        try:
            source.append(*each)
        except OrglineError:
            continue  # what a register refuses is in no log
    mirror.log.replicate(events_of(source), root_hash=source.log.head().root_hash)
    consistent(mirror)
    assert mirror.anomalies() == source.anomalies()
    for database in databases:
        database.close()


def test_a_root_that_differs_leaves_nothing_written(source: TestRegister, mirror: TestRegister) -> None:
    events = events_of(filled(source))
    mirror.log.replicate(events[:79], root_hash=None)
    before = mirror.log.head()
    with pytest.raises(RootDiffers, match=f"the first {len(events)} events"):
        mirror.log.replicate(events[79:], root_hash=bytes(32))
    with pytest.raises(RootDiffers, match="the first 79 events"):
        mirror.log.replicate((), root_hash=bytes(32))
    assert mirror.log.head() == before
    assert mirrors.load(mirror.database) == mirrors.Mirror(SOURCE, 0)
    mirror.log.replicate(events[79:], root_hash=source.log.head().root_hash)
    assert verify(mirror.database) == []


def changed(event: Event, **changes: Any) -> Event:
    return msgspec.structs.replace(event, **changes)


def test_only_whole_appends_from_the_next_position_on_are_taken(source: TestRegister, mirror: TestRegister) -> None:
    source.append(fact("name.adopted", "2019", organisation="a", name="A", kind="brand"))
    source.append(*(fact("name.adopted", "2019", organisation=each, name="B", kind="brand") for each in "bcd"))
    first, second, third, fourth = events_of(source)
    refused = {
        "a gap": [second, third, fourth],
        "a gap within": [first, second, fourth],
        "out of order": [first, third, second, fourth],
        "twice": [first, first],
        "an id twice": [first, changed(second, id=first.id)],
        "time that goes back": [first, changed(second, recorded_at=first.recorded_at - 1)],
    }
    for what, events in refused.items():
        with pytest.raises(NotTheNext):
            mirror.log.replicate(events)
        assert mirror.log.head().position == 0, what
    mirror.log.replicate([first, second])
    with pytest.raises(NotTheNext, match="repeated whole"):
        mirror.log.replicate([third, fourth])  # they belong to the append of the second
    with pytest.raises(NotTheNext, match="cannot follow event 2"):
        mirror.log.replicate([first])
    assert mirror.log.head().position == 2


def test_what_cannot_be_read_is_refused_whole(source: TestRegister, mirror: TestRegister) -> None:
    source.append(fact("name.adopted", "2019", organisation="a", name="A", kind="brand"))
    source.append(fact("name.adopted", "2019", organisation="b", name="B", kind="brand"))
    first, second = events_of(source)
    unknown = second.body.replace(b"name.adopted", b"name.invented")
    for body in (unknown, second.body.replace(second.id.encode(), first.id.encode()), b'{"data":{}}'):
        with pytest.raises(UnreadableLog, match="event 2"):
            mirror.log.replicate([first, changed(second, body=body)])
    assert mirror.log.head().position == 0
    assert verify(mirror.database) == []


def test_a_mirror_takes_no_facts_and_a_register_repeats_nothing(source: TestRegister, mirror: TestRegister) -> None:
    named = fact("name.adopted", "2019", organisation="a", name="A", kind="brand")
    source.append(named)
    events = events_of(source)
    mirror.log.replicate(events)
    prepared = mirror.prepare(named)
    with pytest.raises(ReadOnlyMirror, match=SOURCE):
        mirror.append(named)
    with mirror.database.snapshot() as connection, pytest.raises(ReadOnlyMirror):
        mirror.log.rehearse(connection, prepared)
    with pytest.raises(NotTheNext, match="this is none"):
        source.log.replicate([changed(events[0], position=2, recorded_at=events[0].recorded_at + 1)])
    assert (source.log.head(), mirror.log.head()) == (mirror.log.head(), source.log.head())


def test_a_mirror_may_find_its_source_elsewhere(mirror: TestRegister) -> None:
    mirrors.move(mirror.database, "https://elsewhere.example")
    assert mirrors.load(mirror.database) == mirrors.Mirror("https://elsewhere.example", 0)


def test_a_plain_log_can_be_repeated_without_a_follower(database: Database, source: TestRegister) -> None:
    register.make(database, source.register, source=SOURCE)
    source.append(fact("name.adopted", "2019", organisation="a", name="A", kind="brand"))
    assert Log(database).replicate(events_of(source)) == source.log.head()

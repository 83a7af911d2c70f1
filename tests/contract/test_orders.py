"""The seed facts give the same answers in whatever order they were recorded."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from events import facts
from events.database import Database
from events.dcb import Appended, AssumptionFailed, UnknownEvent
from events.slots import Nothing, Slots
from events.vocabulary import effects
from tests.conftest import LONG
from tests.registers import TestRegister, without_recording

DATES = (
    "2013-06-01",
    "2018-12-31",
    "2019-02-19",
    "2019-02-25",
    "2019-12-31",
    "2020-03-15",
    "2020-05-06",
    "2021-06-01",
    "2021-11-22",
    "2022-02-10",
    "2022-06-01",
    "2019-01/2022-03",
)
ORDERS = 200 if LONG else 8


def seeds() -> list[dict[str, Any]]:
    text = resources.files("service.demo").joinpath("nhsx.jsonl").read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()]


def shuffled(given: list[dict[str, Any]], chance: random.Random) -> list[dict[str, Any]]:
    """In random order, but each after those that it follows, ends or corrects."""
    rank = {each["id"]: chance.random() for each in given}
    needs = {each["id"]: {*each.get("follows", ()), each.get("ends"), each["data"].get("event")} for each in given}
    ordered: list[dict[str, Any]] = []
    placed: set[str] = set()
    while len(ordered) < len(given):
        ready = [e for e in given if e["id"] not in placed and not (needs[e["id"]] & rank.keys()) - placed]
        chosen = min(ready, key=lambda each: rank[each["id"]])
        ordered.append(chosen)
        placed.add(chosen["id"])
    return ordered


def recorded(database: Database, given: list[dict[str, Any]], chance: random.Random) -> TestRegister:
    """A register into which these facts are appended one by one, some of them in one transaction."""
    register = TestRegister(database)
    at = 0
    while at < len(given):
        size = chance.randint(1, 20)
        waiting = given[at : at + size]
        while waiting:  # prepared anew where others of the same transaction came first, or were refused
            outcomes = register.log.commit([register.prepare(each) for each in waiting])
            again = [
                given_ for given_, outcome in zip(waiting, outcomes, strict=True) if not isinstance(outcome, Appended)
            ]
            assert all(isinstance(outcome, (Appended, AssumptionFailed, UnknownEvent)) for outcome in outcomes)
            assert len(again) < len(waiting)
            waiting = again
        at += size
    return register


def answers(register: TestRegister, given: list[dict[str, Any]]) -> dict[str, Any]:
    tags = sorted({tag for each in given for tag in subjects(each)})
    return {f"{tag} {day}": without_recording(register.state(tag, day)) for tag in tags for day in DATES}


def subjects(given: dict[str, Any]) -> set[str]:
    body = facts.decode(json.dumps(given).encode())
    return {tag for tag in facts.tags_of(body.facts[0]) if not tag.startswith("type/")}


@pytest.fixture(scope="module")
def expected(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The answers with the facts recorded one by one in the order of the file, on SQLite."""
    path = tmp_path_factory.mktemp("expected") / "register.db"
    shutil.copyfile(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    register = TestRegister(database)
    for each in seeds():
        register.append(each)
    yield answers(register, seeds())
    database.close()


@pytest.mark.parametrize("order", range(ORDERS))
def test_the_order_of_recording_plays_no_part(order: int, database: Database, expected: dict[str, Any]) -> None:
    chance = random.Random(order)
    found = answers(recorded(database, shuffled(seeds(), chance), chance), seeds())
    assert len(found) > 300
    for question, answer in found.items():
        assert answer == expected[question], question


def test_no_slot_of_the_seed_facts_is_odd() -> None:
    slots = Slots(Nothing())
    for given in facts.decode(json.dumps({"facts": seeds()}).encode()).facts:
        for part, effect in enumerate(effects(given, str(given.id), (str(given.id),))):
            slots.put(effect, part, 1)
    oddities = {slot: slots.fold(slot).oddities for slot in list(slots)}
    assert len(oddities) > 100
    assert not {slot: found for slot, found in oddities.items() if found}

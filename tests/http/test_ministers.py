"""The Institute for Government's Ministers Database, imported by its mapping, in any order, also with errors."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final
from uuid import uuid4

import msgspec
import pytest
from litestar.testing import TestClient

from events.database import Database
from events.errors import Fault
from events.facts import decode
from service.app import create_app
from service.cli import run
from service.importing.jsonl import Line
from service.importing.resume import Import
from service.settings import load
from tests import ifg
from tests.conftest import LONG
from tests.registers import TestRegister

pytestmark = ifg.needed

LISTS: Final = ("statements?property=appointments", "people?status=in_post", "organisations?status=active")

ODD: Final = {"end-before-start": 2, "end-after-closing": 16, "outside-life": 1}


def test_one_command_imports_it_and_all_counts_are_exact(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ORGLINE_DATABASE_URL", database_url)
    assert run(["migrate"]) == 0
    assert run(["import", "--mapping", str(ifg.MAPPING), str(ifg.folder())]) == 0
    told = capfd.readouterr()
    assert told.out.endswith(f"{ifg.FACTS} recorded, 0 known already, 0 faults\n")
    warnings = told.err.splitlines()
    assert sum("ends before the start that it ends" in line for line in warnings) == 2
    outside = ("ends what had ended with the closing", "lies outside the life")
    assert sum(any(words in line for words in outside) for line in warnings) == 17
    app = create_app(load({"ORGLINE_DATABASE_URL": database_url}))
    with TestClient(app) as client:
        assert _asked(client) == ifg.COUNTS
        for code, count in ODD.items():
            answer = client.get(f"/anomalies?code={code}&count=true&limit=1").json()
            assert answer["count"] == {"definite": count, "possible": 0}, code
    assert run(["import", "--mapping", str(ifg.MAPPING), str(ifg.folder()), "--update", "--complete"]) == 0
    assert capfd.readouterr().out.endswith(f"0 recorded, {ifg.FACTS} known already, 0 faults\n")


def test_in_random_order_with_errors_that_are_corrected(sqlite_database: Database) -> None:
    """A part of the data in the plain run."""
    _errors_and_corrections(sqlite_database, appointments=600, wrong=100)


@pytest.mark.long
@pytest.mark.skipif(not LONG, reason="records all of it twice")
def test_all_of_it_in_random_order_with_errors_that_are_corrected(database: Database) -> None:
    assert _errors_and_corrections(database, appointments=None, wrong=500) == ifg.COUNTS


Stated = dict[str, Any]
Counts = dict[str, tuple[int, int, int]]  # appointments, people and organisations in force, by day


def _errors_and_corrections(database: Database, appointments: int | None, wrong: int) -> Counts:
    """Record the facts (those of so many appointments, if not of all) in random order, so many of them first wrong.

    Returns the counts after the corrections, when those before them have been compared as well.
    """
    chance = random.Random(4)
    facts: list[Stated] = [msgspec.json.decode(made.json) for made in ifg.mapped().facts()]
    starts = [fact for fact in facts if fact["type"] == "appointment.started"]
    if appointments is not None:
        kept = {fact["id"] for fact in chance.sample(starts, appointments)}
        facts = [
            fact
            for fact in facts
            if not fact["type"].startswith("appointment.") or {fact["id"], fact.get("ends")} & kept
        ]
    held = Counter(
        (fact["data"]["post"], fact["data"]["person"]) for fact in facts if fact["type"] == "appointment.started"
    )
    once = [
        fact
        for fact in facts
        if fact["type"] == "appointment.started" and held[fact["data"]["post"], fact["data"]["person"]] == 1
    ]
    mistakes = {fact["id"]: _moved(fact, chance.randint(-3_000, 300)) for fact in chance.sample(once, wrong)}
    first = [mistakes.get(fact["id"], fact) for fact in facts]
    corrections = [
        {
            "type": "fact.corrected",
            "id": str(uuid4()),
            "data": {"event": fact["id"], "replacement": {name: fact[name] for name in fact if name != "id"}},
        }
        for fact in facts
        if fact["id"] in mistakes
    ]
    register = TestRegister(database)
    chance.shuffle(first)
    chance.shuffle(corrections)
    with TestClient(
        create_app(load({"ORGLINE_DATABASE_URL": database.url.render_as_string(hide_password=False)}))
    ) as client:
        _record(register, first)
        before = register.log.head().position
        assert before == len(facts)
        wrong_counts = _asked(client)
        assert wrong_counts == {day: _counted(first, day) for day in ifg.COUNTS}
        _record(register, corrections)
        right_counts = _asked(client)
        assert right_counts == {day: _counted(facts, day) for day in ifg.COUNTS}
        assert right_counts != wrong_counts
        assert _asked(client, f"&known_at={before}") == wrong_counts
    return right_counts


def _asked(client: TestClient[Any], more: str = "") -> Counts:
    """The counts that the three lists answer on the seven days; all of them definite."""
    found: Counts = {}
    for day in ifg.COUNTS:
        answers = [client.get(f"/{each}&count=true&limit=1&as_of={day}{more}").json()["count"] for each in LISTS]
        assert [answer["possible"] for answer in answers] == [0, 0, 0], day
        appointments, people, organisations = (answer["definite"] for answer in answers)
        found[day] = appointments, people, organisations
    return found


def _moved(fact: Stated, days: int) -> Stated:
    return {**fact, "effective": (date.fromisoformat(fact["effective"]) + timedelta(days)).isoformat()}


def _record(register: TestRegister, given: Sequence[Stated]) -> None:
    def refuse(line: Line, fault: Fault) -> None:
        raise AssertionError((line, fault))

    lines = []
    for number, each in enumerate(given, 1):
        (fact,) = decode(msgspec.json.encode(each)).facts
        lines.append(Line(number, number, fact))
    outcome = Import(register.log, register.recorder, recorded_by="tester", refuse=refuse).run(lines)
    assert outcome.recorded == len(given)


def _counted(facts: Sequence[Stated], day: str) -> tuple[int, int, int]:
    """By the database's own rule, start <= day < end: appointments, people, organisations."""
    ends = {fact["ends"]: fact["effective"] for fact in facts if "ends" in fact}
    held = [
        fact
        for fact in facts
        if fact["type"] in ("appointment.started", "organisation.created")
        and fact["effective"].removeprefix("[..").removesuffix("]") <= day < ends.get(fact["id"], "9999")
    ]
    appointments = [fact["data"] for fact in held if fact["type"] == "appointment.started"]
    return len(appointments), len({data["person"] for data in appointments}), len(held) - len(appointments)

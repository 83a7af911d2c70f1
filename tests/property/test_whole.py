"""The whole against enumeration: random worlds, recorded and asked through the register, equal the naive answers."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, seed, settings

from events.database import Database
from events.errors import OrglineError
from events.recording import Recorder
from events.vocabulary import TYPES
from tests.conftest import LONG, SEED, fresh_database, renew_database
from tests.property import oracle
from tests.property.comparing import expected_statements, same, stated
from tests.property.comparing_answers import Answers
from tests.property.comparing_moves import compare_changes, compare_learned
from tests.property.table import Plain
from tests.property.worlds import BUILDERS, KINDS, Asked, questions, worlds
from tests.registers import TestRegister

EXAMPLES = int(os.environ.get("ORGLINE_EXAMPLES", "10000" if LONG else "320"))
PARTS, PARTS_ON_POSTGRESQL = 16, 2  # tests that share them, so that all processes have some
SHARE_ON_POSTGRESQL = 25  # one in so many is compared there too
# To explain a failure costs many more examples than to find it; to shrink it too, where only finding matters.
PHASES = (Phase.generate,) if os.environ.get("ORGLINE_NO_SHRINK") else (Phase.generate, Phase.shrink)

Emptied = Callable[[], TestRegister]


def test_the_worlds_leave_out_no_type() -> None:
    about_the_register = {name for name, kind in TYPES.items() if not kind.dated}
    assert set(BUILDERS) - {"identity.equated"} == set(TYPES) - about_the_register


@pytest.mark.parametrize("part", range(PARTS))
def test_answers_are_those_of_all_completions(emptied: Emptied, part: int) -> None:
    examples(emptied, part, EXAMPLES // PARTS)


@pytest.mark.parametrize("part", range(PARTS_ON_POSTGRESQL))
def test_so_they_are_on_postgresql(emptied_on_postgresql: Emptied, part: int) -> None:
    examples(emptied_on_postgresql, PARTS + part, EXAMPLES // SHARE_ON_POSTGRESQL // PARTS_ON_POSTGRESQL)


def examples(emptied: Emptied, part: int, number: int) -> None:
    """So many random worlds; each part has its own."""

    @seed(SEED * 1_000 + part)
    @settings(
        max_examples=max(number, 1),
        deadline=None,
        derandomize=False,
        database=None,
        phases=PHASES,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    @given(world=worlds(), asked=questions())
    def compared(world: list[list[Plain]], asked: Asked) -> None:
        compare(emptied(), world, asked)

    compared()


def compare(register: TestRegister, world: Sequence[Sequence[Plain]], asked: Asked) -> None:
    """Record a world and hold the answers, as known after each append, against the naive ones."""
    events: list[Plain] = []
    ends = [0]
    for append in world:
        try:
            register.append(*append)
        except OrglineError:  # impossible, or naming what was refused
            continue
        events.extend(append)
        ends.append(len(events))
    found = {end: oracle.known(events[:end]) for end in ends}
    for position in range(len(events) + 1):
        end = max(end for end in ends if end <= position)  # inside an append: the one before
        same(f"statements as known at {position}", stated(register, position), expected_statements(found[end]))
    earlier, later = sorted(ends[number % len(ends)] for number in asked.appends)
    now, then = (Answers(register, found[position], asked.days, position) for position in (ends[-1], later))
    now.compare_states(*KINDS)
    then.compare_lists(asked)
    Answers(register, found[earlier], asked.days[:1], earlier).compare_states("organisation")
    compare_changes(register, found[ends[-1]], asked.body, asked.window, ends[-1])
    roots = oracle.roots_of(events[:later])
    compare_learned(register, (found[earlier], found[later]), asked.body, asked.days, events[earlier:later], roots)


# A register that is emptied for each example: to compile all its reads anew would take longer than the example.


@pytest.fixture(scope="module")
def emptied(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emptied]:
    path = tmp_path_factory.mktemp("whole") / "register.db"
    shutil.copyfile(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    register = TestRegister(database)

    def empty() -> TestRegister:
        with closing(sqlite3.connect(sqlite_template)) as template, closing(sqlite3.connect(path)) as target:
            template.backup(target)
        register.recorder = Recorder(database)  # it remembers who owns what
        return register

    yield empty
    database.close()


@pytest.fixture(scope="module")
def emptied_on_postgresql(postgresql_server: sa.URL) -> Iterator[Emptied]:
    with fresh_database(postgresql_server) as url:
        database = Database(url)
        register = TestRegister(database)

        def empty() -> TestRegister:
            database.engine.dispose()
            renew_database(postgresql_server, url)
            register.recorder = Recorder(database)
            return register

        yield empty
        database.close()

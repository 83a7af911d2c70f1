"""The projection made anew is the one that was kept, and `verify` finds whatever does not follow from the log."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from events import rebuilding, tables
from events.bulk import Bulk, Superseded
from events.database import Database
from events.dcb import Append
from events.errors import OrglineError
from events.projection import VERSION, StateVersion, check_version
from events.rebuilding import rebuild
from events.replaying import UnreadableLog
from events.tables import STATE_TABLES
from events.verifying import RebuiltMeanwhile, verify
from tests.histories import answers, corrected, created, retracted, told, uid
from tests.registers import NOW, TestRegister

HISTORY: list[list[dict[str, Any]]] = [
    [created("a", "2019", name="First", parents=["c"]), created("b")],
    [told("post", "post.created", "2019", organisation="a", post="q")],
    [told("appointed", "appointment.started", "2019", organisation="a", post="q", person="p", acting=True)],
    [told("relation", "relation.started", "2019", post="q", kind="accountable_to", target="b")],
    [told("merged", "organisation.merged", "2022-02", originals=["a"], result="b")],
    [
        told("plan", "change.announced", "2020", plan="plan", organisation="a", title="P"),
        corrected("c1", "created-a", created("a", "2018", name="Second")),
        retracted("r1", "c1"),
    ],
    [corrected("c2", "merged", told("", "organisation.dissolved", "2023", organisation="a", reason="ceased"))],
    [retracted("r2", "c2"), told("gained", "responsibility.gained", "2019", organisation="a", responsibility="r")],
]
TAGS = ("organisation/a", "organisation/b", "organisation/c", "person/p", "post/q", "plan/plan", "responsibility/r")
DAYS = ("2018-06-01", "2019-06-01", "2021-01-01", "2022-02-10", "2023-06-01", "2019/2023")


def filled(database: Database) -> TestRegister:
    register = TestRegister(database)
    for given in HISTORY:
        register.append(*given)
    return register


def rows(database: Database, table: sa.Table) -> list[tuple[Any, ...]]:
    with database.snapshot() as connection:
        return [tuple(row) for row in connection.execute(sa.select(table))]


# Rebuilding


def test_a_rebuild_gives_the_same_answers_and_goes_on_from_there(database: Database) -> None:
    register = filled(database)
    positions = range(register.log.head().position + 1)

    def everything() -> dict[str, Any]:
        return {
            f"{tag} {day} {known}": register.state(tag, day, str(known))
            for tag in TAGS
            for day in DAYS
            for known in positions
        }

    before = everything()
    generation = rows(database, tables.projection)[0][0]
    rebuilt = rebuild(database)
    assert (rebuilt.generation, rebuilt.events) == (generation + 1, 12)
    assert everything() == before
    assert verify(database) == []
    for table in (tables.projection, *STATE_TABLES):
        assert {row[0] for row in rows(database, table)} <= {rebuilt.generation}, table.name
    register.append(retracted("r3", "merged"), told("more", "priority.set", "2019", organisation="a", priority="x"))
    found = register.state("organisation/a", "2025")
    assert found is not None
    assert (found["status"], [each["post"] for each in found["posts"]]) == ("active", ["q"])
    assert {key: register.state(*key.split()) for key in before} == before
    assert verify(database) == []


def test_an_empty_log_can_be_rebuilt(sqlite_database: Database) -> None:
    assert verify(sqlite_database) == []
    assert rebuild(sqlite_database).events == 0
    assert filled(sqlite_database).log.head().position == 12
    assert verify(sqlite_database) == []


def test_readers_keep_the_generation_that_they_began_with(database: Database) -> None:
    register = filled(database)
    queries = register.queries
    with database.snapshot() as connection:
        question = queries.question(connection, "2020", None, NOW)
        before = queries.of(connection, question.moment, ["organisation/a"])
        rebuild(database)
        assert before
        assert queries.of(connection, question.moment, ["organisation/a"]) == before
        assert queries.question(connection, "2020", None, NOW).moment == question.moment


def test_a_rebuild_mends_the_state(sqlite_database: Database) -> None:
    register = filled(sqlite_database)
    before = answers(register, TAGS, DAYS)
    for table in STATE_TABLES:
        change(sqlite_database, f"DELETE FROM {table.name}")
    assert verify(sqlite_database) != []
    rebuild(sqlite_database)
    assert verify(sqlite_database) == []
    assert answers(register, TAGS, DAYS) == before


def test_progress_is_told(sqlite_database: Database) -> None:
    filled(sqlite_database)
    told: list[tuple[int, int]] = []
    verify(sqlite_database, lambda done, total: told.append((done, total)))
    assert told[-1] == (12, 12)
    assert told == sorted(told)


# What is kept


def test_what_is_kept_begins_and_ends_at_ends_of_appends(database: Database) -> None:
    register = TestRegister(database)
    batch: list[Append] = [register.prepare(*given) for given in HISTORY[:5]]  # these aim at nothing before them
    assert not any(isinstance(outcome, OrglineError) for outcome in register.log.commit(batch))
    for given in HISTORY[5:]:
        register.append(*given)
    ends, position = set(), 0
    for given in HISTORY:
        position += len(given)
        ends.add(position)
    for table in (tables.statement, tables.effect):
        found = {row[-2:] if table is tables.statement else (row[6], row[7]) for row in rows(database, table)}
        assert {since for since, _ in found} <= ends
        assert {until for _, until in found} <= {*ends, None}
        assert all(until is None or since < until for since, until in found)
        assert any(until is not None for _, until in found)
    assert {n for row in rows(database, tables.subject) for n in row[3:]} <= ends
    assert verify(database) == []


def test_what_an_append_makes_and_undoes_is_not_kept(sqlite_database: Database) -> None:
    register = TestRegister(sqlite_database)
    register.append(created("a"), retracted("r", "created-a"))
    assert rows(sqlite_database, tables.statement) == []
    assert rows(sqlite_database, tables.effect) == []
    assert verify(sqlite_database) == []


def test_what_did_not_change_is_not_written_again(sqlite_database: Database) -> None:
    register = filled(sqlite_database)
    before = len(rows(sqlite_database, tables.statement))
    register.append(told("said", "statement.made", "2020", organisation="a", text="."))
    register.append(corrected("same", "said", told("", "statement.made", "2021", organisation="a", text="!")))
    assert len(rows(sqlite_database, tables.statement)) == before


def test_a_subject_has_changed_when_a_statement_about_it_has(sqlite_database: Database) -> None:
    register = filled(sqlite_database)

    def changed() -> dict[str, tuple[int, int]]:
        return {f"{row[1]}/{row[2]}": (row[3], row[4]) for row in rows(sqlite_database, tables.subject)}

    before = changed()
    register.append(told("closing", "organisation.dissolved", "2024", organisation="b", reason="ceased"))
    after = changed()
    # The relation of a's post to b ends with b, at the latest; a's own statements do not change.
    assert {tag for tag in after if after[tag] != before[tag]} == {"organisation/b", "post/q"}
    register.append(retracted("rm", "merged"))
    assert {tag for tag, (_, at) in changed().items() if at == 14} == {
        "organisation/a",
        "organisation/b",
        "organisation/c",
        "post/q",
        "person/p",
        "responsibility/r",
    }
    assert {tag: first for tag, (first, _) in changed().items()} == {tag: first for tag, (first, _) in before.items()}


# Verifying


def change(database: Database, statement: str) -> None:
    """Change the database behind the program's back, past the triggers."""
    with database.append_transaction() as connection:
        if database.dialect == "sqlite":
            for name in (
                connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all()
            ):
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        else:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        connection.exec_driver_sql(statement)


TAMPERED = {
    "a statement's day": (
        "UPDATE statement SET since_earliest = since_earliest + 1 WHERE property = 'posts'",
        "statement",
    ),
    "a statement's value": ("UPDATE statement SET value = '\"x\"' WHERE property = 'name'", "statement"),
    "a statement's recorded span": (
        "UPDATE statement SET recorded_to = 12 WHERE property = 'responsibilities'",
        "statement",
    ),
    "a statement removed": ("DELETE FROM statement WHERE property = 'responsibilities'", "statement"),
    "a statement twice": (
        (
            "INSERT INTO statement SELECT generation, id + 1000, subject, property, key, value, since_earliest, "
            "since_latest, until_earliest, until_latest, doubtful, opened_by, closed_by, undecided, recorded_from, "
            "recorded_to FROM statement WHERE property = 'responsibilities'"
        ),
        "statement",
    ),
    "whom a statement concerns": ("DELETE FROM statement_target WHERE subject = 'person/p'", "statement"),
    "an effect": ("DELETE FROM effect WHERE property = 'responsibilities'", "effect"),
    "an amendment": ("UPDATE amendment SET kind = 'retracted'", "amendment"),
    "a subject": ("UPDATE subject SET changed_at = 1", "subject"),
    "a subject removed": ("DELETE FROM subject WHERE kind = 'person'", "subject"),
    "the projection's version": ("UPDATE projection SET version = 0", "version 0"),
    "who recorded": ("UPDATE event SET recorded_by = 'nobody' WHERE position = 3", "event 3"),
    "a salt": ("UPDATE event SET salt = body WHERE position = 3", "event 3"),
    "a leaf": ("UPDATE event SET leaf_hash = salt WHERE position = 3", "event 3"),
    "a type": ("UPDATE event SET type = 'fact.retracted' WHERE position = 3", "event 3"),
    "an event removed": ("DELETE FROM event WHERE position = 3", "event 3"),
    "the last event removed": ("DELETE FROM event WHERE position = 12", "log"),
    "an id": ("DELETE FROM event_id WHERE position = 3", "event_id"),
    "a tag": ("DELETE FROM event_tag WHERE tag = 'person/p'", "event_tag"),
    "a tag too many": ("INSERT INTO event_tag VALUES ('person/z', 3, 1)", "event_tag"),
    "a version": ("UPDATE tag_head SET version = version + 1 WHERE tag = 'person/p'", "tag_head"),
    "the head": ("UPDATE log_head SET root_hash = frontier", "log"),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_what_is_tampered_with_is_found(sqlite_database: Database, what: str) -> None:
    filled(sqlite_database)
    assert verify(sqlite_database) == []
    statement, named = TAMPERED[what]
    change(sqlite_database, statement)
    found = verify(sqlite_database)
    assert found
    assert any(named in each for each in found), found


@pytest.mark.parametrize("what", ["a statement's day", "who recorded", "a tag", "whom a statement concerns"])
def test_what_is_tampered_with_is_found_on_both(database: Database, what: str) -> None:
    filled(database)
    assert verify(database) == []
    change(database, TAMPERED[what][0])
    assert verify(database)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"First"', '"Fir5t"'),  # another fact
        ('{"data"', '{"data'),  # no JSON
        ('"organisation.created"', '"organisation.invented"'),  # of no known type
        (uid("created-a"), uid("created-b")),  # that of another event
    ],
)
def test_a_changed_body_is_found_whatever_it_holds(sqlite_database: Database, old: str, new: str) -> None:
    filled(sqlite_database)
    change(
        sqlite_database,
        f"UPDATE event SET body = CAST(replace(CAST(body AS TEXT), '{old}', '{new}') AS BLOB) WHERE position = 1",
    )
    assert any("event 1" in each for each in verify(sqlite_database))


def test_what_cannot_be_read_is_not_rebuilt(sqlite_database: Database) -> None:
    register = filled(sqlite_database)
    before = answers(register, TAGS, DAYS)
    change(sqlite_database, "UPDATE event SET body = x'00' WHERE position = 3")
    with pytest.raises(UnreadableLog, match="event 3"):
        rebuild(sqlite_database)
    assert answers(register, TAGS, DAYS) == before


OWNED: dict[str, tuple[list[dict[str, Any]], dict[str, Any], str]] = {
    "a target that passed to another": (
        [
            told("set", "target.set", "2019", target="t", organisation="c", due="2020"),
            told("to-d", "target.moved", "2020", target="t", organisation="d", to="2021"),
        ],
        told("later", "target.moved", "2021", target="t", to="2023"),
        "organisation/d",
    ),
    "a plan that came to speak of another": (
        [
            told("plan", "change.announced", "2019", plan="k", organisation="c", title="K"),
            told(
                "revised",
                "change.revised",
                "2020",
                plan="k",
                changes=[{"change": "organisation.created", "draft": {"organisation": "d", "name": "D"}}],
            ),
        ],
        told("withdrawn", "change.withdrawn", "2021", plan="k"),
        "organisation/d",
    ),
    "a plan whose fulfilment was recorded first": (
        [
            told("done", "priority.set", "2021", organisation="c", priority="x", _fulfils="k"),
            told("plan", "change.announced", "2019", plan="k", organisation="d", title="K"),
        ],
        told("withdrawn", "change.withdrawn", "2023", plan="k"),
        "organisation/d",
    ),
}


@pytest.mark.parametrize("what", OWNED)
def test_what_happens_to_a_plan_or_target_changes_those_whom_it_concerns(sqlite_database: Database, what: str) -> None:
    before, event, tag = OWNED[what]
    register = TestRegister(sqlite_database)
    register.append(*before)
    answer = answers(register, [tag], ["2024"])
    register.append(event)
    assert answers(register, [tag], ["2024"]) != answer
    with sqlite_database.snapshot() as connection:
        subject = register.queries.found(connection, tag, register.queries.moments.now(connection))
        assert subject is not None
        assert subject.changed == 3
    assert verify(sqlite_database) == []


# Versions of the state


@pytest.mark.parametrize(
    ("version", "advice"), [(VERSION - 1, "run `orgline rebuild`"), (VERSION + 1, "newer version")]
)
def test_a_state_of_another_version_is_not_gone_by(database: Database, version: int, advice: str) -> None:
    register = filled(database)
    head = register.log.head()
    change(database, f"UPDATE projection SET version = {version}")
    with pytest.raises(StateVersion, match=advice):
        register.append(created("z"))
    with pytest.raises(StateVersion, match=advice):
        register.state("organisation/a")
    with pytest.raises(StateVersion, match=advice):
        check_version(database)
    assert register.log.head() == head
    rebuild(database)
    check_version(database)
    register.append(created("z"))
    assert verify(database) == []


# Breaking off


def test_a_rebuild_that_broke_off_leaves_the_state_as_it_was_and_begins_again(database: Database) -> None:
    register = filled(database)
    before = answers(register, TAGS, DAYS)

    def stop(done: int, total: int) -> None:
        if done == total:  # all that there was is written by now, but not in use
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild(database, stop)
    assert answers(register, TAGS, DAYS) == before
    assert verify(database) == []
    assert {row[0] for row in rows(database, tables.statement)} == {1, 2}
    register.append(created("z"))
    rebuilt = rebuild(database)
    assert rebuilt.events == 13
    assert verify(database) == []
    for table in (tables.projection, *STATE_TABLES):
        assert {row[0] for row in rows(database, table)} <= {rebuilt.generation}, table.name


def test_what_is_left_of_a_rebuild_is_written_to_no_more(sqlite_database: Database, tmp_path: Path) -> None:
    filled(sqlite_database)

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild(sqlite_database, stop)
    address = sqlite_database.address
    with closing(Bulk(address, address, 2, tmp_path / "scratch.db")) as left_over:
        rebuild(sqlite_database)
        before = rows(sqlite_database, tables.amendment)
        with pytest.raises(Superseded):
            left_over.prepare(12)
    assert rows(sqlite_database, tables.amendment) == before
    assert verify(sqlite_database) == []


def test_what_another_version_began_is_begun_anew(sqlite_database: Database) -> None:
    filled(sqlite_database)

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild(sqlite_database, stop)
    change(sqlite_database, f"UPDATE projection SET version = {VERSION - 1} WHERE generation = 2")
    rebuild(sqlite_database)
    assert verify(sqlite_database) == []
    assert len(rows(sqlite_database, tables.projection)) == 1


def test_of_two_rebuilds_the_second_gives_way(database: Database) -> None:
    filled(database)
    refused: list[int] = []

    def another(done: int, total: int) -> None:
        with pytest.raises(rebuilding.RebuildUnderWay):
            rebuild(database)
        refused.append(done)

    rebuilt = rebuild(database, another)
    assert refused
    assert verify(database) == []
    assert [row[0] for row in rows(database, tables.projection)] == [rebuilt.generation]


def test_what_is_rebuilt_while_it_is_verified_is_to_be_verified_again(database: Database) -> None:
    filled(database)
    with pytest.raises(RebuiltMeanwhile):
        verify(database, lambda done, total: rebuild(database) and None)
    assert verify(database) == []


def test_what_is_appended_while_the_state_is_verified_is_no_difference(database: Database) -> None:
    register = filled(database)
    more = iter([[retracted("r3", "merged")], [created("z"), corrected("c3", "created-b", created("b", "2017"))]])

    def append(done: int, total: int) -> None:
        facts = next(more, None)
        if facts is not None:
            register.append(*facts)

    assert verify(database, append) == []
    assert next(more, None) is None
    assert verify(database) == []


def test_appends_and_corrections_during_a_rebuild_are_in_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    register = filled(database)
    monkeypatch.setattr(rebuilding, "BATCH_EVENTS", 2)
    more = iter(
        [
            [retracted("r3", "merged")],
            [told("more", "priority.set", "2019", organisation="a", priority="x")],
            [corrected("c3", "created-b", created("b", "2017", name="Bee")), created("z")],
        ]
    )

    def append(done: int, total: int) -> None:
        facts = next(more, None)
        if facts is not None:
            register.append(*facts)

    assert rebuild(database, append).events == 16
    assert verify(database) == []

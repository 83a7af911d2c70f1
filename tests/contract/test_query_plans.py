"""No read scans a table that grows: the plans of all prepared statements, on both databases."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa

from events import tables
from events.database import Database
from events.prepared import Prepared
from events.queries import history, marks, mentions, names, statements
from events.queries.listing import Page
from events.queries.near import near
from events.queries.statements import Wanted
from events.subjects import KINDS
from feeds import catalogue, choices, effective, pages
from feeds.choices import Choice
from tests.histories import corrected, created, told, uid
from tests.registers import LISTED, NOW, TestRegister

SMALL = {"register", "log_head", "mirror", "projection", "forthcoming_seen"}  # a row, or one a generation
# What reads all of something because that is what is asked of it.
WHOLE = {
    "page of statements by nothing": "the first page, in the order of the index, up to its limit",
    "page of statements by nothing, further": "the same, from the place of the cursor on",
    "count of statements by nothing": "counts all there are",
}
FILTERS: tuple[dict[str, str], ...] = (
    {}, {"q": "n"}, {"name": "Unit 7"}, {"organisation": "o-7"}, {"part_of": "top"}, {"identifier": "ods:X7"},
    {"classification": "unit"}, {"classification": "uk:unit"},
)  # fmt: skip
WANTED = (
    {}, {"property": "responsibilities"}, {"property": "responsibilities", "key": "r-7"},
    {"subject": "organisation/o-7"},
    {"target": "person/p-7"}, {"property": "appointments", "target": "person/p-7"}, {"q": "unit"},
    {"property": "name", "q": "unit"}, {"property": "classifications", "key": "uk", "value": "unit"},
    {"property": "existence", "certainty": "definite"}, {"property": "priorities", "certainty": "possible"},
    {"subject": "organisation/o-7", "property": "posts"},
)  # fmt: skip


@pytest.fixture
def grown(database: Database) -> TestRegister:
    """A register with a few hundred organisations."""
    register = TestRegister(database)
    for at in range(0, 200, 100):
        given = []
        for n in range(at, at + 100):
            organisation = f"o-{n}"
            given += [
                created(organisation, name=f"Unit {n}", classification="unit", scheme="uk", parents=["top"]),
                told(f"code{n}", "identifier.assigned", "2015", organisation=organisation, scheme="ods", value=f"X{n}"),
                told(f"post{n}", "post.created", "2015", organisation=organisation, post=f"q-{n}", title=f"Chief {n}"),
                told(
                    f"in{n}", "appointment.started", "2016", organisation=organisation, post=f"q-{n}", person=f"p-{n}"
                ),
                told(f"r{n}", "responsibility.gained", "2016", organisation=organisation, responsibility=f"r-{n}"),
                told(f"i{n}", "initiative.launched", "2016", organisation=organisation, initiative=f"i-{n}"),
            ]
        register.append(*given)
    register.append(
        corrected(
            "right", "code7", told("", "identifier.assigned", "2016", organisation="o-7", scheme="ods", value="X7")
        )
    )
    register.append(told("end", "organisation.dissolved", "2020", organisation="o-9", reason="ceased"))
    register.append(told("perhaps", "priority.set", "[2017..2019]", organisation="o-7", priority="x"))
    if database.dialect == "postgresql":  # which does so by itself; nobody does on SQLite
        with database.engine.begin() as connection:
            connection.exec_driver_sql("ANALYZE")
    return register


def read_all_kinds(register: TestRegister) -> None:
    for tag in ("organisation/o-7", "person/p-7", "post/q-7", "responsibility/r-7", "initiative/i-7"):
        assert register.state(tag, "2018-01-01") is not None
        register.timeline(tag)
    for kind, noun in LISTED.items():
        for filters in FILTERS:
            if "organisation" in filters and noun.link is None:
                continue
            for status in (None, noun.held):
                given = {**filters, **({"status": status} if status else {})}
                register.listing(kind, Page(limit=3, count=True), "2018-01-01", **given)
                register.listing(kind, Page(limit=3, after="o-3"), "2018-01-01", **given)
    with register.database.snapshot() as connection:
        question = register.queries.question(connection, "2018-01-01", None, NOW)
        for owned in (False, True):
            assert marks.of(register.queries, connection, ["organisation/o-7"], question.moment, owned=owned)
        assert mentions.first(register.queries, connection, "organisation/o-7") is not None
        assert near(register.queries, connection, KINDS, "Uint 7", question.moment, 3)
        for wanted in WANTED:
            page = Page(limit=1, count=True)
            found = statements.listing(register.queries, connection, question, Wanted(**wanted), page)
            assert found.items, wanted
            if found.next_after is not None:
                page = Page(limit=1, after=found.next_after)
                assert statements.listing(register.queries, connection, question, Wanted(**wanted), page).items
        for name in ("right", "code7"):
            chain = history.of(register.queries, register.log, connection, uid(name), question.moment)
            assert chain is not None
            assert len(chain.members) == 2
        both = [uid("right"), uid("code7")]
        stands = history.standing(register.queries, connection, both, question.moment)
        assert [stands[id_].id for id_ in both] == [uid("right")] * 2
        events, roots = history.with_roots(register.queries, connection, both[:1], question.moment.generation)
        assert (set(events), roots) == (set(both), {both[0]: both[1]})
        wanted = [("organisation/o-7", question.moment.position, question.as_of.last)]
        assert names.lookup(register.queries, connection, wanted, drafts=True)[wanted[0]] == "Unit 7"
        register.queries.question(connection, None, "2020-01-01T00:00:00Z", NOW)
        register.queries.question(connection, None, "7", NOW)


def read_feeds(register: TestRegister) -> None:
    queries, own = register.queries, register.queries.register
    effective.look_through(register.database, own)
    with register.database.snapshot() as connection:
        question = queries.question(connection, "2018-01-01", None, NOW)
        both = ("organisation/o-7", "type/organisation.created")
        for choice in (Choice("all", both), Choice("all", (), "top"), Choice("all", both[1:], "top")):
            chosen = choices.find(queries, connection, own, choice, question)
            assert chosen is not None
            assert pages.page(queries, connection, own, chosen, question, 1_000).entries
        reached = effective.reached(queries, connection, own, NOW)
        assert effective.page(queries, connection, own, reached, None).entries
        for q in (None, "unit"):
            assert len(catalogue.feeds(queries, connection, own, question, q=q, limit=20)) == 20


def test_no_prepared_statement_scans_what_grows(grown: TestRegister, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: dict[str, tuple[Any, ...]] = {}
    arguments = Prepared._arguments

    def noted(self: Prepared, values: Any) -> tuple[Any, ...]:
        ran[self.sql] = arguments(self, values)
        return ran[self.sql]

    monkeypatch.setattr(Prepared, "_arguments", noted)
    read_all_kinds(grown)
    read_feeds(grown)
    database = grown.database
    faults = []
    with database.engine.connect() as connection:
        if database.dialect == "postgresql":
            connection.exec_driver_sql("SET enable_seqscan = off")  # with so few rows a scan would be right
        for name, prepared in database.prepared.items():
            if prepared.sql.startswith("INSERT") or name in WHOLE:
                continue
            scans = (
                _sqlite(connection, prepared)
                if database.dialect == "sqlite"
                else _postgresql(connection, prepared, ran)
            )
            faults += [(name, each) for each in scans]
    assert not faults
    assert {name for name in database.prepared if name.startswith("page of statements by nothing")} <= set(WHOLE)
    assert len(ran) > 30
    assert set(LISTED) == set(KINDS)


GROWING = {table.name for table in tables.metadata.tables.values()} - SMALL


def _sqlite(connection: sa.Connection, prepared: Prepared) -> list[str]:
    rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {prepared.sql}", (None,) * len(prepared.names))
    found = []
    for *_, detail in rows:
        words = detail.split()
        whole = words[0] == "SCAN" or detail.endswith("(generation=?)")
        if whole and len(words) > 1 and words[1] in GROWING:
            found.append(detail)
    return found


def _postgresql(connection: sa.Connection, prepared: Prepared, ran: dict[str, tuple[Any, ...]]) -> list[str]:
    if prepared.sql not in ran:
        return []  # its plan is looked at on SQLite
    cursor = connection.connection.cursor()
    cursor.execute(f"EXPLAIN {prepared.sql}", ran[prepared.sql])
    lines = [row[0] for row in cursor.fetchall()]
    cursor.close()
    scanned = (re.search(r"Seq Scan on (\w+)", line) for line in lines)
    return [found[0] for found in scanned if found is not None and found[1] in GROWING]

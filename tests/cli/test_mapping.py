"""`import --mapping`: tables become facts; faults are named with file, line and column; nothing is half-imported."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from service.importing.mapping import locate
from service.importing.templates import TEXT_CHARACTERS_MAX
from tests.cli.conftest import Done, Orgline

MAPPING = """\
[source]
name = "test"
title = "Bodies, {code}"

[tables.bodies]
key = "code"
join.parent = { table = "bodies", by = "part_of", on = "code", optional = true }

[ids.body]
table = "bodies"
slug = "{name}"
distinguish = "{start | year}"
lookup = "test:{code}"

[[facts]]
name = "created"
table = "bodies"
type = "organisation.created"
effective = "{start or '[..2000-01-01]'}"
[facts.data]
organisation = "{code | id('body')}"
name = "{name}"
parents = ["{part_of | id('body')}"]

[[facts]]
name = "identifier"
table = "bodies"
type = "identifier.assigned"
effective = "{start or '[..2000-01-01]'}"
data = { organisation = "{code | id('body')}", scheme = "test", value = "{code}" }

[[facts]]
name = "closed"
table = "bodies"
when = "end"
type = "organisation.dissolved"
effective = "{end | date('%d/%m/%Y', '%m/%Y')}"
data = { organisation = "{code | id('body')}", reason = "ceased" }
ends = "created"
follows = [{ fact = "created", key = "{part_of or code}" }]
"""
HEADER = "code,name,part_of,start,end"
ROWS = (
    "1,Ministry of Tëst,,,",
    '2,"Board, of Tests",1,2010-05,1/6/2015',
    "3,Office,1,2011,03/2012",
    "4,Office,2,2013,",
)


class Folder:
    """The mapping and its table in the working folder, and the command."""

    def __init__(self, orgline: Orgline, path: Path) -> None:
        self._orgline, self._path = orgline, path
        self.mapping(MAPPING)
        self.rows(*ROWS)

    def mapping(self, text: str) -> None:
        (self._path / "mapping.toml").write_text(text, "utf-8")

    def rows(self, *rows: str, header: str = HEADER, encoding: str = "utf-8") -> None:
        (self._path / "bodies.csv").write_bytes("".join(f"{row}\r\n" for row in (header, *rows)).encode(encoding))

    def take(self, *options: str, files: tuple[str, ...] = ("bodies.csv",)) -> Done:
        return self._orgline("import", "--mapping", "mapping.toml", *options, *files)

    def facts(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._orgline("export").out.splitlines()]

    def state(self, slug: str, as_of: str) -> dict[str, Any]:
        state: dict[str, Any] = json.loads(self._orgline("state", slug, "--as-of", as_of, "--json").out)
        return state


@pytest.fixture
def tables(register: Orgline, folder: Path) -> Folder:
    return Folder(register, folder)


@pytest.fixture
def local(orgline: Orgline, folder: Path) -> Folder:
    assert orgline("migrate").code == 0
    return Folder(orgline, folder)


def test_rows_become_facts_with_slugs_dates_and_sources(tables: Folder) -> None:
    assert tables.take() == (0, "10 recorded, 0 known already, 0 faults\n", "")
    created, _, board, _, closed, *_ = tables.facts()
    assert created["data"] == {"organisation": "ministry-of-test", "name": "Ministry of Tëst"}
    assert (created["effective"], created["sources"]) == ("[..2000-01-01]", [{"title": "Bodies, 1"}])
    assert board["data"]["parents"] == ["ministry-of-test"]
    assert (closed["effective"], closed["ends"], closed["follows"]) == ("2015-06-01", board["id"], [created["id"]])
    slugs = {fact["data"]["organisation"] for fact in tables.facts()}
    assert slugs == {"ministry-of-test", "board-of-tests", "office-2011", "office-2013"}
    assert tables.state("office-2011", "2012-02-01")["status"] == "active"
    assert tables.state("office-2011", "2012-03-15")["certainty"] == "possible"


def test_importing_again_records_nothing_whatever_the_order(tables: Folder) -> None:
    assert tables.take().code == 0
    before = tables.facts()
    tables.rows(*reversed(ROWS))
    assert tables.take() == (0, "0 recorded, 10 known already, 0 faults\n", "")
    assert tables.facts() == before


def test_a_dry_run_shows_and_records_nothing(local: Folder) -> None:
    done = local.take("--dry-run")
    assert (done.code, done.err) == (0, "10 to record, 0 known already, 0 faults\n")
    assert [json.loads(line)["type"] for line in done.out.splitlines()][:2] == [
        "organisation.created",
        "identifier.assigned",
    ]
    assert local.facts() == []


def test_a_broken_row_in_the_middle_is_named_and_stops_all_or_is_skipped(tables: Folder) -> None:
    rows = [*ROWS[:2], "3,Office,1", "5,Hut,9,2011,", '6,"Sh"ed,,2011,', "7,Den,1,12 May,", ROWS[3], "4,Twice,,,"]
    tables.rows(*rows)
    told = [
        "bodies.csv:4: has 3 cells, and the header 5: mend the row's quotes and commas",
        "bodies.csv:6: is no row of CSV: ',' expected after '\"'",
        "bodies.csv:5: part_of: created: no row of bodies.csv has the key '9', from which the id would be made",
        "bodies.csv:7: start: created, /effective: '12 May' is no date",
        "bodies.csv:7: start: identifier, /effective: '12 May' is no date",
        "bodies.csv:9: code: line 8 has the same key: the key must tell all rows apart",
    ]
    done = tables.take()
    assert done.code == 2
    assert done.out == ""
    lines = done.err.splitlines()
    for fault in told:
        assert any(line.startswith(fault) for line in lines), (fault, lines)
    assert lines[-1] == f"{len(told)} faults: nothing was recorded (--on-error skip leaves out what is faulty)"
    assert tables.facts() == []
    done = tables.take("--on-error", "skip")
    assert (done.code, done.out) == (2, "8 recorded, 0 known already, 6 faults\n")
    assert len(tables.facts()) == 8
    tables.rows(*ROWS)
    assert tables.take().out == "3 recorded, 7 known already, 0 faults\n"


def test_what_follows_a_fact_that_is_not_made_is_a_fault(local: Folder) -> None:
    local.rows("1,Ministry,,,", "2,Board,1,2010,01/06/2015", "3,Hut,1,2010-13,01/06/2015")
    done = local.take("--on-error", "skip")
    assert done.code == 2
    assert "bodies.csv:4: organisation.dissolved: ends or follows a fact that no row makes" in done.err
    assert done.out.startswith("5 recorded")


def test_facts_may_end_those_of_later_rows(local: Folder) -> None:
    local.rows("2,Board,1,2010,01/06/2015", "1,Ministry,,,")
    assert local.take() == (0, "5 recorded, 0 known already, 0 faults\n", "")


def test_a_file_in_another_encoding_is_named_with_the_way_out(local: Folder) -> None:
    local.rows(*ROWS, encoding="windows-1252")
    done = local.take()
    assert done.code == 2
    assert done.err == (
        "unreadable-file: bodies.csv:2: name: byte 0xeb is not utf-8: "
        "name the file's encoding with --encoding, such as --encoding windows-1252\n"
    )
    assert local.take("--encoding", "windows-1252").code == 0
    assert local.facts()[0]["data"]["name"] == "Ministry of Tëst"
    assert "there is no encoding rot" in local.take("--encoding", "rot").err


def test_changed_rows_are_faults_or_corrections_and_only_once(tables: Folder) -> None:
    assert tables.take().code == 0
    changed = ("1,Ministry of Tests,,,", '2,"Board, of Tests",1,2010-06,1/6/2015', *ROWS[2:])
    tables.rows(*changed)
    done = tables.take()
    assert done.code == 2
    assert "bodies.csv:2: organisation.created: was imported with other content; --update records" in done.err
    assert len(tables.facts()) == 10
    assert tables.take("--update").out == "0 recorded, 7 known already, 3 corrected, 0 faults\n"
    assert tables.take("--update").out == "0 recorded, 10 known already, 0 faults\n"
    assert tables.take().out == "0 recorded, 10 known already, 0 faults\n"
    assert tables.state("ministry-of-test", "2012-01-01")["name"] == "Ministry of Tests"
    assert tables.state("board-of-tests", "2010-05-15")["status"] == "not_yet"
    tables.rows(*ROWS)  # back to what was said first, which is a correction again
    assert tables.take("--update").out == "0 recorded, 7 known already, 3 corrected, 0 faults\n"
    assert tables.state("board-of-tests", "2010-06-15")["certainty"] == "definite"
    tables.rows(*changed)
    assert tables.take("--update").out == "0 recorded, 7 known already, 3 corrected, 0 faults\n"
    assert tables.take("--update").out == "0 recorded, 10 known already, 0 faults\n"


def test_rows_that_are_gone_are_retracted_and_stand_again_when_they_come_back(tables: Folder) -> None:
    assert tables.take().code == 0
    tables.rows(*ROWS[:3])
    assert tables.take("--update").out == "0 recorded, 8 known already, 0 faults\n"
    for recorded in ("0 recorded, 8 known already, 2 retracted, 0 faults\n", "0 recorded, 8 known already, 0 faults\n"):
        assert tables.take("--update", "--complete").out == recorded
    assert tables.state("office-2013", "2014-01-01")["status"] == "unknown"
    tables.rows(*ROWS[:3], ROWS[3].replace("2013", "2013-02"))
    assert "bodies.csv:5: organisation.created: was withdrawn by an import" in tables.take().err
    assert tables.take("--update").out == "0 recorded, 8 known already, 2 corrected, 2 restored, 0 faults\n"
    assert tables.take("--update", "--complete").out == "0 recorded, 10 known already, 0 faults\n"
    assert tables.state("office-2013", "2014-01-01")["existence"][0]["since"]["edtf"] == "2013-02"
    tables.rows(*ROWS[:3])
    assert tables.take("--update", "--complete").out == "0 recorded, 8 known already, 2 retracted, 0 faults\n"


def test_what_people_corrected_stays_until_the_row_changes(local: Folder, orgline: Orgline, folder: Path) -> None:
    assert local.take().code == 0
    first = local.facts()[0]
    better = {**{name: value for name, value in first.items() if name != "id"}, "effective": "1999"}
    correction = {"type": "fact.corrected", "data": {"event": first["id"], "replacement": better}}
    (folder / "byhand.jsonl").write_text(json.dumps({"id": "0192a000-0000-7000-8000-000000000001", **correction}))
    assert orgline("append", "byhand.jsonl").code == 0
    assert local.take("--update").out == "0 recorded, 10 known already, 0 faults\n"
    assert local.state("ministry-of-test", "1999-12-31")["existence"][0]["since"]["edtf"] == "1999"


def test_an_organisation_that_bears_the_identifier_keeps_its_slug(local: Folder) -> None:
    assert local.take().code == 0
    local.rows("1,A Quite Other Name,,,", *ROWS[1:])
    assert local.take("--update").out == "0 recorded, 9 known already, 1 corrected, 0 faults\n"
    assert local.state("ministry-of-test", "2012-01-01")["name"] == "A Quite Other Name"


NO_LOOKUP = MAPPING.replace('lookup = "test:{code}"\n', "")


def test_a_key_keeps_its_slug_whatever_happens_to_the_other_rows(tables: Folder) -> None:
    tables.mapping(NO_LOOKUP)
    assert tables.take().code == 0
    tables.rows(*ROWS[:3])  # the other office is gone, so that nothing is left to be told apart
    gone = "0 recorded, 8 known already, 2 retracted, 0 faults\n"
    assert tables.take("--update", "--complete") == (0, gone, "")
    tables.rows("1,Ministry of Works,,,", *ROWS[1:3], "5,Ministry of Tëst,,2016,", "6,Office,,2011,")
    changed = "4 recorded, 7 known already, 1 corrected, 0 faults\n"
    assert tables.take("--update") == (0, changed, "")
    assert tables.state("ministry-of-test", "2014-01-01")["name"] == "Ministry of Works"
    new = {fact["data"]["organisation"] for fact in tables.facts()[-4:] if "organisation" in fact["data"]}
    assert len(new) == 2
    assert new.isdisjoint({"ministry-of-test", "office-2011", "office-2013"})


def test_a_file_without_most_of_its_rows_retracts_nothing_unless_that_is_said(tables: Folder) -> None:
    assert tables.take().code == 0
    tables.rows()
    for options in ((), ("--dry-run",)):
        done = tables.take("--update", "--complete", *options)
        assert (done.code, done.out) == (2, "")
        assert done.err.startswith("too-many-gone: 10 of the 10 facts that stand from test would be retracted")
        assert "--allow-many" in done.err
    assert len(tables.facts()) == 10
    assert tables.take("--update", "--allow-many").err.startswith("usage: --allow-many goes with --complete;")
    for retracted in (
        "0 recorded, 0 known already, 10 retracted, 0 faults\n",
        "0 recorded, 0 known already, 0 faults\n",
    ):
        assert tables.take("--update", "--complete", "--allow-many").out == retracted
    assert tables.take("--update", "--complete").code == 0  # nothing stands, so nothing is taken back


@pytest.mark.parametrize(
    "expression", ["'a' * 10**9", "10 ** 10 ** 10", "'%999999999d' % 1", "[1] * 10**9", "'a'.ljust(10**9)"]
)
def test_what_makes_much_of_little_is_refused(local: Folder, expression: str) -> None:
    local.mapping(MAPPING.replace('name = "{name}"', f'name = "{{{expression}}}"'))
    done = local.take()
    assert (done.code, done.out) == (2, "")
    assert "cannot stand here" in done.err or "nothing can be called but filters" in done.err
    assert local.facts() == []


@pytest.mark.parametrize(
    "filters",
    [
        "'a'" + " | replace('a', 'aaaaaaaaaa')" * 12,
        f"name | join('{'a' * 10_000}')",
        f"'{'a' * TEXT_CHARACTERS_MAX}' ~ name",
    ],
)
def test_texts_are_bounded(local: Folder, filters: str) -> None:
    local.mapping(MAPPING.replace('name = "{name}"', f'name = "{{{filters}}}"'))
    done = local.take()
    assert (done.code, done.out) == (2, "")
    assert f"at most {TEXT_CHARACTERS_MAX} can stand in a text" in done.err
    assert done.err.startswith("bodies.csv:2: ")


def test_numbers_can_be_reckoned_with(local: Folder) -> None:
    local.mapping(MAPPING.replace('name = "{name}"', 'name = "{name} {(code | int * 1000) % 7}"'))
    assert local.take().code == 0
    assert local.facts()[0]["data"]["name"] == "Ministry of Tëst 6"


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('slug = "{name}"', "slug = \"{code | id('body')}\"", "11:1"),
        ('by = "part_of"', "by = \"part_of | id('body')\"", "7:35"),
    ],
)
def test_ids_cannot_be_made_of_themselves(local: Folder, old: str, new: str, place: str) -> None:
    local.mapping(MAPPING.replace(old, new, 1))
    done = local.take()
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"invalid-mapping: mapping.toml:{place}: id('body') cannot stand here"), done.err


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("{name}", "{nmae}", "mapping.toml:11:1: there is no column nmae; did you mean name?"),
        ('name = "{name}"', 'name = "{parent.nam}"', "mapping.toml:22:1: parent has no column nam; did you mean name?"),
        (
            "parents =",
            "parent =",
            "mapping.toml:23:1: there is no field in organisation.created 'parent'; did you mean",
        ),
        (
            "organisation.dissolved",
            "organisation.disolved",
            "mapping.toml:36:1: there is no type of fact 'organisation.dis",
        ),
        ("| date(", "| datum(", "mapping.toml:37:1: there is no filter datum; did you mean date?"),
        ("id('body')", "id('boddy')", "mapping.toml:21:1: there are no ids 'boddy'; did you mean body?"),
        (
            'ends = "created"',
            'ends = "creatd"',
            "mapping.toml:39:1: there is no fact in this mapping 'creatd'; did you",
        ),
        ("effective", "efective", "mapping.toml:19:1: there is no field efective; did you mean effective?"),
        ('key = "code"\n', 'key = "kode"\n', "mapping.toml:6:1: bodies.csv has no column 'kode'; did you mean code?"),
        ("{start or", "{start ro", "mapping.toml:19:1: "),
        ("[source]", "[source", "mapping.toml: "),
        ('name = "test"\n', "", "mapping.toml:1:1: "),
    ],
)
def test_what_is_not_known_is_named_with_its_place(local: Folder, old: str, new: str, fault: str) -> None:
    assert old in MAPPING
    local.mapping(MAPPING.replace(old, new, 1))
    done = local.take()
    assert done.code == 2
    assert done.err.startswith(f"invalid-mapping: {fault}"), done.err
    assert local.facts() == []


def test_files_and_options_that_do_not_fit(local: Folder, orgline: Orgline, folder: Path) -> None:
    (folder / "bodys.csv").write_text("a,b\n")
    assert "has no table for bodys.csv; did you mean bodies.csv?" in local.take(files=("bodys.csv",)).err
    (folder / "empty").mkdir()
    assert "the mapping also needs bodies.csv" in local.take(files=("empty",)).err
    assert local.take("--complete").err.startswith("usage: --complete goes with --update;")
    # A faulty row makes no fact, but it is not gone.
    assert "--on-error skip" in local.take("--update", "--complete", "--on-error", "skip").err
    assert "needs --mapping" in orgline("import", "--dry-run", "facts.jsonl").err
    local.rows(header="code,code,part_of,start,end")
    assert "two columns are called 'code'" in local.take().err


def test_templates_reach_nothing_but_the_row(local: Folder) -> None:
    for expression in ("{name.__class__.__mro__}", "{lipsum}", "{self}", "{cycler.__init__}"):
        local.mapping(MAPPING.replace("{name}", expression))
        done = local.take()
        assert (done.code, done.out) == (2, ""), expression


def test_places_in_toml() -> None:
    text = 'a = 1\n[t.x]\nb = 2\n[[f]]\nn = "1"\n[[f]]\nn = "2"\nd = { p = "x", q = "y" }\n[f.e]\nz = 1\n'
    assert locate(text, ("t", "x", "b")) == (3, 1)
    assert locate(text, ("f", 1, "n")) == (7, 1)
    assert locate(text, ("f", 1, "d", "q")) == (8, 16)
    assert locate(text, ("f", 1, "e", "z")) == (10, 1)
    assert locate(text, ("f", 1, "missing")) == (6, 1)

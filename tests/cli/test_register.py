"""`append`, `state`, `token`, `rebuild`, `verify` on a register of its own."""

from __future__ import annotations

import json
import re
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa

from events import tables
from events.database import Database
from tests.cli.conftest import Orgline, named, write

NAME = ("--type", "name.adopted", "--effective", "2019", "--data")


def data(**members: object) -> str:
    return json.dumps({"organisation": "nhsx", "name": "NHSX", "kind": "brand", **members})


# append


def test_append_prints_the_event_and_the_state_shows_it(register: Orgline) -> None:
    done = register("append", *NAME, data())
    assert (done.code, done.err) == (0, "")
    event = json.loads(done.out)
    assert (event["position"], event["type"], event["data"]["name"]) == (1, "name.adopted", "NHSX")
    assert "NHSX (organisation/nhsx)" in register("state", "nhsx").out


def test_what_commands_print_as_json(register: Orgline, folder: Path) -> None:
    first = json.loads(register("append", *NAME, data(), "--json").out)
    assert [set(first), first["events"][0]["position"]] == [{"events"}, 1]
    odd = ("append", "--type", "name.retired", "--effective", "2018", "--data", data(), "--json")
    done = register(*odd)
    assert (done.code, done.err) == (0, "")
    assert json.loads(done.out)["warnings"][0]["detail"]
    write(folder / "facts.jsonl", [named("gds"), "{}"])
    assert json.loads(register("import", "facts.jsonl", "--json").out) == {"recorded": 1, "known": 0, "refused": 1}
    assert json.loads(register("rebuild", "--json").out)["events"] == 3
    assert json.loads(register("verify", "--json").out) == {"differences": []}
    assert json.loads(register("migrate", "--json").out)["title"] == "Orgline"
    made = json.loads(register("token", "create", "curator", "--scope", "append", "--json").out)
    assert (made["name"], made["scopes"], made["token"][:5]) == ("curator", ["append"], "orgl_")
    revoked = json.loads(register("token", "revoke", "curator", "--json").out)
    assert json.loads(register("token", "list", "--json").out) == {"items": [revoked]}
    assert revoked["revoked_at"] > revoked["created_at"]


def test_append_takes_a_file_with_facts_that_stay_together(register: Orgline, folder: Path) -> None:
    facts = [named("nhsx", id=str(uuid4())), named("gds", id=str(uuid4()))]
    (folder / "facts.json").write_text(json.dumps({"facts": facts, "expect": {"organisation/nhsx": 0}}))
    done = register("append", "facts.json")
    assert [json.loads(line)["id"] for line in done.out.splitlines()] == [each["id"] for each in facts]
    facts.append(named("dhsc", id=str(uuid4())))
    (folder / "more.json").write_text(json.dumps({"facts": facts[2:], "expect": {"organisation/nhsx": 0}}))
    refused = register("append", "more.json")
    assert (refused.code, refused.out) == (2, "")
    assert refused.err.startswith("version-conflict: ")
    assert "organisation/nhsx is at 1" in refused.err
    assert register("state", "dhsc").code == 1


def test_append_tells_every_fault_and_records_nothing(register: Orgline) -> None:
    done = register("append", "--type", "name.adopted", "--effective", "2021-02-30", "--data", data(kind="legl"))
    assert (done.code, done.out) == (2, "")
    assert [line.split(": ")[:2] for line in done.err.splitlines()] == [
        ["invalid-facts", "/data/kind"],
        ["invalid-facts", "/effective"],
    ]
    assert register("state", "nhsx").code == 1


def test_an_odd_fact_is_recorded_with_a_warning_unless_strict(register: Orgline) -> None:
    ended = ("append", "--type", "name.retired", "--effective", "2020", "--data", data())
    refused = register(*ended, "--strict")
    assert (refused.code, refused.out) == (2, "")
    warning, refusal = refused.err.splitlines()
    assert warning.startswith("warning: ")
    assert refusal.startswith("odd-facts: ")
    done = register(*ended)
    assert done.code == 0
    assert json.loads(done.out)["position"] == 1
    assert done.err.startswith("warning: ")


# state


def test_state_at_days_and_moments(register: Orgline) -> None:
    register("append", *NAME, data())
    register("append", "--type", "name.retired", "--effective", "2022-02", "--data", data())
    assert "Names" in register("state", "nhsx", "--as-of", "2021").out
    assert "Names" not in register("state", "nhsx", "--as-of", "2023").out
    assert "Names" in register("state", "nhsx", "--as-of", "2023", "--known-at", "1").out
    assert "possible" in register("state", "nhsx", "--as-of", "2022-02-10").out


def test_state_as_json_is_the_answer_of_the_service(register: Orgline) -> None:
    register("append", *NAME, data())
    answer = json.loads(register("state", "nhsx", "--as-of", "2021-06-01", "--json").out)
    assert (answer["kind"], answer["id"], answer["status"]) == ("organisation", "nhsx", "unknown")
    assert [name["name"] for name in answer["names"]] == ["NHSX"]
    assert answer["as_of"] == {"edtf": "2021-06-01", "earliest": "2021-06-01", "latest": "2021-06-01"}


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["nowhere"], 1, "organisation/nowhere"),
        (["nhsx", "--known-at", "0"], 1, "organisation/nhsx"),
        (["NHSX"], 2, "write nhsx"),
        (["body/nhsx"], 2, "no kind"),
        (["nhsx", "--as-of", "2021-13"], 2, "no month 13"),
        (["nhsx", "--as-of", "yesterday"], 2, "yesterday"),
        (["nhsx", "--known-at", "99"], 2, "beyond the head"),
    ],
)
def test_state_says_no_or_what_is_wrong(register: Orgline, arguments: list[str], code: int, words: str) -> None:
    register("append", *NAME, data())
    done = register("state", *arguments)
    assert (done.code, done.out) == (code, "")
    assert len(done.err.splitlines()) == 1
    assert words in done.err


def test_what_is_piped_holds_no_control_characters(register: Orgline, folder: Path) -> None:
    # Text may hold what steers a terminal; a reader of plain output must not be steered.
    register("import", write(folder / "facts.jsonl", [named("nhsx"), named("nhsx", effective="2021")]))
    assert register("append", *NAME, data(name="\x1b[31mNHS\u202eX\x07")).code == 0
    asked = (["state", "nhsx"], ["state", "nhsx", "--json"], ["timeline", "nhsx"], ["diff", "nhsx", "--from", "2018"])
    for arguments in (*asked, ["lineage", "nhsx"], ["token", "list"], ["verify"], ["--help"], ["state", "--help"]):
        done = register(*arguments)
        assert done.code == 0
        assert done.out.replace("\n", "").isprintable(), arguments
        assert done.err == ""
    names = [each["name"] for each in json.loads(register("state", "nhsx", "--json").out)["names"]]
    assert "\x1b[31mNHS\u202eX\x07" in names, "what was escaped is the same"


# token


def test_a_token_is_the_last_line_and_only_its_hash_is_kept(register: Orgline, database_url: str) -> None:
    done = register("token", "create", "a newsroom", "--scope", "append", "--scope", "correct")
    assert done.code == 0
    token = done.out.splitlines()[-1]
    assert re.fullmatch(r"orgl_[\w-]{43}", token)
    listed = register("token", "list").out
    assert "a newsroom" in listed
    assert "append correct" in listed
    assert token not in listed
    database = Database(database_url)
    with database.snapshot() as connection:
        rows = str(connection.execute(sa.select(tables.token)).all())
    database.close()
    assert token not in rows


def test_tokens_are_revoked_by_name_or_id(register: Orgline) -> None:
    for name in ("one", "two", "two"):
        register("token", "create", name, "--scope", "read")
    assert register("token", "revoke", "one").out.startswith("revoked: one (")
    assert register("token", "revoke", "one").code == 2
    ambiguous = register("token", "revoke", "two")
    assert ambiguous.code == 2
    assert "2 tokens" in ambiguous.err
    id_ = re.findall(r"[0-9a-f-]{36}", register("token", "list").out)[-1]
    assert register("token", "revoke", id_).code == 0
    assert register("token", "revoke", "two").code == 0


@pytest.mark.parametrize("arguments", [["--scope", "administer"], []])
def test_a_token_needs_a_scope_that_there_is(register: Orgline, arguments: list[str]) -> None:
    done = register("token", "create", "name", *arguments)
    assert (done.code, done.out) == (2, "")
    assert "read, append, correct" in done.err


# rebuild, verify


def test_verify_finds_what_was_changed_and_rebuild_mends_it(register: Orgline, database_url: str, folder: Path) -> None:
    register("import", write(folder / "facts.jsonl", [named("nhsx"), named("gds")]))
    assert register("verify") == (0, "no difference\n", "")
    before = register("state", "nhsx", "--json").out
    database = Database(database_url)
    with database.append_transaction() as connection:
        connection.execute(sa.update(tables.statement).values(value='"Another"'))
    database.close()
    found = register("verify")
    assert found.code == 1
    assert "Another" in found.out
    assert found.err.startswith("different: ")
    rebuilt = register("rebuild")
    assert (rebuilt.code, rebuilt.err) == (0, "")
    assert "from 2 events" in rebuilt.out
    assert register("verify").code == 0
    assert register("state", "nhsx", "--json").out == before

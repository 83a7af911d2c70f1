"""Whatever is refused, the line says what to do about it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from events.errors import OrglineError
from service.cli import refusing
from tests.cli.conftest import Orgline
from tests.cli.test_usage import refused


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["state", "nhs-englnd"], 1, "did you mean nhs-england"),
        (["timeline", "england"], 1, "did you mean nhs-england"),
        (["lineage", "zzzzz"], 1, "orgline completion"),
        (["timeline", "nhsx", "--known-at", "10"], 1, "--known-at 25"),
        (["timeline", "person/matthew-gould"], 2, "`orgline state person/matthew-gould`"),
        (["timeline", "nhsx", "--as-of", "2021-2-3"], 2, "--as-of: '2021-2-3' "),
        (
            ["lineage", "nhsx", "--known-at", "99"],
            2,
            "--known-at 99 is beyond the head of the log, which is 79; or leave it",
        ),
        (["diff", "nhsx"], 2, "--known-from"),
        (["diff", "nhsx", "--to", "2021"], 2, "give --from"),
        (["diff", "nhsx", "--from", "2021", "--known-from", "4"], 2, "--from and --known-from"),
        (["diff", "nhsx", "--from", "2021", "--as-of", "2021"], 2, "--from and --as-of"),
        (["diff", "nhsx", "--from", "19th of May"], 2, "--from: "),
        (["diff", "nhsx", "--from", "2022", "--to", "2021"], 2, "the earlier day in --from"),
        (["diff", "nhsx", "--known-from", "50", "--known-to", "40"], 2, "the earlier moment in --known-from"),
        (["diff", "nhsx", "--known-from", "50", "--known-to", "x"], 2, "--known-to x"),
        (["lineage", "nhsx", "--depth", "0"], 2, "1<=x<=1000; `orgline lineage --help`"),
        (["timeline"], 2, "`orgline timeline --help`"),
        (["import", "nowhere.jsonl"], 2, "see whether the path is right"),
        (["export", "nowhere/facts.jsonl"], 2, "see whether the path is right"),
        (["--database", "sqlite:///new.db", "timeline", "nhsx"], 2, "`orgline demo`"),
        (["--database", "postgresql://nobody@127.0.0.1:9/x", "verify"], 2, "see that the server runs"),
        (["token", "revoke", "nobody"], 2, "`orgline token list`"),
        (["completion", "tcsh"], 2, "bash"),
    ],
)
def test_a_refusal_says_what_to_do(nhsx: Orgline, arguments: list[str], code: int, words: str) -> None:
    refused(nhsx(*arguments), code, words)


def test_a_schema_that_is_not_ours_is_told_apart(nhsx: Orgline, folder: Path) -> None:
    for revision, words in (("0001", "run `orgline migrate`"), ("9999", "a newer version of Orgline")):
        with closing(sqlite3.connect(folder / "orgline.db")) as connection, connection:
            connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
        refused(nhsx("timeline", "nhsx"), 2, words, revision)


def test_advice_is_for_codes_that_there_are() -> None:
    def codes(of: type[OrglineError]) -> set[str]:
        return {of.code}.union(*map(codes, of.__subclasses__()))

    from service.replication import documents, making, remote

    assert documents and making and remote
    assert set(refusing.ADVICE) <= codes(OrglineError)

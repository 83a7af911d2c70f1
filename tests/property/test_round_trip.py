"""Export, import into an empty register: the same facts and the same answers, as JSON Lines and as CSV."""

from __future__ import annotations

import io
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.errors import Fault
from events.log import Log
from service.importing import export, flat, jsonl
from service.importing.jsonl import Line
from service.importing.resume import Import
from tests.conftest import LONG
from tests.histories import answers
from tests.property.test_incremental import DAYS, TAGS, empty_register, histories, record
from tests.registers import TestRegister


def exported(register: TestRegister, as_csv: bool) -> bytes:
    log = Log(register.database)
    with register.database.snapshot() as connection:
        lines = [line for _, line in export.lines(log, connection) if line is not None]
    return flat.HEADER + b"".join(map(flat.row, lines)) if as_csv else b"".join(lines)


def taken_in(register: TestRegister, text: bytes, as_csv: bool) -> None:
    def refuse(line: Line, fault: Fault) -> None:
        raise AssertionError((line, fault))

    file = io.BytesIO(text)
    lines = flat.read(file) if as_csv else jsonl.read(file)
    Import(register.log, register.recorder, recorded_by="tester", refuse=refuse).run(lines)


@pytest.mark.parametrize("as_csv", [False, True], ids=["jsonl", "csv"])
@settings(max_examples=500 if LONG else 15, deadline=None)
@given(history=histories(amended=True), seed=st.integers(0, 2**16))
def test_an_export_gives_the_same_answers(
    sqlite_template: Path, as_csv: bool, history: list[dict[str, Any]], seed: int
) -> None:
    with empty_register(sqlite_template) as first, empty_register(sqlite_template) as second:
        assert list(record(first, history, Random(seed)))
        text = exported(first, as_csv)
        taken_in(second, text, as_csv)
        assert exported(second, as_csv) == text
        assert answers(second, TAGS, DAYS) == answers(first, TAGS, DAYS)

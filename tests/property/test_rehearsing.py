"""Random small worlds: what a dry run tells is what recording then does, and it leaves nothing behind."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from events import tables
from events.changes import SPAN_COLUMNS, span_of
from events.rehearsing import Said, rehearse, said
from tests.conftest import LONG
from tests.property.test_incremental import empty_register, histories
from tests.property.worlds import worlds
from tests.registers import TestRegister

EXAMPLES = 300 if LONG else 40

Slot = tuple[str, str, str]
Difference = dict[Slot, tuple[list[Said], list[Said]]]


@settings(max_examples=EXAMPLES, deadline=None)
@given(appends=st.one_of(worlds(), histories(amended=True).map(lambda given: [[each] for each in given])))
def test_a_dry_run_tells_what_recording_then_does(sqlite_template: Path, appends: list[list[dict[str, Any]]]) -> None:
    with empty_register(sqlite_template) as register:
        for facts in appends:
            append = register.prepare(*facts)
            head = register.log.head()
            with register.database.snapshot() as connection:
                rehearsal = rehearse(register.log, register.projection, connection, append)
            assert register.log.head() == head
            appended = register.append(*facts)
            assert [each.body for each in appended.events] == [each.body for each in rehearsal.events]
            assert appended.answer == rehearsal.warnings
            told = {(each.subject, each.property, each.key): (each.before, each.after) for each in rehearsal.changes}
            assert {slot: tuple(map(in_order, both)) for slot, both in told.items()} == recorded(
                register, head.position, appended.position
            )


def recorded(register: TestRegister, before: int, after: int) -> Difference:
    """What stood at the one position and not at the other, and the other way round, by slot."""
    then, now = standing(register, before), standing(register, after)
    found: Difference = {}
    for slot in then.keys() | now.keys():
        was, is_ = then.get(slot, []), now.get(slot, [])
        gone, come = [each for each in was if each not in is_], [each for each in is_ if each not in was]
        if gone or come:
            found[slot] = (in_order(gone), in_order(come))
    return found


def standing(register: TestRegister, position: int) -> dict[Slot, list[Said]]:
    """All statements that were known at a position, as the tables hold them."""
    statement, target = tables.statement, tables.statement_target
    known = sa.and_(
        statement.c.recorded_from <= position,
        sa.or_(statement.c.recorded_to.is_(None), statement.c.recorded_to > position),
    )
    columns = (statement.c[name] for name in ("id", "subject", "property", "key", *SPAN_COLUMNS))
    with register.database.snapshot() as connection:
        targets: dict[int, list[str]] = {}
        for id_, tag in connection.execute(sa.select(target.c.statement, target.c.subject)):
            targets.setdefault(id_, []).append(tag)
        found: dict[Slot, list[Said]] = {}
        for id_, subject, property_, key, *span in connection.execute(sa.select(*columns).where(known)):
            each = said(span_of(span), tuple(sorted(targets.get(id_, ()))))
            found.setdefault((subject, property_, key), []).append(each)
    return found


def in_order(told: Sequence[Said]) -> list[Said]:
    alike = (msgspec.structs.replace(each, targets=tuple(sorted(each.targets))) for each in told)
    return sorted(alike, key=repr)

"""The list of deliberate faults is of the code as it is: each can be put in its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.property.mutations import FAULTS, Fault

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_what_a_fault_is_put_in_place_of_stands_once(fault: Fault) -> None:
    assert (ROOT / fault.module).read_text(encoding="utf-8").count(fault.stands) == 1
    assert fault.stands != fault.put
    assert (ROOT / fault.tests).exists()

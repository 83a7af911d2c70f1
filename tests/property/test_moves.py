"""What the naive answer says of changes, where it was once wrong itself: told by hand."""

from __future__ import annotations

from tests.histories import told, uid
from tests.property import moves, oracle
from tests.property.naive import AFTER_ALL


def test_what_a_doubtful_fact_opens_may_begin_only_when_a_certain_one_does_and_that_after_all_days() -> None:
    doubtful, certain = f"{oracle.day_text(3)}?", f"[{oracle.day_text(2)}..]"
    found = oracle.known(
        [
            told("doubtful", "post.created", doubtful, organisation="a", post="p"),
            told("certain", "post.created", certain, organisation="a", post="p"),
        ]
    )
    slot, opened_by = ("organisation/a", "posts", "p"), tuple(sorted([uid("doubtful"), uid("certain")]))
    expected = moves.Move(slot, "began", (2, AFTER_ALL), "possible", "", opened_by)
    assert list(moves.switched(found, slot, range(1, 7))) == [expected]


def test_what_a_doubtful_fact_opens_may_begin_on_any_day_on_which_a_certain_one_may_come() -> None:
    doubtful, certain = f"{oracle.day_text(1)}?", f"[{oracle.day_text(1)}..]"
    found = oracle.known(
        [
            told("doubtful", "post.created", doubtful, organisation="a", post="p"),
            told("certain", "post.created", certain, organisation="a", post="p"),
        ]
    )
    slot, opened_by = ("organisation/a", "posts", "p"), tuple(sorted([uid("doubtful"), uid("certain")]))
    expected = moves.Move(slot, "began", (1, AFTER_ALL), "possible", "", opened_by)
    assert list(moves.switched(found, slot, range(2, 3))) == [expected]

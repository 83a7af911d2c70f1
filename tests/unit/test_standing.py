"""What stands of a fact after corrections and retractions."""

from __future__ import annotations

import pytest

from events.standing import CORRECTED, RETRACTED, Amendment, outcome, standing


def amendments(text: str) -> list[Amendment]:
    """`c1>root r2>c1`: correction c1 aims at the root, retraction r2 at c1; the number is the position."""
    found = []
    for each in text.split():
        id_, aim = each.split(">")
        found.append(Amendment(int(id_[1:]), id_, aim, {"c": CORRECTED, "r": RETRACTED}[id_[0]]))
    return found


@pytest.mark.parametrize(
    ("amended", "expected"),
    [
        ("", "root"),
        ("c2>root", "c2"),
        ("r2>root", None),
        # of several corrections the highest position wins, whatever each aims at
        ("c2>root c3>root", "c3"),
        ("c2>root c3>c2", "c3"),
        ("c2>root c3>c2 c4>root", "c4"),
        # retracting a correction undoes that one only
        ("c2>root r3>c2", "root"),
        ("c2>root c3>root r4>c3", "c2"),
        ("c2>root c3>root r4>c2", "c3"),
        ("c2>root c3>c2 r4>c2", "c3"),
        ("c2>root c3>c2 r4>c3", "c2"),
        ("c2>root c3>c2 r4>c3 r5>c2", "root"),
        # retracting the root withdraws the fact, however often it was corrected
        ("c2>root r3>root", None),
        ("r2>root c3>root", None),
        # retracting a retraction undoes that one only
        ("r2>root r3>r2", "root"),
        ("c2>root r3>c2 r4>r3", "c2"),
        ("c2>root r3>root r4>r3", "c2"),
        ("r2>root r3>root r4>r3", None),
        ("r2>root r3>root r4>r3 r5>r2", "root"),
        # and so on: what is retracted itself undoes nothing
        ("r2>root r3>r2 r4>r3", None),
        ("r2>root r3>r2 r4>r3 r5>r4", "root"),
        ("c2>root r3>c2 r4>r3 r5>r4", "root"),
        ("c2>root c3>root r4>c3 r5>r4", "c3"),
    ],
)
def test_what_stands(amended: str, expected: str | None) -> None:
    given = amendments(amended)
    assert standing("root", given) == expected
    assert standing("root", reversed(given)) == expected


def test_what_stood_before_does_not_change_with_what_comes_after() -> None:
    given = amendments("c2>root r3>c2 c4>root r5>r3 r6>root r7>r6")
    assert [standing("root", given[:n]) for n in range(len(given) + 1)] == [
        "root",
        "c2",
        "root",
        "c4",
        "c4",
        None,
        "c4",
    ]


def test_who_undid_what() -> None:
    found = outcome("root", amendments("c2>root r3>c2 r4>c2 c5>root r6>c5 r7>r6 r8>root r9>r8"))
    # Of two retractions that stand the first has undone it; a retraction that is undone itself has undone nothing.
    assert found.undone == {"c2": "r3", "r6": "r7", "r8": "r9"}
    assert found.stands == "c5"
    counting = [each.id for each in amendments("c2>root r3>c2 r4>c2 c5>root r6>c5 r7>r6") if found.counts(each)]
    assert counting == ["r3", "r4", "c5", "r7"]

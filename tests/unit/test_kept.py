"""What is kept in memory stays within its bounds, and what was asked for last stays longest."""

from __future__ import annotations

from service.kept import Kept


def test_what_was_not_asked_for_the_longest_goes_first() -> None:
    kept = Kept[bytes](15_000)
    for number in range(5):
        kept.put(number, bytes(20), 2_000)
    assert kept.get(0) is not None
    kept.put(5, bytes(20), 2_000)
    assert [kept.get(number) is not None for number in range(6)] == [True, False, True, True, True, True]


def test_what_is_put_again_counts_once() -> None:
    kept = Kept[bytes](15_000)
    for _ in range(10):
        kept.put("a", bytes(25), 2_400)
    kept.put("b", bytes(25), 2_400)
    assert kept.get("a") is not None
    assert kept.get("b") is not None


def test_what_is_too_large_is_not_kept() -> None:
    kept = Kept[bytes](15_000)
    kept.put("a", bytes(20), 2_000)
    kept.put("b", bytes(26), 3_000)
    assert kept.get("b") is None
    assert kept.get("a") is not None
    nothing = Kept[bytes](0)
    nothing.put("a", b"x", 1)
    assert nothing.get("a") is None

"""Answers are kept within their memory, however long the headers are that clients send."""

from __future__ import annotations

from typing import Any

from service.repeating import Repeating


def asked(number: int) -> dict[str, Any]:
    """A request with a header of 10,000 bytes that no other one has."""
    tag = (b"if-none-match", b'"%d%s"' % (number, b"x" * 10_000))
    return {"path": "/feeds/all.atom", "query_string": b"", "headers": [tag]}


def test_what_a_client_sends_counts_too() -> None:
    repeating = Repeating(lambda: 1, lambda: 0, 100_000)
    for number in range(50):
        scope = asked(number)
        assert repeating.find(scope) is None
        repeating.keep(scope, 200, [], b"content", 1)
    assert 5 <= sum(repeating.find(asked(number)) is not None for number in range(50)) <= 10
    assert repeating.find(asked(49)) is not None

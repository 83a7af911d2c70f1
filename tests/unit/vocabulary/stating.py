"""Short ways to state a fact and to tell what it does, for the tests of the types."""

from __future__ import annotations

from typing import Any

import msgspec

from events.dates import day, iso
from events.event import Fact, read_body
from events.facts import InvalidFacts, body_of, decode, recorded, tags_of
from events.vocabulary import Effect, effects

ROOT = "0192f0c4-6d3c-7000-8000-000000000001"
DAY = "2019-02-19"

Told = tuple[str, str, str, str, Any, tuple[str, ...]]
"""Effect, subject, property, key, value as plain JSON, targets."""


def state(kind: str, data: dict[str, Any], effective: Any = DAY, **envelope: Any) -> Fact:
    """A fact, read from JSON as a client would send it; it must survive being recorded and read again."""
    body: dict[str, Any] = {"id": ROOT, "type": kind, "data": data, **envelope}
    if effective is not None:
        body["effective"] = effective
    fact = decode(msgspec.json.encode(body)).facts[0]
    kept = recorded(fact, tags_of(fact))
    assert read_body(body_of(kept)) == kept
    return fact


def acts(kind: str, data: dict[str, Any], effective: Any = DAY, **envelope: Any) -> list[Effect]:
    """The effects of a fact as they are."""
    return effects(state(kind, data, effective, **envelope), ROOT, (ROOT,))


def told(kind: str, data: dict[str, Any], effective: Any = DAY, **envelope: Any) -> set[str]:
    """What a fact does, one line an effect: `open organisation/nhsx existence[] = … -> targets`.

    A rank other than 0 is told as `(rank 1)`.
    """
    return {_line(effect) for effect in acts(kind, data, effective, **envelope)}


def days(effect: Effect) -> tuple[str | None, str | None]:
    """The bounds of an effect, as ISO days."""
    return iso(effect.fact.earliest), iso(effect.fact.latest)


def refused(kind: str, data: dict[str, Any], effective: Any = DAY, **envelope: Any) -> dict[str, str]:
    """The faults of a fact that must not be accepted: pointer to words."""
    try:
        state(kind, data, effective, **envelope)
    except InvalidFacts as error:
        return {fault.pointer: fault.detail for fault in error.faults}
    raise AssertionError(f"{kind} {data} was accepted")


def _line(effect: Effect) -> str:
    fact = effect.fact
    assert fact.root == ROOT
    assert fact.ids == (ROOT,)
    assert fact.earliest <= fact.latest
    assert day(DAY) <= fact.earliest or fact.effect != "set"
    line = f"{fact.effect} {effect.subject} {effect.property}[{effect.key}]"
    if fact.value is not None:
        line += f" = {fact.value}"
    if effect.targets:
        line += f" -> {', '.join(effect.targets)}"
    return line + (f" (rank {fact.rank})" if fact.rank else "")

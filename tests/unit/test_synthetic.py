"""The synthetic register of the benchmarks: the same for a seed, of the size and the shape that were asked for."""

from __future__ import annotations

from collections import Counter

import msgspec

from bench import synthetic
from events.facts import decode


def test_a_seed_gives_the_same_facts_again_and_another_one_others() -> None:
    assert list(synthetic.facts(500, 3)) == list(synthetic.facts(500, 3))
    assert list(synthetic.facts(500, 3)) != list(synthetic.facts(500, 4))


def test_every_fact_is_valid_and_amendments_come_after_what_they_amend() -> None:
    facts = list(synthetic.facts(5_000))
    seen: set[str] = set()
    for fact in facts:
        decode(msgspec.json.encode(fact))
        assert {fact.get("ends", fact["id"]), fact["data"].get("event", fact["id"])} <= {*seen, fact["id"]}
        seen.add(fact["id"])
    types = Counter(fact["type"] for fact in facts)
    assert len(facts) == len(seen) == 5_000
    assert 25 <= types["fact.corrected"] <= 100
    assert types["organisation.created"] == 186
    assert types["organisation.merged"] > 20

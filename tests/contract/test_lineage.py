"""Predecessors and successors, all generations both ways."""

from __future__ import annotations

import time
from typing import Any

from events.queries import lineage
from tests.contract.test_changes import assert_no_scan
from tests.histories import corrected, created, told
from tests.registers import NOW, TestRegister


def of(register: TestRegister, slug: str, as_of: str = "2024", known_at: str | None = None, **limits: Any) -> Any:
    with register.database.snapshot() as connection:
        question = register.queries.question(connection, as_of, known_at, NOW)
        found = lineage.of(register.queries, connection, slug, question, **limits)
        if "nodes_max" not in limits:  # else it may read other links
            assert lineage.of(register.queries, connection, slug, question, **limits, at_once=True) == found
        return found


def nodes(found: Any) -> list[tuple[Any, ...]]:
    return [(each.id, each.generation, each.certainty, each.cut) for each in found.nodes]


def links(found: Any) -> set[tuple[str, str, str, str]]:
    return {(each.from_, each.to, each.kind, each.certainty) for each in found.links}


def test_all_generations_with_the_weakest_link(on_both: TestRegister) -> None:
    on_both.append(
        created("a", "2000-01-01"),
        created("b", "2001-01-01", from_=["a"]),
        told("m", "organisation.merged", "2010-01-01", originals=["b", "x"], result="c"),
        told("s", "organisation.split", "2020-06", original="c", results=["d", "e"], original_survives=False),
        told("r", "organisation.replaced", "2022-01-01", original="d", result="f"),
    )
    found = of(on_both, "b", "2020-06-15/2023")
    assert nodes(found) == [
        ("b", 0, "definite", False),
        ("a", -1, "definite", False),
        ("c", 1, "definite", False),
        ("d", 2, "possible", False),
        ("e", 2, "possible", False),
        ("f", 3, "possible", False),
    ]
    assert ("a", "b", "formed_from", "definite") in links(found)
    assert ("c", "d", "split", "possible") in links(found)
    assert found.cut == []
    assert nodes(of(on_both, "b", "2005")) == [("b", 0, "definite", False), ("a", -1, "definite", False)]
    statuses = {each.id: each.status for each in of(on_both, "f", "2024").nodes}
    assert statuses == {"f": "unknown", "d": "unknown", "c": "unknown", "b": "closed", "x": "unknown", "a": "active"}
    lives = {each.id: each.lives for each in of(on_both, "b", "2024").nodes}
    assert lives["b"][0].since.edtf == "2001-01-01"
    assert lives["b"][0].until.edtf == "2010-01-01"
    assert of(on_both, "nobody") is None


def test_circles_end(on_both: TestRegister) -> None:
    on_both.append(
        told("1", "organisation.replaced", "2001-01-01", original="a", result="b"),
        told("2", "organisation.replaced", "2002-01-01", original="b", result="c"),
        told("3", "organisation.replaced", "2003-01-01", original="c", result="a"),
    )
    found = of(on_both, "a")
    assert {each[0] for each in nodes(found)} == {"a", "b", "c"}
    assert len(found.links) == 3
    assert not any(each.cut for each in found.nodes)


def test_known_at(on_both: TestRegister) -> None:
    on_both.append(told("r", "organisation.replaced", "2001-01-01", original="a", result="b"))
    on_both.append(corrected("c", "r", told("x", "organisation.replaced", "2001-01-01", original="a", result="other")))
    assert [each.id for each in of(on_both, "a", known_at="1").nodes] == ["a", "b"]
    assert [each.id for each in of(on_both, "a").nodes] == ["a", "other"]


def test_what_is_cut_is_marked(on_both: TestRegister) -> None:
    on_both.append(
        *(
            told(str(n), "organisation.replaced", f"20{n:02}-01-01", original=f"o{n}", result=f"o{n + 1}")
            for n in range(1, 6)
        ),
        told("wide", "organisation.split", "2001", original="w", results=["p", "q", "r"], original_survives=True),
    )
    found = of(on_both, "o1", depth=2)
    assert nodes(found) == [("o1", 0, "definite", False), ("o2", 1, "definite", False), ("o3", 2, "definite", True)]
    assert found.cut == ["depth"]
    assert of(on_both, "o1", depth=5).cut == []
    found = of(on_both, "w", nodes_max=3)
    assert [each.id for each in found.nodes] == ["w", "p", "q"]
    assert found.nodes[0].cut
    assert found.cut == ["nodes"]


def test_one_read_a_generation_and_no_full_scan(on_both: TestRegister) -> None:
    on_both.append(told("r", "organisation.replaced", "2001-01-01", original="a", result="b"))
    of(on_both, "a")
    for direction in ("predecessors", "successors"):
        assert_no_scan(on_both, f"lineage, {direction}")
        assert_no_scan(on_both, f"lineage at once, {direction}", but=("reached",))


def test_one_read_for_all_generations_stops_where_it_is_enough(on_both: TestRegister) -> None:
    on_both.append(
        *(
            told(str(n), "organisation.replaced", "2001-01-01", original=f"o{n:03}", result=f"o{n + 1:03}")
            for n in range(100)
        )
    )
    found = of(on_both, "o000", depth=200, nodes_max=10, at_once=True)
    assert [each.id for each in found.nodes] == [f"o{n:03}" for n in range(10)]
    assert found.cut == ["nodes"]
    whole = of(on_both, "o050", depth=200, nodes_max=101, at_once=True)
    assert len(whole.nodes) == 101
    assert whole.cut == []


def test_ten_thousand_organisations(register: TestRegister) -> None:
    """A tree of ten a generation, four deep, is answered whole in a moment."""
    facts = [
        told(
            f"s{n}",
            "organisation.split",
            f"{2000 + n % 20}",
            original=f"o{n}",
            results=[f"o{n * 10 + k}" for k in range(1, 11)],
            original_survives=False,
        )
        for n in range(1_000)
    ]
    for start in range(0, len(facts), 100):
        register.append(*facts[start : start + 100])
    began = time.perf_counter()
    found = of(register, "o0", nodes_max=10_000)
    assert time.perf_counter() - began < 10
    assert len(found.nodes) == 10_000
    assert found.cut == ["nodes"]

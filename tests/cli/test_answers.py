"""`timeline`, `diff`, `lineage`: what they print, and that their JSON is the service's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import import_module, resources
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from events.queries import lineage
from tests.cli.conftest import Orgline, fact, named, write
from tests.contract.test_defined_types import defined, rated
from tests.http.conftest import application

SEEDS = resources.files("service.demo").joinpath("nhsx.jsonl").read_text("utf-8").splitlines()
"""The facts of the demo, in the order in which the register has them."""
FORMED = "formed from it, some day between 20 February 2019 and 9 April 2019"


@pytest.fixture
def served(nhsx: Orgline, folder: Path) -> Iterator[Any]:
    with application(database_url=f"sqlite:///{folder / 'orgline.db'}") as app, TestClient(app) as client:
        yield client


def test_answers_as_json_are_those_of_the_service(nhsx: Orgline, served: Any) -> None:
    same = {
        ("state", "person/matthew-gould", "--as-of", "2021"): "/people/matthew-gould?as_of=2021",
        ("timeline", "nhsx"): "/organisations/nhsx/timeline?limit=1000",
        ("timeline", "nhsx", "--as-of", "2019", "--known-at", "60"): (
            "/organisations/nhsx/timeline?limit=1000&as_of=2019&known_at=60"
        ),
        ("diff", "nhsx", "--from", "2021", "--to", "2022-06"): (
            "/organisations/nhsx/changes?from=2021&to=2022-06&limit=1000"
        ),
        ("diff", "nhsx", "--known-from", "40", "--known-to", "70", "--as-of", "2022-06"): (
            "/organisations/nhsx/changes?known_from=40&known_to=70&as_of=2022-06&limit=1000"
        ),
        ("lineage", "nhsx", "--as-of", "2022-03"): "/organisations/nhsx/lineage?as_of=2022-03",
        ("lineage", "nhsx", "--depth", "1", "--nodes", "2"): "/organisations/nhsx/lineage?depth=1&nodes=2",
    }
    for arguments, address in same.items():
        answer = served.get(address)
        assert answer.status_code == 200, answer.text
        assert json.loads(nhsx(*arguments, "--json").out) == answer.json(), arguments


def test_the_timeline_tells_facts_by_their_dates_and_marks_corrections(nhsx: Orgline, folder: Path) -> None:
    lines = nhsx("timeline", "nhsx").out.splitlines()
    assert lines[:2] == ["NHSX (organisation/nhsx)", "48 facts, known at position 79"]
    assert lines[3].split() == ["date", "EDTF", "fact", "position"]
    assert lines[4].startswith("19 February 2019    ")
    assert "  2019-02-19                Plan for NHSX announced: " in lines[4]
    merged = next(seed for seed in map(json.loads, filter(str.strip, SEEDS)) if seed["type"] == "organisation.merged")
    replacement = {name: merged[name] for name in ("type", "data")} | {"effective": "2022-02-07"}
    corrected = {"type": "fact.corrected", "data": {"event": merged["id"], "replacement": replacement}}
    assert nhsx("import", write(folder / "facts.jsonl", [corrected])).code == 0
    (line,) = [line for line in nhsx("timeline", "nhsx").out.splitlines() if "merged into" in line]
    assert line.startswith("7 February 2022  ")
    assert "  2022-02-07  " in line
    assert "NHSX merged into NHS England  " in line
    assert line.endswith("  at 80")
    (before,) = [
        line for line in nhsx("timeline", "nhsx", "--known-at", "79").out.splitlines() if "merged into" in line
    ]
    assert before.startswith("February 2022  ")
    assert "merged into" not in nhsx("timeline", "nhsx", "--as-of", "2021").out


def test_a_type_of_ones_own_is_told_in_words_too(nhsx: Orgline, folder: Path) -> None:
    assert nhsx("import", write(folder / "facts.jsonl", [named("a"), defined(), rated("A")])).code == 0
    assert any(line.startswith("2020  ") for line in nhsx("timeline", "a").out.splitlines())


def test_a_diff_tells_what_began_ended_and_was_replaced(nhsx: Orgline) -> None:
    lines = nhsx("diff", "nhsx", "--from", "2021-01-01", "--to", "2022-06-30").out.splitlines()
    assert lines[:2] == ["NHSX (organisation/nhsx)", "2021-01-01 to 2022-06-30, known at position 79"]
    assert lines[3].split() == ["date", "change", "what", "value", "certainty"]
    told = [line.split(maxsplit=3) for line in lines[4:] if line.startswith("February 2022")]
    assert ["February", "2022", "ended"] in [line[:3] for line in told]
    status = next(line for line in lines if "plan/merge-nhsx: status" in line and " replaced " in line)
    assert "status pending → " in status
    assert nhsx("diff", "nhsx", "--from", "2030-01", "--to", "2030-02").out.splitlines()[-1] == "nothing"


def test_a_diff_tells_what_was_learned(nhsx: Orgline) -> None:
    lines = nhsx("diff", "nhsx", "--known-from", "40", "--as-of", "2022-06-01").out.splitlines()
    assert lines[1] == "as of 2022-06-01, learned after position 40, up to 79"
    assert any(line.startswith("appeared  lineage merged nhs-england  ") for line in lines)
    (name,) = [line for line in lines if "names brand NHSX" in line]
    assert name.startswith("vanished  ")


def test_a_lineage_is_a_tree_both_ways_that_says_where_it_was_cut(nhsx: Orgline, folder: Path) -> None:
    lines = nhsx("lineage", "nhsx").out.splitlines()
    assert lines[:3] == [
        "NHSX (nhsx), closed",
        "  came from",
        f"    Department of Health and Social Care (dhsc): {FORMED}",
    ]
    assert lines[-2:] == [
        "    NHS England (nhs-england): merged, February 2022",
        f"      NHSX (nhsx), closed: {FORMED}; see above",
    ]
    chain = [
        fact("organisation.created", "2001", organisation=f"body-{n}", name=f"Body {n}", **{"from": [f"body-{n - 1}"]})
        for n in range(1, 5)
    ]
    assert nhsx("import", write(folder / "facts.jsonl", [named("body-0"), *chain])).code == 0
    done = nhsx("lineage", "body-0", "--depth", "2")
    assert [line.strip().partition(":")[0] for line in done.out.splitlines()] == [
        "BODY-0 (body-0)",
        "became",
        "Body 1 (body-1), active",
        "Body 2 (body-2), active",
        "… further ones, beyond the limits",
    ]
    assert done.err == "cut by --depth; a larger one shows more\n"
    assert nhsx("lineage", "body-0", "--nodes", "2").err.startswith("cut by --nodes")
    assert nhsx("lineage", "body-0").err == ""
    assert nhsx("lineage", "gds").out.splitlines()[1] == "  nothing known before or after it"


def test_the_limits_of_a_lineage_are_those_of_its_query() -> None:
    names = ("DEPTH_DEFAULT", "DEPTH_MAX", "NODES_DEFAULT", "NODES_MAX")
    module = import_module("service.cli.lineage")
    assert [getattr(module, name) for name in names] == [getattr(lineage, name) for name in names]

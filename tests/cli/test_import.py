"""`import` and `export`: nothing twice, nothing lost, each bad line named."""

from __future__ import annotations

import json
import random
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from service.importing import jsonl
from tests.cli.conftest import Orgline, fact, named, write
from tests.serving import command

SEEDS = Path(__file__).parents[2] / "service" / "demo" / "nhsx.jsonl"


def exported(orgline: Orgline) -> list[dict[str, object]]:
    done = orgline("export")
    assert (done.code, done.err) == (0, "")
    return [json.loads(line) for line in done.out.splitlines()]


def test_importing_twice_records_once(register: Orgline, folder: Path) -> None:
    file = write(folder / "facts.jsonl", [named("nhsx", id=str(uuid4())), named("gds"), "", named("dhsc")])
    first = register("import", file)
    assert (first.code, first.err) == (0, "")
    assert first.out == "3 recorded, 0 known already, 0 refused\n"
    again = register("import", file)
    assert (again.code, again.out) == (0, "0 recorded, 3 known already, 0 refused\n")
    assert len(exported(register)) == 3


def test_ids_that_are_not_given_follow_from_what_the_line_states(register: Orgline, folder: Path) -> None:
    one = '{"type": "name.adopted", "effective": "2019", "data": {"organisation": "a", "name": "Ä", "kind": "legal"}}'
    same = '{"data":{"kind":"legal","name":"A\\u0308","organisation":"a"},"effective":"2019","type":"name.adopted"}'
    assert register("import", write(folder / "one.jsonl", [one, one])).out.startswith("1 recorded, 1 known")
    assert register("import", write(folder / "same.jsonl", [same])).out.startswith("0 recorded, 1 known")
    (only,) = exported(register)
    assert UUID(str(only["id"])).version == 5


def test_each_bad_line_is_named_and_the_good_ones_of_its_batch_are_recorded(register: Orgline, folder: Path) -> None:
    known = str(uuid4())
    assert register("import", write(folder / "first.jsonl", [named("nhsx", id=known)])).code == 0
    good = [named(f"body-{n}") for n in range(20)]
    lines: list[dict[str, object] | str] = [
        *good[:5],
        "{",  # 6
        named("nhsx", effective="2021-13"),  # 7
        *good[5:9],
        named("Nhsx", colour="red"),  # 12
        fact("organisation.invented"),  # 13
        named("gds", id=known),  # 14: other content
        '{"facts": []}',  # 15
        *good[9:],
        named("gds", follows=[str(uuid4())]),  # 27: unknown
    ]
    done = register("import", write(folder / "facts.jsonl", lines))
    assert done.code == 2
    assert done.out == "20 recorded, 0 known already, 7 refused\n"
    told = [line.split(":", 3) for line in done.err.splitlines()]
    assert {line[0] for line in told} == {"facts.jsonl"}
    assert [int(line[1]) for line in told] == [6, 7, 12, 12, 13, 14, 15, 27]
    pointers = [(int(line[1]), line[2].strip()) for line in told]
    assert (7, "/effective") in pointers
    assert (12, "/colour") in pointers
    assert (13, "/type") in pointers
    assert all(line[3].strip() for line in told)
    assert len(exported(register)) == 21


def test_lines_may_come_in_any_order_but_not_in_a_circle(register: Orgline, folder: Path) -> None:
    ids = [str(uuid4()) for _ in range(4)]
    count = jsonl.BATCH_LINES_MAX  # so that what is named comes in a later batch
    chain = [named("nhsx", id=ids[0], follows=[ids[1]]), named("nhsx", effective="2018", id=ids[1])]
    circle = [named("gds", id=ids[2], follows=[ids[3]]), named("gds", effective="2018", id=ids[3], follows=[ids[2]])]
    between = [named(f"body-{n}") for n in range(count)]
    done = register("import", write(folder / "facts.jsonl", [chain[0], *circle, *between, chain[1]]))
    assert done.code == 2
    assert done.out == f"{count + 2} recorded, 0 known already, 2 refused\n"
    assert [line.split(":")[1] for line in done.err.splitlines()] == ["2", "3"]
    assert "circle" in done.err


def test_an_import_that_broke_off_is_run_again(register: Orgline, folder: Path) -> None:
    facts = [named(f"body-{n}", id=str(uuid4())) for n in range(30)]
    register("import", write(folder / "half.jsonl", facts[:17]))
    done = register("import", write(folder / "whole.jsonl", facts))
    assert (done.code, done.out) == (0, "13 recorded, 17 known already, 0 refused\n")
    assert [each["id"] for each in exported(register)] == [each["id"] for each in facts]


@pytest.mark.parametrize("name", ["facts.jsonl", "facts.csv"])
def test_export_and_import_give_the_same_states(register: Orgline, folder: Path, name: str) -> None:
    assert register("import", str(SEEDS)).code == 0
    assert register("export", name).code == 0
    other = f"sqlite:///{folder / 'other.db'}"
    assert register("--database", other, "migrate").code == 0
    assert register("--database", other, "import", name).out == "79 recorded, 0 known already, 0 refused\n"
    for subject, day in (("nhsx", "2019-12-31"), ("nhsx", "2022-06-01"), ("target/paperless-nhs", "2024")):
        asked = ("state", subject, "--as-of", day, "--json")
        one, two = (json.loads(register(*where, *asked).out) for where in ((), ("--database", other)))
        one.pop("known_at"), two.pop("known_at")
        assert one == two
        assert one["certainty"]
    assert register("--database", other, "export", f"again-{name}").code == 0
    assert (folder / f"again-{name}").read_bytes() == (folder / name).read_bytes()
    assert register("--database", other, "verify").code == 0


def test_the_export_states_what_the_client_stated(register: Orgline, folder: Path) -> None:
    wrong, right = str(uuid4()), str(uuid4())
    narrowed = {"edtf": "2019", "earliest": "2019-02-01", "text": "early 2019"}
    stated = [
        named("nhsx", id=wrong, effective=narrowed),
        named("gds", id=str(uuid4()), effective="2011-04", note="A note.", sources=[{"title": "A title"}]),
        {
            "id": right,
            "type": "fact.corrected",
            "data": {"event": wrong, "replacement": named("nhsx", effective="[2019-02-20..2019-04-09]")},
        },
    ]
    assert register("import", write(folder / "facts.jsonl", stated)).code == 0
    assert exported(register) == stated


def test_the_order_of_the_seed_facts_plays_no_part(orgline: Orgline, folder: Path) -> None:
    lines = SEEDS.read_text().splitlines()
    random.Random(3).shuffle(lines)
    orgline("migrate")
    done = orgline("import", write(folder / "shuffled.jsonl", lines))
    assert (done.code, done.out) == (0, "79 recorded, 0 known already, 0 refused\n")


def test_files_as_other_programs_write_them(orgline: Orgline, folder: Path) -> None:
    orgline("migrate")
    text = "\r\n".join(json.dumps(named(name)) for name in ("a", "b"))
    (folder / "windows.jsonl").write_bytes(b"\xef\xbb\xbf" + text.encode() + b"\r\n\r\n")
    assert orgline("import", "windows.jsonl").out.startswith("2 recorded")
    (folder / "unended.jsonl").write_text(json.dumps(named("c")))
    assert orgline("import", "unended.jsonl").out.startswith("1 recorded")
    (folder / "empty.jsonl").write_text("")
    assert orgline("import", "empty.jsonl") == (0, "0 recorded, 0 known already, 0 refused\n", "")
    (folder / "latin.jsonl").write_bytes(json.dumps(named("d")).encode().replace(b"D", b"\xe9"))
    assert orgline("import", "latin.jsonl").err.startswith("latin.jsonl:1: ")
    (folder / "long.jsonl").write_text('"' + "x" * 3_000_000 + '"\n' + json.dumps(named("e")) + "\n")
    done = orgline("import", "long.jsonl")
    assert done.out.startswith("1 recorded, 0 known already, 1 refused")
    assert done.err.startswith("long.jsonl:1: ")


def test_bad_rows_of_csv_are_named(orgline: Orgline, folder: Path) -> None:
    orgline("migrate")
    data = '"{""organisation"": ""a"", ""name"": ""A"", ""kind"": ""legal""}"'
    rows = [
        "type,effective,data",
        f"name.adopted,2019,{data}",
        "name.adopted,2019",
        "name.adopted,2019,{",
        f"x,2019,{data}",
    ]
    (folder / "facts.csv").write_text("\n".join(rows))
    done = orgline("import", "facts.csv")
    assert (done.code, done.out) == (2, "1 recorded, 0 known already, 3 refused\n")
    assert [line.split(": ")[0] for line in done.err.splitlines()] == ["facts.csv:3", "facts.csv:4", "facts.csv:5"]
    (folder / "own.csv").write_text("typ,effective\n")
    assert "own.csv:1: there is no column 'typ' in an export; did you mean type?" in orgline("import", "own.csv").err
    (folder / "latin.csv").write_bytes(rows[0].encode() + b"\n\xe9\n")
    assert "--encoding" in orgline("import", "latin.csv").err


def test_standard_input_and_output(folder: Path) -> None:
    assert command("migrate", folder=folder).returncode == 0
    line = json.dumps(named("nhsx", id=str(uuid4()))).encode() + b"\n"
    assert command("import", "-", folder=folder, stdin=line).stdout.startswith(b"1 recorded")
    assert json.loads(command("export", folder=folder).stdout) == json.loads(line)


@pytest.mark.parametrize("size", [1, 499, 500, 501, 1203])
def test_batches_lose_no_line(size: int) -> None:
    lines = [jsonl.Line(n, n) for n in range(size)]
    batches = list(jsonl.batches(lines))
    assert [line for batch in batches for line in batch] == lines
    assert max(map(len, batches)) <= jsonl.BATCH_LINES_MAX

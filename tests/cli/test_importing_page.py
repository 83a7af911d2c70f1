"""docs/importing.md, executed: its files are written as it shows them, its commands print what it says."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

from service.importing.templates import Environment
from tests.cli.conftest import Orgline
from tests.docs.test_examples import _pattern
from tests.serving import ROOT

PAGE = (ROOT / "docs" / "importing.md").read_text("utf-8")


def test_the_page_works_as_it_says(orgline: Orgline, folder: Path) -> None:
    files = re.findall(r"`([\w.]+)`:\n\n```\w+\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    assert [name for name, _ in files] == ["bodies.csv", "directors.csv", "mapping.toml"]
    for name, text in files:
        (folder / name).write_text(text, "utf-8")
    assert orgline("migrate").code == 0
    examples = [
        example.partition("\n")
        for block in re.findall(r"^```sh\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
        for example in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
    ]
    assert len(examples) == 5
    for command, _, expected in examples:
        words = shlex.split(command)
        if words[0] == "orgline":
            done = orgline(*words[1:])
            assert done.code == 0, done.err
            assert _pattern(expected.strip("\n")).fullmatch(done.out.strip("\n")), f"{command}\nprinted\n{done.out}"
        else:
            subprocess.run(words, check=True, cwd=folder)


def test_the_filters_are_those_of_the_page() -> None:
    table = re.search(r"^\| filter \|.*?\n\n", PAGE, re.DOTALL | re.MULTILINE)
    assert table is not None
    named = {word for row in table.group().splitlines()[2:] for word in re.findall(r"`(\w+)[`(]", row.split(" | ")[0])}
    assert named == {*Environment({}).filters, "id", "lookup"}

"""docs/importing.md names what the importer has. (tests/docs executes its example.)"""

from __future__ import annotations

import re

from service.importing.templates import Environment
from tests.serving import ROOT

PAGE = (ROOT / "docs" / "importing.md").read_text("utf-8")


def test_the_filters_are_those_of_the_page() -> None:
    table = re.search(r"^\| filter \|.*?\n\n", PAGE, re.DOTALL | re.MULTILINE)
    assert table is not None
    named = {word for row in table.group().splitlines()[2:] for word in re.findall(r"`(\w+)[`(]", row.split(" | ")[0])}
    assert named == {*Environment({}).filters, "id", "lookup"}

"""The Ministers Database for tests: where it is, and what its own rule counts.

The data (Institute for Government, https://www.instituteforgovernment.org.uk/ministers-database, CC BY 4.0) are not
part of Orgline; `ORGLINE_IFG_DATA` names the folder that holds them.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import pytest

from service.importing.mapped import Mapped
from service.importing.mapping import Mapping
from tests.serving import ROOT

GIVEN: Final = os.environ.get("ORGLINE_IFG_DATA")
MAPPING: Final = ROOT / "examples" / "ifg-ministers" / "mapping.toml"
needed = pytest.mark.skipif(
    not GIVEN,
    reason="needs the Ministers Database (Institute for Government, CC BY 4.0): ORGLINE_IFG_DATA names its folder",
)

# Counted from the files by the database's own rule, start <= day < end: appointments, people, organisations.
COUNTS: Final = {
    "1979-05-10": (103, 100, 26),
    "1990-01-01": (109, 106, 25),
    "2000-01-01": (114, 109, 25),
    "2019-02-19": (138, 120, 28),
    "2020-03-15": (142, 117, 27),
    "2021-11-22": (150, 124, 26),
    "2024-07-20": (132, 117, 27),
}
FACTS: Final = 8_859


def folder() -> Path:
    """The folder of the data."""
    assert GIVEN
    return Path(GIVEN)


def mapped() -> Mapped:
    """The mapping over the data, with no register to look identifiers and earlier facts up in."""

    def tell(fault: str) -> None:
        raise AssertionError(fault)

    return Mapped(Mapping(MAPPING), [folder()], lambda _scheme, _value: None, lambda _ids: {}, tell=tell)

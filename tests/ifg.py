"""The Ministers Database for tests: where it is, and what its own rule counts.

The data (Institute for Government, https://www.instituteforgovernment.org.uk/ministers-database, CC BY 4.0) are not
part of Orgline; `ORGLINE_IFG_DATA` names the folder that holds them.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

import pytest

from events.database import Database
from events.dates import day
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
    """The mapping over the data, with no register to look identifiers up in."""

    def tell(fault: str) -> None:
        raise AssertionError(fault)

    return Mapped(Mapping(MAPPING), [folder()], lambda _scheme, _value: None, tell=tell)


def counts(
    database: Database, at: str, known_at: int | None = None
) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """Appointments, people and organisations in force on a day: definite, and possible besides."""
    on = day(at)
    position = 1 << 60 if known_at is None else known_at
    with database.snapshot() as connection:
        rows = connection.exec_driver_sql(
            "SELECT property, subject, key, "
            f"since_latest <= {on} AND until_earliest > {on} AND NOT doubtful FROM statement "
            "WHERE generation = (SELECT generation FROM projection WHERE current) "
            "AND property IN ('appointments', 'existence') "
            f"AND since_earliest <= {on} AND until_latest > {on} "
            f"AND recorded_from <= {position} AND (recorded_to IS NULL OR recorded_to > {position})"
        ).all()
    found: list[tuple[int, int, int]] = []
    for certain in (True, False):
        kept: list[Any] = [row for row in rows if bool(row[3]) is certain]
        appointments = [row for row in kept if row[0] == "appointments"]
        people = {row[2].split(" ")[1] for row in appointments}
        found.append((len(appointments), len(people), len(kept) - len(appointments)))
    return found[0], found[1]

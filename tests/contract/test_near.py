"""Names that are written almost so, however many others there are."""

from __future__ import annotations

import pytest

from events.database import Database
from events.queries.near import near
from tests.histories import created, equated, told
from tests.registers import NOW, TestRegister


@pytest.fixture
def register(database: Database) -> TestRegister:
    """Many that begin alike, some that are called almost the same, one that has an alias, one under a former name."""
    register = TestRegister(database)
    register.append(*(created(f"trust-{n}", name=f"NHS Trust {n}") for n in range(150)))
    register.append(
        created("nhs-england", name="NHS England"),
        created("nhsx", name="NHSX"),
        created("phe", name="Public Health England"),
        created("library", name="The Åland Library"),
        told("new", "name.adopted", "2020", organisation="library", name="Archive", kind="legal"),
        created("old", name="Zebra House"),
        equated("same", "phe", "old"),
    )
    return register


def found(register: TestRegister, text: str, kind: str = "organisation", known_at: str | None = None) -> list[str]:
    with register.database.snapshot() as connection:
        moment = register.queries.question(connection, None, known_at, NOW).moment
        return [tag.partition("/")[2] for tag in near(register.queries, connection, [kind], text, moment, 3)]


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("NHS Englnad", "nhs-england"),
        ("nhs-englnad", "nhs-england"),
        ("HNS England", "nhs-england"),
        ("nhs enland", "nhs-england"),
        ("NHXS", "nhsx"),
        ("hnsx", "nhsx"),
        ("Pulbic Health", "phe"),
        ("the aland libary", "library"),
        ("Zebra Hosue", "phe"),
    ],
)
def test_a_slip_is_forgiven(register: TestRegister, text: str, slug: str) -> None:
    assert found(register, text)[0] == slug


@pytest.mark.parametrize("text", ["", "-", "Ministry of Nothing", "qqqq", "\U0010ffff", "x" * 10_000])
def test_what_is_like_nothing_finds_nothing(register: TestRegister, text: str) -> None:
    assert found(register, text) == []


def test_only_the_kind_and_what_was_known(register: TestRegister) -> None:
    assert found(register, "NHXS", "person") == []
    assert "nhsx" in found(register, "NHXS")
    assert "nhsx" not in found(register, "NHXS", known_at="150")

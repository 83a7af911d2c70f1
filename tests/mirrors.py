"""A history with facts of every kind, for what repeats a register elsewhere."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any
from uuid import UUID

from tests.contract.test_defined_types import defined, rated
from tests.histories import corrected, created, equated, retracted, told, uid

HOSTILE = (
    "]]>", "<b>bold</b> & &amp; \"'", "\u202eright to left\u200f", "🏥👩‍⚕️\U0010fffd", "a\x01b\x08\x1f\x7f\x85",
    "\ufffe and \uffff", "one\rtwo\r\nthree\n\tfour", "\u2028\ufeff", "<?xml?><!DOCTYPE x [<!ENTITY y 'z'>]>&y;",
)  # fmt: skip
LARGE = 230
"""Events of the largest append: it spans archives."""


def appends() -> list[list[dict[str, Any]]]:
    """Facts, those of each append together: almost 400 events, the last append is one of two."""
    seeds = resources.files("service.demo").joinpath("nhsx.jsonl").read_text("utf-8").splitlines()
    retitled = told("retitled", "name.adopted", "2012", organisation="a", name="Alpha", kind="brand")
    return [
        [json.loads(line) for line in seeds if line.strip()],
        [created("a"), created("b", from_=["a"])],
        *([_named(f"hostile-{n}", text)] for n, text in enumerate(HOSTILE)),
        [defined()],
        [rated("A"), rated("B", "2021-06")],
        [retitled],
        [corrected("first", "retitled", {**retitled, "effective": "2013"})],
        [corrected("second", "first", {**retitled, "effective": "2014"})],
        [retracted("withdrawn", "second")],
        [retracted("restored", "withdrawn")],
        [equated("one", "a", "a", "b")],
        [_named(f"large-{n}", f"Name {n}", n % 28 + 1) for n in range(LARGE)],
        *([_named(f"single-{n}", f"Single {n}", n % 28 + 1)] for n in range(60)),
        [retracted("parted", "one"), _named("last", "Last")],
    ]


def _named(event: str, text: str, day: int = 1) -> dict[str, Any]:
    number = int(UUID(uid(event))) % 7
    return told(
        event,
        "name.adopted",
        f"2015-03-{day:02}",
        organisation=f"unit-{number}",
        name=text,
        kind="trading",
        _sources=[{"title": text, "url": "https://example.org/?a=1&b=2"}],
        _note=text,
    )

"""Days as people type them."""

from __future__ import annotations

import datetime

import pytest

from events.date_words import in_words
from events.dates import day, parse
from service.pages.forms.entering import in_edtf
from service.pages.spoken import to_edtf

TODAY = day("2021-03-01")


@pytest.mark.parametrize(
    ("text", "edtf"),
    [
        ("1 June 2021", "2021-06-01"),
        ("1st June, 2021", "2021-06-01"),
        ("the 22nd of November 2021", "2021-11-22"),
        ("June 1, 2021", "2021-06-01"),
        ("on 5 Sept. 2020", "2020-09-05"),
        ("June 2021", "2021-06"),
        ("in  feb 2022", "2022-02"),
        ("autumn 2021", "2021-23"),
        ("Fall 2021", "2021-23"),
        ("Winter 2021–22", "2021-24"),
        ("winter 2021/2022", "2021-24"),
        ("today", "2021-03-01"),
        ("yesterday", "2021-02-28"),
        ("tomorrow", "2021-03-02"),
        ("2021-06-01", None),
        ("1/6/2021", None),
        ("June", None),
        ("soon", None),
        ("", None),
    ],
)
def test_days_as_people_type_them(text: str, edtf: str | None) -> None:
    assert to_edtf(text, TODAY) == edtf


def test_what_we_say_ourselves_is_understood() -> None:
    first = datetime.date(2019, 12, 1)
    for n in range(0, 800, 7):
        text = (first + datetime.timedelta(n)).isoformat()
        for edtf in (text, text[:7]):
            assert to_edtf(in_words(parse(edtf)), TODAY) == edtf
    for season in ("2021-21", "2021-22", "2021-23", "2021-24"):
        assert to_edtf(in_words(parse(season)), TODAY) == season


def test_a_phrase_of_phrases_takes_no_time() -> None:
    said = " ".join(["c"] * 40 + ["2021"] + ["or later"] * 10)
    assert in_edtf(said, TODAY) == said  # it would take years if phrases could hold phrases
    assert in_edtf("about June 2021", TODAY) == "2021-06~"
    assert in_edtf("between 3 May 2020 and July 2020", TODAY) == "[2020-05-03..2020-07]"
    assert in_edtf("c " * 5_000, TODAY) == "c " * 5_000

"""Days as people type them."""

from __future__ import annotations

import datetime

import pytest

from events.date_words import in_words
from events.dates import day, parse
from events.queries.question import position_in_words
from service.pages.forms.entering import in_edtf
from service.pages.spoken import as_typed, to_edtf

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
        ("from May 2021 to 5 June 2021", "2021-05/2021-06-05"),
        ("2020 until June 2021", "2020/2021-06"),
        ("May 2021 - June 2021", "2021-05/2021-06"),
        ("June 2021 to May 2021", None),
        ("31 February 2021", None),
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


@pytest.mark.parametrize(
    ("edtf", "words"),
    [
        ("2020-23", "autumn 2020"),
        ("2021-06-01", "1 June 2021"),
        ("2021-01-01/2021-03-31", "from 1 January 2021 until 31 March 2021"),
        ("2021-24", "winter 2021–22"),
        ("2021-34", "2021-34"),  # "the second quarter of 2021" is not read
        ("soon", "soon"),
        ("2021-02-31", "2021-02-31"),
        (None, ""),
    ],
)
def test_a_field_shows_days_as_people_type_them(edtf: str | None, words: str) -> None:
    assert as_typed(edtf) == words
    if edtf and words != edtf:
        assert to_edtf(words, TODAY) == edtf


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("after 20 events", "20"),
        ("fact 20", "20"),
        ("#20", "20"),
        ("Position 20 of the log", "20"),
        ("the first 20 facts", "20"),
        ("20", None),
        ("20 apples", None),
        ("event 1 of 2020", None),
    ],
)
def test_positions_as_people_type_them(text: str, position: str | None) -> None:
    assert position_in_words(text) == position

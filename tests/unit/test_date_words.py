"""Dates in words, as they stand in titles and sentences."""

from __future__ import annotations

import pytest

from events.date_words import in_words, period_in_words, period_shortly
from events.dates import BEGINNING, END, day, narrow, parse


@pytest.mark.parametrize(
    ("edtf", "words"),
    [
        ("2020-05-05", "5 May 2020"),
        ("2022-02", "February 2022"),
        ("2019", "2019"),
        ("2021-21", "spring 2021"),
        ("2021-22", "summer 2021"),
        ("2021-23", "autumn 2021"),
        ("2021-24", "winter 2021–22"),
        ("1999-24", "winter 1999–2000"),
        ("2008-24", "winter 2008–09"),
        ("2021-25", "spring 2021 in the northern hemisphere"),
        ("2021-28", "winter 2021–22 in the northern hemisphere"),
        ("2021-29", "spring 2021 in the southern hemisphere"),
        ("2021-30", "summer 2021–22 in the southern hemisphere"),
        ("2021-32", "winter 2021 in the southern hemisphere"),
        ("2021-33", "in the first quarter of 2021"),
        ("2021-36", "in the last quarter of 2021"),
        ("2021-38", "in the middle four months of 2021"),
        ("2021-40", "in the first half of 2021"),
        ("2021-41", "in the second half of 2021"),
        ("199X", "in the 1990s"),
        ("200X", "in the years 2000 to 2009"),
        ("19XX", "in the years 1900 to 1999"),
        ("2004-XX", "2004"),
        ("1985-04-XX", "April 1985"),
        ("1985-XX-XX", "1985"),
        ("2013~", "about 2013"),
        ("2019-02-19~", "about 19 February 2019"),
        ("199X~", "about the 1990s"),
        ("2019?", "2019 (uncertain)"),
        ("199X?", "in the 1990s (uncertain)"),
        ("2019-02%", "about February 2019 (uncertain)"),
        ("[2019-02-20..2019-04-09]", "some day between 20 February 2019 and 9 April 2019"),
        ("[2019-02..2019-04]", "some day between February 2019 and April 2019"),
        ("[2019..2019]", "2019"),
        ("[..2019-02-19]", "by 19 February 2019"),
        ("[..2019]", "by 2019"),
        ("[2019-02-20..]", "20 February 2019 or later"),
        ("2015/2016", "from 2015 until 2016"),
        ("2018-07/..", "from July 2018, still in force"),
        ("2018-07/", "from July 2018 until an unknown day"),
        ("../2016-03-31", "until 31 March 2016"),
        ("/2016", "until 2016"),
        ("0000~/..", "from about 0000, still in force"),
        ("2015~/2016?", "from about 2015 until 2016 (uncertain)"),
        ("2021-33/2021-23", "from the first quarter of 2021 until autumn 2021"),
    ],
)
def test_a_date_in_words(edtf: str, words: str) -> None:
    assert in_words(parse(edtf)) == words


def test_the_words_of_the_client_win() -> None:
    narrowed = narrow(parse("2019"), "2019-02-20", "2019-04-09")
    assert in_words(narrowed, "early 2019") == "early 2019"
    assert in_words(narrowed, "") == in_words(narrowed, None)


@pytest.mark.parametrize(
    ("edtf", "earliest", "latest", "words"),
    [
        ("2019", "2019-02-20", "2019-04-09", "some day between 20 February 2019 and 9 April 2019"),
        ("2019", "2019-02-01", "2019-02-28", "February 2019"),
        ("2019", None, "2019-06-30", "in the first half of 2019"),
        ("2019?", "2019-02-01", "2019-02-28", "February 2019 (uncertain)"),
        ("2019~", "2019-01-01", "2019-12-31", "2019"),
        ("[..2019-02-19]", "2019-02-01", None, "some day between 1 February 2019 and 19 February 2019"),
        ("2018/2020", "2018-07-01", "2018-07-31", "from July 2018 until 2020"),
        ("2018/..", "2018-07-01", "2018-08-31", "from some day between July 2018 and August 2018, still in force"),
    ],
)
def test_narrowed_bounds_are_told(edtf: str, earliest: str | None, latest: str | None, words: str) -> None:
    assert in_words(narrow(parse(edtf), earliest, latest)) == words


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ("2020-05-05", "2020-05-05", "5 May 2020"),
        ("2022-02-01", "2022-02-28", "February 2022"),
        ("2021-12-01", "2022-02-28", "winter 2021–22"),
        ("1990-01-01", "1999-12-31", "in the 1990s"),
        ("2019-02-20", "2019-04-09", "some day between 20 February 2019 and 9 April 2019"),
        (None, "2019-02-19", "by 19 February 2019"),
        ("2019-02-19", None, "19 February 2019 or later"),
        (None, None, "an unknown day"),
    ],
)
def test_bounds_in_words(first: str | None, last: str | None, words: str) -> None:
    assert period_in_words(BEGINNING if first is None else day(first), END if last is None else day(last)) == words


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ("2019-05-01", "2019-05-08", "between 1 and 8 May 2019"),
        ("2019-02-20", "2019-04-09", "between 20 February and 9 April 2019"),
        ("2019-12-20", "2020-01-09", "between 20 December 2019 and 9 January 2020"),
        ("2019-05-08", "2019-06-08", "between 8 May and 8 June 2019"),
        ("2019-05-02", "2019-06-30", "between 2 May and 30 June 2019"),
        ("2019-05-01", "2019-06-30", "between May and June 2019"),
        ("2019-05-01", "2019-05-31", "May 2019"),
        ("2019-05-01", "2019-05-01", "1 May 2019"),
    ],
)
def test_bounds_in_few_words(first: str, last: str, words: str) -> None:
    assert period_shortly(day(first), day(last)) == words

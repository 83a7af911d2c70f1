"""Every form of date that the profile has, with its bounds; every form that it refuses, with its words."""

from __future__ import annotations

from datetime import date

import pytest

from events.dates import (
    BEGINNING,
    END,
    FIRST_DAY,
    LAST_DAY,
    DateFault,
    Edtf,
    Period,
    day,
    edtf_of,
    iso,
    narrow,
    parse,
    period,
)
from events.errors import OrglineError


def number(text: str | None, unbounded: int) -> int:
    """The day number by Python's own calendar, which begins in year 1."""
    return unbounded if text is None else date.fromisoformat(text).toordinal()


def bounds(text: str) -> tuple[str | None, str | None]:
    found = parse(text)
    assert found.text == text
    return iso(found.earliest), iso(found.latest)


@pytest.mark.parametrize(
    ("text", "earliest", "latest"),
    [
        # level 0
        ("2019-02-19", "2019-02-19", "2019-02-19"),
        ("2020-02-29", "2020-02-29", "2020-02-29"),
        ("2000-02-29", "2000-02-29", "2000-02-29"),
        ("2022-02", "2022-02-01", "2022-02-28"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2100-02", "2100-02-01", "2100-02-28"),
        ("2021-12", "2021-12-01", "2021-12-31"),
        ("2019", "2019-01-01", "2019-12-31"),
        ("0001-01-01", "0001-01-01", "0001-01-01"),
        ("9999-12-31", "9999-12-31", "9999-12-31"),
        ("9999", "9999-01-01", "9999-12-31"),
        # level 1: unspecified digits
        ("201X", "2010-01-01", "2019-12-31"),
        ("20XX", "2000-01-01", "2099-12-31"),
        ("2004-XX", "2004-01-01", "2004-12-31"),
        ("1985-04-XX", "1985-04-01", "1985-04-30"),
        ("1984-02-XX", "1984-02-01", "1984-02-29"),
        ("1985-XX-XX", "1985-01-01", "1985-12-31"),
        # level 1: seasons; winter ends in the next year
        ("2021-21", "2021-03-01", "2021-05-31"),
        ("2021-22", "2021-06-01", "2021-08-31"),
        ("2021-23", "2021-09-01", "2021-11-30"),
        ("2021-24", "2021-12-01", "2022-02-28"),
        ("2023-24", "2023-12-01", "2024-02-29"),
        # level 2: northern and southern seasons, quarters, quadrimesters, semestrals
        ("2021-25", "2021-03-01", "2021-05-31"),
        ("2021-26", "2021-06-01", "2021-08-31"),
        ("2021-27", "2021-09-01", "2021-11-30"),
        ("2021-28", "2021-12-01", "2022-02-28"),
        ("2021-29", "2021-09-01", "2021-11-30"),
        ("2021-30", "2021-12-01", "2022-02-28"),
        ("2021-31", "2021-03-01", "2021-05-31"),
        ("2021-32", "2021-06-01", "2021-08-31"),
        ("2021-33", "2021-01-01", "2021-03-31"),
        ("2021-34", "2021-04-01", "2021-06-30"),
        ("2021-35", "2021-07-01", "2021-09-30"),
        ("2021-36", "2021-10-01", "2021-12-31"),
        ("2021-37", "2021-01-01", "2021-04-30"),
        ("2021-38", "2021-05-01", "2021-08-31"),
        ("2021-39", "2021-09-01", "2021-12-31"),
        ("2021-40", "2021-01-01", "2021-06-30"),
        ("2021-41", "2021-07-01", "2021-12-31"),
        # level 1: approximate, one unit of the last given precision wider on each side
        ("2019-02-19~", "2019-02-18", "2019-02-20"),
        ("2020-03-01~", "2020-02-29", "2020-03-02"),
        ("2019-01~", "2018-12-01", "2019-02-28"),
        ("2013~", "2012-01-01", "2014-12-31"),
        ("2021-23~", "2021-06-01", "2022-02-28"),
        ("2021-33~", "2020-10-01", "2021-06-30"),
        ("201X~", "2000-01-01", "2029-12-31"),
        ("20XX~", "1900-01-01", "2199-12-31"),
        ("2004-XX~", "2003-01-01", "2005-12-31"),
        ("1985-04-XX~", "1985-03-01", "1985-05-31"),
        # level 2: sets of one range
        ("[2019-02-20..2019-04-09]", "2019-02-20", "2019-04-09"),
        ("[2019-02..2019-04]", "2019-02-01", "2019-04-30"),
        ("[2019..2021]", "2019-01-01", "2021-12-31"),
        ("[2019..2019]", "2019-01-01", "2019-12-31"),
        ("[2019-02-20..2019]", "2019-02-20", "2019-12-31"),
        ("[2019-02-20..]", "2019-02-20", None),
        ("[2019..]", "2019-01-01", None),
        ("[..2019-02-19]", None, "2019-02-19"),
        ("[..2019-02]", None, "2019-02-28"),
        # what would lie past the last day that can be written has no bound
        ("9999-24", "9999-12-01", None),
        ("9999~", "9998-01-01", None),
        ("9999-12-31~", "9999-12-30", None),
    ],
)
def test_bounds_of_a_date(text: str, earliest: str | None, latest: str | None) -> None:
    first, last = number(earliest, BEGINNING), number(latest, END)
    assert parse(text) == Edtf(text, first, last, None, None, False, False, False)


@pytest.mark.parametrize(
    ("text", "earliest", "latest"),
    [
        ("0000", "0000-01-01", "0000-12-31"),
        ("0000-02", "0000-02-01", "0000-02-29"),
        ("0000-02-29", "0000-02-29", "0000-02-29"),
        ("0000-24", "0000-12-01", "0001-02-28"),
        ("000X", "0000-01-01", "0009-12-31"),
        ("00XX", "0000-01-01", "0099-12-31"),
        ("0001~", "0000-01-01", "0002-12-31"),
        ("0000~", None, "0001-12-31"),
        ("0000-01-01~", None, "0000-01-02"),
    ],
)
def test_the_year_0000_is_a_leap_year_and_nothing_is_before_it(
    text: str, earliest: str | None, latest: str | None
) -> None:
    assert bounds(text) == (earliest, latest)
    if earliest is None:
        assert parse(text).earliest == BEGINNING


def test_day_numbers_are_those_of_python_and_go_on_to_the_year_0000() -> None:
    assert parse("0001-01-01").earliest == 1
    assert parse("0000-12-31").earliest == 0
    assert parse("0000-01-01").earliest == FIRST_DAY == -365
    assert parse("9999-12-31").latest == LAST_DAY == date.max.toordinal()


@pytest.mark.parametrize(
    ("text", "uncertain", "earliest", "latest"),
    [
        ("2019?", True, "2019-01-01", "2019-12-31"),
        ("2019%", True, "2019-01-01", "2019-12-31"),
        ("2019~", False, "2018-01-01", "2020-12-31"),
        ("2019-02?", True, "2019-02-01", "2019-02-28"),
        ("2019-02-19%", True, "2019-02-19", "2019-02-19"),
        ("2021-23?", True, "2021-09-01", "2021-11-30"),
        ("201X?", True, "2010-01-01", "2019-12-31"),
        ("20XX%", True, "2000-01-01", "2099-12-31"),
        ("1985-04-XX?", True, "1985-04-01", "1985-04-30"),
    ],
)
def test_doubt_does_not_widen(text: str, uncertain: bool, earliest: str, latest: str) -> None:
    assert parse(text).uncertain is uncertain
    assert bounds(text) == (earliest, latest)


@pytest.mark.parametrize(
    ("text", "start", "until"),
    [
        # the end is the day after B
        ("2015/2016", ("2015-01-01", "2015-12-31"), ("2016-01-02", "2017-01-01")),
        ("2019-02-19/2022-01-31", ("2019-02-19", "2019-02-19"), ("2022-02-01", "2022-02-01")),
        ("2019-02-19/2019-02-19", ("2019-02-19", "2019-02-19"), ("2019-02-20", "2019-02-20")),
        ("2019-02/2021-23", ("2019-02-01", "2019-02-28"), ("2021-09-02", "2021-12-01")),
        ("2015-24/2016-33", ("2015-12-01", "2016-02-29"), ("2016-01-02", "2016-04-01")),
        ("2013~/2016-05~", ("2012-01-01", "2014-12-31"), ("2016-04-02", "2016-07-01")),
        # the start is no later than B, the end no earlier than the day after the start
        ("2019/2019-03", ("2019-01-01", "2019-03-31"), ("2019-03-02", "2019-04-01")),
        ("2019-06/2019", ("2019-06-01", "2019-06-30"), ("2019-06-02", "2020-01-01")),
        ("2019/2019", ("2019-01-01", "2019-12-31"), ("2019-01-02", "2020-01-01")),
        ("2020~/2019", ("2019-01-01", "2019-12-31"), ("2019-01-02", "2020-01-01")),
        # an unknown end comes some day after the start
        ("2018/", ("2018-01-01", "2018-12-31"), ("2018-01-02", None)),
        ("1985-04-12~/", ("1985-04-11", "1985-04-13"), ("1985-04-12", None)),
        # a start that is open or unknown has no bound but the end
        ("../2016", (None, "2016-12-31"), ("2016-01-02", "2017-01-01")),
        ("/2016", (None, "2016-12-31"), ("2016-01-02", "2017-01-01")),
        # the day after the last day has no bound
        ("9999-12-31/9999-12-31", ("9999-12-31", "9999-12-31"), (None, None)),
        ("9998/9999-24", ("9998-01-01", "9998-12-31"), ("9999-12-02", None)),
        ("9999-12-31/", ("9999-12-31", "9999-12-31"), (None, None)),
    ],
)
def test_bounds_of_an_interval(
    text: str, start: tuple[str | None, str | None], until: tuple[str | None, str | None]
) -> None:
    found = parse(text)
    assert found.interval
    assert (found.earliest, found.latest) == (number(start[0], BEGINNING), number(start[1], END))
    assert (found.until_earliest, found.until_latest) == (number(until[0], END), number(until[1], END))


@pytest.mark.parametrize("text", ["2018-07/..", "2018-07~/..", "2018-24?/.."])
def test_an_open_end_has_no_bounds(text: str) -> None:
    found = parse(text)
    assert found.interval
    assert (found.until_earliest, found.until_latest) == (None, None)


@pytest.mark.parametrize(
    ("text", "uncertain", "until_uncertain"),
    [
        ("2015?/2016", True, False),
        ("2015/2016?", False, True),
        ("2015%/2016%", True, True),
        ("2015~/2016~", False, False),
        ("2015?/..", True, False),
        ("2015%/", True, False),
        ("../2016%", False, True),
    ],
)
def test_either_side_of_an_interval_may_be_doubtful(text: str, uncertain: bool, until_uncertain: bool) -> None:
    found = parse(text)
    assert (found.uncertain, found.until_uncertain) == (uncertain, until_uncertain)


GENERAL = r"is no date: write a day \(2019-02-19\), a month \(2019-02\), a year \(2019\), a season \(2021-23"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", GENERAL),
        ("yesterday", GENERAL),
        ("Xavier", GENERAL),
        ("February 2022", "'February 2022' is no date: write 2022-02"),
        ("Febuary 2021", r"'Febuary 2021' is no date: did you mean February 2021 \(2021-02\)\?"),
        ("31 February 2021", r"no date: February 2021 has 28 days: did you mean 28 February 2021 \(2021-02-28\)\?"),
        ("10/11/2021", r"no date: it may be 10 November 2021 \(2021-11-10\) or 11 October 2021 \(2021-10-11\)"),
        ("12 May", r"'12 May' is no date: the year is lacking: write it, such as 12 May 2021 \(2021-05-12\)"),
        ("maybe 2021", GENERAL),
        ("05.05.2020", r"no date: did you mean 5 May 2020 \(2020-05-05\)\?"),
        ("2020/5/6", r"no date: did you mean 6 May 2020 \(2020-05-06\)\?"),
        ("31/02/2021", "February 2021 has 28 days"),
        ("2019-02-19~~x", "qualified in part"),
        ("\u0662\u0660\u0661\u0669", GENERAL),  # digits, but not those of EDTF
        ("\ud800", r"'\\ud800' is no date"),
        ("2019\x00", r"'2019\\x00' is no date"),
        (" 2019", "has blanks around it: .* such as 2019-02-19"),
        ("2019\n", "has blanks around it: .* such as 2019-02-19"),
        ("2015 / 2016", "'2015 ' has blanks around it"),
        # no such month, no such day
        ("2021-13", r"'2021-13' has no month 13: months are 01 to 12, such as 2021-12, and .* 21 to 41, .* 2021-23"),
        ("2021-00", "has no month 00"),
        ("2021-20", "has no month 20"),
        ("2021-42", "has no month 42"),
        ("2021-13-01", "has no month 13"),
        ("2021-13-XX", "has no month 13"),
        ("2021-02-30", "'2021-02-30' is no day: 2021-02 has days 01 to 28, such as 2021-02-28"),
        ("2021-04-31", "2021-04 has days 01 to 30"),
        ("2021-04-00", "2021-04 has days 01 to 30"),
        ("2100-02-29", "2100-02 has days 01 to 28"),
        ("1900-02-29", "1900-02 has days 01 to 28"),
        ("0000-02-30", "0000-02 has days 01 to 29"),
        ("2021-23-05", "23 is a part of a year and has no days: write 2021-23, or a day such as 2021-09-01"),
        ("2021-33-XX", "33 is a part of a year and has no days: write 2021-33"),
        # level 0 that is no day
        ("2019-02-19T10:00:00", "has a time of day, and dates here are days: write 2019-02-19"),
        ("2019-02-19T10:00:00Z", "has a time of day, .*: write 2019-02-19"),
        ("2019-02-19 10:00", "has a time of day, .*: write 2019-02-19"),
        ("2019-02-30T10:00:00Z", "'2019-02-30' is no day"),
        ("2019-02-19T10:00:00Z/2020", "has a time of day"),
        # nearly right
        ("2019-2-9", "lacks zeros: .*: write 2019-02-09"),
        ("2019-2", "lacks zeros: .*: write 2019-02"),
        ("79-08-24", "lacks zeros: .*: write 0079-08-24"),
        ("2019-2-30", "'2019-02-30' is no day"),
        ("20190219", "has no hyphens: write 2019-02-19"),
        ("19/02/2019", r"no date: did you mean 19 February 2019 \(2019-02-19\)\?"),
        ("1/2/3", "has more than one '/': a day is written 2019-02-19, an interval 2015/2016-03"),
        # level 1 that is left out
        ("Y12000", "is a year with Y: .* such as 2019"),
        ("Y-17E7", "is a year with Y"),
        ("-0001", "has a sign: years go from 0000 to 9999, such as 0079"),
        ("+2019", "has a sign"),
        ("\u22120044", "has a sign"),
        ("-0044/2019", "has a sign"),
        # level 2 that is left out
        ("1E4", "has an exponent: .* such as 2019"),
        ("1950S2", "gives significant digits: write 201X"),
        ("2004-06-~11", "is qualified in part: .* such as 2004-06?"),
        ("2004?-06", "is qualified in part"),
        ("?2004-06-11", "is qualified in part"),
        ("2004~?", "is qualified in part"),
        ("2004-06?-XX", "is qualified in part"),
        (
            "1XXX",
            "masks digits in another way: write X, from the right only: 201X, 20XX, 2004-XX, 1985-04-XX or 1985-XX-XX",
        ),
        ("XXXX", "masks digits in another way"),
        ("XXXX-12-XX", "masks digits in another way"),
        ("15XX-12-25", "masks digits in another way"),
        ("1560-1X", "masks digits in another way"),
        ("1XXX~", "masks digits in another way"),
        ("201x", "masks digits in another way"),
        ("195u", "masks digits in another way"),
        ("2004-XX-05", "X stands for digits from the right only: write 2004-XX-XX or 2004-XX"),
        ("{2019..2021}", r"names several dates: record one fact for each, or write \[2019..2021\]"),
        ("{2019,2020}", "names several dates"),
        ("2019,2020", "names several dates"),
        ("2019..2021", r"is a set without its brackets: write \[2019-02-20..2019-04-09\]"),
        ("..", r"says nothing: .* \[..2019\]"),
        # sets
        ("[2019,2021]", r"is a list: a set has two ends, such as \[2019..2021\]"),
        ("[..2018,2020]", "is a list"),
        ("[1667,1668,1670..1672", "is a list"),
        ("[..]", r"says nothing: .* \[2019-02-20..\] or \[..2019\]"),
        ("[2021..2019]", r"runs backwards: write the earlier date first, \[2019..2021\]"),
        ("[2019-02-20..2019-02-19]", "runs backwards"),
        ("[2019]", r"is no set: its ends are a day, month or year, such as \[2019-02-20..2019-04-09\]"),
        ("[2019..2020", "is no set"),
        ("[2019..2020]?", "is no set"),
        ("[2019?..2020]", "is no set"),
        ("[201X..2020]", "is no set"),
        ("[2019-21..2020]", "is no set"),
        ("[]", "is no set"),
        ("[", "is no set"),
        ("[2019-13..2020]", "'2019-13' has no month 13"),
        ("[2019..2020-02-30]", "'2020-02-30' is no day"),
        ("[2019 .. 2020]", "'2019 ' has blanks around it"),
        # intervals
        ("/", "says nothing: write at least one side, such as 2018-07/.. or ../2016"),
        ("../..", "says nothing"),
        ("../", "says nothing"),
        ("/..", "says nothing"),
        ("2015/2016/2017", "has more than one '/'"),
        ("2016/2015", "ends before it begins: write the earlier date first, such as 2015/2016-03"),
        ("2019-02-20/2019-02-19", "ends before it begins"),
        ("2019-03/2018", "ends before it begins"),
        ("[2019..2020]/2021", "cannot be a side of an interval"),
        ("2019/[2020..2021]", r"cannot be a side of an interval .* such as 2004-06/2004-07-03"),
        ("{2019..2020}/2021", "cannot be a side of an interval"),
        ("201X/2020", "'201X' cannot be a side of an interval"),
        ("2004-06-XX/2004-07-03", "cannot be a side of an interval"),
        ("2019/2021-13", "'2021-13' has no month 13"),
        ("yesterday/2019", "'yesterday' is no date"),
        ("2018/open", "is an older form: an interval with an open end is 2018/.., with an unknown one 2018/"),
        ("unknown/2018", "is an older form"),
    ],
)
def test_what_is_refused_hears_why(text: str, words: str) -> None:
    with pytest.raises(DateFault, match=words) as fault:
        parse(text)
    assert isinstance(fault.value, OrglineError)
    assert fault.value.code == "invalid-date"


def test_a_long_text_is_not_repeated_whole() -> None:
    with pytest.raises(DateFault) as fault:
        parse("never " * 1000)
    assert len(fault.value.message) < 300


@pytest.mark.parametrize(
    ("text", "earliest", "latest", "narrowed"),
    [
        ("2019", "2019-02-20", "2019-04-09", ("2019-02-20", "2019-04-09")),
        ("2019", "2019-02-20", None, ("2019-02-20", "2019-12-31")),
        ("2019", None, "2019-04-09", ("2019-01-01", "2019-04-09")),
        ("2019", None, None, ("2019-01-01", "2019-12-31")),
        ("2019", "2019-05-05", "2019-05-05", ("2019-05-05", "2019-05-05")),
        ("2013~", "2012-06-01", "2014-06-30", ("2012-06-01", "2014-06-30")),
        ("[..2019-02-19]", "2010-01-01", None, ("2010-01-01", "2019-02-19")),
        ("[2019..]", None, "2030-12-31", ("2019-01-01", "2030-12-31")),
    ],
)
def test_a_client_narrows_a_date(
    text: str, earliest: str | None, latest: str | None, narrowed: tuple[str, str]
) -> None:
    found = narrow(parse(text), earliest, latest)
    assert (iso(found.earliest), iso(found.latest)) == narrowed
    assert found.text == text


def test_an_interval_narrows_at_its_start_and_still_ends_after_it() -> None:
    found = narrow(parse("2019/2020-03?"), "2019-11-01", None)
    assert (iso(found.earliest), iso(found.latest)) == ("2019-11-01", "2019-12-31")
    assert (iso(found.until_earliest or 0), iso(found.until_latest or 0)) == ("2020-03-02", "2020-04-01")
    assert found.until_uncertain
    assert iso(narrow(parse("2019/"), "2019-11-01", None).until_earliest or 0) == "2019-11-02"
    assert iso(narrow(parse("2019/2019"), "2019-11-01", None).until_earliest or 0) == "2019-11-02"
    assert narrow(parse("2019/.."), "2019-11-01", None).until_earliest is None


@pytest.mark.parametrize(
    ("text", "earliest", "latest", "words"),
    [
        ("2019", "2018-12-31", None, "earliest 2018-12-31 lies outside '2019': .* from 2019-01-01 to 2019-12-31"),
        ("2019", None, "2020-01-01", "latest 2020-01-01 lies outside '2019'"),
        ("2019", "2020-01-01", None, "earliest 2020-01-01 lies outside '2019'"),
        ("[..2019-02-19]", "2019-02-20", None, "lies outside .*: write a day up to 2019-02-19"),
        ("[2019..]", "2018-01-01", None, "lies outside .*: write a day from 2019-01-01 on"),
        ("2019", "2019-04-09", "2019-02-20", "earliest 2019-04-09 lies after latest 2019-02-20"),
        ("2019", "2019-02", None, "'2019-02' is no day: write year, month and day"),
        ("2019", None, "2019-02-30", "'2019-02-30' is no day: 2019-02 has days 01 to 28"),
    ],
)
def test_narrowing_never_widens(text: str, earliest: str | None, latest: str | None, words: str) -> None:
    with pytest.raises(DateFault, match=words):
        narrow(parse(text), earliest, latest)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2021-06-01", "2021-06-01", "2021-06-01"),
        ("2021-06", "2021-06-01", "2021-06-30"),
        ("2021", "2021-01-01", "2021-12-31"),
        ("2021-24", "2021-12-01", "2022-02-28"),
        ("2021-33", "2021-01-01", "2021-03-31"),
        ("2019/2021-06", "2019-01-01", "2021-06-30"),
        ("2019-02-19/2019-02-19", "2019-02-19", "2019-02-19"),
        ("2021-23/2022-03-01", "2021-09-01", "2022-03-01"),
        ("9999/9999", "9999-01-01", "9999-12-31"),
    ],
)
def test_periods(text: str, first: str, last: str) -> None:
    assert period(text) == Period(text, number(first, BEGINNING), number(last, END))


def test_a_period_past_the_last_day_has_no_end() -> None:
    assert period("9999-24").last == END


@pytest.mark.parametrize(
    "text",
    [
        *("", "today", " 2019", "2019\n", "2019-02-19T10:00", "2019?", "2019~", "201X", "2019-XX", "[2019..2020]"),
        *("2019/", "2019/..", "../2019", "/2019", "/", "2019/2020~", "2019/2020/2021"),
    ],
)
def test_what_is_no_period_hears_what_is(text: str) -> None:
    with pytest.raises(DateFault, match=r"is no period: write a day \(2021-06-01\), a month .* \(2019/2021-06\)"):
        period(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2021-13", "has no month 13"),
        ("2021-02-30", "is no day"),
        ("2019/2021-13", "has no month 13"),
        ("2021/2020", "ends before it begins"),
    ],
)
def test_periods_that_cannot_be(text: str, words: str) -> None:
    with pytest.raises(DateFault, match=words):
        period(text)


def test_a_day_is_a_day_and_nothing_else() -> None:
    assert day("2019-02-19") == date(2019, 2, 19).toordinal()
    for text in ("2019-02", "2019", "2019-02-19?", "2019-02-XX", "2019-2-19", " 2019-02-19", "2019-02-19\n", ""):
        with pytest.raises(DateFault, match="is no day: write year, month and day, such as 2019-02-19"):
            day(text)
    with pytest.raises(DateFault, match="has days 01 to 28"):
        day("2019-02-29")


@pytest.mark.parametrize("unbounded", [BEGINNING, BEGINNING + 1, FIRST_DAY - 1, LAST_DAY + 1, END])
def test_days_that_cannot_be_written_have_no_iso_form(unbounded: int) -> None:
    assert iso(unbounded) is None


@pytest.mark.parametrize(
    ("earliest", "latest", "text"),
    [
        ("2019-02-19", "2019-02-19", "2019-02-19"),
        ("2019-02-01", "2019-02-28", "2019-02"),
        ("2024-02-01", "2024-02-29", "2024-02"),
        ("2024-02-01", "2024-02-28", "[2024-02-01..2024-02-28]"),
        ("2021-03-01", "2021-05-31", "2021-21"),
        ("2021-12-01", "2022-02-28", "2021-24"),
        ("2021-01-01", "2021-03-31", "2021-33"),
        ("2021-05-01", "2021-08-31", "2021-38"),
        ("2021-07-01", "2021-12-31", "2021-41"),
        ("2019-01-01", "2019-12-31", "2019"),
        ("1990-01-01", "1999-12-31", "199X"),
        ("1991-01-01", "2000-12-31", "[1991..2000]"),
        ("1900-01-01", "1999-12-31", "19XX"),
        ("1910-01-01", "2009-12-31", "[1910..2009]"),
        ("2019-01-01", "2020-12-31", "[2019..2020]"),
        ("2019-02-01", "2019-12-31", "[2019-02..2019-12]"),
        ("2019-02-20", "2019-04-09", "[2019-02-20..2019-04-09]"),
        ("2019-01-01", "2019-04-09", "[2019-01-01..2019-04-09]"),
        (None, "2019-02-19", "[..2019-02-19]"),
        (None, "2019-02-28", "[..2019-02]"),
        (None, "2019-12-31", "[..2019]"),
        ("2019-01-01", None, "[2019..]"),
        ("2019-02-01", None, "[2019-02..]"),
        ("2019-02-20", None, "[2019-02-20..]"),
        (None, "9999-12-31", "[..9999]"),
        ("9999-12-31", None, "[9999-12-31..]"),
        (None, None, ".."),
    ],
)
def test_the_shortest_text_of_bounds(earliest: str | None, latest: str | None, text: str) -> None:
    assert edtf_of(number(earliest, BEGINNING), number(latest, END)) == text


def test_bounds_that_cannot_be_written_are_told_by_the_nearest_day() -> None:
    assert edtf_of(END, END) == "[9999-12-31..]"
    assert edtf_of(BEGINNING, BEGINNING) == "[..0000-01-01]"
    assert edtf_of(FIRST_DAY - 1, LAST_DAY + 1) == ".."

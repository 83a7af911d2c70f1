"""Dates as people know them: EDTF text to bounds in days, and back.

The profile is that of the Extended Date/Time Format (Library of Congress, 4 February 2019; ISO 8601-2): level 0 without
times of day; level 1 without Y-years and negative years; of level 2 the groupings 25 to 41 and the sets `[a..b]`,
`[a..]`, `[..b]`. Everything else is refused in words that show a form that would do.

A date is a pair of inclusive bounds: the days on which it may have been. Days are numbered as `date.toordinal()` does,
continued to the year 0000, which is a leap year. What would lie before 0000-01-01 or after 9999-12-31 has no bound.
Nothing here is cached: reading a date costs a few microseconds.
"""

from __future__ import annotations

import re
from datetime import date as calendar_date
from typing import TypeAlias

import msgspec

from events.date_phrases import meant
from events.errors import OrglineError

Day: TypeAlias = int

BEGINNING: Day = -(2**31)
"""No bound on the early side."""
END: Day = 2**31 - 1
"""No bound on the late side."""
FIRST_DAY: Day = -365
"""0000-01-01, the first day that can be written."""
LAST_DAY: Day = 3_652_059
"""9999-12-31, the last day that can be written."""


class DateFault(OrglineError):
    """A text is no date of the profile; the message says what is wrong and shows a correct form. `meant`: dates that
    may be meant, in EDTF, the likeliest first.
    """

    code = "invalid-date"

    def __init__(self, message: str, meant: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.meant = meant


class Edtf(msgspec.Struct, frozen=True):
    """A date as written and the days that it allows.

    `earliest` and `latest` are inclusive bounds of the date; of an interval, of its first day. For an interval with an
    end, `until_earliest` and `until_latest` bound the first day that is no longer in it (the day after B in `A/B`);
    where the end is open (`A/..`), or there is no interval, both are None. `uncertain` and `until_uncertain` tell of
    `?` or `%` on the date (the start) and on the end.
    """

    text: str
    earliest: Day
    latest: Day
    until_earliest: Day | None
    until_latest: Day | None
    interval: bool
    uncertain: bool
    until_uncertain: bool


class Period(msgspec.Struct, frozen=True):
    """The days that a question is about, both inclusive, and how they were written."""

    edtf: str
    first: Day
    last: Day


def parse(text: str) -> Edtf:
    """Read a date, a set or an interval exactly as written. Raises DateFault."""
    if "/" in text:
        return _interval(text)
    if text.startswith("["):
        earliest, latest = _set(text)
        return Edtf(text, earliest, latest, None, None, False, False, False)
    earliest, latest, uncertain = _date(text)
    return Edtf(text, earliest, latest, None, None, False, uncertain, False)


def narrow(date: Edtf, earliest: str | None, latest: str | None) -> Edtf:
    """The same date with tighter bounds, given as ISO days; None leaves a side as it is.

    Of an interval the start is narrowed, and its end stays after it. Raises DateFault for what is no day, for a day
    outside the date's own bounds, and for bounds that cross.
    """
    first = date.earliest if earliest is None else _within(date, "earliest", earliest)
    last = date.latest if latest is None else _within(date, "latest", latest)
    if first > last:
        raise DateFault(f"earliest {earliest} lies after latest {latest}: write the earlier day as earliest")
    until = date.until_earliest
    if until is not None:
        until = max(until, _after(first))
    return msgspec.structs.replace(date, earliest=first, latest=last, until_earliest=until)


def period(text: str) -> Period:
    """Read what a question may be about: a day, month, year or season, or a closed interval A/B of those.

    `last` is END where the period runs past 9999-12-31 (winter 9999). Raises DateFault.
    """
    start, slash, end = text.partition("/")
    for side in (start, end) if slash else (start,):
        if not _PLAIN(side):
            _refuse_phrase(text)
            _refuse_phrase(side, of_more=True)
            raise DateFault(
                f"{_shown(text)} is no period: write a day (2021-06-01), a month (2021-06), a year (2021), "
                "a season (2021-23), or two of them (2019/2021-06)"
            )
    first, last, _ = _date(start)
    if slash:
        last = _date(end)[1]
        _refuse_backwards(text, first, last)
    return Period(text, first, last)


def day(text: str) -> Day:
    """Read a day, YYYY-MM-DD and nothing else. Raises DateFault."""
    if not _DAY(text):
        raise DateFault(f"{_shown(text)} is no day: write year, month and day, such as 2019-02-19")
    try:
        return calendar_date.fromisoformat(text).toordinal()
    except ValueError:  # in the year 0, or no day of the calendar
        return _date(text)[0]


def iso(day: Day) -> str | None:
    """The day as YYYY-MM-DD; None where there is no bound: outside 0000-01-01 to 9999-12-31."""
    if not FIRST_DAY <= day <= LAST_DAY:
        return None
    if day >= 1:
        return calendar_date.fromordinal(day).isoformat()
    return "0000" + calendar_date.fromordinal(day + _FOUR_CENTURIES).isoformat()[4:]


def edtf_of(earliest: Day, latest: Day) -> str:
    """The shortest EDTF with just these bounds.

    A day, a month, a season or other named part of a year, a year, `199X`, `19XX`; else a set, both ends of one
    precision. Without bounds on both sides it is `..`, which is for showing only: `parse` refuses it.
    """
    assert earliest <= latest, (earliest, latest)
    earliest, latest = min(earliest, LAST_DAY), max(latest, FIRST_DAY)
    start, end = iso(earliest), iso(latest)
    if start is not None and start == end:
        return start
    width = max(_width(start), _width(iso(latest + 1)))
    if start is not None and end is not None and width <= _MONTH_WIDTH:
        first_month = int(start[5:7]) - 1
        months = (int(end[:4]) - int(start[:4])) * 12 + int(end[5:7]) - first_month
        if (first_month, months) in _NAMES:
            return start[:4] + _NAMES[first_month, months]
        if (first_month, months) == (0, 120) and start[3] == "0":
            return start[:3] + "X"
        if (first_month, months) == (0, 1200) and start[2:4] == "00":
            return start[:2] + "XX"
    if start is None and end is None:
        return ".."
    return f"[{(start or '')[:width]}..{(end or '')[:width]}]"


_FOUR_CENTURIES = 146_097  # days; the Gregorian calendar repeats after them

# Months and the groupings of EDTF level 2 (21 to 24 are level 1): the first month, counted from 0, and how many.
# A season that begins in December ends in the next year; the southern ones (29 to 32) are half a year off.
_PARTS = (
    {f"{month + 1:02}": (month, 1) for month in range(12)}
    | {str(code): (month, 3) for code, month in zip(range(21, 25), (2, 5, 8, 11), strict=True)}
    | {str(code): (month, 3) for code, month in zip(range(25, 29), (2, 5, 8, 11), strict=True)}
    | {str(code): (month, 3) for code, month in zip(range(29, 33), (8, 11, 2, 5), strict=True)}
    | {str(33 + quarter): (3 * quarter, 3) for quarter in range(4)}
    | {str(37 + third): (4 * third, 4) for third in range(3)}
    | {"40": (0, 6), "41": (6, 6)}
)
_NAMES = {part: f"-{code}" for code, part in reversed(_PARTS.items())} | {(0, 12): ""}  # the smallest code stays

_DAYS_BEFORE = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)
_MONTH_WIDTH = 7  # characters of YYYY-MM

_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2}|XX)(?:-([0-9]{2}|XX))?)?([?~%])?").fullmatch
_MASKED_YEAR = re.compile(r"([0-9]{2})(?:([0-9])X|XX)([?~%])?").fullmatch
_PLAIN = re.compile(r"[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?").fullmatch
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}").fullmatch
_MEMBER = r"([0-9]{4}(?:-(?:0[1-9]|1[0-2])(?:-[0-9]{2})?)?)?"
_SET = re.compile(rf"\[{_MEMBER}\.\.{_MEMBER}\]").fullmatch
_OPEN = ("", "..")


def _date(text: str) -> tuple[Day, Day, bool]:
    """Bounds and doubt of one date that is neither set nor interval."""
    found = _DATE(text)
    if found is None:
        return _masked_year(text)
    digits, month, day_of_month, mark = found.groups()
    january = int(digits) * 12
    if month is None or (month == "XX" and day_of_month in (None, "XX")):
        return _months(january, 12, mark)
    if month == "XX":
        raise DateFault(f"{_shown(text)}: X stands for digits from the right only: write {digits}-XX-XX or {digits}-XX")
    if month not in _PARTS:
        raise DateFault(
            f"{_shown(text)} has no month {month}: months are 01 to 12, such as {digits}-12, "
            f"and parts of a year 21 to 41, such as {digits}-23 for its autumn"
        )
    first_month, months = _PARTS[month]
    if day_of_month is not None and months != 1:
        raise DateFault(
            f"{_shown(text)}: {month} is a part of a year and has no days: write {digits}-{month}, "
            f"or a day such as {digits}-{first_month + 1:02}-01"
        )
    if day_of_month is None or day_of_month == "XX":
        return _months(january + first_month, months, mark)
    number = int(day_of_month)
    start = _month_start(january + first_month)
    length = _month_start(january + first_month + 1) - start
    if not 1 <= number <= length:
        near = f"{digits}-{month}-{length if number else '01'}"
        raise DateFault(
            f"{_shown(text)} is no day: {digits}-{month} has days 01 to {length}, such as {digits}-{month}-{length}",
            (near,),
        )
    first = last = start + number - 1
    if mark == "~":
        first, last = _bounded(first - 1, last + 1)
    return first, last, mark is not None and mark != "~"


def _masked_year(text: str) -> tuple[Day, Day, bool]:
    found = _MASKED_YEAR(text)
    if found is None:
        raise _fault(text)
    century, decade, mark = found.groups()
    if decade is None:
        return _months(int(century) * 1200, 1200, mark)
    return _months(int(century + decade) * 120, 120, mark)


def _months(first_month: int, months: int, mark: str | None) -> tuple[Day, Day, bool]:
    """Bounds of some whole months, counted from January 0000; `~` adds as many on each side."""
    if mark == "~":
        first_month -= months
        months *= 3
    first, last = _bounded(_month_start(first_month), _month_start(first_month + months) - 1)
    return first, last, mark is not None and mark != "~"


def _month_start(month: int) -> Day:
    """First day of a month, counted from January 0000, in the proleptic Gregorian calendar."""
    year, month = divmod(month, 12)
    before = year - 1
    leap_day = month > 1 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return before * 365 + before // 4 - before // 100 + before // 400 + _DAYS_BEFORE[month] + leap_day + 1


def _bounded(first: Day, last: Day) -> tuple[Day, Day]:
    return (first if first >= FIRST_DAY else BEGINNING), (last if last <= LAST_DAY else END)


def _after(day: Day) -> Day:
    return day + 1 if day < LAST_DAY else END


def _interval(text: str) -> Edtf:
    start, _, end = text.partition("/")
    if "/" in end:
        _refuse_phrase(text)
        raise DateFault(f"{_shown(text)} has more than one '/': a day is written 2019-02-19, an interval 2015/2016-03")
    if start in _OPEN and end in _OPEN:
        raise DateFault(f"{_shown(text)} says nothing: write at least one side, such as 2018-07/.. or ../2016")
    if start in _OPEN:
        earliest, latest, uncertain = BEGINNING, END, False
    else:
        earliest, latest, uncertain = _side(start, text)
    if end == "..":
        return Edtf(text, earliest, latest, None, None, True, uncertain, False)
    if end == "":
        return Edtf(text, earliest, latest, _after(earliest), END, True, uncertain, False)
    end_earliest, end_latest, end_uncertain = _side(end, text)
    _refuse_backwards(text, earliest, end_latest)
    return Edtf(
        text,
        earliest,
        min(latest, end_latest),
        _after(max(earliest, end_earliest)),
        _after(end_latest),
        True,
        uncertain,
        end_uncertain,
    )


def _side(side: str, text: str) -> tuple[Day, Day, bool]:
    if side.startswith(("[", "{")) or "X" in side:
        raise DateFault(
            f"{_shown(side)} cannot be a side of an interval ({_shown(text)}): "
            "write a day, month, year or season on each side, such as 2004-06/2004-07-03"
        )
    return _date(side)


def _refuse_backwards(text: str, first: Day, last: Day) -> None:
    if first > last:
        raise DateFault(f"{_shown(text)} ends before it begins: write the earlier date first, such as 2015/2016-03")


def _set(text: str) -> tuple[Day, Day]:
    found = _SET(text)
    if found is None:
        raise _set_fault(text)
    start, end = found.groups()
    if start is None and end is None:
        raise DateFault(f"{_shown(text)} says nothing: write at least one end, such as [2019-02-20..] or [..2019]")
    earliest = BEGINNING if start is None else _date(start)[0]
    latest = END if end is None else _date(end)[1]
    if earliest > latest:
        raise DateFault(f"{_shown(text)} runs backwards: write the earlier date first, [{end}..{start}]")
    return earliest, latest


def _within(date: Edtf, name: str, text: str) -> Day:
    given = day(text)
    if date.earliest <= given <= date.latest:
        return given
    first, last = iso(date.earliest), iso(date.latest)
    allowed = f"from {first} to {last}" if first and last else f"from {first} on" if first else f"up to {last}"
    raise DateFault(f"{name} {text} lies outside {_shown(date.text)}: write a day {allowed}")


def _width(start: str | None) -> int:
    """How many characters matter of the first day of something: 4 if it begins a year, 7 a month, else all 10."""
    if start is None or start.endswith("-01-01"):
        return 4
    return _MONTH_WIDTH if start.endswith("-01") else 10


_TIMED = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ].*[0-9].*", re.DOTALL).fullmatch
_LOOSE = re.compile(r"([0-9]{1,4})-([0-9]{1,2})(?:-([0-9]{1,2}))?").fullmatch
_SHOWN_LENGTH = 40  # characters of a refused text that its message repeats

# What else people write, in the order of asking, and what to write instead.
_REFUSED = tuple(
    (re.compile(pattern), advice)
    for pattern, advice in (
        (r"^\{|,", "names several dates: record one fact for each, or write [2019..2021] for some day between"),
        (r"^\.\.$", "says nothing: write a date such as 2019-02-19, or [..2019] for some day up to then"),
        (r"\.\.", "is a set without its brackets: write [2019-02-20..2019-04-09], [2019..] or [..2019]"),
        (r"^Y", "is a year with Y: years have four digits and no letter, such as 2019"),
        (r"^[-+\u2212]", "has a sign: years go from 0000 to 9999, such as 0079"),
        (r"^[0-9]+E", "has an exponent: years are four digits, such as 2019"),
        (r"^[0-9]+S", "gives significant digits: write 201X for some day of a decade, 20XX of a century"),
        (
            r"^(?=.*[0-9]|X)(?=[0-9-]*[XxUu*])[0-9XxUu*-]+[?~%]?$",
            "masks digits in another way: write X, from the right only: 201X, 20XX, 2004-XX, 1985-04-XX or 1985-XX-XX",
        ),
        (r"[?~%]", "is qualified in part: one of ?, ~ and % stands once and after the whole date, such as 2004-06?"),
        (r"^(open|unknown)$", "is an older form: an interval with an open end is 2018/.., with an unknown one 2018/"),
        (r"^[0-9]{5,}$", "has no hyphens: write 2019-02-19 or 2019-02"),
    )
)


def _fault(text: str) -> DateFault:
    """Why this text is no date; a text that holds a day that does not exist hears that first."""
    if text != text.strip():
        return DateFault(f"{_shown(text)} has blanks around it: write the date alone, such as 2019-02-19")
    if timed := _TIMED(text):
        _date(timed[1])
        return DateFault(f"{_shown(text)} has a time of day, and dates here are days: write {timed[1]}")
    if loose := _LOOSE(text):
        proper = "-".join([loose[1].zfill(4), *(digits.zfill(2) for digits in loose.groups()[1:] if digits)])
        _date(proper)
        return DateFault(f"{_shown(text)} lacks zeros: years have four digits, months and days two: write {proper}")
    _refuse_phrase(text)
    for pattern, advice in _REFUSED:
        if pattern.search(text):
            return DateFault(f"{_shown(text)} {advice}")
    return DateFault(
        f"{_shown(text)} is no date: write a day (2019-02-19), a month (2019-02), a year (2019), a season (2021-23 "
        "is autumn), about a year (2013~), some day between ([2019-02-20..2019-04-09]) or an interval (2015/2016)"
    )


def _refuse_phrase(text: str, *, of_more: bool = False) -> None:
    """Refuse what people write, or nearly write, as a date, with what may be meant by it. of_more: it is a part of what
    was written, for which that cannot stand.
    """
    near = meant(text)
    if near is not None:
        raise DateFault(f"{_shown(text)} is no date: {near.advice}", () if of_more else near.dates)


def _set_fault(text: str) -> DateFault:
    """Why this text is no set; an end that is no date at all hears that first."""
    if text.endswith("]") and "," not in text:
        for member in text[1:-1].split("..", 1) if ".." in text else ():
            if member:
                _date(member)
    elif "," in text:
        return DateFault(f"{_shown(text)} is a list: a set has two ends, such as [2019..2021]")
    return DateFault(
        f"{_shown(text)} is no set: its ends are a day, month or year, "
        "such as [2019-02-20..2019-04-09], [2019-02..] or [..2019]"
    )


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN_LENGTH else text[:_SHOWN_LENGTH] + "…")

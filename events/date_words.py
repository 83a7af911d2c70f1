"""Dates as plain English: "5 May 2020", "winter 2021–22", "some day between 20 February 2019 and 9 April 2019".

A phrase stands behind a comma ("NHSX merged into NHS England, February 2022"), so a plain date has no preposition.
It says what the bounds allow and no more: digits given as X add nothing to the words.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from events.date_phrases import MONTHS, SEASONS
from events.dates import BEGINNING, Day, Edtf, edtf_of, parse

DATES_CACHED: Final = 4_096


def in_words(date: Edtf, text: str | None = None) -> str:
    """The date in words; the client's own words (`text`, such as "early 2019") win where there are any.

    Bounds that a client narrowed are told as bounds, since the date as written says less than is known.
    """
    if text:
        return text
    start, slash, end = date.text.partition("/")
    if not slash:
        return _standing_alone(_start(date, start))
    if start in ("", "..") and date.earliest == BEGINNING:
        return f"until {_single(end)}"
    beginning = f"from {_start(date, start)}"
    if end == "..":
        return f"{beginning}, still in force"
    return f"{beginning} until {_single(end) if end else 'an unknown day'}"


@lru_cache(DATES_CACHED)
def edtf_in_words(edtf: str) -> str:
    """A date in EDTF in words. Raises DateFault."""
    return in_words(parse(edtf))


def period_in_words(first: Day, last: Day) -> str:
    """Inclusive bounds in words, by the shortest EDTF that has just these."""
    return _standing_alone(_bounds(first, last))


def period_shortly(first: Day, last: Day) -> str:
    """The same in fewer words, where there is little room: between 1 and 8 May 2019."""
    words = period_in_words(first, last)
    if not words.startswith(_BETWEEN):
        return words
    begin, end = (day.split(" ") for day in words.removeprefix(_BETWEEN).split(" and "))
    alike = 0
    while len(begin) > 1 and alike < len(end) and begin[-1] == end[-1 - alike]:
        begin.pop()
        alike += 1
    return f"between {' '.join(begin)} and {' '.join(end)}"


_BETWEEN = "some day between "
_SHARES = (
    "first quarter",
    "second quarter",
    "third quarter",
    "last quarter",
    "first four months",
    "middle four months",
    "last four months",
    "first half",
    "second half",
)
_ACROSS_NEW_YEAR = ("24", "28", "30")


def _start(date: Edtf, written: str) -> str:
    """The date, or an interval's start: as written, or as bounds where it is a set or was narrowed."""
    own = parse(date.text)
    if not written.startswith("[") and (date.earliest, date.latest) == (own.earliest, own.latest):
        return _single(written)
    return _bounds(date.earliest, date.latest) + (" (uncertain)" if date.uncertain else "")


def _bounds(first: Day, last: Day) -> str:
    edtf = edtf_of(first, last)
    return "an unknown day" if edtf == ".." else _single(edtf)


def _standing_alone(phrase: str) -> str:
    """Decades, quarters and the like read badly behind a comma without their "in"."""
    return f"in {phrase}" if phrase.startswith("the ") else phrase


def _single(edtf: str) -> str:
    """A date or a set; no interval."""
    if edtf.startswith("["):
        first, _, last = edtf[1:-1].partition("..")
        if not first:
            return f"by {_plain(last)}"
        return f"some day between {_plain(first)} and {_plain(last)}" if last else f"{_plain(first)} or later"
    phrase = _plain(edtf.rstrip("?~%"))
    about = "about " if edtf.endswith(("~", "%")) else ""
    uncertain = " (uncertain)" if edtf.endswith(("?", "%")) else ""
    return about + phrase + uncertain


def _plain(edtf: str) -> str:
    """A date of one precision, without qualifier."""
    year, *parts = (part for part in edtf.split("-") if part != "XX")
    if year.endswith("X"):
        return _years(year)
    if not parts:
        return year
    if len(parts) == 2:
        return f"{int(parts[1])} {MONTHS[int(parts[0]) - 1]} {year}"
    code = int(parts[0])
    if code <= 12:
        return f"{MONTHS[code - 1]} {year}"
    if code >= 33:
        return f"the {_SHARES[code - 33]} of {year}"
    season = f"{SEASONS[(code - 21) % 4]} {year}{_into_next(year) if parts[0] in _ACROSS_NEW_YEAR else ''}"
    if code <= 24:
        return season
    return f"{season} in the {'northern' if code <= 28 else 'southern'} hemisphere"


def _years(masked: str) -> str:
    """A decade or a century; "the 2000s" could be either, so such are told by their first and last year."""
    if masked.endswith("XX") or masked[2] == "0":
        return f"the years {masked.replace('X', '0')} to {masked.replace('X', '9')}"
    return f"the {masked.replace('X', '0')}s"


def _into_next(year: str) -> str:
    following = int(year) + 1
    return f"–{following:04}" if following % 100 == 0 else f"–{following % 100:02}"

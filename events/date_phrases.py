"""Dates as people write them ("1 June 2021", "autumn 2021") in EDTF, and what may be meant by what is nearly one."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

import msgspec

MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
SEASONS: Final = ("spring", "summer", "autumn", "winter")
LENGTH_MAX: Final = 100
"""Of a phrase, in characters; what is longer is none."""


class Meant(msgspec.Struct, frozen=True):
    """What may be meant by a text: advice that ends a sentence ("did you mean February 2021 (2021-02)?"), and dates in
    EDTF, the likeliest first.
    """

    advice: str
    dates: tuple[str, ...]


def read(text: str) -> str | None:
    """A day, month or season in words as EDTF, even one that there is not (31 February); None for all else."""
    said = _said(text)
    for form in _FORMS:
        found = form.fullmatch(said)
        if found is not None:
            parts = found.groupdict()
            if parts.get("season"):
                season = "autumn" if parts["season"] == "fall" else parts["season"]
                return f"{parts['year']}-{21 + SEASONS.index(season)}"
            month = f"{parts['year']}-{_SHORT.index(parts['month'][:3]) + 1:02}"
            return f"{month}-{int(parts['day']):02}" if parts.get("day") else month
    return None


def meant(text: str) -> Meant | None:
    """What may be meant by a text that is no EDTF; None where nothing comes near."""
    if len(text) > LENGTH_MAX:
        return None
    written = read(text)
    if written is not None:
        return _of_day(written) or Meant(f"write {written}", (written,))
    mended = _mended(_said(text))
    near = read(mended)
    if near is not None:
        return _of_day(near) or _one_of([near])
    if found := _NUMBERS(_said(text)):
        return _of_numbers(*found.groups())
    lacking = read(f"{mended} {_EXAMPLE_YEAR}")
    if lacking is not None and mended:
        return Meant(f"the year is lacking: write it, such as {_told(lacking)}", ())
    return None


_SHORT: Final = tuple(month[:3].lower() for month in MONTHS)
_EXAMPLE_YEAR: Final = 2021
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY = r"(?P<day>[0-3]?[0-9])(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>[0-9]{4})"
_FORMS: Final = tuple(
    re.compile(form)
    for form in (
        rf"{_DAY} (?:of )?{_MONTH},? {_YEAR}",
        rf"{_MONTH} {_DAY},? {_YEAR}",
        rf"{_MONTH},? {_YEAR}",
        rf"(?P<season>{'|'.join(SEASONS)}|fall),? {_YEAR}(?:[-–/](?:[0-9]{{2}}){{1,2}})?",
    )
)
_NUMBERS: Final = re.compile(r"([0-9]{1,2}|[0-9]{4})([/.-]) ?([0-9]{1,2})\2 ?([0-9]{1,2}|[0-9]{4})").fullmatch
_WORD: Final = re.compile(r"[^\W\d_]{3,}")
_FUZZY: Final = (*(month.lower() for month in MONTHS if month != "May"), *SEASONS)
_ALIKE: Final = 0.75  # of difflib's ratio, so that Febuary is February and maybe is nothing


def _said(text: str) -> str:
    return " ".join(text.lower().split()).removeprefix("in ").removeprefix("on ").removeprefix("the ")


def _mended(said: str) -> str:
    """The same with names of months and seasons for the words that are nearly such."""

    def named(word: re.Match[str]) -> str:
        near = get_close_matches(word[0], _FUZZY, 1, _ALIKE)
        return near[0] if near else word[0]

    return _WORD.sub(named, said)


def _of_day(edtf: str) -> Meant | None:
    """What may be meant by a day that there is not; None where there is such a day, or it is no day."""
    year, month, *days = map(int, edtf.split("-"))
    if not days or not year:
        return None
    length = monthrange(year, month)[1]
    if 1 <= days[0] <= length:
        return None
    near = f"{edtf[:7]}-{length if days[0] else 1:02}"
    return Meant(f"{_words(edtf[:7])} has {length} days: did you mean {_told(near)}?", (near,))


def _of_numbers(first: str, _: str, second: str, third: str) -> Meant | None:
    """10/11/2021: whether the day or the month comes first, only the writer knows."""
    if len(first) == 4 and len(third) < 4:
        orders = [(first, second, third)]
    elif len(third) == 4 and len(first) < 4:
        orders = [(third, second, first), (third, first, second)]
    else:
        return None
    dates = [f"{year}-{int(month):02}-{int(day):02}" for year, month, day in orders if 1 <= int(month) <= len(MONTHS)]
    there = [date for date in dict.fromkeys(dates) if int(date[:4]) and _of_day(date) is None]
    if there:
        return _one_of(there)
    return _of_day(dates[0]) if dates else None


def _one_of(dates: Iterable[str]) -> Meant:
    found = tuple(dates)
    if len(found) == 1:
        return Meant(f"did you mean {_told(found[0])}?", found)
    return Meant(f"it may be {' or '.join(map(_told, found))}: write the one that you mean", found)


def _told(edtf: str) -> str:
    return f"{_words(edtf)} ({edtf})"


def _words(edtf: str) -> str:
    """A day, month or season in words."""
    year, month, *days = edtf.split("-")
    name = MONTHS[int(month) - 1] if int(month) <= len(MONTHS) else SEASONS[int(month) - 21]
    return " ".join([*(str(int(day)) for day in days), name, year])

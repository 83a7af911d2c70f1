"""The axis of time of a picture: from which day to which, and what is written at it."""

from __future__ import annotations

from typing import Final

from events.dates import BEGINNING, END, FIRST_DAY, LAST_DAY, Day, iso
from events.dates import day as day_of
from events.queries import lanes
from events.queries.lanes import Lanes, Window
from events.queries.question import Question
from service.representations.drawing import SMALL, width

AHEAD_SHARE: Final = 0.5
"""What is planned for later lengthens the axis by this share of the past at most."""


def days_of(found: Lanes, question: Question, window: Window, *, marked: bool) -> tuple[Day, Day]:
    """The first and last day of the axis: the life of the organisation, and what is known to lie about it."""
    today = question.as_of.last
    begins, ends, ahead = [], [], []
    ended = True
    for lane in found.lanes:
        for row in lane.rows:
            for stretch in row.stretches:
                if lane.kind != lanes.TARGETS:
                    begins += [_finite(stretch.since_earliest, stretch.since_latest)]
                if lane.kind in (lanes.STATUS, lanes.PLANS) or stretch.until_latest < END:
                    ends += [_finite(stretch.until_latest, stretch.until_earliest)]
                if lane.kind == lanes.STATUS and stretch.text == "active" and stretch.until_latest >= END:
                    ended = False
            if row.mark is not None and row.outcome is None:
                ahead += [_finite(row.mark.latest, row.mark.earliest)]
    ended = ended and any(lane.kind == lanes.STATUS for lane in found.lanes)
    known = [each for each in begins if each is not None] or [today - 365]
    first = min(known)
    if marked:
        first = min(first, question.as_of.first)
    last = max([each for each in ends if each is not None and each > first], default=today)
    if not ended:
        last = max(last, today)
        last = max([last, *(min(each, last + round((last - first) * AHEAD_SHARE)) for each in ahead if each)])
    if marked:
        last = max(last, question.as_of.last)
    last = max(last, first + 6)
    room = max((last - first) // 40, 1)
    first, last = first - room, last + room
    if window.first > BEGINNING:
        first = window.first
    if window.last < END:
        last = window.last
    first, last = max(first, FIRST_DAY), min(last, LAST_DAY)
    return (first, last) if first < last else (last - 1, last)


def _finite(day: Day, otherwise: Day) -> Day | None:
    return next((each for each in (day, otherwise) if FIRST_DAY <= each <= LAST_DAY), None)


def ticks(first: Day, last: Day, room: float) -> list[tuple[Day, str, str]]:
    """Days with the text of each, and its year where the text lacks it and it is the first or a new one."""
    days = last - first + 1
    for step in (1, 2, 7, 14):
        if days / step * width("28 Sep  ", SMALL) <= room:
            return [
                (day, f"{int(_text(day)[8:])} {_MONTHS[int(_text(day)[5:7]) - 1]}", _text(day)[:4])
                for day in range(first + 1, last + 1, step)
            ]
    for months in (1, 2, 3, 6):
        if days / 30.44 / months * width("Sep  ", SMALL) <= room:
            return _by_months(first, last, months)
    for years in (1, 2, 5, 10, 20, 25, 50, 100, 200, 500, 1_000, 2_000, 5_000):
        if days / 365.25 / years * width("2000  ", SMALL) <= room:
            break
    begin, end = int(_text(first)[:4]), int(_text(last)[:4])
    found = []
    for year in range(begin - begin % years, end + 1, years):
        day = day_of(f"{year:04}-01-01")
        if first <= day <= last:
            found.append((day, f"{year:04}", ""))
    return found


def _by_months(first: Day, last: Day, months: int) -> list[tuple[Day, str, str]]:
    found: list[tuple[Day, str, str]] = []
    begin, end = int(_text(first)[:4]), int(_text(last)[:4])
    for year in range(begin, end + 1):
        for month in range(1, 13, months):
            day = day_of(f"{year:04}-{month:02}-01")
            if first <= day <= last:
                label = _MONTHS[month - 1]
                found.append((day, label, f"{year:04}" if month == 1 or not found else ""))
    return found


_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _text(day: Day) -> str:
    return str(iso(day))


def years_of(first: Day, last: Day) -> str:
    """The years from one day to another, in words."""
    begin, end = _text(first)[:4], _text(last)[:4]
    return begin if begin == end else f"{begin} to {end}"

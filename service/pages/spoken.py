"""Days as people type them ("1 June 2021", "June 2021", "autumn 2021", "yesterday") in EDTF."""

from __future__ import annotations

import re
from typing import Final

from events.dates import Day, iso

MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
SEASONS: Final = {"spring": "21", "summer": "22", "autumn": "23", "fall": "23", "winter": "24"}
RELATIVE: Final = {"today": 0, "now": 0, "yesterday": -1, "tomorrow": 1}

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
        rf"(?P<season>{'|'.join(SEASONS)}),? {_YEAR}(?:[-–/](?:[0-9]{{2}}){{1,2}})?",
    )
)


def to_edtf(text: str, today: Day) -> str | None:
    """The same in EDTF; None where it is nothing of this kind. `today` is the day that relative words start from."""
    said = " ".join(text.lower().split()).removeprefix("in ").removeprefix("on ").removeprefix("the ")
    if said in RELATIVE:
        return iso(today + RELATIVE[said])
    for form in _FORMS:
        found = form.fullmatch(said)
        if found is not None:
            parts = found.groupdict()
            if parts.get("season"):
                return f"{parts['year']}-{SEASONS[parts['season']]}"
            month = f"{parts['year']}-{MONTHS.index(parts['month'][:3]) + 1:02}"
            return f"{month}-{int(parts['day']):02}" if parts.get("day") else month
    return None

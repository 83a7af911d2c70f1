"""Days as people type them ("1 June 2021", "May 2021 to June 2021", "yesterday") in EDTF, and back."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from events.date_phrases import LENGTH_MAX, read
from events.date_words import edtf_in_words
from events.dates import DateFault, Day, iso, period

WORDS_CACHED: Final = 4_096
RELATIVE: Final = {"today": 0, "now": 0, "yesterday": -1, "tomorrow": 1}

_SPAN: Final = re.compile(r"(?:from )?(.+?) (?:to|until|till|through|-|\u2013) (.+)").fullmatch


def to_edtf(text: str, today: Day) -> str | None:
    """The same in EDTF; None where it is nothing of this kind, or no date at all. `today` is the day that relative
    words start from.
    """
    if len(text) > LENGTH_MAX:
        return None
    said = " ".join(text.lower().split())
    if said in RELATIVE:
        return iso(today + RELATIVE[said])
    found = read(said)
    if found is None and (span := _SPAN(said)):
        found = "/".join(read(side) or side for side in span.groups())
    if found is None:
        return None
    try:
        period(found)
    except DateFault:
        return None
    return found


@lru_cache(WORDS_CACHED)
def as_typed(edtf: str | None) -> str:
    """What a field shows for days in EDTF: words that are understood as just these, else the EDTF itself."""
    if not edtf:
        return ""
    try:
        words = edtf_in_words(edtf)
    except DateFault:  # to be mended as it is
        return edtf
    return words if to_edtf(words, 0) == edtf else edtf

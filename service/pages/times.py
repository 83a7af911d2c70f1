"""Times for people: the day in words and the time to the second, with the whole for machines."""

from __future__ import annotations

from datetime import datetime

from markupsafe import Markup

from events.date_words import edtf_in_words
from service.pages.texts import TEXTS, fill


def moment(text: str) -> Markup:
    """An RFC 3339 time in UTC: "26 November 2026, 17:46:16 UTC"."""
    time = datetime.fromisoformat(text)
    words = fill(TEXTS.when.time, day=edtf_in_words(f"{time:%Y-%m-%d}"), time=f"{time:%H:%M:%S}")
    return Markup('<time datetime="{}">{}</time>').format(text, words)

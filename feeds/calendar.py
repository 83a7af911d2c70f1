"""Plans and targets as a calendar to subscribe to (iCalendar, RFC 5545, with the properties of RFC 7986).

An entry lasts over all the days between which it is meant to be, and says in words that it is some day of these. It is
made from what is known alone: its DTSTAMP is when the last change was recorded, not when somebody asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

from icalendar import Calendar, Event, vDuration, vUri

from events.date_words import edtf_in_words, period_in_words
from events.dates import BEGINNING, END, Day
from events.queries.intended import FULFILLED, Intended
from events.register import Register
from feeds.atom import clean

MEDIA_TYPE: Final = "text/calendar; charset=utf-8"
PRODUCT: Final = "-//Orgline//Plans//EN"
REFRESH: Final = timedelta(hours=1)
"""How often a subscriber is asked to look again."""
STATUSES: Final = {FULFILLED: "CONFIRMED", "withdrawn": "CANCELLED", "superseded": "CANCELLED"}
"""What was meant and did not come is cancelled, what came is confirmed; all else may yet change."""
FIRST: Final = date.min.toordinal()
LAST: Final = date.max.toordinal() - 1
"""The last day after which there is another one."""


def rendered(register: Register, items: list[Intended], address: str, name: str, *, cut: bool) -> bytes:
    """The calendar. `address`: where it is to be had; `cut`: it does not hold all."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("uid", str(uuid5(UUID(register.id), address.removeprefix(register.base_url))))
    calendar.add("name", _plain(name))
    calendar.add("x-wr-calname", _plain(name))
    more = " Only those that changed last are in it." if cut else ""
    calendar.add("description", _plain(f"What is announced: plans, and when targets are due.{more}"))
    calendar.add("source", vUri(address))
    calendar.add("url", vUri(address))
    calendar.add("refresh-interval", vDuration(REFRESH), parameters={"VALUE": "DURATION"})
    for item in items:
        event = _event(register, item)
        if event is not None:
            calendar.add_component(event)
    return bytes(calendar.to_ical())


def _event(register: Register, item: Intended) -> Event | None:
    """An entry; None where its days are before the first year that a calendar knows."""
    first, last = _days(item)
    if last < FIRST:
        return None
    event = Event()
    event.add("uid", str(uuid5(UUID(register.id), item.tag)))
    recorded = datetime.fromtimestamp(item.changed_at // 1_000_000, UTC)
    event.add("dtstamp", recorded)
    event.add("last-modified", recorded)
    event.add("sequence", max(item.version - 1, 0))
    event.add("dtstart", date.fromordinal(max(first, FIRST)))
    if first <= LAST:  # else it is the last day of all, after which there is none to end on
        event.add("dtend", date.fromordinal(min(last, LAST) + 1))
    event.add("summary", _plain(f"{_title(item)}{_doubt(item)}"))
    event.add("description", _plain(" ".join(_sentences(item))))
    kind, _, slug = item.tag.partition("/")
    event.add("url", vUri(f"{register.base_url}/{kind}s/{slug}"))
    event.add("status", STATUSES.get(item.status, "TENTATIVE"))
    event.add("categories", [kind])
    event.add("transp", "TRANSPARENT")  # nobody is busy for it
    return event


def _days(item: Intended) -> tuple[Day, Day]:
    """From when to when it lasts, inclusive. What has one bound alone is on that day, and says so in words."""
    if item.earliest <= BEGINNING:
        return item.latest, item.latest
    if item.latest >= END:
        return item.earliest, item.earliest
    return item.earliest, item.latest


def _title(item: Intended) -> str:
    return f"Due: {item.title}" if item.tag.startswith("target/") else item.title


def _doubt(item: Intended) -> str:
    """The days in words, where they are not one."""
    if item.earliest == item.latest:
        return ""
    return f" ({period_in_words(item.earliest, item.latest)})"


def _sentences(item: Intended) -> Iterator[str]:
    of = f" of {item.organisation}" if item.organisation else ""
    if item.tag.startswith("target/"):
        yield f"A target{of}, due {_when(item.edtf)}."
    else:
        yield f"A plan{of}, intended {_when(item.edtf)}." if item.edtf else f"A plan{of}, without a date."
    if item.status == FULFILLED:
        yield f"Fulfilled {period_in_words(item.earliest, item.latest)}."
    elif not item.tag.startswith("target/"):
        possibly = "" if item.certainty == "definite" else "possibly "
        yield f"Its status is {possibly}{item.status.replace('_', ' ')}."
    if item.terms:
        yield item.terms if item.terms.endswith((".", "!", "?", "…")) else f"{item.terms}."


def _when(edtf: str | None) -> str:
    return edtf_in_words(edtf) if edtf else ""


def _plain(text: str) -> str:
    """Text without control characters, which a calendar cannot hold (RFC 5545, section 3.3.11), on one line."""
    return " ".join(_CONTROLS.sub("\ufffd", clean(text)).split())


_CONTROLS: Final = re.compile("[\x7f-\x84\x86-\x9f]")
"""Those that XML allows."""

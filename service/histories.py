"""Answers about an organisation over time, as the service and the command line give them: one page, or all of it."""

from __future__ import annotations

import msgspec

from events.queries.answers import AsOf, KnownAt
from events.queries.changes import Change
from events.queries.learned import Learned
from events.queries.timeline import Entry


class Timeline(msgspec.Struct, frozen=True):
    """A page of facts in effective order."""

    items: list[Entry]
    next: str | None


class Changes(msgspec.Struct, frozen=True):
    """A page of what changed from one day to another, both inclusive."""

    items: list[Change]
    next: str | None
    between: AsOf
    known_at: KnownAt


class Lessons(msgspec.Struct, frozen=True):
    """A page of what was learned about some days between two moments."""

    items: list[Learned]
    next: str | None
    as_of: AsOf
    known_from: KnownAt
    known_to: KnownAt

"""What recording facts would change: the very path of an append, on a snapshot, with nothing recorded.

The log checks ids and conditions as it would under its lock, the projection folds the facts as it would in the commit;
what they would have written is told instead, slot by slot.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
import sqlalchemy as sa

from events.anomalies import Anomaly
from events.changes import Changes
from events.dates import iso
from events.dcb import Append
from events.event import Event
from events.held import Statement
from events.log import Log, Written
from events.projection import Projection
from events.queries.answers import DEFINITE, POSSIBLE, Bounds, bounds, until
from events.state import Span


class Undecided(msgspec.Struct, frozen=True):
    """A fact of which it is open, from `earliest` until before `latest`, whether it has taken effect."""

    event: str
    earliest: str | None
    latest: str | None


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A statement of a slot. `certainty` is definite where there is a day on which it surely holds."""

    value: Any
    since: Bounds | None
    until: Bounds | None
    certainty: str
    targets: tuple[str, ...]
    opened_by: tuple[str, ...]
    closed_by: tuple[str, ...]
    undecided: tuple[Undecided, ...]


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """How one slot would change: the statements that would no longer stand, and those that would come in their place.

    What the slot says besides stays as it is.
    """

    subject: str
    property: str
    key: str
    before: list[Said]
    after: list[Said]


class Rehearsal(msgspec.Struct, frozen=True):
    """What would be recorded (or, where all of it is known, what was), and what would follow from it."""

    events: tuple[Event, ...]
    warnings: list[Anomaly]
    changes: list[Change]


def rehearse(log: Log, projection: Projection, connection: sa.Connection, append: Append) -> Rehearsal:
    """What the append would do if it came next, by what this connection sees. Raises what recording it would raise."""
    appended = log.rehearse(connection, append)
    if appended.known:
        return Rehearsal(appended.events, [], [])
    warnings, changes = projection.rehearse(connection, Written(append, appended.events))
    return Rehearsal(appended.events, warnings, told(changes))


def told(changes: Changes) -> list[Change]:
    """The slots that would change, in order."""
    return [
        Change(subject=slot[0], property=slot[1], key=slot[2], before=_said(before), after=_said(after))
        for slot, (before, after) in sorted(changes.differences().items(), key=lambda each: each[0])
    ]


def _said(statements: Iterable[Statement]) -> list[Said]:
    return [said(each.span, each.targets) for each in sorted(statements, key=_order)]


def _order(statement: Statement) -> tuple[Any, ...]:
    span = statement.span
    return span.since_earliest, span.since_latest, span.until_earliest, span.until_latest, span.value or ""


def said(span: Span, targets: tuple[str, ...]) -> Said:
    """A statement as it is told."""
    is_sure = not span.doubtful and span.since_latest < span.until_earliest
    return Said(
        value=msgspec.json.decode(span.value) if span.value is not None else None,
        since=bounds(span.since_earliest, span.since_latest),
        until=until(span),
        certainty=DEFINITE if is_sure else POSSIBLE,
        targets=targets,
        opened_by=span.opened_by,
        closed_by=span.closed_by,
        undecided=tuple(Undecided(root, iso(earliest), iso(latest)) for root, earliest, latest in span.undecided),
    )

"""The timeline of a subject: the facts that stand, in the order in which they hold in the world."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from events import tables
from events.dates import BEGINNING, END, Day, day
from events.definitions import at_hand
from events.event import Effective, Event, RecordedFact, Source
from events.facts import tags_of
from events.held import OWNED
from events.queries import history
from events.queries.question import Moment
from events.queries.reading import Queries
from events.standing import KINDS, Amendment, standing
from events.vocabulary.language import about_register


class Entry(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A fact as it stands: `id`, `position` and `recorded_at` are those of the event that was recorded first.

    The data of a user's type are shown as its newest version knows them, with the defaults of what is new.
    """

    id: str
    type: str
    effective: Effective | None
    data: Any
    position: int
    recorded_at: str
    corrected_by: str | None = None
    sources: tuple[Source, ...] = ()
    note: str | None = None
    fulfils: Any = None
    follows: tuple[str, ...] = ()
    ends: str | None = None


class Timeline(msgspec.Struct, frozen=True):
    """A page of entries, and how many lie before the next page (None: this is the last)."""

    items: list[Entry]
    next_after: int | None


def of(
    queries: Queries,
    connection: sa.Connection,
    tag: str,
    moment: Moment,
    after: int = 0,
    limit: int = 100,
    by: Day = END,
) -> Timeline | None:
    """The facts about a subject that stand and may have taken effect by a day (with those that have no date), by
    effective date; None where no event that is known mentions the subject.

    An alias has the timeline of the subject that answers for it, with the facts about all that are one with that.
    """
    subject = queries.found(connection, tag, moment)
    if subject is None:
        return None
    tag = subject.tag
    tags = [tag, *(queries.aliases(connection, tag, moment) if subject.has_aliases else ())]
    entries = sorted(
        (pair for pair in _standing(queries, connection, tags, moment) if _earliest(pair[0]) <= by), key=_order
    )
    page = [entry for entry, _ in entries[after : after + limit]]
    return Timeline(page, after + limit if len(entries) > after + limit else None)


def _standing(
    queries: Queries, connection: sa.Connection, tags: Sequence[str], moment: Moment
) -> list[tuple[Entry, RecordedFact]]:
    """The facts about the world that stand and name any of these subjects."""
    events = {event.id: event for event in _events(queries, connection, tags, moment)}
    amended = _amendments(queries, connection, moment, events)
    missing = {root for root in amended if root not in events}
    missing |= {each.id for amendments in amended.values() for each in amendments} - events.keys()
    if missing:
        events.update(history.with_roots(queries, connection, missing, moment.generation)[0])
    roots = {id_ for id_, event in events.items() if not about_register(event.type)}
    types = queries.definitions.refresh(connection)
    found = []
    for root in roots:
        by = standing(root, amended.get(root, ()))
        if by is None:
            continue
        fact = events[by].stated
        if by == root or any(_bears(connection, fact, tag) for tag in tags):
            data = types.upcast(fact.kind, fact.data, moment.position)
            found.append((_entry(events[root], fact, data, by), fact))
    return found


def _entry(event: Event, fact: RecordedFact, data: Any, by: str) -> Entry:
    return Entry(
        id=event.id,
        type=fact.type,
        effective=fact.effective,
        data=data,
        position=event.position,
        recorded_at=event.recorded_at_text,
        corrected_by=None if by == event.id else by,
        sources=fact.sources,
        note=fact.note,
        fulfils=fact.fulfils,
        follows=fact.follows,
        ends=fact.ends,
    )


def _earliest(entry: Entry) -> Day:
    effective = entry.effective
    return day(effective.earliest) if effective is not None and effective.earliest else BEGINNING


def _order(pair: tuple[Entry, RecordedFact]) -> tuple[int, int, int]:
    entry, _ = pair
    effective = entry.effective
    if effective is None:
        return BEGINNING, END, entry.position
    latest = day(effective.latest) if effective.latest else END
    # What has no first day is placed by its last one.
    return (_earliest(entry) if effective.earliest else latest), latest, entry.position


def _bears(connection: sa.Connection, replacement: RecordedFact, tag: str) -> bool:
    """Whether an event would bear the tag that held what stands in its place."""
    tags = tags_of(replacement)
    owned = [each for each in tags if each.startswith(OWNED)]
    if tag in tags or not owned or not tag.startswith("organisation/"):
        return tag in tags
    first, other = tables.event_tag.alias("first"), tables.event_tag.alias("other")
    firsts = sa.select(sa.func.min(first.c.position)).where(first.c.tag.in_(owned)).group_by(first.c.tag)
    found = sa.select(sa.exists().where(other.c.tag == tag, other.c.position.in_(firsts)))
    return bool(connection.execute(found).scalar_one())


def _events(queries: Queries, connection: sa.Connection, tags: Sequence[str], moment: Moment) -> list[Event]:
    database, event, tagged = queries.database, tables.event, tables.event_tag
    prepared = database.prepare(
        "events with tags",
        lambda: (
            sa.select(*tables.EVENT_COLUMNS)
            .select_from(tagged.join(event, event.c.position == tagged.c.position))
            .where(database.among(tagged.c.tag, "tags"), tagged.c.position <= sa.bindparam("position"))
        ),
    )
    rows = prepared.all(connection, tags=database.listed(tags), position=moment.position)
    events = [Event(*row) for row in rows]
    at_hand(database, connection, (event.body for event in events))
    return events


def _amendments(
    queries: Queries, connection: sa.Connection, moment: Moment, events: dict[str, Event]
) -> Mapping[str, Sequence[Amendment]]:
    """All amendments of the roots that these events are, or amend."""
    amending = {id_ for id_, event in events.items() if event.type in KINDS}
    known = history.roots(queries.database, connection, amending, moment.generation) if amending else {}
    return history.amendments(queries, connection, {*known.values(), *(events.keys() - amending)}, moment)

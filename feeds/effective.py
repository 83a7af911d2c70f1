"""Changes as they come into force: each fact at the moment when it has surely taken effect, however its date is read.

That moment is the beginning of the day after its latest possible day, in the register's time zone; or, where it was
recorded later than that, its recorded time. A fact whose date has no latest day never comes here, nor does one that was
corrected or retracted by its moment; the replacement in a correction is a fact with a date of its own. So what was once
in the feed stays, and new entries are newer than all that were there before, whether time has passed or something was
recorded.

Most facts are recorded after the event, and their moment is their recorded time: these are found by going back through
the log. The few that were recorded beforehand are kept in a table by the day on which they come into force. It is not
written by appends: it follows from the log alone, so the feed itself goes through what was recorded since.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from heapq import merge
from itertools import islice
from typing import Final
from urllib.parse import urlencode
from uuid import UUID, uuid5

import msgspec
import sqlalchemy as sa

from events import dates, tables
from events.database import Database
from events.dates import Day
from events.event import Effective
from events.queries import Queries, history
from events.register import Register
from events.standing import Amendment, standing
from events.vocabulary.amendments import Corrected
from feeds import documents
from feeds.documents import FORMAT_VERSION, Document
from feeds.entry import Entry
from feeds.selections import at_positions

PATH: Final = "effective"
PAGE_SIZE: Final = 100
SCANNED_MAX: Final = 20_000
"""Events of the log that one page looks at."""
SCANNED_AT_ONCE: Final = 500
UNSEEN_MAX: Final = 1_000
"""Events that are looked through again with each request, rather than noting that they were."""
UNSEEN_AT_ONCE: Final = 5_000
SCANNED_PER_COMING: Final = 5
"""Looked at for each fact that is to come, since some are corrected or retracted by now."""
ALL: Final = 2**31 - 1
DAY: Final = 86_400_000_000  # microseconds
EPOCH: Final = 719_163
"""The day 1970-01-01, as days are numbered."""

forthcoming = sa.Table(
    "forthcoming",
    tables.metadata,
    sa.Column("day", sa.Integer, nullable=False),  # on which the fact has surely taken effect, which was yet to come
    sa.Column("position", sa.BigInteger, nullable=False),  # when it was recorded
    sa.PrimaryKeyConstraint("day", "position"),
    sqlite_with_rowid=False,
)
forthcoming_seen = sa.Table(
    "forthcoming_seen",
    tables.metadata,
    sa.Column("one", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("position", sa.BigInteger, nullable=False),  # up to which the log was looked through
)


class Place(msgspec.Struct, frozen=True, order=True):
    """Where an entry has its place: its moment (microseconds since 1970 UTC), and the position of its event."""

    moment: int
    position: int

    def __str__(self) -> str:
        return f"{self.moment}-{self.position}"


class Reached(msgspec.Struct, frozen=True):
    """What the newest page depends on, besides the register's own."""

    position: int  # of the head of the log
    recorded_at: int  # of that position, or when the register was made; microseconds since 1970 UTC
    today: Day  # in the register's time zone
    began: int  # when it began
    generation: int

    @property
    def modified(self) -> int:
        """When the feed may have changed for the last time."""
        return max(self.recorded_at, self.began)

    @property
    def last(self) -> Place:
        """Above all that is in the feed."""
        return Place(max(self.recorded_at, self.began), self.position)


def reached(queries: Queries, connection: sa.Connection, register: Register, now: int) -> Reached:
    """How far the log and the days have come at a time (microseconds since 1970 UTC). Reads no event."""
    moment = queries.moments.now(connection)
    recorded_at = moment.recorded_at if moment.head else register.created_at
    today = register.today(max(now, recorded_at))
    return Reached(moment.head, recorded_at, today, _began(register, today), moment.generation)


def etag(register: Register, reached: Reached, upto: Place | None, form: str) -> str:
    """The strong entity tag of a page in a format such as `atom`, with its quotes."""
    depends = (reached.position, reached.recorded_at, reached.today, None if upto is None else str(upto))
    dependencies = msgspec.json.encode((FORMAT_VERSION, register, PATH, depends, form))
    return f'"{sha256(dependencies).hexdigest()[:32]}"'


def look_through(database: Database, register: Register) -> None:
    """Note which facts were recorded beforehand, up to the head of the log but for the last UNSEEN_MAX events."""
    while True:
        with database.snapshot() as connection:
            seen = _seen(database, connection)
            row = database.prepare("position of the head", _HEAD).one(connection)
            if row is None or row[0] - seen <= UNSEEN_MAX:
                return
            found = list(_ahead(database, connection, register, seen, UNSEEN_AT_ONCE))
        last = min(seen + UNSEEN_AT_ONCE, row[0])
        with database.transaction() as connection:
            database.insert_missing(forthcoming).many(connection, found)
            if _seen(database, connection) < last:  # else another process was quicker
                database.upsert(forthcoming_seen, "position").many(connection, [(1, last)])


def page(
    queries: Queries, connection: sa.Connection, register: Register, reached: Reached, upto: Place | None
) -> Document:
    """The page with the newest entries; of those up to a place, where one is given."""
    first = reached.last if upto is None else min(upto, reached.last)
    reading = _Reading(queries, connection, register, reached)
    found = list(islice(reading.places(first), PAGE_SIZE + 1))
    edge = found[PAGE_SIZE] if len(found) > PAGE_SIZE else reading.edge
    found = found[:PAGE_SIZE]
    links = [("self", address(register, upto))]
    if upto is not None:
        links.append(("first", address(register)))
    if edge is not None:
        links.append(("next", address(register, edge)))
    held = at_positions(queries.database, connection, [each.position for each in found]) if found else []
    made = {each.event.position: each for each in documents.entries(queries, connection, register, held)}
    author = documents.author_of(register)
    return Document(
        id=uuid5(UUID(register.id), f"feeds/{PATH}").urn,
        title=f"{author}: changes as they come into force",
        author=author,
        updated=found[0].moment if found else register.created_at,
        page=None,
        links=tuple(links),
        entries=tuple(_entry(made[each.position], each) for each in found),
        register=register,
    )


def coming(
    queries: Queries, connection: sa.Connection, register: Register, reached: Reached, most: int
) -> list[tuple[Day, int]]:
    """What comes into force after today, the soonest first: (day, position) of facts that stand, at most so many."""
    database = queries.database
    unseen = sorted(_ahead(database, connection, register, _seen(database, connection), None))
    noted = database.prepare("forthcoming from a day on", _FROM_DAY).all(
        connection, day=reached.today, most=most * SCANNED_PER_COMING
    )
    days = {position: day for day, position in (*noted, *unseen) if day > reached.today}
    ever = reached.last.moment
    reading = _Reading(queries, connection, register, reached)
    stand = reading.standing([Place(ever, position) for position in days]) if days else set()
    return sorted((day, position) for position, day in days.items() if Place(ever, position) in stand)[:most]


def address(register: Register, upto: Place | None = None) -> str:
    """Where a page is, without the suffix of a format."""
    query = "" if upto is None else "?" + urlencode({"upto": str(upto)})
    return f"{register.base_url}/feeds/{PATH}{query}"


class _Reading:
    """The places of entries, from the newest on. `edge`: where to go on, where so many events were looked at."""

    def __init__(self, queries: Queries, connection: sa.Connection, register: Register, reached: Reached) -> None:
        self._database, self._connection = queries.database, connection
        self._queries, self._register, self._reached = queries, register, reached
        self.edge: Place | None = None

    def places(self, first: Place) -> Iterator[Place]:
        """Those up to a place, the newest first."""
        candidates = merge(self._recorded_after(first), self._recorded_before(first), reverse=True)
        while some := list(islice(candidates, PAGE_SIZE)):
            standing_ = self.standing(some)
            for each in some:
                if self.edge is not None and each <= self.edge:
                    return
                if each in standing_:
                    yield each

    def _recorded_after(self, first: Place) -> Iterator[Place]:
        """Of the facts that were recorded after the event: the log, from the newest."""
        before = self._queries.moments.end_of_append(self._connection, first.moment) + 1
        prepared = self._database.prepare("dates before a position", _DATES_BEFORE)
        today = _Today(self._register)
        for _ in range(SCANNED_MAX // SCANNED_AT_ONCE):
            rows = prepared.all(self._connection, before=before, most=SCANNED_AT_ONCE)
            for position, recorded_at, body in rows:
                latest = _latest(body)
                place = Place(recorded_at, position)
                if latest is not None and today.is_after(latest, recorded_at) and place <= first:
                    yield place
            if len(rows) < SCANNED_AT_ONCE:
                return
            before = rows[-1][0]
        self.edge = Place(rows[-1][1], before - 1)

    def _recorded_before(self, first: Place) -> Iterator[Place]:
        """Of the facts that were recorded beforehand: those that were noted, and those not looked through yet."""
        unseen = _ahead(self._database, self._connection, self._register, _seen(self._database, self._connection), None)
        by_day = merge(sorted(unseen, reverse=True), self._noted(first), reverse=True)
        for day, position in by_day:
            place = Place(_began(self._register, day), position)
            if place <= first:
                yield place

    def _noted(self, first: Place) -> Iterator[tuple[Day, int]]:
        prepared = self._database.prepare("forthcoming by day", _BY_DAY)
        day, position = min(self._reached.today, self._register.today(first.moment)) + 1, 0
        while rows := prepared.all(self._connection, day=day, position=position, most=SCANNED_AT_ONCE):
            yield from rows
            day, position = rows[-1]

    def standing(self, places: Sequence[Place]) -> set[Place]:
        """Those whose facts stand at their moments."""
        database, connection = self._database, self._connection
        asked = database.giving("asked", ("position",), ((each.position,) for each in places))
        ids: dict[int, str] = dict(
            database.prepare("ids at positions", lambda: _ids(database)).all(connection, **asked)
        )
        generation = self._reached.generation
        roots = {id_: id_ for id_ in ids.values()} | history.roots(
            database, connection, sorted(ids.values()), generation
        )
        given = {"generation": generation, "ids": database.listed(sorted(set(roots.values())))}
        rows = database.prepare("amendments with times", lambda: _amendments(database)).all(connection, **given)
        amendments: dict[str, list[tuple[int, Amendment]]] = {}
        for root, recorded_at, *amendment in rows:
            amendments.setdefault(root, []).append((recorded_at, Amendment(*amendment)))
        found = set()
        for each in places:
            id_ = ids[each.position]
            root = roots[id_]
            by_then = (amendment for recorded_at, amendment in amendments.get(root, ()) if recorded_at <= each.moment)
            if standing(root, by_then) == id_:
                found.add(each)
        return found


class _Today:
    """The day at some time, in the register's time zone; times that come together are often the same."""

    def __init__(self, register: Register) -> None:
        self._register, self._time, self._day = register, -1, 0

    def is_after(self, day: Day, time: int) -> bool:
        """Whether a day is over by then."""
        if day < time // DAY + EPOCH - 1:  # wherever the register is
            return True
        if time != self._time:
            self._time, self._day = time, self._register.today(time)
        return day < self._day


def _ahead(
    database: Database, connection: sa.Connection, register: Register, after: int, most: int | None
) -> Iterator[tuple[Day, int]]:
    """(day, position) of the facts among so many events (or all) after a position that were recorded beforehand."""
    today = _Today(register)
    limit = ALL if most is None else most
    rows = database.prepare("dates after a position", _DATES_AFTER).all(connection, after=after, most=limit)
    for position, recorded_at, body in rows:
        latest = _latest(body)
        if latest is not None and not today.is_after(latest, recorded_at):
            yield latest + 1, position


def _entry(made: Entry, place: Place) -> Entry:
    """The entry of an event at its moment. That of a correction is about the fact that stands now."""
    event = made.event
    data = event.fact.data
    changed: dict[str, object] = {"id": uuid5(UUID(event.id), PATH).urn, "updated": place.moment}
    if isinstance(data, Corrected):
        changed |= {"title": made.title.removeprefix("Correction: "), "effective": data.replacement.effective}
    return msgspec.structs.replace(made, **changed)


def _began(register: Register, day: Day) -> int:
    """When a day began (microseconds since 1970 UTC)."""
    return register.end_of(day - 1) + 1


def _seen(database: Database, connection: sa.Connection) -> int:
    row = database.prepare("forthcoming seen", _SEEN).one(connection)
    return 0 if row is None else int(row[0])


class _Dated(msgspec.Struct):
    type: str
    data: msgspec.Raw
    effective: Effective | None = None


class _Replacing(msgspec.Struct):
    replacement: _Dated


_dated = msgspec.json.Decoder(_Dated).decode
_replacing = msgspec.json.Decoder(_Replacing).decode


def _latest(body: bytes | None) -> Day | None:
    """The latest day of the fact in a body; of a correction that of its replacement."""
    if body is None:  # redacted
        return None
    dated = _dated(body)
    if dated.type == "fact.corrected":
        dated = _replacing(dated.data).replacement
    effective = dated.effective
    return None if effective is None or effective.latest is None else dates.day(effective.latest)


_event, _event_id, _amendment = tables.event, tables.event_id, tables.amendment
_most = sa.bindparam("most", type_=sa.Integer)
_dates = sa.select(_event.c.position, _event.c.recorded_at, _event.c.body)
_DATES_BEFORE = (
    _dates.where(_event.c.position < sa.bindparam("before", type_=sa.BigInteger))
    .order_by(_event.c.position.desc())
    .limit(_most)
)
_HEAD = sa.select(tables.log_head.c.position)
_SEEN = sa.select(forthcoming_seen.c.position)
_DATES_AFTER = (
    _dates.where(_event.c.position > sa.bindparam("after", type_=sa.BigInteger))
    .order_by(_event.c.position)
    .limit(_most)
)
_BY_DAY = (
    sa.select(forthcoming.c.day, forthcoming.c.position)
    .where(
        sa.tuple_(forthcoming.c.day, forthcoming.c.position)
        < sa.tuple_(sa.bindparam("day", type_=sa.Integer), sa.bindparam("position", type_=sa.BigInteger))
    )
    .order_by(forthcoming.c.day.desc(), forthcoming.c.position.desc())
    .limit(_most)
)
_FROM_DAY = (
    sa.select(forthcoming.c.day, forthcoming.c.position)
    .where(forthcoming.c.day > sa.bindparam("day", type_=sa.Integer))
    .order_by(forthcoming.c.day, forthcoming.c.position)
    .limit(_most)
)


def _ids(database: Database) -> sa.Select[tuple[int, str]]:
    asked = database.given("asked", position=sa.BigInteger)
    return sa.select(_event.c.position, _event.c.id).join_from(asked, _event, _event.c.position == asked.c.position)


def _amendments(database: Database) -> sa.Select[tuple[object, ...]]:
    columns = (_amendment.c[name] for name in ("position", "id", "event", "kind"))
    return (
        sa.select(_amendment.c.root, _event.c.recorded_at, *columns)
        .select_from(_amendment.join(_event, _event.c.position == _amendment.c.position))
        .where(_amendment.c.generation == sa.bindparam("generation"), database.among(_amendment.c.root, "ids"))
    )

"""The two questions of every read: the day in the world (`as_of`) and the state of our knowledge (`known_at`)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Final

import msgspec
import sqlalchemy as sa

from events import tables
from events.database import Database
from events.date_phrases import LENGTH_MAX
from events.date_words import period_in_words
from events.dates import DateFault, Day, Period, day, iso, period
from events.errors import OrglineError
from events.projection import VERSION, StateVersion
from events.register import Register

FORMS: Final = (
    "write a position such as 57 (the number of a fact in the log), a day such as 2021-11-22, "
    "or a time such as 2021-11-22T09:30:00Z"
)


class InvalidMoment(OrglineError):
    """`known_at` is none of its forms, or lies beyond the head. `meant`: what may be meant, the likeliest first."""

    code = "invalid-known-at"

    def __init__(self, message: str, meant: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.meant = meant


class Moment(msgspec.Struct, frozen=True):
    """What was known: all appends up to `position` (always the last of its append; 0: nothing yet)."""

    generation: int
    head: int
    position: int
    recorded_at: int  # of that position, microseconds since 1970 UTC; 0 where nothing is recorded yet
    head_recorded_at: int
    explicit: bool  # whether the client asked for it

    @property
    def last(self) -> tuple[int, int]:
        """What tells the log as it is from what it was, and from another that came to be in its place by a restore."""
        return self.head, self.head_recorded_at

    @property
    def known(self) -> tuple[int, int]:
        """The same of what was known at this moment."""
        return self.position, self.recorded_at


class Question(msgspec.Struct, frozen=True):
    """A question to the state."""

    as_of: Period
    moment: Moment


class Moments:
    """Finds the moments of one register."""

    def __init__(self, database: Database, register: Register) -> None:
        self._register = register
        head, event = tables.log_head, tables.event
        projection = tables.projection
        self._now = database.prepare(
            "moment",
            sa.select(head.c.position, head.c.recorded_at, projection.c.generation, projection.c.version).select_from(
                head.join(projection, projection.c.current.is_(sa.true()))
            ),
        )
        self._at_time = database.prepare(
            "position at a time",
            sa.select(event.c.position, event.c.recorded_at)
            .where(event.c.recorded_at <= sa.bindparam("time"))
            .order_by(event.c.recorded_at.desc(), event.c.position.desc())
            .limit(1),
        )
        time_of_next = sa.select(event.c.recorded_at).where(event.c.position == sa.bindparam("next")).scalar_subquery()
        self._before = database.prepare(
            "what was recorded before a position",
            sa.select(event.c.position, event.c.recorded_at)
            .where(event.c.recorded_at < time_of_next)
            .order_by(event.c.recorded_at.desc(), event.c.position.desc())
            .limit(1),
        )

    def now(self, connection: sa.Connection) -> Moment:
        """The head. Raises StateVersion."""
        row = self._now.one(connection)
        assert row is not None, "the first migration makes the first generation"
        position, recorded_at, generation, version = row
        if version != VERSION:
            raise StateVersion(version)
        return Moment(generation, position, position, recorded_at, recorded_at, explicit=False)

    def at(self, connection: sa.Connection, known_at: str | None, now: Moment | None = None) -> Moment:
        """The moment that a client means. now: one that was found in this snapshot before. Raises InvalidMoment."""
        if known_at is None:
            return self.now(connection)
        now = now or self.now(connection)
        if known_at.isascii() and known_at.isdigit():
            return self._at_position(connection, now, known_at)
        position, recorded_at = self._found(connection, self._time(known_at))
        return msgspec.structs.replace(now, position=position, recorded_at=recorded_at, explicit=True)

    def end_of_append(self, connection: sa.Connection, recorded_at: int) -> int:
        """The last position of the append that was recorded at this instant."""
        return self._found(connection, recorded_at)[0]

    def _at_position(self, connection: sa.Connection, now: Moment, text: str) -> Moment:
        position = int(text) if len(text) < 19 else now.head + 1
        if position > now.head:
            raise InvalidMoment(f"known_at={text} is beyond the head of the log, which is {now.head}", (str(now.head),))
        if position == now.head:
            recorded_at = now.head_recorded_at
        else:  # what was known is all that was recorded before what comes next: inside an append the ones before it
            row = self._before.one(connection, next=position + 1)
            position, recorded_at = (0, 0) if row is None else (row[0], row[1])
        return msgspec.structs.replace(now, position=position, recorded_at=recorded_at, explicit=True)

    def _found(self, connection: sa.Connection, time: int) -> tuple[int, int]:
        row = self._at_time.one(connection, time=time)
        return (row[0], row[1]) if row is not None else (0, 0)

    def _time(self, text: str) -> int:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            try:
                return self._register.end_of(day(text))
            except (DateFault, ValueError, OverflowError) as error:
                near = error.meant if isinstance(error, DateFault) else ()
                raise InvalidMoment(f"known_at={text}: there is no such day; {FORMS}", near) from error
        try:
            # A plus sign that was not escaped arrives as a space.
            time = datetime.fromisoformat(text.replace(" ", "+"))
        except ValueError as error:
            raise _not_understood(text) from error
        if time.tzinfo is None:
            raise InvalidMoment(f"known_at={text} lacks its offset from UTC; {FORMS}")
        try:
            return round(time.timestamp() * 1_000_000)
        except OverflowError as error:
            raise InvalidMoment(f"known_at={text} is out of range; {FORMS}") from error


def _not_understood(text: str) -> InvalidMoment:
    """What is wrong with a text that is no moment, with the position or the day that may be meant by it."""
    position = position_in_words(text)
    if position is not None:
        advice = f"write the number alone, {position}, for what was known by the first {position} facts"
        return InvalidMoment(f"known_at={text} is not understood: {advice}", (position,))
    try:
        days = period(text)
    except DateFault as fault:
        if not fault.meant:
            return InvalidMoment(f"known_at={text} is not understood; {FORMS}")
        found = [period(each) for each in fault.meant]
    else:
        found = [days]
    ends = tuple(str(iso(each.last)) for each in found)
    told = " or ".join(f"{period_in_words(each.last, each.last)} ({iso(each.last)})" for each in found)
    return InvalidMoment(f"known_at={text} is not understood: did you mean the end of {told}? Write one day", ends)


def position_in_words(text: str) -> str | None:
    """The position that is meant by "fact 20" or "after 20 events", in digits; None where that is not meant."""
    found = _NUMBERED(" ".join(text.lower().split())) if len(text) <= LENGTH_MAX else None
    return None if found is None else found[1] or found[2]


_NUMBERED: Final = re.compile(
    r"(?:after |up to |by |at )?(?:the )?(?:first )?(?:(?:position|fact|event|number|no\.?|#) ?([0-9]{1,15})|"
    r"([0-9]{1,15}) (?:facts?|events?))(?: of the log)?"
).fullmatch


def as_of(text: str | None, today: Callable[[], Day]) -> Period:
    """The days that are asked for; today where the client does not say. Raises DateFault."""
    if text is not None:
        return period(text)
    now = today()
    return Period(edtf=str(iso(now)), first=now, last=now)

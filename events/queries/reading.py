"""The prepared reads of the state: statements of or about subjects, as known at a moment."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import starmap
from operator import itemgetter
from typing import Any, Final, TypeVar

import msgspec
import sqlalchemy as sa

from events import tables
from events.changes import SPAN_COLUMNS, ids_of, undecided_of
from events.database import Database
from events.dates import Day
from events.definitions import Definitions
from events.prepared import Prepared
from events.queries.question import Moment, Moments, Question, as_of
from events.queries.selecting import Selecting
from events.register import Register
from events.state import certainty_of

STATED: Final = ("subject", "property", "key", *SPAN_COLUMNS)
"""The columns of a statement that it is told by."""
Answered = TypeVar("Answered")
COLUMNS: Final = (*STATED, "id")
ORDER: Final = tuple(
    COLUMNS.index(name) for name in ("subject", "property", "key", "since_earliest", "since_latest", "id")
)
IN_ORDER: Final = itemgetter(*ORDER)
"""How statements are told: in Python, where it costs less than SQLite's sorting of rows that are few."""


DECODE: Final = msgspec.json.Decoder().decode


class Stated(msgspec.Struct, frozen=True):
    """A statement as it was known at a moment: a row of these columns, with the days of a span (see events/state.py).
    The ids of events are taken apart where they are asked for, since most never are.
    """

    subject: str
    property_: str
    key: str
    value: str | None  # canonical JSON
    since_earliest: Day
    since_latest: Day
    until_earliest: Day
    until_latest: Day
    doubtful: bool  # 0 or 1 where the database knows no better
    opened: str = ""
    closed: str = ""
    open_: str | None = None
    id: int = 0

    @property
    def slug(self) -> str:
        """The subject without its kind."""
        return self.subject.split("/", 1)[1]

    @property
    def data(self) -> Any:
        """The value, decoded; None where there is none."""
        return DECODE(self.value) if self.value is not None else None

    @property
    def opened_by(self) -> tuple[str, ...]:
        """The ids of the events that opened it, sorted."""
        return ids_of(self.opened)

    @property
    def closed_by(self) -> tuple[str, ...]:
        """The ids of the events that closed it, sorted."""
        return ids_of(self.closed)

    @property
    def undecided(self) -> tuple[tuple[str, Day, Day], ...]:
        """The root and the own bounds of its facts where these are finite and differ."""
        return undecided_of(self.open_)

    certainty = certainty_of


class Found(msgspec.Struct, frozen=True):
    """A subject that an event mentions: the tag of what answers for it, the last position at which an answer about it
    may have changed, when that was recorded (microseconds since 1970 UTC), how many events bear that tag, and whether
    it answers for others.
    """

    tag: str
    changed: int
    changed_at: int
    version: int
    has_aliases: bool

    @property
    def slug(self) -> str:
        """The identifier that is kept."""
        return self.tag.partition("/")[2]


class Queries:
    """The reads of one register."""

    def __init__(self, database: Database, register: Register, definitions: Definitions | None = None) -> None:
        self.database = database
        self.definitions = definitions or Definitions(database)
        self.register = register
        self.moments = Moments(database, register)
        self.selecting = Selecting(database)
        self._sql = _Sql(database)

    def question(self, connection: sa.Connection, as_of_text: str | None, known_at: str | None, now: int) -> Question:
        """What a client asks; `now` (microseconds since 1970 UTC) says what today is.

        Raises DateFault, InvalidMoment.
        """
        days = as_of(as_of_text, lambda: self.register.today(now))
        return Question(days, self.moments.at(connection, known_at))

    def mentioned(self, connection: sa.Connection, tag: str, moment: Moment) -> bool:
        """Whether an event that was known at this moment mentions the subject."""
        kind, _, slug = tag.partition("/")
        row = self._sql.subject.one(connection, generation=moment.generation, kind=kind, id=slug)
        return row is not None and row[0] <= moment.position

    def once(self, key: tuple[object, ...], read: Callable[[], Answered]) -> Answered:
        """What `read` gives; `key` tells it from whatever else is read of one snapshot."""
        return read()

    def found(self, connection: sa.Connection, tag: str, moment: Moment) -> Found | None:
        """The subject, by any of its identifiers; None where no event that was known at this moment mentions it."""
        return self.once(("found", tag, moment), lambda: self._found(connection, tag, moment))

    def _found(self, connection: sa.Connection, tag: str, moment: Moment) -> Found | None:
        kind, _, slug = tag.partition("/")
        row = self._sql.found.one(
            connection,
            generation=moment.generation,
            position=moment.position,
            subject=tag,
            kind=kind,
            id=slug,
            within=len(kind) + 2,
        )
        if row is None or row[1] > moment.position:
            return None
        changed, changed_at = (row[2], row[4]) if row[2] <= moment.position else moment.known
        return Found(f"{kind}/{row[0]}", changed, changed_at or 0, row[3] or 0, bool(row[5]))

    def versions(self, connection: sa.Connection, tags: Iterable[str], moment: Moment) -> dict[str, int]:
        """How many events bear each of these tags; those that none bears may be left out."""
        asked = self.database.giving("asked", ("tag",), ((tag,) for tag in tags))
        rows = self._sql.versions.all(connection, **asked, position=moment.position)
        return {tag: version for tag, version in rows if version is not None}

    def of(
        self, connection: sa.Connection, moment: Moment, subjects: Iterable[str], properties: Iterable[str] = ()
    ) -> list[Stated]:
        """The statements of these subjects (with these properties, if any are named)."""
        return self._read(connection, moment, self._sql.of, self._sql.of_some, subjects, properties)

    def about(
        self, connection: sa.Connection, moment: Moment, subjects: Iterable[str], properties: Iterable[str] = ()
    ) -> list[Stated]:
        """The statements of other subjects that concern these as well."""
        return self._read(connection, moment, self._sql.about, self._sql.about_some, subjects, properties)

    def representative(self, connection: sa.Connection, tag: str, moment: Moment) -> str:
        """The tag of the subject that answers for this one: itself, unless it was an alias by then."""
        row = self._sql.representative.one(
            connection, generation=moment.generation, subject=tag, position=moment.position
        )
        return str(row[0]) if row is not None else tag

    def aliases(self, connection: sa.Connection, tag: str, moment: Moment) -> list[str]:
        """The tags of the subjects for which this one answers, bytewise; none if it is an alias itself."""
        rows = self._sql.aliases.all(
            connection, generation=moment.generation, representative=tag, position=moment.position
        )
        return [row[0] for row in rows]

    def concerning(
        self, connection: sa.Connection, moment: Moment, subjects: Iterable[str], properties: Iterable[str]
    ) -> list[tuple[str, Stated]]:
        """The same with these properties, each with the subject that it concerns."""
        listed = self.database.listed
        rows = self._sql.concerning.all(
            connection,
            generation=moment.generation,
            position=moment.position,
            subjects=listed(subjects),
            properties=listed(properties),
        )
        return [(row[0], Stated(*row[1:])) for row in rows]

    def _read(
        self,
        connection: sa.Connection,
        moment: Moment,
        whole: Prepared,
        some: Prepared,
        subjects: Iterable[str],
        properties: Iterable[str],
    ) -> list[Stated]:
        of, wanted = tuple(subjects), tuple(properties)

        def read() -> list[Stated]:
            listed = self.database.listed
            known = {"generation": moment.generation, "position": moment.position, "subjects": listed(of)}
            if wanted:
                rows = some.all(connection, **known, properties=listed(wanted))
            else:
                rows = whole.all(connection, **known)
            rows.sort(key=IN_ORDER)
            return list(starmap(Stated, rows))

        return self.once((whole, of, wanted, moment), read)


class Remembering(Queries):
    """The same reads for one answer, all from one snapshot: what was read once is not read again."""

    def __init__(self, queries: Queries) -> None:
        vars(self).update(vars(queries))
        self._read_before: dict[tuple[object, ...], Any] = {}

    def once(self, key: tuple[object, ...], read: Callable[[], Answered]) -> Answered:
        """What `read` gave, or gives."""
        if key not in self._read_before:
            self._read_before[key] = read()
        answered: Answered = self._read_before[key]
        return answered


class _Sql:
    def __init__(self, database: Database) -> None:
        statement, target, subject, alias = tables.statement, tables.statement_target, tables.subject, tables.alias
        generation: sa.BindParameter[int] = sa.bindparam("generation")
        position: sa.BindParameter[int] = sa.bindparam("position")
        known = sa.and_(
            statement.c.generation == generation,
            statement.c.recorded_from <= position,
            sa.or_(statement.c.recorded_to.is_(None), statement.c.recorded_to > position),
        )
        columns = [statement.c[name] for name in COLUMNS]
        of = sa.select(*columns).where(known, database.among(statement.c.subject, "subjects"))
        targeted = target.join(
            statement, sa.and_(statement.c.generation == target.c.generation, statement.c.id == target.c.statement)
        )
        concerned = sa.select(target.c.statement).where(
            target.c.generation == generation, database.among(target.c.subject, "subjects")
        )
        by_id = sa.select(*columns).where(known, statement.c.id.in_(concerned))
        about = database.by_index(by_id, statement, "ix_statement_generation_id")
        some = database.among(statement.c.property, "properties")
        concerning = (
            sa.select(target.c.subject.label("concerns"), *columns)
            .select_from(targeted)
            .where(known, target.c.generation == generation, database.among(target.c.subject, "subjects"), some)
            .order_by(target.c.subject, *(statement.c[COLUMNS[place]] for place in ORDER))
        )
        self.concerning = database.prepare("statements concerning", concerning)
        self.of = database.prepare("statements of", of)
        self.of_some = database.prepare("statements of, some", of.where(some))
        self.about = database.prepare("statements about", about)
        self.about_some = database.prepare("statements about, some", about.where(some))
        self.subject = database.prepare(
            "subject",
            sa.select(subject.c.mentioned_at, subject.c.changed_at).where(
                subject.c.generation == generation,
                subject.c.kind == sa.bindparam("kind"),
                subject.c.id == sa.bindparam("id"),
            ),
        )
        equated = sa.and_(
            alias.c.generation == generation,
            alias.c.recorded_from <= position,
            sa.or_(alias.c.recorded_to.is_(None), alias.c.recorded_to > position),
        )
        self.representative = database.prepare(
            "representative",
            sa.select(alias.c.representative).where(equated, alias.c.subject == sa.bindparam("subject")),
        )
        kept = sa.func.substr(alias.c.representative, sa.bindparam("within", type_=sa.Integer))
        answering = sa.select(kept).where(equated, alias.c.subject == sa.bindparam("subject")).scalar_subquery()
        tagged, its_tag = tables.event_tag, subject.c.kind + "/" + subject.c.id
        bearing = (
            sa.select(tagged.c.sequence)
            .where(tagged.c.tag == its_tag, tagged.c.position <= position)
            .order_by(tagged.c.position.desc())
            .limit(1)
            .scalar_subquery()
        )
        changed = (
            sa.select(tables.event.c.recorded_at)
            .where(tables.event.c.position == subject.c.changed_at)
            .scalar_subquery()
        )
        answers = sa.select(alias.c.subject).where(
            equated, alias.c.representative == subject.c.kind + "/" + subject.c.id
        )
        has_aliases = database.by_index(answers, alias, "ix_alias_generation_representative").exists()
        self.found = database.prepare(
            "subject found",
            sa.select(subject.c.id, subject.c.mentioned_at, subject.c.changed_at, bearing, changed, has_aliases).where(
                subject.c.generation == generation,
                subject.c.kind == sa.bindparam("kind"),
                subject.c.id == sa.func.coalesce(answering, sa.bindparam("id", type_=sa.Text)),
            ),
        )
        aliases = (
            sa.select(alias.c.subject)
            .where(equated, alias.c.representative == sa.bindparam("representative"))
            .order_by(alias.c.subject)
        )
        self.aliases = database.prepare(
            "aliases", database.by_index(aliases, alias, "ix_alias_generation_representative")
        )
        tag, asked = tables.event_tag, database.given("asked", tag=sa.Text)
        self.versions = database.prepare(
            "versions of subjects",
            sa.select(
                asked.c.tag,
                sa.select(tag.c.sequence)
                .where(tag.c.tag == asked.c.tag, tag.c.position <= position)
                .order_by(tag.c.position.desc())
                .limit(1)
                .scalar_subquery(),
            ),
        )

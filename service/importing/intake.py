"""What a mapped import would record: every row checked and compared with what earlier imports said, before any is.

A fact that is not known is recorded as it is. Of one that is known, the *last word* of imports counts: the fact itself,
the latest correction that an import made, or its retraction. What people corrected by hand is left as it is until the
row itself changes. Where a row differs from the last word it is corrected, where it comes back its retraction is
retracted, and where it is gone it is retracted. The ids of these amendments follow from what was said last, so doing
the same again records nothing.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby, islice
from typing import IO, Any, Final
from uuid import UUID, uuid5

import msgspec
import sqlalchemy as sa

from events import facts, tables
from events.dcb import Query
from events.definitions import at_hand
from events.errors import OrglineError
from events.event import Event, Fact, RecordedFact, read_body
from events.facts import event_ids_mentioned
from events.log import PAGE_MAX, Log
from events.standing import CORRECTED, KINDS, RETRACTED
from service.importing.jsonl import BATCH_LINES_MAX, Line
from service.importing.mapped import Made, Mapped

RECORDED_BY: Final = "orgline import"
"""Who records what is imported; of a mapped import with the source's name behind it."""
AMENDMENT_NAMESPACE: Final = UUID("b4d1f3ae-4f0d-5a3c-8a55-1f8a1d0c7e90")
"""Of the ids of corrections and retractions that imports make. Never to be changed."""
VANISHED: Final = "(gone:{})"


class TooManyGone(OrglineError):
    """So many rows are gone that the file is more likely cut off than complete."""

    code = "too-many-gone"


class Found(msgspec.Struct):
    """What the check of all rows came to."""

    new: int = 0
    known: int = 0
    corrected: int = 0
    restored: int = 0
    retracted: int = 0
    faults: int = 0

    @property
    def lines(self) -> int:
        """How many facts are to be recorded."""
        return self.new + self.corrected + self.restored + self.retracted


class Intake:
    """The check of one mapped import, and what it leaves to be recorded. Closing it removes its temporary files."""

    def __init__(
        self,
        log: Log,
        mapped: Mapped,
        *,
        update: bool,
        complete: bool,
        allow_many: bool = False,
        tell: Callable[[str], None],
    ) -> None:
        self._log = log
        self._mapped = mapped
        self._update, self._complete, self._allow_many = update, complete, allow_many
        self._tell = tell
        self._past = _Past(log)
        self._made: set[bytes] = set()
        self._gone: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (closed by `close`)
        self._spool: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (closed by `close`)
        self.recorded_by = f"{RECORDED_BY} {mapped.spec.source.name}"
        self.found = Found()

    def close(self) -> None:
        """Remove what was kept."""
        self._gone.close()
        self._spool.close()

    def check(self, progress: Callable[[int], None] = lambda _: None) -> Found:
        """Go through all rows. What is wrong is told, and counted by whoever is told. Raises TooManyGone."""
        late = self._take(self._mapped.facts(progress))
        while late is not None:
            waiting, late = late, None
            before = len(self._made)
            with waiting:
                late = self._take(_read(waiting))
                if late is not None and len(self._made) == before:
                    with late:
                        self._take_known(late)
                    break
        if self._complete:
            self._retract_vanished()
        return self.found

    def lines(self) -> Iterator[Line]:
        """What is to be recorded, a line for each row, in an order in which no fact names a later one."""
        done = 0
        for number, (place, group) in enumerate(groupby(self._kept(), lambda made: made.place), 1):
            made = [each.fact for each in group]
            done += len(made)
            yield Line(number, done, made[0], place=place, more=tuple(made[1:]))

    def first(self, count: int) -> list[bytes]:
        """The first facts that are to be recorded, as JSON."""
        return [made.json for made in islice(self._kept(), count)]

    def _kept(self) -> Iterator[Made]:
        """First what is taken back, so that nothing new meets what is gone."""
        for file in (self._gone, self._spool):
            file.seek(0)
            yield from _read(file)

    def _take(self, given: Iterable[Made]) -> IO[bytes] | None:
        """Take the facts whose mentions are all made; the others are given back."""
        late: IO[bytes] | None = None
        for batch in _batches(given):
            ready = []
            for made in batch:
                if all(UUID(id_).bytes in self._made for id_ in event_ids_mentioned(made.fact)):
                    self._made.add(UUID(made.fact.id).bytes)
                    ready.append(made)
                else:
                    late = late or tempfile.TemporaryFile()  # noqa: SIM115 (handed back)
                    _write(late, made)
            self._compare(ready)
        if late is not None:
            late.seek(0)
        return late

    def _take_known(self, late: IO[bytes]) -> None:
        """Of facts that wait for others in vain: those whose others the register knows."""
        for batch in _batches(_read(late)):
            wanted = {id_ for made in batch for id_ in event_ids_mentioned(made.fact)}
            with self._log.database.snapshot() as connection:
                known = set(self._log.by_id(connection, wanted))
            ready = []
            for made in batch:
                unmet = [
                    id_
                    for id_ in sorted(event_ids_mentioned(made.fact))
                    if id_ not in known and UUID(id_).bytes not in self._made
                ]
                if unmet:
                    words = (
                        "ends or follows a fact that no row makes: its row is missing or faulty, or its `when` fails"
                    )
                    self._tell(f"{made.place}: {made.fact.type}: {words}")
                else:
                    self._made.add(UUID(made.fact.id).bytes)
                    ready.append(made)
            self._compare(ready)

    def _compare(self, batch: Sequence[Made]) -> None:
        with self._log.database.snapshot() as connection:
            past = self._past.of(connection, [str(made.fact.id) for made in batch])
        for made in batch:
            word = past.get(str(made.fact.id))
            if word is None:
                self.found.new += 1
                _write(self._spool, made)
            elif word.gone is None and _same(word.fact, made.fact):
                self.found.known += 1
            elif not self._update:
                words = "was withdrawn by an import" if word.gone else "was imported with other content"
                self._tell(f"{made.place}: {made.fact.type}: {words}; --update records the difference")
            else:
                self._amend(made, word)

    def _amend(self, made: Made, word: _Word) -> None:
        if word.gone is not None:
            self.found.restored += 1
            _write(self._spool, _retraction(made.place, word.gone, word.last))
        if not _same(word.fact, made.fact):
            self.found.corrected += 1
            stated: dict[str, Any] = msgspec.json.decode(made.json)
            root = stated.pop("id")
            id_ = uuid5(AMENDMENT_NAMESPACE, f"{root}\n{word.last}\n{msgspec.json.encode(stated).decode()}")
            data = {"event": root, "replacement": stated, "reason": "The imported row has changed."}
            _write(self._spool, _made(made.place, {"id": str(id_), "type": "fact.corrected", "data": data}))

    def _retract_vanished(self) -> None:
        """Retract what earlier imports of this source recorded and no row makes any more. Raises TooManyGone."""
        position, head = 0, self._log.head().position
        standing = 0
        while position < head:
            with self._log.database.snapshot() as connection:
                page = self._log.page(connection, Query.all(), after=position, limit=PAGE_MAX, upto=head)
                past = self._past.of(connection, [event.id for event in page.records if self._is_own(event)])
            position = page.head
            for id_, word in past.items():
                if word.gone is None:
                    standing += 1
                    if UUID(id_).bytes not in self._made:
                        self.found.retracted += 1
                        _write(self._gone, _retraction(VANISHED.format(id_), id_, word.last))
        gone = self.found.retracted
        if gone * 2 > standing and not self._allow_many:
            words = f"{gone} of the {standing} facts that stand from {self._mapped.spec.source.name} would be retracted"
            raise TooManyGone(f"{words}, more than half: see whether the files are whole; --allow-many lets it be done")

    def _is_own(self, event: Event) -> bool:
        return event.recorded_by == self.recorded_by and event.type not in KINDS


class _Word(msgspec.Struct):
    """The last word of imports on a fact: what it says, the retraction that took it back, its latest amendment."""

    fact: RecordedFact
    gone: str | None
    last: str


class _Past:
    """Reads last words."""

    def __init__(self, log: Log) -> None:
        self._log = log
        amendment, event, current = tables.amendment, tables.event, tables.projection
        self._amendments = log.database.prepare(
            "amendments of roots with their recorders",
            sa.select(
                amendment.c.root, amendment.c.id, amendment.c.event, amendment.c.kind, event.c.recorded_by, event.c.body
            )
            .select_from(amendment.join(event, event.c.position == amendment.c.position))
            .where(
                amendment.c.generation
                == sa.select(current.c.generation).where(current.c.current.is_(sa.true())).scalar_subquery(),
                log.database.among(amendment.c.root, "roots"),
            )
            .order_by(amendment.c.root, amendment.c.position),
        )

    def of(self, connection: sa.Connection, ids: Sequence[str]) -> dict[str, _Word]:
        """The last words on those of these facts that are recorded."""
        known = self._log.by_id(connection, ids)
        if not known:
            return {}
        words = {id_: _Word(read_body(event.body), None, id_) for id_, event in known.items()}
        undone: set[str] = set()
        rows = self._amendments.all(connection, roots=self._log.database.listed(known))
        at_hand(self._log.database, connection, (bytes(row[5]) for row in rows if row[5] is not None))
        for root, id_, aim, kind, recorded_by, body in rows:
            word = words[root]
            word.last = id_
            if kind == RETRACTED:
                undone.add(aim)
            if recorded_by.startswith(RECORDED_BY):
                if kind == CORRECTED:
                    word.fact = read_body(bytes(body)).data.replacement
                elif aim == root:
                    word.gone = id_
        for word in words.values():
            if word.gone in undone:
                word.gone = None
        return words


def _same(one: RecordedFact, other: Fact) -> bool:
    """Whether two facts say the same; when a source was looked at plays no part."""
    return _content(one) == _content(facts.recorded(other, ()))


def _content(fact: RecordedFact) -> RecordedFact:
    sources = tuple(msgspec.structs.replace(source, accessed=None) for source in fact.sources)
    return msgspec.structs.replace(fact, id=None, tags=(), schema="", sources=sources)


def _retraction(place: str, aim: str, last: str) -> Made:
    id_ = uuid5(AMENDMENT_NAMESPACE, f"{aim}\n{last}")
    return _made(place, {"id": str(id_), "type": "fact.retracted", "data": {"event": aim, "reason": "error"}})


def _made(place: str, stated: dict[str, Any]) -> Made:
    text = msgspec.json.encode(stated)
    (fact,) = facts.decode(text).facts
    return Made(place, fact, text)


def _write(file: IO[bytes], made: Made) -> None:
    file.write(b"%s\t%s\n" % (made.place.encode("utf-8", "surrogateescape"), made.json))


def _read(file: IO[bytes]) -> Iterator[Made]:
    for line in file:
        place, _, text = line.rstrip(b"\n").rpartition(b"\t")
        (fact,) = facts.decode(text).facts
        yield Made(place.decode("utf-8", "surrogateescape"), fact, text)


def _batches(given: Iterable[Made]) -> Iterator[list[Made]]:
    remaining = iter(given)
    while batch := list(islice(remaining, BATCH_LINES_MAX)):
        yield batch

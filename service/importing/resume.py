"""Records lines of facts, batch by batch, so that it can be broken off anywhere and simply be run again.

Facts that are known already are passed over. A batch is one append; where it is refused it is halved until what is
wrong stands alone, so that a bad line costs no other line its place. A fact that names one which comes later is put
off and tried again at the end: the order of a file plays no part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Final

import msgspec

from events.errors import Fault, OrglineError
from events.event import Fact
from events.facts import InvalidFacts, Request, event_ids_mentioned
from events.log import Appended, Log, UnknownEvent
from events.recording import Recorder
from service.importing import jsonl
from service.importing.jsonl import Line

POSTPONED_MAX: Final = 10_000


class Imported(msgspec.Struct):
    """What became of the lines so far."""

    recorded: int = 0
    known: int = 0
    refused: int = 0


class Import:
    """One run over a file. `refuse` is told each fault of each line that was not recorded."""

    def __init__(
        self, log: Log, recorder: Recorder, *, recorded_by: str, refuse: Callable[[Line, Fault], None]
    ) -> None:
        self._log = log
        self._recorder = recorder
        self._recorded_by = recorded_by
        self._tell = refuse
        self._untold: list[tuple[Line, Iterable[Fault]]] = []
        self._postponed: list[tuple[Line, UnknownEvent]] = []
        self.outcome = Imported()

    def run(self, lines: Iterable[Line], progress: Callable[[Line], None] = lambda _: None) -> Imported:
        """Record all lines; `progress` is told the last line of each batch that is done."""
        for batch in jsonl.batches(lines):
            self._take(batch)
            self._tell_faults()
            progress(batch[-1])
        self._take_postponed()
        self._tell_faults()
        return self.outcome

    def _take(self, batch: Sequence[Line]) -> None:
        for line in batch:
            if line.faults:
                self._refuse(line, line.faults)
        good = [line for line in batch if line.fact is not None]
        with self._log.database.snapshot() as connection:
            known = set(self._log.by_id(connection, (_id(line) for line in good)))
        new: list[Line] = []
        old: list[Line] = []
        for line in good:
            (old if _id(line) in known else new).append(line)
            known.add(_id(line))  # a second line of the same id is held against the first
        self._record_new(new)
        self._record(old)

    def _record_new(self, lines: Sequence[Line]) -> None:
        """Record lines that may name one another, but for those that do so in a circle."""
        ids = {_id(line) for line in lines}
        before = {_id(line): event_ids_mentioned(_fact(line)) & ids for line in lines}
        circular: set[str] = set()
        while circle := _circle(before):
            circular.update(circle)
            for id_ in circle:
                before.pop(id_, None)
        for line in lines:
            if _id(line) in circular:
                self._refuse(line, (Fault("", "this fact and others follow one another in a circle"),))
        self._record([line for line in lines if _id(line) not in circular])

    def _take_postponed(self) -> None:
        while postponed := self._postponed:
            self._postponed, before = [], self.outcome.recorded
            for batch in jsonl.batches(line for line, _ in postponed):
                self._record_new(batch)
            if self.outcome.recorded == before:
                for line, error in self._postponed:
                    self._refuse(line, (Fault("", error.message),))
                return

    def _record(self, lines: Sequence[Line]) -> None:
        if not lines:
            return
        try:
            appended = self._append(lines)
        except OrglineError as error:
            if len(lines) == 1:
                self._fail(lines[0], error)
                return
            middle = len(lines) // 2
            self._record(lines[:middle])
            self._record(lines[middle:])
            return
        if appended.known:
            self.outcome.known += len(lines)
        else:
            self.outcome.recorded += len(lines)

    def _append(self, lines: Sequence[Line]) -> Appended:
        stated = [_fact(line) for line in lines]
        request = Request(stated, expect={}, strict=False, single=len(stated) == 1)
        with self._log.database.snapshot() as connection:
            append = self._recorder.prepare(request, self._recorded_by, connection)
        (outcome,) = self._log.commit([append])
        if isinstance(outcome, OrglineError):
            raise outcome
        return outcome

    def _fail(self, line: Line, error: OrglineError) -> None:
        if isinstance(error, UnknownEvent) and len(self._postponed) < POSTPONED_MAX:
            self._postponed.append((line, error))
        elif isinstance(error, InvalidFacts):
            self._refuse(line, error.faults)
        else:
            self._refuse(line, (Fault("", error.message),))

    def _refuse(self, line: Line, faults: Iterable[Fault]) -> None:
        self.outcome.refused += 1
        self._untold.append((line, faults))

    def _tell_faults(self) -> None:
        """Tell what was refused since the last time, in the order of the file."""
        for line, faults in sorted(self._untold, key=lambda refused: refused[0].number):
            for fault in faults:
                self._tell(line, fault)
        self._untold.clear()


def _fact(line: Line) -> Fact:
    assert line.fact is not None
    return line.fact


def _id(line: Line) -> str:
    id_ = _fact(line).id
    assert id_ is not None, "the reader gives an id to each fact"
    return id_


def _circle(before: dict[str, set[str]]) -> list[str]:
    """The ids of one circle in what must come before what; empty if there is none."""
    try:
        TopologicalSorter(before).prepare()
    except CycleError as error:
        circle: list[str] = error.args[1]
        return circle
    return []

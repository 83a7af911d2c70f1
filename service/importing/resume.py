"""Records lines of facts, so that it can be broken off anywhere and simply be run again.

Each line is an append of its own, so that what was known after any of them can be asked for; many share a transaction.
Facts that are known already are passed over, a bad line costs no other line its place, and a fact that names one which
comes later is put off and tried again at the end: the order of a file plays no part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

import msgspec

from events.anomalies import Anomaly
from events.dcb import Append, Appended, AssumptionFailed, UnknownEvent
from events.errors import Fault, OrglineError
from events.event import Fact
from events.facts import InvalidFacts, Request
from events.log import Log
from events.recording import Ahead, Recorder
from service.importing import jsonl
from service.importing.jsonl import Line

POSTPONED_MAX: Final = 10_000


class Imported(msgspec.Struct):
    """What became of the lines so far."""

    recorded: int = 0
    known: int = 0
    refused: int = 0


class Import:
    """One run over a file. `refuse` is told each fault of each line that was not recorded, `warn` what is odd about one
    that was.
    """

    def __init__(
        self,
        log: Log,
        recorder: Recorder,
        *,
        recorded_by: str,
        refuse: Callable[[Line, Fault], None],
        warn: Callable[[Line, Anomaly], None] = lambda _line, _anomaly: None,
    ) -> None:
        self._log = log
        self._recorder = recorder
        self._recorded_by = recorded_by
        self._tell = refuse
        self._warn = warn
        self._untold: list[tuple[Line, Iterable[Fault]]] = []
        self._postponed: list[tuple[Line, OrglineError]] = []
        self.outcome = Imported()

    def run(self, lines: Iterable[Line], progress: Callable[[Line], None] = lambda _: None) -> Imported:
        """Record all lines; `progress` is told the last line of each batch that is done."""
        for batch in jsonl.batches(lines):
            for line in batch:
                if line.faults:
                    self._refuse(line, line.faults)
            self._record([line for line in batch if line.fact is not None])
            self._tell_faults()
            if jsonl.defines(batch[-1]):
                with self._log.database.snapshot() as connection:
                    self._recorder.definitions.refresh(connection)
            progress(batch[-1])
        self._take_postponed()
        self._tell_faults()
        return self.outcome

    def _record(self, lines: Sequence[Line]) -> None:
        ready: list[tuple[Line, Append]] = []
        ahead = Ahead()
        with self._log.database.snapshot() as connection:
            for line in lines:
                request = Request([_fact(line), *line.more], expect={}, strict=False, single=not line.more)
                try:
                    append = self._recorder.prepare(request, self._recorded_by, connection, ahead=ahead)
                except OrglineError as error:
                    self._fail(line, error)
                    continue
                ready.append((line, append))
                ahead.add(append)
        self._commit(ready)

    def _commit(self, ready: Sequence[tuple[Line, Append]]) -> None:
        if not ready:
            return
        outcomes = self._log.commit([append for _, append in ready])
        for (line, _), outcome in zip(ready, outcomes, strict=True):
            if not isinstance(outcome, Appended):
                self._fail(line, outcome)
            elif outcome.known:
                self.outcome.known += 1
            else:
                self.outcome.recorded += 1
                for anomaly in outcome.answer or ():
                    self._warn(line, anomaly)

    def _take_postponed(self) -> None:
        while postponed := self._postponed:
            self._postponed, before = [], self.outcome.recorded
            self._record([line for line, _ in postponed])
            if self.outcome.recorded == before:
                for line, error in self._postponed:
                    words = f"{error.message}, unless in a line that follows this one: then they form a circle"
                    self._refuse(line, (Fault("", words),))
                return

    def _fail(self, line: Line, error: OrglineError) -> None:
        if isinstance(error, (UnknownEvent, AssumptionFailed)) and len(self._postponed) < POSTPONED_MAX:
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

"""Single appends in this process by the way that the service takes, without HTTP."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, NamedTuple, Self

import msgspec

from events import facts
from events.database import Database
from events.writer import Writer
from service.cli import opening


class Took(NamedTuple):
    """What something took: seconds by the clock, and of processor time."""

    seconds: float
    processor_s: float

    @classmethod
    def by(cls, work: Callable[[], object]) -> Took:
        """What this work takes, in this process."""
        begun = cls.now()
        work()
        return begun.until_now()

    @classmethod
    def now(cls) -> Took:
        """The clocks, to be asked later."""
        return cls(time.perf_counter(), time.process_time())

    def until_now(self) -> Took:
        """What was taken since then."""
        return Took(time.perf_counter() - self.seconds, time.process_time() - self.processor_s)


class Appending:
    """Appends to one register: decode, prepare, the writer's thread, a durable commit for each."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._log, self._recorder = opening.log_of(database)
        self._writer = Writer(self._log)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self._writer.close()

    def head(self) -> int:
        """The last position."""
        return self._log.head().position

    def append(self, fact: dict[str, Any]) -> Took:
        """One fact, from its bytes until it is durable."""
        body = msgspec.json.encode(fact)
        return Took.by(lambda: self._append(body))

    def _append(self, body: bytes) -> None:
        request = facts.decode(body)
        if self._recorder.needs_reading(request):
            with self._database.snapshot() as connection:
                append = self._recorder.prepare(request, "bench", connection)
        else:
            append = self._recorder.prepare(request, "bench", None)
        self._writer.append(append)

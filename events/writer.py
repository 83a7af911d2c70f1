"""Group commit: one thread drains the queue of waiting appends into one transaction after another.

While one transaction is made durable, the next appends gather; so the cost of a durable commit is shared by all that
wait. Nothing is acknowledged before its commit is durable. A request that fails its own conditions is refused alone;
a transaction that fails as a whole is taken again one request at a time, so that each gets its own answer (what had
been committed all the same is found by its ids).
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final

from events.database import DATABASE_ERRORS, DatabaseBusy, may_not_write
from events.dcb import Append, Appended, Commit
from events.errors import OrglineError
from events.log import Log

WAITING_MAX: Final = 10_000
BATCH_RECORDS_MAX: Final = 2_000
CLOSE_S_MAX: Final = 30


class QueueFull(OrglineError):
    """More appends wait than the limit allows."""

    code = "queue-full"


class ShuttingDown(OrglineError):
    """Nothing is taken up any more."""

    code = "shutting-down"

    def __init__(self) -> None:
        super().__init__("the service is shutting down; try again in a moment")


class ReadOnlyDatabase(OrglineError):
    """The files of the database cannot be written; nothing was recorded."""

    code = "read-only-database"


class StorageFailed(OrglineError):
    """The database failed; whether the append was recorded is not known."""

    code = "outcome-unknown"


class WriterFault(OrglineError):
    """The append could not be carried out by a fault of ours; nothing was written."""

    code = "internal-error"


class Writer:
    """The queue before one log, and the thread that empties it.

    `appended` is called on that thread after each commit, with its last position, once those who wait are answered;
    `committed` then too, with what the commit was.
    """

    def __init__(
        self,
        log: Log,
        *,
        waiting_max: int = WAITING_MAX,
        appended: Callable[[int], None] | None = None,
        committed: Callable[[Commit], None] | None = None,
    ) -> None:
        self._log = log
        self._appended, self._committed = appended, committed
        self._waiting_max = waiting_max
        self._waiting: deque[tuple[Append, Future[Appended]]] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="orgline-writer", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """How many appends wait for the transaction after the one under way."""
        return len(self._waiting)

    @property
    def works(self) -> bool:
        """Whether appends are taken up and written."""
        return self._thread.is_alive() and not self._closed

    def submit(self, append: Append) -> Future[Appended]:
        """Queue one append; the future holds what became of it, or the OrglineError that refused it.

        Raises QueueFull or ShuttingDown at once.
        """
        future: Future[Appended] = Future()
        with self._changed:
            if self._closed:
                raise ShuttingDown
            if len(self._waiting) >= self._waiting_max:
                raise QueueFull(f"{self._waiting_max} appends are waiting already; try again in a moment")
            self._waiting.append((append, future))
            self._changed.notify()
        return future

    def append(self, append: Append) -> Appended:
        """As `submit`, and wait for the outcome."""
        return self.submit(append).result()

    def close(self) -> None:
        """Take no more appends, finish those that wait, and stop."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join(CLOSE_S_MAX)

    def _run(self) -> None:
        while batch := self._next_batch():
            last = 0
            commits: dict[int, Commit] = {}
            for (_, future), outcome in zip(batch, self._commit([append for append, _ in batch]), strict=True):
                if isinstance(outcome, OrglineError):
                    future.set_exception(outcome)
                else:
                    future.set_result(outcome)
                    last = max(last, outcome.position)
                    if outcome.commit is not None:
                        commits[id(outcome.commit)] = outcome.commit
            if last and self._appended is not None:
                self._appended(last)
            if self._committed is not None:
                for commit in commits.values():
                    self._committed(commit)

    def _next_batch(self) -> list[tuple[Append, Future[Appended]]]:
        """What waits by now, up to BATCH_RECORDS_MAX records; nothing once the writer is closed and all is done."""
        batch: list[tuple[Append, Future[Appended]]] = []
        with self._changed:
            while not batch and (self._waiting or not self._closed):
                while not self._waiting and not self._closed:
                    self._changed.wait()
                records = 0
                while self._waiting and records < BATCH_RECORDS_MAX:
                    append, future = self._waiting.popleft()
                    if future.set_running_or_notify_cancel():
                        batch.append((append, future))
                        records += len(append.records)
        return batch

    def _commit(self, appends: list[Append]) -> list[Appended | OrglineError]:
        timed = _Timed()
        try:
            return timed.noted(self._log.commit(appends, locked=timed.locked))
        except DatabaseBusy as error:
            return [error] * len(appends)  # nothing was begun, and each alone would wait as long again
        except OrglineError as error:
            if len(appends) == 1:
                return [error]
        except (*DATABASE_ERRORS, OSError) as error:
            if may_not_write(error):  # nothing was begun, and each alone would fare no better
                words = "who runs the service may not write the database's files, or their folder; nothing was recorded"
                return [_caused(ReadOnlyDatabase(words), error)] * len(appends)
            if len(appends) == 1:
                words = f"the database failed ({type(error).__name__}): recorded or not, send the same ids again"
                return [_caused(StorageFailed(words), error)]
        except Exception as error:  # noqa: BLE001 - whatever it is must not end the thread that everybody waits for
            if len(appends) == 1:
                words = "the append failed by a fault of the service, and was not recorded; its log says more"
                return [_caused(WriterFault(words), error)]
        return [outcome for append in appends for outcome in self._commit([append])]


class _Timed:
    """How long a transaction takes, from now on."""

    def __init__(self) -> None:
        self._began_ns = time.time_ns()
        self._began = self._locked = time.perf_counter()

    def locked(self) -> None:
        """Now the lock is had."""
        self._locked = time.perf_counter()

    def noted(self, outcomes: list[Appended | OrglineError]) -> list[Appended | OrglineError]:
        """The outcomes of the transaction that has ended now; those that it recorded say so."""
        ended = time.perf_counter()
        recorded = [each for each in outcomes if isinstance(each, Appended) and not each.known]
        if recorded:
            commit = Commit(
                requests=len(recorded),
                events=sum(len(each.events) for each in recorded),
                began=self._began_ns,
                lock_wait_s=self._locked - self._began,
                commit_s=ended - self._locked,
            )
            for each in recorded:
                each.commit = commit
        return outcomes


def _caused(failure: OrglineError, error: Exception) -> OrglineError:
    failure.__cause__ = error
    return failure

"""Work in shares, in several processes where there are several cores."""

from __future__ import annotations

import gc
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import forkserver, get_all_start_methods, get_context, parent_process
from multiprocessing.synchronize import Barrier
from typing import Any, Final, Generic, TypeVar

from events.errors import OrglineError

T = TypeVar("T")
R = TypeVar("R")

PROCESSES_MAX: Final = 4
_START: Final = "forkserver" if "forkserver" in get_all_start_methods() else "spawn"  # Windows
GC_THRESHOLD: Final = (50_000, 20, 50)
"""Of the garbage collector of a process that works: hardly anything that comes and goes there is cyclic."""


def cores() -> int:
    """How many processes are worth having here."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(count, PROCESSES_MAX)


class ProcessLost(OrglineError):
    """A process that shared the work has ended before its work was done."""

    code = "process-lost"


class Workers(Generic[T]):
    """Processes that each make an object of their own (`make(*arguments)`) and then do shares of work with it.

    With fewer than two processes everything is done in this one. The processes end with this one, however it ends.
    """

    def __init__(self, processes: int, make: Callable[..., T], *arguments: Any) -> None:
        self._own = None if processes > 1 else make(*arguments)
        self._pool: ProcessPoolExecutor | None = None
        if self._own is None:
            # Not forked from this process, whose threads' locks and open databases a fork would take over as they are;
            # but from one that loads, once for all, what they need, while this one goes on.
            context = get_context(_START)
            if _START == "forkserver":
                context.set_forkserver_preload(["__main__", make.__module__])
                with _uninterrupted():  # which the processes that are forked there stay
                    forkserver.ensure_running()
            self._processes, self._begun = processes, False
            begun = (context.Barrier(processes), make, arguments)
            self._pool = ProcessPoolExecutor(processes, context, initializer=_begin, initargs=begun)

    def each(self, work: Callable[[T, Any], R], shares: Iterable[Any]) -> Iterator[R]:
        """The results of all shares, in their order. What the work raises is raised here, and ProcessLost."""
        if self._pool is None:
            assert self._own is not None
            yield from (work(self._own, share) for share in shares)
        else:
            self._begin(self._pool)
            results = self._pool.map(_Task(work), shares)
            try:
                yield from results
            except BrokenProcessPool as error:
                message = (
                    "a process that shared the work was ended from outside, for want of memory perhaps: run it again"
                )
                raise ProcessLost(message) from error

    def _begin(self, pool: ProcessPoolExecutor) -> None:
        """Start all processes before the first of them works: if one were lost while the pool still started others, it
        would wait for these for ever.
        """
        if not self._begun:
            self._begun = True
            for _ in range(self._processes):  # none is idle until all are there, so each of these starts one
                pool.submit(_nothing)

    def close(self) -> None:
        """Let the processes end; what was not begun is not done any more."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)


class _Task(Generic[T, R]):
    def __init__(self, work: Callable[[T, Any], R]) -> None:
        self._work = work

    def __call__(self, share: Any) -> R:
        return self._work(_made[0], share)


_made: list[Any] = []  # what this process works with


def _begin(begun: Barrier, make: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLD)
    begun.wait()
    _made.append(make(*arguments))


def _nothing() -> None:
    pass


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Keeps an interruption from the keyboard, which all processes are told of, waiting until the end of the block."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _end_with_parent() -> None:
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)

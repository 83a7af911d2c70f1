"""Where synchronous reads run: on SQLite on the event loop's own thread, on PostgreSQL on a bounded pool of threads.

A short read of SQLite takes less than the hop to a thread and back costs; one that may be long would let all other
clients wait, so it takes the hop, be it when it has learned how much it is about. A read of PostgreSQL waits for the
network.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, Final, ParamSpec, TypeVar

from events.database import Database
from events.writer import ShuttingDown

if TYPE_CHECKING:
    from service.telemetry import Traces

P = ParamSpec("P")
T = TypeVar("T")

MUCH_EVENTS: Final = 200
"""About as many as a read may be about on the event loop: a page that tells of them takes some 25 ms."""


class _AboutMuch(Exception):
    pass


class Reads:
    """`await reads(function, *args)` gives what the function returns or raises; without a pause if `inline`, unless the
    function says by `about` that it will take long: then it begins again on a thread. Made on the event loop's thread.

    With `traces` each is a span of the request that it is done for.
    """

    def __init__(self, database: Database, threads: int, traces: Traces | None = None) -> None:
        self.inline = database.dialect == "sqlite"
        self._loop_thread = threading.get_ident()
        self._closed = False
        self._traces = traces
        self._pool = ThreadPoolExecutor(threads, "orgline-read")

    async def __call__(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        if self.inline:
            with nullcontext() if self._traces is None else self._traces.read(function), suppress(_AboutMuch):
                return function(*args, **kwargs)
        return await self.long(function, *args, **kwargs)

    def about(self, events: int) -> None:
        """Say within a read how many events it is about, before it has done much."""
        if events > MUCH_EVENTS and threading.get_ident() == self._loop_thread:
            raise _AboutMuch

    async def long(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The same for a read that may take long: never on the event loop's own thread. Raises ShuttingDown."""
        if self._closed:
            raise ShuttingDown
        with nullcontext() if self._traces is None else self._traces.read(function):
            return await asyncio.get_running_loop().run_in_executor(self._pool, lambda: function(*args, **kwargs))

    @asynccontextmanager
    async def held(self, context: AbstractContextManager[T]) -> AsyncIterator[T]:
        """A context whose beginning and end may take long, and run on threads."""
        value = await self.long(context.__enter__)
        try:
            yield value
        finally:
            await self.long(context.__exit__, None, None, None)

    def close(self) -> None:
        """Wait for the reads that run and end the threads."""
        self._closed = True
        self._pool.shutdown()

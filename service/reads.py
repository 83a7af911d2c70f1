"""Where synchronous reads run: on SQLite on the event loop's own thread, on PostgreSQL on a bounded pool of threads.

A short read of SQLite takes less than the hop to a thread and back costs; one that may be long would let all other
clients wait, so it takes the hop. A read of PostgreSQL waits for the network.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from events.database import Database
from events.writer import ShuttingDown

if TYPE_CHECKING:
    from service.telemetry import Traces

P = ParamSpec("P")
T = TypeVar("T")


class Reads:
    """`await reads(function, *args)` gives what the function returns or raises; without a pause if `inline`.

    With `traces` each is a span of the request that it is done for.
    """

    def __init__(self, database: Database, threads: int, traces: Traces | None = None) -> None:
        self.inline = database.dialect == "sqlite"
        self._closed = False
        self._traces = traces
        self._pool = ThreadPoolExecutor(threads, "orgline-read")

    async def __call__(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        if self.inline:
            if self._traces is None:
                return function(*args, **kwargs)
            with self._traces.read(function):
                return function(*args, **kwargs)
        return await self.long(function, *args, **kwargs)

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

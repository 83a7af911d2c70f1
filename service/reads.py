"""Where synchronous reads run: on SQLite on the event loop's own thread, on PostgreSQL on a bounded pool of threads.

A short read of SQLite takes less than the hop to a thread and back costs; one that may be long would let all other
clients wait, so it takes the hop. A read of PostgreSQL waits for the network.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from events.database import Database

P = ParamSpec("P")
T = TypeVar("T")


class Reads:
    """`await reads(function, *args)` gives what the function returns or raises; without a pause if `inline`."""

    def __init__(self, database: Database, threads: int) -> None:
        self.inline = database.dialect == "sqlite"
        self._pool = ThreadPoolExecutor(threads, "orgline-read")

    async def __call__(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        if self.inline:
            return function(*args, **kwargs)
        return await self.long(function, *args, **kwargs)

    async def long(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The same for a read that may take long: never on the event loop's own thread."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, lambda: function(*args, **kwargs))

    def close(self) -> None:
        """Wait for the reads that run and end the threads."""
        self._pool.shutdown()

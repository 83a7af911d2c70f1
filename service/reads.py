"""Where synchronous reads run: on SQLite on the event loop's own thread, on PostgreSQL on a bounded pool of threads.

A read of SQLite takes less than the hop to a thread and back costs; a read of PostgreSQL waits for the network.
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
    """`await reads(function, *args)` gives what the function returns or raises."""

    def __init__(self, database: Database, threads: int) -> None:
        self._pool = None if database.dialect == "sqlite" else ThreadPoolExecutor(threads, "orgline-read")

    async def __call__(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        if self._pool is None:
            return function(*args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._pool, lambda: function(*args, **kwargs))

    def close(self) -> None:
        """Wait for the reads that run and end the threads."""
        if self._pool is not None:
            self._pool.shutdown()

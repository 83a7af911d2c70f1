"""Brings what a thread has finished back to the event loop, waking the loop once for many results.

`asyncio.wrap_future` wakes it once for each, by a system call on the thread that finishes; a batch of appends finishes
all at once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


class Outcomes:
    """Awaits futures of threads on one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._finished: deque[tuple[Future[Any], asyncio.Future[Any]]] = deque()
        self._woken = False

    async def of(self, future: Future[T]) -> T:
        """What the future gives or raises. Who stops waiting does not stop what is waited for."""
        waiting: asyncio.Future[T] = self._loop.create_future()
        future.add_done_callback(lambda finished: self._finish(finished, waiting))
        return await waiting

    def _finish(self, finished: Future[T], waiting: asyncio.Future[T]) -> None:
        """On the thread that finished it."""
        self._finished.append((finished, waiting))
        if not self._woken:
            self._woken = True
            self._loop.call_soon_threadsafe(self._deliver)

    def _deliver(self) -> None:
        """On the event loop. Whoever finishes from now on wakes it again, even if what they bring is taken here."""
        self._woken = False
        while self._finished:
            finished, waiting = self._finished.popleft()
            if waiting.done():
                continue
            error = finished.exception()
            if error is not None:
                waiting.set_exception(error)
            else:
                waiting.set_result(finished.result())

"""Tells those who wait on the event loop that the head of the log has moved: one watch for all of them.

What this node's writer appends is told at once. What other processes and nodes append is found by looking at the
database again and again, at a short interval, but only while somebody waits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import Context
from typing import Final

import structlog

from events.database import DATABASE_ERRORS
from events.log import Log
from events.watching import Watch
from service.reads import Reads

LOOK_AGAIN_S: Final = 0.05
AFTER_FAILURE_S: Final = 1.0
"""How long to wait before the database is looked at again after it did not answer."""

logger = structlog.get_logger("orgline")


class Notices:
    """`position` is the head as far as it is known here; it is up to date while somebody waits."""

    def __init__(self, log: Log, reads: Reads) -> None:
        self.position = 0
        self.closing = False
        self._log, self._reads = log, reads
        self._watch = Watch(log)
        self._loop = asyncio.get_running_loop()
        self._waiting: set[Waiting] = set()
        self._looking: asyncio.Task[None] | None = None

    @contextmanager
    def waiting(self) -> Iterator[Waiting]:
        """Who waits, for the block: from its beginning on nothing is missed."""
        waiting = Waiting(self)
        self.add(waiting)
        try:
            yield waiting
        finally:
            self.remove(waiting)

    def add(self, waiting: Waiting) -> None:
        """From now on this one is woken."""
        self._waiting.add(waiting)
        if self._looking is None and not self.closing:
            # It outlasts the request of whoever came first, so it takes nothing of that along.
            self._looking = self._loop.create_task(self._look(), context=Context())

    def remove(self, waiting: Waiting) -> None:
        """From now on it is not. With the last one the looking ends by itself."""
        self._waiting.discard(waiting)
        waiting.leave()

    async def head(self) -> int:
        """The head as the database has it now."""
        self._moved((await self._reads(self._log.head)).position)
        return self.position

    async def reach(self, position: int, seconds: float) -> bool:
        """Whether the head has this position, or comes to it within so many seconds."""
        if await self.head() >= position:
            return True
        until = self._loop.time() + seconds
        with self.waiting() as waiting:
            await self.head()
            while self.position < position and self._loop.time() < until and not waiting.over:
                await waiting.news(self.position, until)
        return self.position >= position

    def appended(self, position: int) -> None:
        """The head has moved; called on the thread that wrote."""
        if self._waiting:  # whoever begins to wait just now is told by the first look
            self._loop.call_soon_threadsafe(self._moved, position)

    def stop(self) -> None:
        """Nothing is waited for any longer: all who wait are woken, and find that it is over."""
        self.closing = True
        for waiting in self._waiting:
            waiting.wake()

    async def close(self) -> None:
        """The same, and wait for the look that is under way."""
        self.stop()
        if self._looking is not None:
            await asyncio.wait([self._looking])

    def _moved(self, position: int) -> None:
        if position > self.position:
            self.position = position
            for waiting in self._waiting:
                waiting.wake()

    async def _look(self) -> None:
        failing = False
        try:
            while self._waiting and not self.closing:
                try:
                    position = await self._reads(self._watch.look)
                    failing = False
                except DATABASE_ERRORS as error:
                    if not failing:
                        logger.warning("the database does not answer those who listen", exc_info=error)
                    failing, position = True, None
                if position is not None:
                    self._moved(position)
                await asyncio.sleep(AFTER_FAILURE_S if failing else LOOK_AGAIN_S)
        finally:
            self._looking = None
            self._watch.close()


class Waiting:
    """One who waits for the log to move on."""

    def __init__(self, notices: Notices) -> None:
        self._notices = notices
        self._asleep: asyncio.Future[None] | None = None
        self._alarm: asyncio.TimerHandle | None = None

    @property
    def over(self) -> bool:
        """Whether there is no sense in waiting any longer."""
        return self._notices.closing

    async def news(self, beyond: int, until: float) -> None:
        """Wait until the head lies beyond a position, but no longer than until a time of the event loop's clock, nor
        once it is over.
        """
        if self._notices.position > beyond or self.over:
            return
        loop = asyncio.get_running_loop()
        if self._alarm is None or self._alarm.when() != until:  # else it is set already
            self._silence()
            self._alarm = loop.call_at(until, self._ring)
        self._asleep = loop.create_future()
        try:
            await self._asleep
        finally:
            self._asleep = None

    def wake(self) -> None:
        """Let it see what there is."""
        if self._asleep is not None and not self._asleep.done():
            self._asleep.set_result(None)

    def leave(self) -> None:
        """Wait no more."""
        self._silence()

    def _ring(self) -> None:
        self._alarm = None
        self.wake()

    def _silence(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

"""One running service: the database and all that works on it, made at the start and ended in order at the stop."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

import structlog

import migrations
from events import mirrors, register
from events.database import Database
from events.event import instant
from events.log import Log, microseconds
from events.projection import Projection, check_version
from events.queries import Queries
from events.recording import Recorder, same_fact
from events.register import Register
from events.writer import Writer
from service.access.authority import Authority
from service.access.proxies import Proxies, networks
from service.access.sessions import Sessions
from service.access.tries import Tries
from service.entropy import Entropy
from service.hub import Hub
from service.kept import Kept
from service.listeners import Listeners
from service.metrics import Metrics
from service.news import News
from service.notices import Notices, Waiting
from service.outcomes import Outcomes
from service.problems import PositionNotReached
from service.reads import Reads
from service.repeating import Repeating
from service.settings import Settings, made_register, variable
from service.tracing import start as start_traces

CONNECTIONS_BESIDES: Final = 3
"""Besides those of the reads: of the writer, of the watch for those who wait, and of who tells the hub."""

OF_THE_REGISTER: Final = {"register_id": "id", "title": "title", "base_url": "base_url", "time_zone": "time_zone"}
"""Settings that count when a register is made, and what it keeps them as."""

logger = structlog.get_logger("orgline")


class Node:
    """What handlers of one event loop work with.

    `clock` gives microseconds since 1970 UTC, `entropy` so many random bytes.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Callable[[], int] = microseconds,
        entropy: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self.settings = settings
        drawn = Entropy(entropy)
        self.clock = clock
        self.database = Database(settings.database_url, pool_size=settings.read_threads + CONNECTIONS_BESIDES)
        if settings.migrate:
            migrations.upgrade(self.database)
        check_version(self.database)
        asked = made_register(settings, clock(), entropy)
        self.register = register.load(self.database) or register.make(self.database, asked)
        _tell_what_counts_no_more(asked, self.register, settings)
        self.mirror = mirrors.load(self.database)
        self.path_prefix = urlsplit(self.register.base_url).path.rstrip("/")
        self.projection = Projection(self.database)
        self.log = Log(
            self.database,
            follower=self.projection,
            clock=clock,
            entropy=drawn,
            same_content=same_fact,
        )
        self.queries = Queries(self.database, self.register)
        self.recorder = Recorder(
            self.database,
            clock_ms=lambda: clock() // 1_000,
            entropy=drawn,
            definitions=self.queries.definitions,
        )
        self.metrics = Metrics()
        self.traces = start_traces(settings, self.database.dialect)
        self.reads = Reads(self.database, settings.read_threads, self.traces)
        self.notices = Notices(self.log, self.reads)
        if settings.log_requests:
            self.notices.add(Waiting(self.notices))  # each line tells how far the log has come
        self.listeners = Listeners(self.notices, settings.listeners_max)
        self.news = News(self.log, self.reads)
        self.hub = self._hub(settings.websub_hub)
        self.writer = Writer(
            self.log,
            waiting_max=settings.waiting_appends_max,
            appended=self.notices.appended,
            committed=self.metrics.committed,
        )
        self.outcomes = Outcomes(asyncio.get_running_loop())
        self.rendering = asyncio.Lock()
        self.kept: Kept[bytes] = Kept(settings.feed_cache_bytes_max)
        self._changes = self.database.changes() if settings.public_reads else None
        self.repeating = Repeating(self._changes, clock, settings.feed_cache_bytes_max) if self._changes else None
        self.sessions = Sessions(
            self.database,
            self.reads,
            base_url=self.register.base_url,
            hours=settings.session_h,
            seconds=settings.token_cache_s,
            clock=clock,
            entropy=drawn,
        )
        self.tries = Tries(time.monotonic)
        self.proxies = Proxies(networks(settings.trusted_proxies))
        self.authority = Authority(
            self.database,
            self.reads,
            self.sessions,
            public_reads=settings.public_reads,
            seconds=settings.token_cache_s,
        )

    async def reach(self, position: int) -> None:
        """Wait until the log is known up to a position. Raises PositionNotReached when it takes too long."""
        if not await self.notices.reach(position, self.settings.position_wait_ms_max / 1_000):
            head = await self.reads(self.log.head)
            raise PositionNotReached(
                f"the log is known up to position {head.position} ({instant(head.recorded_at)}) only, "
                f"not to {position}; ask again in a moment, or without min_position"
            )

    def _hub(self, address: str | None) -> Hub | None:
        if address is not None and self.mirror is not None:
            logger.warning("a mirror tells no hub: ask that of its source", source=self.mirror.source)
            return None
        return None if address is None else Hub(address, self.log, self.register, self.notices, self.reads)

    async def close(self) -> None:
        """Send away those who listen, finish the appends that wait, then the reads, and close the database."""
        await self.notices.close()
        if self.hub is not None:
            await self.hub.close()
        await asyncio.to_thread(self.writer.close)
        await asyncio.to_thread(self.reads.close)
        if self._changes is not None:
            self._changes.close()
        self.database.close()
        if self.traces is not None:
            await asyncio.to_thread(self.traces.close)


def _tell_what_counts_no_more(asked: Register, kept: Register, settings: Settings) -> None:
    """Warn of settings that were taken when the register was made, and now say something else."""
    defaults = Settings()
    for field, name in OF_THE_REGISTER.items():
        wanted, held = getattr(asked, name), getattr(kept, name)
        if getattr(settings, field) != getattr(defaults, field) and wanted != held:
            logger.warning(
                "a setting counts no more: the register keeps what it was made with",
                setting=variable(field),
                asked=wanted,
                kept=held,
            )

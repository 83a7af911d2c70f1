"""Tells a hub of WebSub which feeds have news; how the hub tells its subscribers is its own affair.

One task a node. What there is to tell follows from the log and from the position up to which the hub was told all, so a
node that is killed goes on where it was, and what is recorded while the hub does not answer, or is busy, is told at
once, each feed only once. Where several nodes have one database, one of them tells.
"""

from __future__ import annotations

import asyncio
import math
from typing import Final

import httpx
import structlog

from events.log import Log
from events.register import Register
from feeds import topics
from service.backoff import PASSING, Backoff, retry_after
from service.notices import Notices
from service.reads import Reads
from service.version import version

ROUND_AGAIN_S: Final = 1.0
"""From the end of a round to the beginning of the next: what is recorded within is told together."""
ANSWER_S_MAX: Final = 10
"""The longest that one request may take."""
ANSWER_BYTES_MAX: Final = 65_536
"""Of an answer that are read; a connection is not used again where there are more."""
SHOWN_MAX: Final = 200

logger = structlog.get_logger("orgline")


class HubFailed(Exception):
    """The hub did not take a ping, which may pass. `retry_after`: seconds that it asks for."""

    def __init__(self, said: str, retry_after: float = 0) -> None:
        super().__init__(said)
        self.retry_after = retry_after


class Hub:
    """A hub at an address, told of what a log takes in. `transport`: what carries requests, if not the network."""

    def __init__(
        self,
        address: str,
        log: Log,
        register: Register,
        notices: Notices,
        reads: Reads,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.address = address
        self._log, self._register, self._notices, self._reads = log, register, notices, reads
        self._client = httpx.AsyncClient(
            headers={"user-agent": f"Orgline/{version()} ({register.base_url})"},
            timeout=ANSWER_S_MAX,
            transport=transport,
        )
        self._backoff = Backoff()
        topics.begin(log.database, address)
        self._telling = asyncio.get_running_loop().create_task(self._tell())

    async def close(self) -> None:
        """Tell no more; what was not told is told when the service runs again."""
        self._telling.cancel()
        await asyncio.wait([self._telling])
        await self._client.aclose()

    async def _tell(self) -> None:
        """Round after round, until the service stops."""
        told = 0
        with self._notices.waiting() as waiting:
            while not waiting.over:
                await waiting.news(told, math.inf)
                try:
                    told = await self._round()
                except Exception as error:  # whatever it was: who does not hear of news again would never know
                    logger.warning("the hub is not told for now", exc_info=error)
                    await asyncio.sleep(self._backoff.failed())
                await asyncio.sleep(ROUND_AGAIN_S)

    async def _round(self) -> int:
        """Tell all that there is to tell, unless another node is at it; the position up to which the hub was told."""
        database = self._log.database
        async with self._reads.held(database.alone("hub")) as alone:
            told = await self._reads(topics.told, database, self.address)
            pending: dict[str, None] = {}
            while alone:
                head = self._notices.position
                if told < head:
                    news = await self._reads.long(topics.touched, self._log, self._register, told, head)
                    pending |= dict.fromkeys(news)
                    told = head
                await self._ping_each(pending)
                if not pending:
                    await self._reads.long(topics.note, database, self.address, told)
                    break
            return told

    async def _ping_each(self, pending: dict[str, None]) -> None:
        """Tell of these feeds, and strike them out; the first that fails goes to the end, and there is a pause."""
        for topic in list(pending):
            del pending[topic]
            try:
                await self._ping(topic)
            except (HubFailed, httpx.HTTPError, TimeoutError) as failed:
                pending[topic] = None
                seconds = self._backoff.failed(getattr(failed, "retry_after", 0))
                said = str(failed) or type(failed).__name__
                logger.warning("the hub does not answer", topic=topic, said=said, failures=self._backoff.failures)
                await asyncio.sleep(seconds)
                return
            self._backoff.succeeded()

    async def _ping(self, topic: str) -> None:
        """Raises HubFailed, httpx.HTTPError, TimeoutError where it is worth to try again.

        How publishers tell hubs is not in the Recommendation. Hubs know `hub.url`, as in PubSubHubbub 0.3, or
        `hub.topic`, which all other requests of WebSub have.
        """
        form = {"hub.mode": "publish", "hub.topic": topic, "hub.url": topic}
        async with asyncio.timeout(ANSWER_S_MAX), self._client.stream("POST", self.address, data=form) as answer:
            content = b""
            async for part in answer.aiter_bytes():
                content += part
                if len(content) > ANSWER_BYTES_MAX:
                    break
        if answer.is_success:
            return
        said = f"{answer.status_code} {content[:SHOWN_MAX].decode(errors='replace')}".strip()
        if answer.status_code in PASSING:
            raise HubFailed(said, retry_after(answer.headers.get("retry-after")))
        logger.warning("the hub refuses a feed", topic=topic, said=said, location=answer.headers.get("location"))

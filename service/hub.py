"""Tells a hub of WebSub which feeds have news; how the hub tells its subscribers is its own affair.

One task a node. What there is to tell follows from the log and from the position up to which the hub was told all, so a
node that is killed goes on where it was, and what is recorded while the hub does not answer, or is busy, is told at
once, each feed only once. Where several nodes have one database, one of them tells.
"""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from hashlib import sha256
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
"""How often it is looked what is new; what is recorded in between is told together."""
ANSWER_S_MAX: Final = 10
"""The longest that one request may take."""
ANSWER_BYTES_MAX: Final = 65_536
"""Of an answer that are read; a connection is not used again where there are more."""
REFUSALS_MAX: Final = 5
"""So often a feed may be refused; then it is left until there is something new in it."""
SHOWN_MAX: Final = 200

logger = structlog.get_logger("orgline")


class HubFailed(Exception):
    """The hub did not take a ping, which may pass. `retry_after`: seconds that it asks for."""

    def __init__(self, said: str, retry_after: float = 0) -> None:
        super().__init__(said)
        self.retry_after = retry_after


class HubRefused(HubFailed):
    """The hub says that it does not want such a ping: a proxy before it may say so as well, while it is away."""


class Hub:
    """A hub at an address, told of what a log takes in. `transport`: what carries requests, if not the network.

    `sent`, `failed` and `left` count pings: taken by the hub, to be sent again, refused for good.
    """

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
            headers={"user-agent": f"Orgline/{version()} ({register.base_url})", "accept-encoding": "identity"},
            timeout=ANSWER_S_MAX,
            transport=transport,
        )
        self._backoff = Backoff()
        self.sent = self.failed = self.left = 0
        self._task = f"hub-{sha256(address.encode()).hexdigest()[:12]}"  # two nodes may have different hubs
        topics.begin(log.database, address)
        self._telling = asyncio.get_running_loop().create_task(self._tell())

    @property
    def failures(self) -> int:
        """How many pings failed since the last one that the hub took."""
        return self._backoff.failures

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
        database, clock = self._log.database, asyncio.get_running_loop().time
        async with self._reads.held(database.alone(self._task)) as alone:
            told = noted = await self._reads(topics.told, database, self.address)
            if not alone:
                return told
            pending: dict[str, int] = {}  # by topic, the position up to which the hub was told of it
            refused: Counter[str] = Counter()
            again = clock()
            while True:
                if clock() >= again:
                    told = await self._gather(pending, told)
                    safe = min(pending.values(), default=told)
                    if safe > noted:
                        await self._reads.long(topics.note, database, self.address, safe)
                        noted = safe
                    again = clock() + ROUND_AGAIN_S
                if pending:
                    await self._ping_next(pending, refused)
                elif noted == told:
                    return told
                else:
                    again = clock()

    async def _gather(self, pending: dict[str, int], told: int) -> int:
        """Add the topics that have news since a position, to be told in turn, the feeds of all before them.

        What is to be told already keeps its place: else a feed of all that fails would come first again and again.
        """
        head = self._notices.position
        if told >= head:
            return told
        news = await self._reads.long(topics.touched, self._log, self._register, told, head)
        added = [topic for topic in news if topic not in pending]
        waiting = dict(pending)
        pending.clear()
        pending.update(dict.fromkeys((topic for topic in added if topic in news[: topics.OF_ALL]), told))
        pending.update(waiting)
        pending.update(dict.fromkeys(added, told))
        return head

    async def _ping_next(self, pending: dict[str, int], refused: Counter[str]) -> None:
        """Tell of the first of these feeds, and strike it out; where that fails it goes to the end, after a pause."""
        topic = next(iter(pending))
        since = pending.pop(topic)
        try:
            await self._ping(topic)
        except (HubFailed, httpx.HTTPError, TimeoutError) as failed:
            said = str(failed) or type(failed).__name__
            refused[topic] += isinstance(failed, HubRefused)
            if refused[topic] == REFUSALS_MAX:
                self.left += 1
                del refused[topic]  # what is new in it is tried as often again
                logger.warning("the hub refuses a feed, which is left", topic=topic, said=said)
                return
            pending[topic] = since
            self.failed += 1
            seconds = self._backoff.failed(getattr(failed, "retry_after", 0))
            logger.warning("the hub does not take a ping", topic=topic, said=said, failures=self._backoff.failures)
            await asyncio.sleep(seconds)
        else:
            self._backoff.succeeded()
            self.sent += 1
            del refused[topic]

    async def _ping(self, topic: str) -> None:
        """Raises HubFailed, httpx.HTTPError, TimeoutError where it is worth to try again.

        How publishers tell hubs is not in the Recommendation. Hubs know `hub.url`, as in PubSubHubbub 0.3, or
        `hub.topic`, which all other requests of WebSub have.
        """
        form = {"hub.mode": "publish", "hub.topic": topic, "hub.url": topic}
        async with asyncio.timeout(ANSWER_S_MAX), self._client.stream("POST", self.address, data=form) as answer:
            content = b""
            async for part in answer.aiter_raw():  # as it is: a few bytes may be a coding of gigabytes
                content += part
                if len(content) > ANSWER_BYTES_MAX:
                    break
        if answer.is_success:
            return
        location = answer.headers.get("location", "")
        said = f"{answer.status_code} {location} {content[:SHOWN_MAX].decode(errors='replace')}".strip()
        failure = HubFailed if answer.status_code in PASSING else HubRefused
        raise failure(said, retry_after(answer.headers.get("retry-after")))

"""Reads that many ask for at the same moment, done once."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Final, ParamSpec, TypeVar

from service.reads import Reads

P = ParamSpec("P")
T = TypeVar("T")

SHARED_MAX: Final = 32
"""Reads whose outcomes are kept for those who ask a moment later; the oldest goes first."""


class Shared:
    """`await shared(key, function, *args)`: what the function gives, read for whoever comes first with this key.

    The key must name all that the outcome depends on, the head of the log included, so that nothing is answered from
    what was there before.
    """

    def __init__(self, reads: Reads) -> None:
        self._reads = reads
        self._begun: OrderedDict[Hashable, asyncio.Future[Any]] = OrderedDict()

    async def __call__(self, key: Hashable, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Raises what the function raises, to all who wait for it."""
        reading: asyncio.Future[T] | None = self._begun.get(key)
        if reading is None:
            reading = await self._begin(key, function, *args, **kwargs)
        if reading.done():
            return reading.result()
        return await asyncio.shield(reading)  # who leaves does not end it for the others

    async def _begin(
        self, key: Hashable, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> asyncio.Future[T]:
        if self._reads.inline:
            read = await self._reads(function, *args, **kwargs)  # nobody else comes in between
            reading: asyncio.Future[T] = asyncio.get_running_loop().create_future()
            reading.set_result(read)
        else:
            reading = asyncio.ensure_future(self._reads(function, *args, **kwargs))
            reading.add_done_callback(lambda done: self._forget_failure(key, done))
        self._begun[key] = reading
        if len(self._begun) > SHARED_MAX:
            self._begun.popitem(last=False)
        return reading

    def _forget_failure(self, key: Hashable, done: asyncio.Future[Any]) -> None:
        if (done.cancelled() or done.exception() is not None) and self._begun.get(key) is done:
            del self._begun[key]

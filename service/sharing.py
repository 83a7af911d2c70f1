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
        self._under_way: OrderedDict[Hashable, asyncio.Future[Any]] = OrderedDict()

    async def __call__(self, key: Hashable, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Raises what the function raises, to all who wait for it."""
        reading: asyncio.Future[T] | None = self._under_way.get(key)
        if reading is None:
            reading = asyncio.ensure_future(self._reads(function, *args, **kwargs))
            reading.add_done_callback(lambda done: self._forget_failure(key, done))
            self._under_way[key] = reading
            if len(self._under_way) > SHARED_MAX:
                self._under_way.popitem(last=False)
        return await asyncio.shield(reading)  # who leaves does not end it for the others

    def _forget_failure(self, key: Hashable, done: asyncio.Future[Any]) -> None:
        if (done.cancelled() or done.exception() is not None) and self._under_way.get(key) is done:
            del self._under_way[key]

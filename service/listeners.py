"""Clients that listen or wait for events: each has a place as long as it is there, and there are so many places."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from litestar.types import Receive

from service.notices import Notices, Waiting
from service.problems import TooManyListeners


class Listeners:
    """The places of one node, and how many of them are taken."""

    def __init__(self, notices: Notices, places: int) -> None:
        self._notices = notices
        self._places = places
        self.taken = self.waiting = 0

    @contextmanager
    def place(self, receive: Receive, *, page: bool = False) -> Iterator[Listener]:
        """A place for the client behind this request, for the block; `page` where it waits for a page, and `waiting`
        counts it. Raises TooManyListeners.
        """
        if self.taken >= self._places:
            raise TooManyListeners(
                f"{self._places} clients listen to this node already: come again in a moment, or read GET /events "
                "from time to time"
            )
        self.taken += 1
        self.waiting += page
        listener = Listener(self._notices, receive)
        self._notices.add(listener)
        try:
            yield listener
        finally:
            self._notices.remove(listener)
            self.taken -= 1
            self.waiting -= page


class Listener(Waiting):
    """One client that waits. For it, it is also over once it has gone."""

    def __init__(self, notices: Notices, receive: Receive) -> None:
        super().__init__(notices)
        self._there = asyncio.ensure_future(_until_gone(receive))
        self._there.add_done_callback(lambda _: self.wake())

    @property
    def over(self) -> bool:
        """Whether the client has gone, or the service stops."""
        return self._there.done() or super().over

    def leave(self) -> None:
        """Wait no more, and look no longer whether the client is there."""
        super().leave()
        self._there.cancel()


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass

"""Ends what would go on without end when the process is told to stop.

A server lets the answers under way finish before it tells the application that it stops, and a stream of events never
finishes by itself. So the signals are heard here too, beside whoever handles them.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from types import FrameType
from typing import Final

from litestar import Litestar

SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


async def hear(app: Litestar) -> None:
    """When the application starts: from now on a signal to stop sends away those who listen."""
    if threading.current_thread() is threading.main_thread():  # signals are handled nowhere else
        for number in SIGNALS:
            _hear(number, app)


def _hear(number: signal.Signals, app: Litestar) -> None:
    loop = asyncio.get_running_loop()
    handler = signal.getsignal(number)

    def stop(received: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(app.state.node.notices.stop)
        if callable(handler):
            handler(received, frame)

    if callable(handler):  # else the signal ends the process by itself
        signal.signal(number, stop)

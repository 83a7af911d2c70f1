"""Where reads run, and that those on threads end with the service."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from events.database import Database
from events.writer import ShuttingDown
from service.reads import MUCH_EVENTS, Reads


def test_who_asks_too_late_is_told_so(tmp_path: Path) -> None:
    async def main() -> None:
        reads = Reads(Database(f"sqlite:///{tmp_path / 'any.db'}"), 1)
        assert await reads.long(lambda: 1) == 1
        reads.close()
        with pytest.raises(ShuttingDown, match="try again in a moment"):
            await reads.long(lambda: 1)

    asyncio.run(main())


@pytest.mark.parametrize(("events", "on_the_loop"), [(MUCH_EVENTS, True), (MUCH_EVENTS + 1, False)])
def test_a_read_that_is_about_much_leaves_the_event_loop(tmp_path: Path, events: int, on_the_loop: bool) -> None:
    async def main() -> None:
        reads = Reads(Database(f"sqlite:///{tmp_path / 'any.db'}"), 1)
        begun: list[int] = []

        def read() -> int:
            begun.append(threading.get_ident())
            reads.about(events)
            return threading.get_ident()

        assert (await reads(read) == threading.get_ident()) is on_the_loop
        assert len(begun) == (1 if on_the_loop else 2)
        reads.close()

    asyncio.run(main())

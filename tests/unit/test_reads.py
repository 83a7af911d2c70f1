"""Reads on threads end with the service."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from events.database import Database
from events.writer import ShuttingDown
from service.reads import Reads


def test_who_asks_too_late_is_told_so(tmp_path: Path) -> None:
    async def main() -> None:
        reads = Reads(Database(f"sqlite:///{tmp_path / 'any.db'}"), 1)
        assert await reads.long(lambda: 1) == 1
        reads.close()
        with pytest.raises(ShuttingDown, match="try again in a moment"):
            await reads.long(lambda: 1)

    asyncio.run(main())

"""Reads that many ask for at the same moment are done once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from events.database import Database
from service.reads import Reads
from service.sharing import SHARED_MAX, Shared


class Counted:
    """A read that says how often it was done."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, answer: str) -> str:
        self.times += 1
        if answer == "fault":
            raise LookupError(answer)
        return answer


@pytest.fixture(params=["at once", "on threads"])
def reads(request: pytest.FixtureRequest, tmp_path: Path) -> Reads:
    reads = Reads(Database(f"sqlite:///{tmp_path / 'any.db'}"), 1)
    reads.inline = request.param == "at once"
    return reads


def test_two_hundred_ask_and_one_reads(reads: Reads) -> None:
    read = Counted()

    async def main() -> None:
        shared = Shared(reads)
        assert set(await asyncio.gather(*(shared(1, read, "a") for _ in range(200)))) == {"a"}
        assert await shared(1, read, "a") == "a"
        assert read.times == 1
        assert await shared(2, read, "b") == "b"
        assert read.times == 2

    asyncio.run(main())


def test_a_failure_reaches_all_who_wait_and_is_not_kept(reads: Reads) -> None:
    read = Counted()

    async def main() -> None:
        shared = Shared(reads)
        failures = await asyncio.gather(*(shared(1, read, "fault") for _ in range(3)), return_exceptions=True)
        assert [type(each) for each in failures] == [LookupError] * 3
        assert read.times == (3 if reads.inline else 1)  # what is read at once is waited for by nobody else
        before = read.times
        with pytest.raises(LookupError):
            await shared(1, read, "fault")
        assert read.times == before + 1

    asyncio.run(main())


def test_who_leaves_does_not_end_it_for_the_others(reads: Reads) -> None:
    read = Counted()

    async def main() -> None:
        shared = Shared(reads)
        leaving = asyncio.ensure_future(shared(1, read, "a"))
        staying = asyncio.ensure_future(shared(1, read, "a"))
        await asyncio.sleep(0)  # both have begun
        leaving.cancel()
        assert await staying == "a"
        assert leaving.cancelled() or leaving.done()

    asyncio.run(main())


def test_only_so_much_is_kept(reads: Reads) -> None:
    read = Counted()

    async def main() -> None:
        shared = Shared(reads)
        for key in range(SHARED_MAX + 1):
            await shared(key, read, "a")
        assert read.times == SHARED_MAX + 1
        await shared(SHARED_MAX, read, "a")
        assert read.times == SHARED_MAX + 1
        await shared(0, read, "a")
        assert read.times == SHARED_MAX + 2

    asyncio.run(main())

"""Pages of events that wait until there is something on them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from typing import Any

import pytest

from tests.http.conftest import created, problem
from tests.http.listening import Ear, live


def run(coroutine: Coroutine[Any, Any, None]) -> None:
    asyncio.run(coroutine)


def test_what_is_there_is_answered_at_once(database_url: str) -> None:
    async def main() -> None:
        async with live(database_url) as node:
            await node.append(*(created(f"body-{n}") for n in range(5)))
            plain = await node.get("/events?after=2")
            answer = await node.get("/events?after=2&wait=60")
            assert answer.json() == plain.json()
            assert answer.headers["cache-control"] == "no-store"
            assert "etag" not in answer.headers
            assert answer.headers["orgline-position"] == "5"
            first = (await node.get("/events?after=0&wait=60&limit=2&tag=type/organisation.created")).json()
            assert [each["position"] for each in first["items"]] == [1, 2]
            assert first["position"] == 2
            assert "wait=60" in first["next"]
            assert "after=2" in first["next"]

    run(main())


def test_it_waits_until_something_is_recorded(database_url: str) -> None:
    async def main() -> None:
        async with live(database_url) as node:
            await node.append(created("a"))
            waits = {
                "": [2],
                "&tag=organisation/c": [3],
                "&type=organisation.created&tag=organisation/b": [2],
                "&effective_from=2021&effective_to=2021": [3],
            }
            waiting = [asyncio.ensure_future(node.get(f"/events?after=1&wait=60{query}")) for query in waits]
            await node.append(created("b"))
            await node.append(created("c", effective="2021"))
            for answer, expected in zip(await asyncio.gather(*waiting), waits.values(), strict=True):
                page = answer.json()
                assert [each["position"] for each in page["items"]][: len(expected)] == expected
                assert page["position"] >= expected[-1]

    run(main())


def test_when_the_time_is_over_it_says_how_far_it_looked(database_url: str) -> None:
    async def main() -> None:
        async with live(database_url) as node:
            await node.append(created("a"))
            began = time.monotonic()
            waiting = asyncio.ensure_future(node.get("/events?after=0&wait=1&tag=organisation/nobody"))
            await node.append(created("b"))
            answer = await waiting
            assert time.monotonic() - began >= 1
            assert answer.json() == {"items": [], "next": None, "position": 2}
            at_once = await node.get("/events?after=2&wait=0")
            assert at_once.json() == {"items": [], "next": None, "position": 2}

    run(main())


@pytest.mark.parametrize("query", ["wait=61", "wait=-1", "wait=x", "wait=1&wait=2"])
def test_waits_that_are_none(sqlite_url: str, query: str) -> None:
    async def main() -> None:
        async with live(sqlite_url) as node:
            problem(await node.get(f"/events?{query}"), 400, "invalid-parameter")
            lines = await node.get("/events?wait=1", accept="application/x-ndjson")
            problem(lines, 400, "invalid-parameter")

    run(main())


def test_a_chain_of_waits_misses_nothing(database_url: str) -> None:
    async def main() -> None:
        async with live(database_url) as node:

            async def follow() -> list[int]:
                found: list[int] = []
                position = 0
                while position < 120:
                    page = (await node.get(f"/events?after={position}&wait=60&limit=7")).json()
                    found += [each["position"] for each in page["items"]]
                    position = page["position"]
                return found

            async def append(client: int) -> None:
                for n in range(30):
                    await node.append(created(f"c-{client}-{n}"))

            found, *_ = await asyncio.gather(follow(), *map(append, range(4)))
            assert found == list(range(1, 121))

    run(main())


def test_who_has_gone_or_is_sent_away_waits_no_longer(sqlite_url: str) -> None:
    async def main() -> None:
        async with live(sqlite_url, listeners_max="1") as node:
            ear = Ear(node.app, "/events?wait=60", {})
            await ear.leave()
            waiting = Ear(node.app, "/events?wait=60", {})  # in the place that became free
            await asyncio.sleep(0)
            node.node.notices.stop()
            await waiting.ended()
            assert waiting.content == b'{"items":[],"next":null,"position":0}'

    run(main())

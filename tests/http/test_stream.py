"""The log as server-sent events: where they begin and go on, what is told meanwhile, and how they end."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from service.access import tokens
from tests.conftest import fresh_database
from tests.contract.test_watching import cut_off
from tests.http.conftest import created, problem
from tests.http.listening import Ear, live


def run(coroutine: Coroutine[Any, Any, None]) -> None:
    asyncio.run(coroutine)


async def told(ear: Ear) -> Ear:
    """Wait until a stream has begun."""
    await ear.until(lambda: bool(ear.events))
    return ear


def test_a_stream_begins_at_the_head_and_tells_what_is_recorded(database_url: str) -> None:
    async def main() -> None:
        async with live(database_url) as node:
            await node.append(created("a"), created("b"))
            ear = await told(node.listen())
            assert ear.status == 200
            assert ear.headers["content-type"] == "text/event-stream; charset=utf-8"
            assert ear.headers["cache-control"] == "no-store"
            assert ear.headers["vary"] == "Accept, Accept-Encoding"
            assert ear.content.startswith(b"retry: 2000\nid: 2\n")
            assert [(each.event, each.id, each.data) for each in ear.events] == [("position", 2, {"position": 2})]
            await node.append(created("c"), created("d"))
            await ear.until(lambda: len(ear.facts) == 2)
            page = (await node.get("/events?after=2")).json()["items"]
            assert [each.data for each in ear.events[1:]] == page
            await ear.leave()

    run(main())


def test_it_goes_on_after_the_last_id_or_after_a_position(sqlite_url: str) -> None:
    async def main() -> None:
        async with live(sqlite_url) as node:
            await node.append(*(created(f"body-{n}") for n in range(5)))
            for ear, expected in (
                (node.listen(last_event_id="3"), [4, 5]),
                (node.listen("?after=2"), [3, 4, 5]),
                (node.listen("?after=2", last_event_id="4"), [5]),  # what was heard since precedes the address
                (node.listen("?after=0"), [1, 2, 3, 4, 5]),
            ):
                await ear.until(lambda ear=ear: ear.scanned == 5)  # type: ignore[misc]
                assert ear.facts == expected
                await ear.leave()
                assert ear.content.endswith(b": the stream ends here; go on from the last id\n")

    run(main())


def test_more_than_a_batch_comes_whole_and_in_order(database_url: str) -> None:
    async def main() -> None:
        async with live(database_url) as node:
            await node.append(*(created(f"body-{n}", note="x" * 3_000) for n in range(120)))
            await node.append(*(created(f"more-{n}") for n in range(130)))
            everything, one = node.listen("?after=0"), node.listen("?after=0&tag=organisation/more-7")
            await everything.until(lambda: everything.scanned == 250)
            await one.until(lambda: one.scanned == 250 or len(one.facts) == 1)
            assert everything.facts == list(range(1, 251))
            assert one.facts == [128]
            await everything.leave()
            await one.leave()

    run(main())


def test_filters_and_the_position_that_was_scanned(database_url: str) -> None:
    async def main() -> None:
        async with live(database_url, heartbeat_s="1") as node:
            renamed = {
                "type": "name.adopted",
                "effective": "2020",
                "data": {"organisation": "a", "name": "A", "kind": "brand"},
            }
            streams = {
                "?tag=organisation/a": [1, 3],
                "?type=name.adopted": [3],
                "?type=name.adopted&type=organisation.created": [1, 2, 3, 4],
                "?tag=organisation/a&tag=type/name.adopted": [3],
                "?tag=organisation/a&type=organisation.created": [1],
                "?tag=organisation/nobody": [],
            }
            ears = [await told(node.listen(query)) for query in streams]
            for fact in (created("a"), created("b"), renamed, created("c")):
                await node.append(fact)
            for ear, expected in zip(ears, streams.values(), strict=True):
                # The heartbeat carries whoever heard nothing as far along as whoever heard all.
                await ear.until(lambda ear=ear: (ear.events[-1].event, ear.events[-1].id) == ("position", 4))  # type: ignore[misc]
                assert ear.facts == expected
                await ear.leave()
            late = node.listen("?tag=organisation/a", last_event_id="0")
            await late.until(lambda: late.scanned >= 3)
            assert late.facts == [1, 3]
            await late.leave()

    run(main())


def test_what_another_node_records_is_heard(database_url: str) -> None:
    async def main() -> None:
        async with live(database_url) as node, live(database_url) as other:
            ear = await told(node.listen())
            await other.append(created("a"))
            await ear.until(lambda: ear.facts == [1])
            reading = asyncio.ensure_future(node.get("/organisations/b?min_position=2"))
            await other.append(created("b"))
            assert (await reading).status_code == 200
            await ear.until(lambda: ear.facts == [1, 2])
            await ear.leave()

    run(main())


def test_listeners_outlast_a_database_that_was_away(postgresql_server: sa.URL) -> None:
    async def main() -> None:
        with fresh_database(postgresql_server) as url:
            async with live(url, heartbeat_s="1") as node:
                ear = await told(node.listen())
                cut_off(node.node.database)
                async with live(url) as other:
                    await other.append(created("a"))
                await ear.until(lambda: ear.facts == [1])
                await ear.leave()

    run(main())


def test_no_gaps_and_the_right_order_while_four_clients_append(database_url: str) -> None:
    async def main() -> None:
        async with live(database_url) as node, live(database_url) as other:
            ears = [await told(each) for each in (node.listen(), other.listen(), node.listen("?tag=organisation/c-1"))]

            async def append(client: int) -> None:
                for n in range(20):
                    await (node, other)[client % 2].append(created(f"c-{client}", f"{n}"), created(f"o-{client}-{n}"))

            await asyncio.gather(*map(append, range(4)))
            for ear in ears[:2]:
                await ear.until(lambda ear=ear: ear.scanned == 160)  # type: ignore[misc]
                assert ear.facts == list(range(1, 161))
            (_, _, tagged) = ears
            await tagged.until(lambda: len(tagged.facts) == 20)
            assert tagged.facts == sorted(tagged.facts)
            for ear in ears:
                await ear.leave()

    run(main())


def test_who_takes_nothing_is_sent_away_and_can_go_on(sqlite_url: str) -> None:
    async def main() -> None:
        async with live(sqlite_url, listener_stall_s_max="1", listeners_max="2") as node:
            slow, quick = await told(node.listen()), await told(node.listen())
            slow.taking.clear()
            await node.append(created("a"))
            await node.append(created("b"))
            await quick.until(lambda: quick.facts == [1, 2])
            await slow.ended()
            assert not slow.complete  # the connection is cut off: nothing says that all was sent
            again = await told(node.listen(last_event_id=str(slow.scanned)))  # in the place that it had
            await again.until(lambda: again.facts == [1, 2])
            await again.leave()
            await quick.leave()

    run(main())


def test_more_listeners_than_places(sqlite_url: str) -> None:
    async def main() -> None:
        async with live(sqlite_url, listeners_max="2") as node:
            await node.append(created("a"))
            ear = await told(node.listen())
            waiting = asyncio.ensure_future(node.get("/events?after=1&wait=60"))
            await ear.until(lambda: node.node.listeners.taken == 2)
            refused = await node.get("/events/stream?after=0")
            assert "2 clients" in problem(refused, 503, "too-many-listeners")["detail"]
            assert refused.headers["retry-after"] == "1"
            problem(await node.get("/events?after=0&wait=0"), 503, "too-many-listeners")
            assert (await node.get("/events?after=0")).status_code == 200
            await node.append(created("b"))
            assert [each["position"] for each in (await waiting).json()["items"]] == [2]
            another = await told(node.listen())  # in the place of the one who waited
            await another.leave()
            await ear.leave()

    run(main())


def test_positions_that_are_none(sqlite_url: str) -> None:
    async def main() -> None:
        async with live(sqlite_url) as node:
            await node.append(created("a"))
            for text in ("x", "-1", "1.0", "٣", "1 ", str(2**53), "9" * 30):
                ear = node.listen(last_event_id=text)
                await ear.ended()
                assert (ear.status, code(ear)) == (400, "invalid-last-event-id"), text
            for query, expected in (
                ("?after=x", "invalid-parameter"),
                ("?after=-1", "invalid-parameter"),
                ("?since=1", "unknown-parameter"),
                ("?type=nothing", "invalid-parameter"),
                ("?after=2", "position-beyond-head"),
            ):
                problem(await node.get(f"/events/stream{query}"), 400, expected)
            resumed = await node.get("/events/stream", last_event_id="2")
            waiting = await node.get("/events?after=2&wait=9")
            for answer in (resumed, waiting):
                assert "ends at position 1" in problem(answer, 400, "position-beyond-head")["detail"]

    run(main())


def code(ear: Ear) -> str:
    return msgspec.json.decode(ear.content)["type"].rpartition(":")[2]


def test_head_tells_the_headers_and_takes_no_place(sqlite_url: str) -> None:
    async def main() -> None:
        async with live(sqlite_url, listeners_max="1") as node:
            for _ in range(2):
                ear = node.listen(method="HEAD")
                await ear.ended()
                assert (ear.status, ear.content, ear.complete) == (200, b"", True)
                assert ear.headers["content-type"].startswith("text/event-stream")

    run(main())


def test_closed_reads_need_the_scope(sqlite_url: str) -> None:
    async def main() -> None:
        async with live(sqlite_url, public_reads="false", heartbeat_s="1", token_cache_s="0") as node:
            problem(await node.get("/events/stream"), 401, "unauthenticated")
            problem(await node.get("/events?wait=1"), 401, "unauthenticated")
            appender = node.make_token("append", name="appender")
            problem(await node.get("/events/stream", authorization=f"Bearer {appender}"), 403, "forbidden")
            reader = node.make_token("read", name="reader")
            ear = await told(node.listen(authorization=f"Bearer {reader}"))
            await node.append(created("a"))
            await ear.until(lambda: ear.facts == [1])
            tokens.revoke(node.node.database, "reader", node.node.clock())
            await ear.ended()  # at the next heartbeat
            assert ear.complete

    run(main())


def test_the_end_of_the_service_ends_the_streams(sqlite_url: str) -> None:
    async def main() -> None:
        async with live(sqlite_url) as node:
            ears = [await told(node.listen()) for _ in range(3)]
            node.node.notices.stop()
            for ear in ears:
                await ear.ended()
                assert ear.complete
                assert ear.content.endswith(b": the stream ends here; go on from the last id\n")
            late = node.listen("?after=0")
            await late.ended()
            assert late.complete

    run(main())


@pytest.mark.parametrize("members", [{"operationId": "stream_events"}])
def test_it_is_described(sqlite_url: str, members: dict[str, str]) -> None:
    async def main() -> None:
        async with live(sqlite_url) as node:
            described = (await node.get("/schema/openapi.json")).json()["paths"]["/events/stream"]["get"]
            assert members.items() <= described.items()
            assert {"after", "tag", "type", "Last-Event-ID", "min_position"} <= {
                each["name"] for each in described["parameters"]
            }
            assert "text/event-stream" in described["responses"]["200"]["content"]

    run(main())

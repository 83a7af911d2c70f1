"""The application in this process with clients that listen: each takes what it is sent as fast as the test lets it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec

from service.access import tokens
from service.node import Node
from tests.http.conftest import application, created

WAIT_S_MAX = 60


class Heard(msgspec.Struct):
    """One server-sent event."""

    id: int | None
    event: str
    data: Any


class Ear:
    """A client of the stream. `taking` is cleared to take nothing more, `gone` set to leave."""

    def __init__(self, app: Any, address: str, headers: dict[str, str], method: str = "GET") -> None:
        self.taking, self.gone = asyncio.Event(), asyncio.Event()
        self.taking.set()
        self.status = 0
        self.headers: dict[str, str] = {}
        self.content = b""
        self.complete = False
        self._asked = False
        parts = urlsplit(address)
        scope = {
            "type": "http",
            "method": method,
            "path": parts.path,
            "raw_path": parts.path.encode(),
            "query_string": parts.query.encode(),
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
            "server": ("test", 80),
            "client": ("test", 1),
            "scheme": "http",
            "root_path": "",
            "state": {},
        }
        self.task = asyncio.ensure_future(app(scope, self._receive, self._send))

    @property
    def events(self) -> list[Heard]:
        """The events that have come as a whole; comments are none."""
        return [heard for block in self.content.split(b"\n\n")[:-1] if (heard := _heard(block)) is not None]

    @property
    def facts(self) -> list[int]:
        """The positions of the events of the log, each checked against its id."""
        found = []
        for heard in self.events:
            if heard.event == "message":
                assert heard.id == heard.data["position"]
                found.append(heard.data["position"])
        return found

    @property
    def scanned(self) -> int:
        """The last position that it was told."""
        return max((heard.id for heard in self.events if heard.id is not None), default=-1)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds."""
        async with asyncio.timeout(WAIT_S_MAX):
            while not holds():
                assert not self.task.done(), f"it ended: {self.content!r}"
                await asyncio.sleep(0.01)  # between two looks, up to the limit

    async def ended(self) -> None:
        """Wait until the application is done with it."""
        async with asyncio.timeout(WAIT_S_MAX):
            await asyncio.wait([self.task])
        assert self.task.exception() is None

    async def leave(self) -> None:
        """Go, and wait until the application has seen it."""
        self.gone.set()
        await self.ended()

    async def _receive(self) -> dict[str, Any]:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: dict[str, Any]) -> None:
        await self.taking.wait()
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            self.content += message["body"]
            self.complete = not message["more_body"]


class Live:
    """A running application, its node, and a token that may append."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.node: Node = app.state.node
        self.token = self.make_token("read", "append", name=f"tester-{os.urandom(4).hex()}")
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://test", timeout=WAIT_S_MAX, trust_env=False
        )

    def make_token(self, *scopes: str, name: str) -> str:
        return tokens.create(self.node.database, name, scopes, self.node.clock(), os.urandom)

    async def append(self, *facts: dict[str, Any]) -> int:
        """Record facts at once; the last position."""
        headers = {"authorization": f"Bearer {self.token}"}
        answer = await self.client.post("/events", json={"facts": facts or [created()]}, headers=headers)
        assert answer.status_code == 201, answer.text
        return int(answer.headers["orgline-position"])

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def listen(self, query: str = "", *, method: str = "GET", **headers: str) -> Ear:
        """Open a stream of events."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return Ear(self.app, f"/events/stream{query}", given, method)


@asynccontextmanager
async def live(database_url: str, **settings: str) -> AsyncIterator[Live]:
    """A node on this database."""
    given = {"database_url": database_url, **settings}
    with application(**given) as app:
        async with app.lifespan():
            served = Live(app)
            async with served.client:
                yield served


def _heard(block: bytes) -> Heard | None:
    fields = dict(line.split(": ", 1) for line in block.decode().splitlines() if not line.startswith(":"))
    if "data" not in fields:
        return None
    id_ = fields.get("id")
    data = msgspec.json.decode(fields["data"])
    return Heard(None if id_ is None else int(id_), fields.get("event", "message"), data)

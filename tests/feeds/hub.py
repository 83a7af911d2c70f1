"""A hub of WebSub, and a subscriber, from the text of the W3C Recommendation of 23 January 2018, on loopback ports.

How publishers tell a hub of news is left open there (section 6): this one takes `hub.mode=publish` with `hub.url`.
"""

from __future__ import annotations

import hmac
import threading
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from secrets import token_hex
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import httpx

LEASE_S = 864_000  # the default that section 5.1 recommends


class Server:
    """An HTTP server on a free loopback port, or on one that is given; it answers by `answer` of its subclass."""

    def __init__(self, port: int = 0) -> None:
        answer = self.answer

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._answer()

            def do_POST(self) -> None:
                self._answer()

            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                status, headers, content = answer(self.command, self.path, dict(self.headers), body)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def answer(
        self, method: str, target: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and content for a request."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@dataclass
class Subscription:
    """Who is told of a topic, and what signs it."""

    callback: str
    secret: bytes | None


class Hub(Server):
    """Remembers every ping. `fail` holds the answers to the next ones that are not taken; `gate` lets them wait;
    after `takes` it takes no more; `slow_s` is what each takes, `coding` headers that answers bear.
    """

    def __init__(self, port: int = 0) -> None:
        self.pinged: list[str] = []
        self.fail: deque[tuple[int, dict[str, str]]] = deque()
        self.failed = 0
        self.takes: int | None = None
        self.slow_s = 0.0
        self.coding: dict[str, str] = {}
        self.refused: frozenset[str] = frozenset()
        self.failing: frozenset[str] = frozenset()
        self.refusals: Counter[str] = Counter()
        self.gate = threading.Event()
        self.gate.set()
        self.subscriptions: dict[tuple[str, str], Subscription] = {}
        self._lock = threading.Lock()
        super().__init__(port)

    def count(self) -> Counter[str]:
        """How often each topic was pinged."""
        with self._lock:
            return Counter(self.pinged)

    def answer(
        self, method: str, target: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        """Takes forms by POST (section 5.1), and nothing else."""
        if method != "POST" or headers.get("Content-Type") != "application/x-www-form-urlencoded":
            return 400, {}, b"a form by POST"
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        if form.get("hub.mode") == "publish":
            return self._published(form["hub.url"])
        if form.get("hub.mode") == "subscribe":
            return self._subscribed(form)
        return 400, {}, b"hub.mode is publish or subscribe"

    def _published(self, topic: str) -> tuple[int, dict[str, str], bytes]:
        self.gate.wait()
        threading.Event().wait(self.slow_s)  # the hub has other things to do too
        with self._lock:
            if self.takes is not None and len(self.pinged) >= self.takes:
                self.failed += 1
                return 500, {}, b"no more"
            if self.fail:
                self.failed += 1
                status, headers = self.fail.popleft()
                return status, headers, b"not now"
            if topic in self.failing:
                return 500, {}, b"this one never"
            if topic in self.refused:
                self.refusals[topic] += 1
                return 404, {}, b"no such topic"
            self.pinged.append(topic)
        self._distribute(topic)
        return 202, self.coding, b"taken"

    def _subscribed(self, form: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        """Section 5.3: whoever asks must want it, as the callback says."""
        topic, callback, challenge = form["hub.topic"], form["hub.callback"], token_hex(16)
        asked = {
            "hub.mode": "subscribe",
            "hub.topic": topic,
            "hub.challenge": challenge,
            "hub.lease_seconds": str(LEASE_S),
        }
        answer = httpx.get(callback, params=asked)
        if not answer.is_success or answer.text != challenge:
            return 400, {}, b"the callback does not confirm it"
        secret = form.get("hub.secret")
        self.subscriptions[topic, callback] = Subscription(callback, secret.encode() if secret else None)
        return 202, {}, b""

    def _distribute(self, topic: str) -> None:
        """Sections 7 and 7.1: the whole content, with its type, its links, and a signature."""
        for (subscribed, _), subscription in list(self.subscriptions.items()):
            if subscribed != topic:
                continue
            content = httpx.get(topic)
            headers = {
                "content-type": content.headers["content-type"],
                "link": f'<{self.address}>; rel="hub", <{topic}>; rel="self"',
            }
            if subscription.secret is not None:
                digest = hmac.digest(subscription.secret, content.content, "sha256").hex()
                headers["x-hub-signature"] = f"sha256={digest}"
            httpx.post(subscription.callback, content=content.content, headers=headers)


@dataclass
class Discovered:
    """What a subscriber finds at a feed (section 4)."""

    hubs: Sequence[str]
    self: str


def discover(answer: httpx.Response) -> Discovered:
    """By the headers Link, which come first; exactly one of them is to be `self`."""
    links = [(link["rel"], link["url"]) for link in _links(answer)]
    (own,) = [url for rel, url in links if rel == "self"]
    return Discovered([url for rel, url in links if rel == "hub"], own)


def _links(answer: httpx.Response) -> Iterator[dict[str, Any]]:
    for line in answer.headers.get_list("link"):
        for each in line.split(","):
            url, _, parameters = each.strip().partition(";")
            rel = parameters.partition('rel="')[2].partition('"')[0]
            yield {"url": url.strip("<>"), "rel": rel}


class Subscriber(Server):
    """Wants what it subscribes to, and takes only what is signed by the secret that it gave."""

    def __init__(self) -> None:
        self.secret = token_hex(16)
        self.wanted: set[str] = set()
        self.received: list[bytes] = []
        super().__init__()

    def subscribe(self, feed: str) -> Discovered:
        """By way of the hub that the feed names."""
        found = discover(httpx.get(feed))
        self.wanted.add(found.self)
        form = {
            "hub.mode": "subscribe",
            "hub.topic": found.self,
            "hub.callback": f"{self.address}/callback",
            "hub.secret": self.secret,
        }
        assert httpx.post(found.hubs[0], data=form).status_code == 202
        return found

    def answer(
        self, method: str, target: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        """Confirms what it asked for; takes what is signed."""
        if method == "GET":
            asked = {name: values[0] for name, values in parse_qs(urlsplit(target).query).items()}
            if asked["hub.topic"] in self.wanted:
                return 200, {}, asked["hub.challenge"].encode()
            return 404, {}, b""
        signed = "sha256=" + hmac.new(self.secret.encode(), body, sha256).hexdigest()
        if hmac.compare_digest(signed, headers.get("X-Hub-Signature", headers.get("x-hub-signature", ""))):
            self.received.append(body)
        return 202, {}, b""

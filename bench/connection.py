"""One connection to a server on the loopback, kept alive, with at most one request under way.

On a raw socket, since whoever measures shares the machine with the server: an answer costs some 30 µs of processor
time.
"""

from __future__ import annotations

import json
import socket
import time
from typing import Any, Final

CONNECT_S_MAX: Final = 20
READ_BYTES: Final = 65_536
BODILESS: Final = b"HTTP/1.1 304"


class Connection:
    """`sent_at` is when the last request was sent, by `time.perf_counter`; `received` what has come of its answer."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=CONNECT_S_MAX)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""
        self.sent_at = 0.0

    def send(self, request: bytes) -> None:
        """Send a request as it is."""
        self.received = b""
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> bool:
        """Whether the answer is here as a whole, once there was something to read. Raises OSError."""
        chunk = self.socket.recv(READ_BYTES)
        if not chunk:
            raise ConnectionError("the server closed the connection")
        self.received += chunk
        head, found, body = self.received.partition(b"\r\n\r\n")
        return bool(found) and (head.startswith(BODILESS) or len(body) >= _content_length(head))

    @property
    def status(self) -> int:
        """The status of the answer."""
        return int(self.received[9:12])  # HTTP/1.1 200 OK

    @property
    def body(self) -> bytes:
        """The body of the answer."""
        return self.received.partition(b"\r\n\r\n")[2]


def wait_until_served(port: int) -> None:
    """Raises TimeoutError if nothing answers in HTTP on this port within CONNECT_S_MAX."""
    end = time.monotonic() + CONNECT_S_MAX
    while time.monotonic() < end:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=CONNECT_S_MAX) as asking:
                asking.sendall(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                if asking.recv(READ_BYTES).startswith(b"HTTP/1.1 "):
                    return
        except ConnectionError:
            time.sleep(0.05)  # between two tries, up to CONNECT_S_MAX
    raise TimeoutError(f"nothing answers on port {port}")


def get(port: int, path: str, **headers: str) -> bytes:
    """A request to read; `if_none_match="…"` is its header If-None-Match."""
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{lines}\r\n".encode()


def append(port: int, token: str, body: Any) -> bytes:
    """A request that records facts."""
    content = json.dumps(body).encode()
    head = (
        "POST /events HTTP/1.1\r\n"
        f"Host: 127.0.0.1:{port}\r\n"
        f"Authorization: Bearer {token}\r\n"
        "Content-Type: application/json\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


def _content_length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
    raise ConnectionError("an answer without Content-Length")

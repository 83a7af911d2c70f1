"""What is noticed of each request: counted always, logged and traced where that is asked for.

A line of the log, and a span of a trace, tell what was asked for and how it went; never whose request it was, nor what
was in it: no address of a client, no header but `traceparent`, no token, no body, and of a query only the names of its
parameters, since people write names of people into their values.

A trace that the client began (W3C Trace Context, `traceparent`) is gone on with; else one is begun. Its id is in the
log, and not in the answer: answers are kept by caches, and given to others.
"""

from __future__ import annotations

import os
import re
from collections.abc import Awaitable, Callable, Mapping
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

import structlog
from litestar.types import HTTPScope, Message, Send

from events.dcb import Commit
from service.access import tokens
from service.metrics import METHODS, OTHER, Metrics
from service.parameters import FIELDS_MAX, accepted

if TYPE_CHECKING:
    from service.telemetry import RequestSpan, Traces

PATH_LENGTH_MAX: Final = 200
"""Of a path in the log: what there is at such an address is not found anyway."""

logger = structlog.get_logger("orgline")


def untimed(scope: Any) -> None:
    """How long this request takes says nothing about the service: it waits for news."""
    scope["orgline_untimed"] = True


def recorded(scope: Any, commit: Commit | None) -> None:
    """This request's facts were recorded by this commit."""
    scope["orgline_commit"] = commit


class Observed:
    """One request: what was asked for, and as it is answered, how that goes."""

    __slots__ = ("_send", "began", "begun", "method", "route", "scope", "size", "span", "status", "tokens", "trace_id")

    def __init__(self, scope: HTTPScope, send: Send) -> None:
        self.scope: Any = scope
        self._send = send
        self.method: str = scope["method"]
        self.route = ""
        self.status = self.size = 0
        self.begun = 0.0
        self.trace_id = ""
        self.tokens: Mapping[str, Any] | None = None
        self.span: RequestSpan | None = None
        self.began = perf_counter()

    def send(self, message: Message) -> Awaitable[None]:
        """What ASGI takes to send an answer. (No coroutine of its own: each costs as much as all that it does.)"""
        if message["type"] == "http.response.start":
            self.begun = perf_counter()
            self.status = message["status"]
        elif message["type"] == "http.response.body":
            self.size += len(message.get("body", b""))
        return self._send(message)

    def repeated(self, route: str, status: int, size: int) -> None:
        """It is answered by what was answered before."""
        self.begun = perf_counter()
        self.route, self.status, self.size = route, status, size


class Observing:
    """Notices the requests of one node. `position` tells how far the log has come, as far as the node knows."""

    def __init__(
        self, metrics: Metrics, *, logs: bool = False, traces: Traces | None = None, position: Callable[[], int]
    ) -> None:
        self.under_way = 0
        self._metrics, self._logs, self._traces, self._position = metrics, logs, traces, position
        self._traced = logs or traces is not None

    def begin(self, scope: HTTPScope, send: Send) -> Observed:
        """A request has come in."""
        self.under_way += 1
        observed = Observed(scope, send)
        if self._traced:
            self._trace(observed)
        return observed

    def end(self, observed: Observed) -> None:
        """It was answered, or its client has gone."""
        self.under_way -= 1
        scope = observed.scope
        route = observed.route or scope.get("path_template") or OTHER
        method = observed.method if observed.method in METHODS else OTHER
        timed = observed.status and "orgline_untimed" not in scope
        seconds = observed.begun - observed.began if timed else None
        self._metrics.answered(method, route, observed.status, seconds, observed.size)
        if self._traced:
            self._told(observed, method, route)

    def _trace(self, observed: Observed) -> None:
        headers = observed.scope["headers"]
        if self._traces is not None:
            observed.span = self._traces.begin(headers)
            observed.trace_id = observed.span.trace_id
        else:
            observed.trace_id = trace_id(headers)
        observed.tokens = structlog.contextvars.bind_contextvars(trace_id=observed.trace_id)

    def _told(self, observed: Observed, method: str, route: str) -> None:
        scope = observed.scope
        path = shown(scope["path"])
        if observed.span is not None:
            observed.span.end(method, route, path, scope.get("scheme", "http"), observed.status)
        if self._logs:
            commit: Commit | None = scope.get("orgline_commit")
            logger.info(
                "request",
                method=method,
                route=route,
                path=path,
                query=query_names(scope),
                status=observed.status or None,
                ms=round((perf_counter() - observed.began) * 1_000, 2),
                bytes=observed.size,
                position=self._position(),
                **({} if commit is None else _of_commit(commit)),
            )
        if observed.tokens is not None:
            structlog.contextvars.reset_contextvars(**observed.tokens)


def trace_id(headers: list[tuple[bytes, bytes]]) -> str:
    """The id of the trace that a request belongs to (W3C Trace Context): the client's, or else a new one."""
    for name, value in headers:
        if name == b"traceparent":
            found = _TRACEPARENT(value)
            if found and found[1] != b"ff" and found[2].strip(b"0") and found[3].strip(b"0"):
                return found[2].decode()
    return os.urandom(16).hex()


def shown(path: str) -> str:
    """A path as the log may have it: what looks like a token is struck out, and it has an end."""
    return _TOKEN.sub(f"{tokens.PREFIX}…", path)[:PATH_LENGTH_MAX]


def query_names(scope: Any) -> list[str]:
    """The names of the parameters that a request gave, in order; those that there are none of as `…`."""
    query: bytes = scope["query_string"]
    if not query:
        return []
    key = scope["method"], scope.get("path_template", "")
    known = accepted(scope["app"]).get(key, {}) if "app" in scope else {}
    try:
        pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True, max_num_fields=FIELDS_MAX)
    except ValueError:
        return ["…"]
    return list(dict.fromkeys(name if name in known else "…" for name, _ in pairs))


def _of_commit(commit: Commit) -> dict[str, float]:
    return {
        "batch_requests": commit.requests,
        "batch_events": commit.events,
        "commit_ms": round(commit.commit_s * 1_000, 2),
        "lock_wait_ms": round(commit.lock_wait_s * 1_000, 2),
    }


_TRACEPARENT: Final = re.compile(rb"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(?:-.*)?").fullmatch
_TOKEN: Final = re.compile(rf"{tokens.PREFIX}[A-Za-z0-9_-]*")

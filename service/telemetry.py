"""Traces by OpenTelemetry: a span for each request, for each of its reads, and for the commit of its append.

This module alone imports OpenTelemetry, which comes with the extra `telemetry`; it is loaded only where traces are
asked for (see tracing.py). Where they go, how many are kept, and under which name, the standard variables `OTEL_…` say.
Attributes follow the semantic conventions for HTTP and databases.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import Token
from typing import Any, Final

import structlog
from opentelemetry import context as contexts
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.semconv.attributes import (
    db_attributes,
    error_attributes,
    http_attributes,
    url_attributes,
)
from opentelemetry.trace import SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from events.dcb import Commit
from service.version import version

NAME: Final = "orgline"
CLOSE_S_MAX: Final = 5
"""How long the last spans may take to be sent."""
S_NS: Final = 1_000_000_000

logger = structlog.get_logger("orgline")


def exporter() -> SpanExporter:
    """What sends spans away: OTLP over HTTP, to where OTEL_EXPORTER_OTLP_ENDPOINT says."""
    return OTLPSpanExporter()


class Traces:
    """The traces of one node; `database` is the system that it keeps its register in."""

    def __init__(self, database: str) -> None:
        own = {SERVICE_VERSION: version()}
        if not _named():
            own[SERVICE_NAME] = NAME
        self._provider = TracerProvider(resource=Resource.create(own), shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(exporter()))
        self._tracer = self._provider.get_tracer(NAME, version())
        self._database = database
        _tell_of_itself()

    def begin(self, headers: list[tuple[bytes, bytes]]) -> RequestSpan:
        """The span of a request, which goes on with the client's trace if there is one; current from now on."""
        carrier = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers if name in _CARRIED}
        span = self._tracer.start_span("request", _PROPAGATOR.extract(carrier, contexts.Context()), SpanKind.SERVER)
        return RequestSpan(span)

    @contextmanager
    def read(self, function: Callable[..., Any]) -> Iterator[None]:
        """A span around a read of the database, where it belongs to a request."""
        if not trace.get_current_span().is_recording():
            yield
            return
        name = getattr(function, "__qualname__", type(function).__qualname__)
        attributes = {db_attributes.DB_SYSTEM_NAME: self._database, "code.function.name": name}
        with self._tracer.start_as_current_span("read", kind=SpanKind.CLIENT, attributes=attributes):
            yield

    def commit(self, commit: Commit) -> None:
        """The span of the commit that recorded what the current request asked for, together with others."""
        if not trace.get_current_span().is_recording():
            return
        attributes: dict[str, str | int | float] = {
            db_attributes.DB_SYSTEM_NAME: self._database,
            "orgline.commit.requests": commit.requests,
            "orgline.commit.events": commit.events,
            "orgline.commit.lock_wait": commit.lock_wait_s,
        }
        span = self._tracer.start_span("commit", kind=SpanKind.CLIENT, attributes=attributes, start_time=commit.began)
        span.end(commit.began + int((commit.lock_wait_s + commit.commit_s) * S_NS))

    def flush(self) -> None:
        """Send what was not sent yet."""
        self._provider.force_flush(CLOSE_S_MAX * 1_000)

    def close(self) -> None:
        """Send the last spans, for a bounded time, and end."""
        closing = threading.Thread(target=self._provider.shutdown, name="orgline-traces", daemon=True)
        closing.start()
        closing.join(CLOSE_S_MAX)


class RequestSpan:
    """The span of one request, current until it ends."""

    def __init__(self, span: trace.Span) -> None:
        self._span = span
        self._token: Token[Any] = contexts.attach(trace.set_span_in_context(span))

    @property
    def trace_id(self) -> str:
        """The id of its trace, in hexadecimal."""
        return trace.format_trace_id(self._span.get_span_context().trace_id)

    def end(self, method: str, route: str, path: str, scheme: str, status: int) -> None:
        """The request was answered; `status` 0: its client had gone."""
        span = self._span
        if span.is_recording():
            span.update_name(f"{method} {route}")
            span.set_attribute(http_attributes.HTTP_REQUEST_METHOD, method)
            span.set_attribute(http_attributes.HTTP_ROUTE, route)
            span.set_attribute(url_attributes.URL_PATH, path)
            span.set_attribute(url_attributes.URL_SCHEME, scheme)
            if status:
                span.set_attribute(http_attributes.HTTP_RESPONSE_STATUS_CODE, status)
            if status >= 500:
                span.set_attribute(error_attributes.ERROR_TYPE, str(status))
                span.set_status(StatusCode.ERROR)
        span.end()
        contexts.detach(self._token)


class _Lines(logging.Handler):
    """What OpenTelemetry says of itself as lines of the service's log."""

    def emit(self, record: logging.LogRecord) -> None:
        """One line."""
        log = logger.error if record.levelno >= logging.ERROR else logger.warning
        log("traces", said=record.getMessage())


def _tell_of_itself() -> None:
    its = logging.getLogger("opentelemetry")
    if not any(isinstance(each, _Lines) for each in its.handlers):
        its.addHandler(_Lines(logging.WARNING))
        its.propagate = False


def _named() -> bool:
    """Whether the standard variables give the service a name."""
    return bool(os.environ.get("OTEL_SERVICE_NAME")) or "service.name=" in os.environ.get(
        "OTEL_RESOURCE_ATTRIBUTES", ""
    )


_PROPAGATOR: Final = TraceContextTextMapPropagator()
_CARRIED: Final = (b"traceparent", b"tracestate")

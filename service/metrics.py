"""What the service counts and measures about itself, in the form that Prometheus reads.

All metrics are in one table: name, kind, labels, what each means. docs/metrics.md says the same for people, and a test
holds the two together, and the alert rules to both. What happens often is counted as it happens; what can be looked up
(the head of the log, the length of a queue) is looked up when somebody asks (see measuring.py).
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import accumulate, chain
from typing import Any, Final, Literal

import msgspec
import prometheus_client
from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from events.dcb import Commit

SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
NUMBERS: Final = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1_024.0, 2_048.0)
METHODS: Final = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
DURATION: Final = "orgline_http_request_duration_seconds"
OTHER: Final = "other"
"""The label for methods and routes that are none: clients choose them, and each label costs memory for ever."""


class Described(msgspec.Struct, frozen=True):
    """One metric. `looked_up`: put together when somebody asks; else the library keeps it. `bounds`: of a histogram."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    help: str
    labels: tuple[str, ...] = ()
    bounds: tuple[float, ...] = ()
    looked_up: bool = False


def _looked_up(name: str, kind: Literal["counter", "gauge"], help_: str, *labels: str) -> Described:
    return Described(name, kind, help_, labels, looked_up=True)


TABLE: Final = (
    # requests
    Described(
        "orgline_http_requests_total",
        "counter",
        "Requests that were answered, by the class of the status (2xx); aborted: the client left before.",
        ("method", "route", "status"),
        looked_up=True,
    ),
    Described(
        DURATION,
        "histogram",
        "From the request until its answer begins; without those that wait for news.",
        ("method", "route"),
        SECONDS,
        looked_up=True,
    ),
    Described(
        "orgline_http_response_body_bytes_total",
        "counter",
        "Bytes of the bodies of answers, compressed as they were sent.",
        ("method", "route", "status"),
        looked_up=True,
    ),
    _looked_up("orgline_http_requests_under_way", "gauge", "Requests that are being answered, listeners included."),
    # appends
    Described(
        "orgline_append_requests_total",
        "counter",
        "Requests to append: recorded, known (recorded before), rehearsed (a dry run), or the code of the problem "
        "with which they were refused.",
        ("outcome",),
    ),
    Described("orgline_appended_events_total", "counter", "Events that this node recorded."),
    Described(
        "orgline_commit_requests",
        "histogram",
        "Requests that were recorded by one commit.",
        bounds=NUMBERS,
    ),
    Described("orgline_commit_events", "histogram", "Events that were recorded by one commit.", bounds=NUMBERS),
    Described(
        "orgline_commit_duration_seconds",
        "histogram",
        "From the lock on the log until a commit is durable.",
        bounds=SECONDS,
    ),
    Described(
        "orgline_commit_lock_wait_seconds",
        "histogram",
        "How long a commit waited for the lock on the log, which other processes and nodes may hold.",
        bounds=SECONDS,
    ),
    _looked_up("orgline_append_queue_requests", "gauge", "Appends that wait to be written."),
    _looked_up("orgline_append_queue_limit_requests", "gauge", "How many may wait (ORGLINE_WAITING_APPENDS_MAX)."),
    _looked_up("orgline_writer_up", "gauge", "Whether the thread that writes appends works."),
    # the register
    _looked_up("orgline_database_up", "gauge", "Whether the database answered when these metrics were asked for."),
    _looked_up("orgline_log_head_position", "gauge", "The position of the last event."),
    _looked_up("orgline_log_head_recorded_timestamp_seconds", "gauge", "When it was recorded (since 1970 UTC)."),
    _looked_up("orgline_projection_generation", "gauge", "The generation of the state that answers are read from."),
    _looked_up(
        "orgline_projection_current",
        "gauge",
        "Whether that generation was made by rules of this version; if not, reads are refused.",
    ),
    _looked_up(
        "orgline_projection_rebuilds_unfinished",
        "gauge",
        "Generations that are newer than that one: a rebuild under way, or one that was killed.",
    ),
    _looked_up("orgline_database_file_bytes", "gauge", "Size of SQLite's files: database, wal.", "file"),
    _looked_up("orgline_disk_free_bytes", "gauge", "Free space where SQLite's file is."),
    # those who listen
    _looked_up("orgline_listeners", "gauge", "Clients that listen: stream (server-sent events), page (wait=).", "kind"),
    _looked_up("orgline_listeners_limit", "gauge", "How many may listen (ORGLINE_LISTENERS_MAX)."),
    _looked_up(
        "orgline_hub_pings_total",
        "counter",
        "Pings of the hub: sent, failed (and sent again later), left (refused for good).",
        "outcome",
    ),
    _looked_up("orgline_hub_behind_events", "gauge", "Events of which the hub has not heard yet."),
    # what is kept in memory
    _looked_up(
        "orgline_cache_hits_total",
        "counter",
        "What was found: answers (given again as they were), documents (of feeds).",
        "cache",
    ),
    _looked_up("orgline_cache_misses_total", "counter", "What had to be made anew.", "cache"),
    _looked_up("orgline_cache_bytes", "gauge", "How much is kept.", "cache"),
    # the process
    _looked_up(
        "orgline_build_info",
        "gauge",
        "Always 1: which version this is, of what, on what.",
        *("version", "python", "database"),
    ),
)
"""All of them; besides, what prometheus-client tells of a process (`process_…`)."""

OUTCOMES: Final = (
    "recorded",
    "known",
    "rehearsed",
    "database-busy",
    "internal-error",
    "outcome-unknown",
    "queue-full",
    "read-only-database",
)
"""Of requests to append: those that tell of success, and of faults of the service."""

Measured = tuple[str, tuple[str, ...], float]
"""Name, values of its labels, value."""


class _Requests:
    """What is counted of one method, route and class of status: plain numbers, since it happens at every request."""

    __slots__ = ("durations", "number", "seconds", "size")

    def __init__(self) -> None:
        self.number = self.size = 0
        self.seconds = 0.0
        self.durations = [0] * (len(SECONDS) + 1)  # by the bound that is not exceeded; the last has none


class Metrics:
    """The metrics of one node."""

    def __init__(self) -> None:
        # When a counter began is told by the process's start.
        prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = CollectorRegistry()
        counted: dict[str, Any] = {}
        for each in TABLE:
            if each.looked_up:
                continue
            if each.kind == "counter":
                made: Any = Counter(each.name, each.help, each.labels, registry=self._registry)
            else:
                made = Histogram(each.name, each.help, each.labels, buckets=each.bounds, registry=self._registry)
            counted[each.name] = made
        ProcessCollector(registry=self._registry)
        self._requests: defaultdict[tuple[str, str, int], _Requests] = defaultdict(_Requests)
        self._appends = counted["orgline_append_requests_total"]
        for outcome in OUTCOMES:  # from 0 on, so that the first of them is an increase too
            self._appends.labels(outcome)
        self._appended = counted["orgline_appended_events_total"]
        self._commits = tuple(
            counted[f"orgline_commit_{what}"]
            for what in ("requests", "events", "duration_seconds", "lock_wait_seconds")
        )

    def answered(self, method: str, route: str, status: int, seconds: float | None, size: int) -> None:
        """A request was answered; called on the event loop only.

        `status` 0: it was not; `seconds` None: it waited for news; `size` in bytes.
        """
        requests = self._requests[method, route, status // 100]
        requests.number += 1
        requests.size += size
        if seconds is not None:
            requests.seconds += seconds
            requests.durations[bisect_left(SECONDS, seconds)] += 1

    def append(self, outcome: str) -> None:
        """A request to append has come to an end."""
        self._appends.labels(outcome).inc()

    def committed(self, commit: Commit) -> None:
        """Appends are durable; called on the thread that wrote them."""
        self._appended.inc(commit.events)
        values = commit.requests, commit.events, commit.commit_s, commit.lock_wait_s
        for metric, value in zip(self._commits, values, strict=True):
            metric.observe(value)

    def exposed(self, accept: str, measured: Iterable[Measured]) -> tuple[bytes, str]:
        """All of it as text, with what was looked up just now, and its media type, by the header Accept."""
        encoder, media_type = choose_encoder(accept)
        requests = chain.from_iterable(map(_of_requests, self._requests.items()))
        families = chain(self._registry.collect(), _families(chain(requests, measured)), self._durations())
        return encoder(_Collected(families)), media_type

    def _durations(self) -> Iterator[Metric]:
        described = next(each for each in TABLE if each.name == DURATION)
        family = HistogramMetricFamily(DURATION, described.help, labels=described.labels)
        by_route: defaultdict[tuple[str, str], list[_Requests]] = defaultdict(list)
        for (method, route, _), requests in self._requests.items():
            by_route[method, route].append(requests)
        for labels, each in by_route.items():
            upto = accumulate(map(sum, zip(*(requests.durations for requests in each), strict=True)))
            bounds = (*map(floatToGoString, SECONDS), "+Inf")
            seconds = sum(requests.seconds for requests in each)
            family.add_metric(labels, list(zip(bounds, map(float, upto), strict=True)), seconds)
        yield family


def _of_requests(counted: tuple[tuple[str, str, int], _Requests]) -> Iterator[Measured]:
    (method, route, hundreds), requests = counted
    status = f"{hundreds}xx" if hundreds else "aborted"
    yield "orgline_http_requests_total", (method, route, status), float(requests.number)
    yield "orgline_http_response_body_bytes_total", (method, route, status), float(requests.size)


def _families(measured: Iterable[Measured]) -> Iterator[Metric]:
    """Values as metrics, in the order of the table. Raises KeyError for what is not in it."""
    values: defaultdict[str, list[tuple[tuple[str, ...], float]]] = defaultdict(list)
    for name, labels, value in measured:
        values[name].append((labels, value))
    for each in TABLE:
        if each.name in values:
            family = CounterMetricFamily if each.kind == "counter" else GaugeMetricFamily
            made = family(each.name, each.help, labels=each.labels)
            for labels, value in values.pop(each.name):
                made.add_metric(labels, value)
            yield made
    if values:
        raise KeyError(*values)


class _Collected(Collector):
    """What prometheus-client writes as text."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        """All of it, once."""
        return self._families

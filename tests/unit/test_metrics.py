"""The table of metrics: its names follow the conventions, docs/metrics.md says the same, what is counted is told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from orgline_docs import completed
from prometheus_client.parser import text_string_to_metric_families

from events.dcb import Commit
from service.metrics import OUTCOMES, TABLE, Metrics
from service.problems import KINDS

DOCUMENT = Path(__file__).parents[2] / "docs" / "metrics.md"


def test_faults_are_counted_from_0_on() -> None:
    found = samples(Metrics())
    for outcome in OUTCOMES:
        assert found[f"orgline_append_requests_total{[('outcome', outcome)]}"] == 0
    assert set(OUTCOMES) - {"recorded", "known", "rehearsed"} <= KINDS.keys()


def test_every_metric_is_documented() -> None:
    page = completed("metrics", DOCUMENT.read_text())
    for each in TABLE:
        assert f"| `{each.name}` | {each.kind} |" in page
        assert each.help in page


@pytest.mark.parametrize("metric", TABLE, ids=lambda each: each.name)
def test_names_follow_the_conventions(metric: object) -> None:
    name, kind = metric.name, metric.kind  # type: ignore[attr-defined]
    assert re.fullmatch(r"orgline(_[a-z]+)+", name)
    assert name.endswith("_total") == (kind == "counter")
    assert not re.search(r"_(ms|milliseconds|kib|percent)(_|$)", name)
    assert metric.help.endswith(".")  # type: ignore[attr-defined]
    assert bool(metric.bounds) == (kind == "histogram")  # type: ignore[attr-defined]


def samples(metrics: Metrics, *measured: tuple[str, tuple[str, ...], float], accept: str = "") -> dict[str, float]:
    """What is exposed: each sample as it is written, and its value."""
    content, _ = metrics.exposed(accept, measured)
    return {
        f"{sample.name}{sorted(sample.labels.items())}": sample.value
        for family in text_string_to_metric_families(content.decode())
        for sample in family.samples
    }


def test_requests_are_counted_by_method_route_and_class() -> None:
    metrics = Metrics()
    metrics.answered("GET", "/types", 200, 0.002, 100)
    metrics.answered("GET", "/types", 226, 0.3, 10)
    metrics.answered("GET", "/types", 404, 0.001, 0)
    metrics.answered("GET", "/types", 0, None, 0)
    found = samples(metrics)
    labels = [("method", "GET"), ("route", "/types")]
    numbers = {
        status: found[f"orgline_http_requests_total{[*labels, ('status', status)]}"]
        for status in ("2xx", "4xx", "aborted")
    }
    assert numbers == {"2xx": 2, "4xx": 1, "aborted": 1}
    assert found[f"orgline_http_request_duration_seconds_count{labels}"] == 3
    assert found[f"orgline_http_request_duration_seconds_bucket{[('le', '0.0025'), *labels]}"] == 2
    assert found[f"orgline_http_response_body_bytes_total{[*labels, ('status', '2xx')]}"] == 110


def test_commits_are_measured() -> None:
    metrics = Metrics()
    metrics.committed(Commit(requests=3, events=7, began=0, lock_wait_s=0.2, commit_s=0.01))
    found = samples(metrics)
    assert found["orgline_appended_events_total[]"] == 7
    assert found["orgline_commit_requests_sum[]"] == 3
    assert found["orgline_commit_lock_wait_seconds_sum[]"] == 0.2
    assert found["orgline_commit_duration_seconds_sum[]"] == 0.01


def test_what_is_looked_up_is_told_in_both_formats() -> None:
    metrics = Metrics()
    measured = ("orgline_cache_hits_total", ("answers",), 5.0), ("orgline_log_head_position", (), 12.0)
    found = samples(metrics, *measured)
    assert found["orgline_cache_hits_total[('cache', 'answers')]"] == 5
    assert found["orgline_log_head_position[]"] == 12
    content, media_type = metrics.exposed("application/openmetrics-text; version=1.0.0", measured)
    assert media_type.startswith("application/openmetrics-text")
    assert content.endswith(b"# EOF\n")
    with pytest.raises(KeyError):
        metrics.exposed("", [("orgline_misspelt", (), 1.0)])

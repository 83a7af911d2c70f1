"""Traces, as a collector gets them: what spans there are, whose trace they go on with, what is in them."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from structlog.testing import capture_logs

from service import telemetry, tracing
from service.settings import InvalidSettings, Settings
from tests.http.conftest import Serve, created
from tests.serving import command, environment

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


@pytest.fixture
def collected(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    exporter = InMemorySpanExporter()
    monkeypatch.setattr(telemetry, "exporter", lambda: exporter)
    return exporter


def test_requests_reads_and_commits_are_spans(
    serve: Serve, database_url: str, collected: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve(database_url=database_url, traces="true", log_requests="true") as app:
        assert app.post(created("abc"), traceparent=PARENT).status_code == 201
        headers = {"traceparent": PARENT, "accept-encoding": "identity"}
        assert app.get("/organisations/abc?as_of=2020", headers=headers).status_code == 200
        monkeypatch.setattr("service.api.log.encode", lambda _: 1 / 0)
        assert app.get("/log").status_code == 500
        assert app.node.traces is not None
        app.node.traces.flush()
        spans = collected.get_finished_spans()
    by_name: dict[str, Any] = {span.name: span for span in spans if span.name not in ("read", "commit")}
    append, read, failed = (by_name[name] for name in ("POST /events", "GET /organisations/{slug}", "GET /log"))
    for span in (append, read):
        assert format(span.context.trace_id, "032x") == TRACE
        assert format(span.parent.span_id, "016x") == "00f067aa0ba902b7"
        assert span.kind is SpanKind.SERVER
    assert dict(read.attributes) == {
        "http.request.method": "GET",
        "http.route": "/organisations/{slug}",
        "url.path": "/organisations/abc",
        "url.scheme": "http",
        "http.response.status_code": 200,
    }
    assert failed.parent is None
    assert failed.context.trace_id != append.context.trace_id
    assert (failed.status.status_code, failed.attributes["error.type"]) == (StatusCode.ERROR, "500")
    (commit,) = (span for span in spans if span.name == "commit")
    assert commit.parent.span_id == append.context.span_id
    assert commit.attributes["db.system.name"] == app.node.database.dialect
    assert (commit.attributes["orgline.commit.requests"], commit.attributes["orgline.commit.events"]) == (1, 1)
    assert append.start_time <= commit.start_time < commit.end_time <= append.end_time
    parents = {span.parent.span_id for span in spans if span.name == "read"}
    requests = {span.context.span_id for span in by_name.values()}
    assert read.context.span_id in parents
    assert parents <= requests  # those of the watch over the log are nobody's
    assert read.resource.attributes["service.name"] == "orgline"
    assert "authorization" not in repr([span.to_json() for span in spans]).lower()


def test_the_standard_variables_count(
    serve: Serve, collected: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_SERVICE_NAME", "register")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "parentbased_always_off")
    with serve(traces="true") as app:
        app.get("/types")
        app.get("/types", headers={"traceparent": PARENT})
        assert app.node.traces is not None
        app.node.traces.flush()
        (span,) = (each for each in collected.get_finished_spans() if each.name == "GET /types")
    assert format(span.context.trace_id, "032x") == TRACE
    assert span.resource.attributes["service.name"] == "register"


def test_what_goes_wrong_with_them_is_in_the_log(
    serve: Serve, collected: InMemorySpanExporter, capsys: pytest.CaptureFixture[str]
) -> None:
    with serve(traces="true"), capture_logs() as lines:
        logging.getLogger("opentelemetry.sdk").warning("no collector at %s", "127.0.0.1")
    assert {"event": "traces", "said": "no collector at 127.0.0.1", "log_level": "warning"} in lines
    assert capsys.readouterr().err == ""


def test_without_the_setting_nothing_of_it_is_loaded() -> None:
    script = (
        "import sys; from service.app import create_app; from service.settings import Settings; create_app(Settings());"
        "print([name for name in sys.modules if name.startswith(('opentelemetry.sdk', 'opentelemetry.exp'))])"
    )
    done = subprocess.run(
        (sys.executable, "-c", script), env=environment(), capture_output=True, text=True, check=True, timeout=100
    )
    assert done.stdout.strip() == "[]"


def test_the_extra_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tracing, "NEEDED", ("opentelemetry.nowhere.at_all",))
    tracing.check(Settings())
    with pytest.raises(InvalidSettings, match=r"pip install 'orgline\[telemetry\]'"):
        tracing.check(Settings(traces=True))
    hidden = tmp_path / "sitecustomize.py"  # a process in which it cannot be found
    hidden.write_text("import sys\nsys.modules['opentelemetry'] = None\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    refused = command("serve", "--port", "0", folder=tmp_path, settings={"traces": "true"})
    assert refused.returncode == 2
    assert refused.stderr.startswith(b"invalid-settings: ORGLINE_TRACES=true needs OpenTelemetry")
    assert not list(tmp_path.glob("*.db"))

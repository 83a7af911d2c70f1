"""What is logged of a request: how it went, and nothing about who asked or what was in it."""

from __future__ import annotations

from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from service.observing import shown, trace_id
from tests.http.conftest import Serve, created
from tests.serving import wait_until

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


def test_one_line_a_request(serve: Serve) -> None:
    with serve(log_requests="true") as app, capture_logs() as lines:
        headers = {"traceparent": PARENT, "x-forwarded-for": "192.0.2.7", "user-agent": "Mosaic"}
        posted = app.post({"facts": [created("abc"), created("def")]}, **headers)
        assert posted.status_code == 201
        read = app.get("/organisations?q=Sophie+Scholl&as_of=2020", headers=headers)
        app.get(f"/people/{app.token}?name=Sophie")
        app.client.head("/feeds/all.atom")
        log = [line for line in lines if line["event"] == "request"]
    assert "traceparent" not in {*posted.headers, *read.headers}
    append, list_, wrong, head = log
    assert (append["method"], append["route"], append["path"], append["status"]) == ("POST", "/events", "/events", 201)
    assert append["bytes"] == len(posted.content)
    assert append["position"] >= 0
    assert (append["batch_requests"], append["batch_events"]) == (1, 2)
    assert 0 < append["commit_ms"] <= append["ms"]
    assert append["lock_wait_ms"] >= 0
    assert (list_["query"], list_["status"], list_["log_level"]) == (["q", "as_of"], 200, "info")
    assert "batch_requests" not in list_
    assert (wrong["route"], wrong["path"], wrong["query"], wrong["status"]) == (
        "/people/{slug}", "/people/orgl_…", ["…"], 400
    )  # fmt: skip
    assert (head["method"], head["route"], head["bytes"]) == ("HEAD", "/feeds/{document}", 0)
    told = repr(lines)
    for personal in (app.token, "192.0.2.7", "Mosaic", "Sophie", "testclient", "Alphabet"):
        assert personal not in told


def test_the_position_is_that_of_the_log_whoever_appends(serve: Serve) -> None:
    with serve(log_requests="true") as app, capture_logs() as lines:
        app.post(created())

        def known() -> bool:
            app.get("/types")
            return [line for line in lines if line["event"] == "request"][-1]["position"] == 1

        wait_until(known, "the position to be known")


def test_every_line_of_a_request_bears_its_trace(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[dict[str, Any]] = []

    def noted(_logger: Any, _method: str, line: dict[str, Any]) -> str:
        seen.append(dict(line))
        return ""

    with serve(log_requests="true") as app:
        monkeypatch.setattr("service.api.log.encode", lambda _: 1 / 0)
        structlog.configure(processors=[structlog.contextvars.merge_contextvars, noted])
        assert app.get("/log", headers={"traceparent": PARENT}).status_code == 500
        assert app.get("/types").status_code == 200
    failed, request, other = (line for line in seen if line["event"] in ("unexpected error", "request"))
    assert failed["trace_id"] == request["trace_id"] == TRACE
    assert request["status"] == 500
    assert other["trace_id"] != TRACE


@pytest.mark.parametrize(
    "header",
    [
        "",
        "4bf92f3577b34da6a3ce929d0e0e4736",
        f"ff-{TRACE}-00f067aa0ba902b7-01",
        f"00-{'0' * 32}-00f067aa0ba902b7-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-00f067aa0ba902b7-01",
    ],
)
def test_a_trace_is_begun_where_the_client_names_none(header: str) -> None:
    made = trace_id([(b"traceparent", header.encode())])
    assert len(made) == 32
    assert made not in (TRACE, "0" * 32)
    assert made != trace_id([(b"traceparent", header.encode())])


def test_a_client_names_the_trace() -> None:
    assert trace_id([(b"accept", b"*/*"), (b"traceparent", PARENT.encode())]) == TRACE
    assert trace_id([(b"traceparent", f"01-{TRACE}-00f067aa0ba902b7-01-more".encode())]) == TRACE


def test_paths_are_shown_without_tokens_and_have_an_end() -> None:
    assert shown("/events/orgl_AbC-1_2/x") == "/events/orgl_…/x"
    assert len(shown("/" + "x" * 5_000)) == 200

"""kill -9 of a service that tells a hub of WebSub: nothing that was recorded remains untold."""

from __future__ import annotations

from pathlib import Path

import httpx

from tests.feeds.hub import Hub
from tests.http.conftest import created
from tests.http.test_hub import ALL, BASE, authorized, hears
from tests.serving import Service, free_port, wait_until


def test_nothing_is_lost_when_the_service_is_killed(tmp_path: Path, database_url: str) -> None:
    """The hub is not there, then it fails amid a round; each time the service is killed; in the end all is told."""
    port = free_port()
    settings = {"database_url": database_url, "base_url": BASE, "websub_hub": f"http://127.0.0.1:{port}/"}
    headers = authorized(tmp_path, settings)

    def record(service: Service, name: str) -> None:
        answer = httpx.post(f"{service.address}/events", json={"facts": [created(name)]}, headers=headers)
        assert answer.status_code == 201, answer.text

    with Service(tmp_path, settings=settings) as service:
        record(service, "one")
        record(service, "two")
    with Hub(port) as ear:
        ear.takes = 3
        with Service(tmp_path, settings=settings) as service:
            record(service, "three")
            wait_until(lambda: ear.failed > 0, "the hub to fail")
        assert len(ear.pinged) == 3
        ear.takes = None
        with Service(tmp_path, settings=settings):
            hears(ear, ALL, *(f"{BASE}/feeds/organisations/{name}.json" for name in ("one", "two", "three")))
        assert ear.count()[ALL] <= 2

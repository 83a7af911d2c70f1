"""kill -9 while facts are appended: whatever was acknowledged is there afterwards, once, and the state fits the log."""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx
import msgspec

from tests.conftest import LONG
from tests.serving import Service, command, free_port, lines, wait_until

ROUNDS = 20 if LONG else 2
CLIENTS = 8
ACKNOWLEDGED_BEFORE_KILL = 60
FACTS_MAX = 2_000  # of one client in one round, so that its loop has an end


class Client(threading.Thread):
    """Appends facts with ids of its own, one after another, until the service is gone."""

    def __init__(self, number: int, round_: int, address: str, token: str, left_open: dict[str, object] | None) -> None:
        super().__init__()
        self._number, self._round, self._address, self._token = number, round_, address, token
        self.unanswered = left_open  # what was sent and not answered when the service was killed
        self.acknowledged: list[str] = []
        self.refused: list[str] = []

    def run(self) -> None:
        headers = {"Authorization": f"Bearer {self._token}"}
        with httpx.Client(base_url=self._address, headers=headers, timeout=30, trust_env=False) as client:
            for fact in self._facts():
                self.unanswered = fact
                try:
                    answer = client.post("/events", json=fact)
                except httpx.TransportError:
                    return
                self.unanswered = None
                if answer.status_code in (200, 201):
                    self.acknowledged.append(str(fact["id"]))
                else:
                    self.refused.append(answer.text)

    def _facts(self) -> Iterator[dict[str, object]]:
        if self.unanswered is not None:
            yield self.unanswered  # the same id again, as a client does that does not know the outcome
        organisation = f"organisation-{self._number}"
        for n in range(FACTS_MAX):
            name = f"Name {n % 7}"
            yield {
                "id": str(uuid.uuid4()),
                "type": "name.adopted" if n % 2 == 0 else "name.retired",
                "effective": f"{2000 + self._round:04}-{n % 12 + 1:02}",
                "data": {"organisation": organisation, "name": name, "kind": "trading"},
            }


def test_nothing_acknowledged_is_lost_by_kill_9(tmp_path: Path) -> None:
    settings = {"database_url": f"sqlite:///{tmp_path / 'register.db'}"}
    assert command("migrate", folder=tmp_path, settings=settings).returncode == 0
    made = command("token", "create", "clients", "--scope", "append", folder=tmp_path, settings=settings)
    token = lines(made.stdout)[-1]
    port = free_port()
    acknowledged: list[str] = []
    left_open: list[dict[str, object] | None] = [None] * CLIENTS

    for round_ in range(ROUNDS):
        with Service(tmp_path, port=port, settings=settings) as service:
            clients = [Client(n, round_, service.address, token, left_open[n]) for n in range(CLIENTS)]
            for client in clients:
                client.start()
            wait_until(partial(_enough, clients), "facts to be acknowledged")
            assert service.process.poll() is None
            service.kill()
            for client in clients:
                client.join(60)
        assert not any(client.is_alive() for client in clients)
        assert not [refused for client in clients for refused in client.refused]
        acknowledged += [id_ for client in clients for id_ in client.acknowledged]
        left_open = [client.unanswered for client in clients]

        recorded = _recorded(tmp_path, settings)
        assert [position for position, _ in recorded] == list(range(1, len(recorded) + 1))
        times = Counter(id_ for _, id_ in recorded)
        assert max(times.values()) == 1
        assert not set(acknowledged) - set(times)
        assert len(recorded) <= len(set(acknowledged)) + CLIENTS * (round_ + 1)

    verified = command("verify", folder=tmp_path, settings=settings)
    assert (verified.returncode, verified.stderr) == (0, b"")


def _enough(clients: list[Client]) -> bool:
    return sum(len(client.acknowledged) for client in clients) >= ACKNOWLEDGED_BEFORE_KILL


def _recorded(folder: Path, settings: dict[str, str]) -> list[tuple[int, str]]:
    """Position and id of every event, as a service that was started again serves them."""
    found: list[tuple[int, str]] = []
    with Service(folder, settings=settings) as service:
        while True:
            after = found[-1][0] if found else 0
            answer = httpx.get(f"{service.address}/events", params={"after": after, "limit": 1000}, trust_env=False)
            items = msgspec.json.decode(answer.content)["items"]
            if not items:
                return found
            found += [(item["position"], item["id"]) for item in items]

"""`serve` and `demo` as processes: what they print, what they serve, how they stop."""

from __future__ import annotations

import json
import shlex
import signal
import subprocess
import sys
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from httpx_sse import connect_sse

from tests.cli.conftest import named
from tests.serving import Service, command, environment, free_port, lines, listened, wait_until

CLIENTS = 4
SOON_S = 20
"""Far below the time after which a process that does not end is killed, and above what a busy machine needs."""


def test_serve_makes_the_database_says_where_it_is_and_stops(folder: Path) -> None:
    with Service(folder) as service:
        assert service.address in service.output.splitlines()[0]
        assert "orgline.db" in service.output.splitlines()[0]
        assert (folder / "orgline.db").exists()
        assert httpx.get(f"{service.address}/organisations/nhsx", trust_env=False).status_code == 404
        assert service.stop() == 0
        assert "Traceback" not in service.output
    assert command("verify", folder=folder).returncode == 0


def test_settings_reach_the_service(folder: Path) -> None:
    settings = {"database_url": f"sqlite:///{folder / 'other.db'}", "public_reads": "false"}
    with Service(folder, "--database", f"sqlite:///{folder / 'third.db'}", "serve", settings=settings) as service:
        assert httpx.get(f"{service.address}/events", trust_env=False).status_code == 401
        assert service.stop() == 0
    assert (folder / "third.db").exists()
    assert not (folder / "other.db").exists()


def test_an_address_in_use_is_told(folder: Path) -> None:
    with Service(folder) as service:
        second = command("serve", "--port", str(service.port), folder=folder)
        assert second.returncode == 2
        assert second.stdout == b""
        assert second.stderr.startswith(b"address-in-use: ")
        assert len(lines(second.stderr)) == 1
        demo = command("demo", "--port", str(service.port), folder=folder)
        assert demo.returncode == 2
        assert not list(folder.glob("orgline-demo-*"))


def test_sigterm_lets_appends_in_flight_finish(folder: Path) -> None:
    assert command("migrate", folder=folder).returncode == 0
    token = lines(command("token", "create", "clients", "--scope", "append", folder=folder).stdout)[-1]
    acknowledged: list[str] = []
    cut_off: list[str] = []

    def append(address: str, number: int) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.Client(base_url=address, headers=headers, timeout=30, trust_env=False) as client:
            for n in range(5_000):
                id_ = str(uuid.uuid4())
                try:
                    answer = client.post("/events", json=named(f"body-{number}-{n}", id=id_))
                except httpx.ConnectError:
                    return
                except httpx.TransportError as error:
                    cut_off.append(f"{id_} {error!r}")
                    return
                if answer.status_code == 503:
                    return
                assert answer.status_code == 201
                acknowledged.append(id_)

    with Service(folder) as service:
        clients = [threading.Thread(target=append, args=(service.address, n)) for n in range(CLIENTS)]
        for client in clients:
            client.start()
        wait_until(lambda: len(acknowledged) > 100, "appends to be acknowledged")
        assert service.stop() == 0
        for client in clients:
            client.join(60)
        assert not any(client.is_alive() for client in clients)
        assert "Traceback" not in service.output
    recorded = [json.loads(line)["id"] for line in lines(command("export", folder=folder).stdout)]
    assert sorted(set(acknowledged) - set(recorded)) == []
    # A request that had been taken up was also answered: whatever is recorded was acknowledged.
    assert sorted(set(recorded) - set(acknowledged)) == []
    assert command("verify", folder=folder).returncode == 0


def test_listeners_hear_another_process_and_are_sent_away_at_the_end(folder: Path) -> None:
    with (
        Service(folder, settings={"listeners_max": "2"}) as service,
        ThreadPoolExecutor() as pool,
        httpx.Client(base_url=service.address, timeout=60, trust_env=False) as client,
        connect_sse(client, "GET", "/events/stream") as stream,
    ):
        heard = stream.iter_sse()
        begun = next(heard)
        assert (begun.event, begun.id, begun.data, begun.retry) == ("position", "0", '{"position":0}', 2_000)
        first = pool.submit(httpx.get, f"{service.address}/events?wait=60", timeout=90, trust_env=False)
        appended = command("append", "-", folder=folder, stdin=json.dumps(named("abc")).encode())
        assert appended.returncode == 0, appended.stderr
        fact = next(each for each in heard if each.event != "position")  # which a busy machine may have waited for
        assert (fact.event, fact.id, json.loads(fact.data)["data"]["organisation"]) == ("message", "1", "abc")
        assert [each["position"] for each in first.result().json()["items"]] == [1]
        waiting = pool.submit(waited, service)
        wait_until(lambda: client.get("/events?wait=0").status_code == 503, "both places to be taken")
        began = time.monotonic()
        assert service.stop() == 0
        assert time.monotonic() - began < SOON_S
        # Both were answered to the end: a stream that was cut off would raise.
        ends = list(heard)
        assert (ends[-1].event, ends[-1].id) == ("position", "1")
        assert waiting.result().json() == {"items": [], "next": None, "position": 1}
        assert "Traceback" not in service.output


def waited(service: Service) -> httpx.Response:
    """The answer to a page that waits, in a place of which others take a look meanwhile."""
    while True:
        answer = httpx.get(f"{service.address}/events?after=1&wait=60", timeout=90, trust_env=False)
        if answer.status_code != 503:
            return answer


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such limits")
@pytest.mark.parametrize(
    ("soft", "hard", "expected", "warned"),
    [(256, 500, "400 500", False), (256, 300, "300 300", True), (450, 500, "450 500", False)],
)
def test_files_are_allowed_as_far_as_the_system_does(soft: int, hard: int, expected: str, warned: bool) -> None:
    script = (
        "from service.cli.serve import allow_files; import resource as r; "
        f"r.setrlimit(r.RLIMIT_NOFILE, ({soft}, {hard})); allow_files(400); print(*r.getrlimit(r.RLIMIT_NOFILE))"
    )
    done = subprocess.run(
        (sys.executable, "-c", script), env=environment(), capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == expected
    assert ("400 may be needed" in done.stderr) == warned


def test_kill_9_of_the_process_that_was_started_ends_all_of_it(folder: Path) -> None:
    with Service(folder) as service:
        service.process.kill()
        assert service.process.wait(60) == -signal.SIGKILL
        wait_until(lambda: not listened(service.port), "the port to be free")
        with Service(folder, port=service.port) as again:
            assert again.stop() == 0


def test_the_demo_serves_what_it_says(folder: Path) -> None:
    port = free_port()
    (folder / f"orgline-demo-{port}.db").write_bytes(b"what an earlier demo has left")
    with Service(folder, "demo", port=port) as service:
        printed = service.output.splitlines()
        assert service.address in printed[0]
        assert "79 facts" in printed[0]
        tried = [shlex.split(line) for line in printed if line.strip().startswith("curl")]
        assert len(tried) >= 4
        for arguments in tried[:-1]:
            answer = httpx.get(arguments[-1], trust_env=False)
            assert answer.status_code == 200
            assert answer.json()["id"] == "nhsx"
        method, address, headers, body = _curl(tried[-1])
        answer = httpx.request(method, address, headers=headers, content=body, trust_env=False)
        assert answer.status_code == 201
        for line in printed:
            if line.strip().startswith("http"):
                assert httpx.get(line.strip(), trust_env=False).status_code == 200
        service.process.send_signal(signal.SIGINT)
        assert service.process.wait(60) == 0


def _curl(arguments: list[str]) -> tuple[str, str, dict[str, str], str]:
    """Method, address, headers and body of a curl command line of that form."""
    options = {"-X": "", "-d": ""}
    headers, address, remaining = {}, "", iter(arguments[1:])
    for argument in remaining:
        if argument == "-H":
            name, _, value = next(remaining).partition(": ")
            headers[name] = value
        elif argument in options:
            options[argument] = next(remaining)
        else:
            address = argument
    return options["-X"], address, headers, options["-d"]


def test_modules_of_the_working_folder_are_not_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("feeds", "events", "service", "migrations", "litestar"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('loaded from the working folder')\n")
    monkeypatch.setenv("PYTHONSAFEPATH", "1")  # as for an installed `orgline`, unlike `python -m`
    with Service(tmp_path) as service:
        assert httpx.get(f"{service.address}/feeds/all.atom").status_code == 200

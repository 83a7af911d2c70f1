"""The real service in a process of its own, started and ended by tests."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

import httpx

ORGLINE = (sys.executable, "-m", "service.cli")
ROOT = Path(__file__).parent.parent
WAIT_S_MAX = 60


def environment(**settings: str) -> dict[str, str]:
    """This process's environment without its settings of Orgline, with these (`database_url`, …)."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("ORGLINE_")}
    path = os.pathsep.join(filter(None, (str(ROOT), own.get("PYTHONPATH"))))
    given = {f"ORGLINE_{name.upper()}": value for name, value in settings.items()}
    return {**own, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1", **given}


def command(
    *arguments: str, folder: Path, stdin: bytes = b"", settings: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run a command of `orgline` in a folder to its end."""
    return subprocess.run(
        (*ORGLINE, *arguments),
        cwd=folder,
        env=environment(**(settings or {})),
        input=stdin,
        capture_output=True,
        timeout=WAIT_S_MAX,
        check=False,
    )


class Service:
    """One `orgline serve` (or demo) with all of its processes; ended at the end of a `with` block."""

    def __init__(
        self, folder: Path, *arguments: str, port: int | None = None, settings: Mapping[str, str] | None = None
    ) -> None:
        self.folder = folder
        self.port = free_port() if port is None else port
        self.address = f"http://127.0.0.1:{self.port}"
        self._printed = folder / f"served-{self.port}.txt"
        with self._printed.open("wb") as output:
            self.process = subprocess.Popen(
                (*ORGLINE, *(arguments or ("serve",)), "--port", str(self.port)),
                cwd=folder,
                env=environment(**(settings or {})),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a process group of its own, so that nothing but it is ever killed
            )
        try:
            wait_until(self._ready, f"the service to be ready on {self.address}")
        except BaseException:
            self.kill()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    @property
    def output(self) -> str:
        """What the service has printed so far."""
        return self._printed.read_text("utf-8")

    def stop(self) -> int:
        """SIGTERM, as a service is stopped; its exit code."""
        self.process.terminate()
        return self.process.wait(WAIT_S_MAX)

    def kill(self) -> None:
        """kill -9 of all its processes at once."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        self.process.wait(WAIT_S_MAX)
        wait_until(lambda: not listened(self.port), "the killed service's port to be free")

    def _ready(self) -> bool:
        if self.process.poll() is not None:
            raise AssertionError(f"the service ended with {self.process.returncode}: {self.output}")
        if self.address not in self.output:
            return False
        # What it has printed says that it answers, so it must.
        return httpx.get(f"{self.address}/health/ready", timeout=WAIT_S_MAX, trust_env=False).status_code == 200


def wait_until(condition: Callable[[], bool], what: str, seconds: float = WAIT_S_MAX) -> None:
    """Look again and again until the condition holds. Raises AssertionError when that takes too long."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited {seconds} s for {what}"
        time.sleep(0.01)  # between two looks, up to the limit


def free_port() -> int:
    """A loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def lines(output: bytes) -> Sequence[str]:
    """The lines that a command printed."""
    return output.decode().splitlines()


def listened(port: int) -> bool:
    """Whether somebody listens on this loopback port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0

"""Servers in processes of their own: every contender behind Granian with the same options, as `orgline serve` has them.

python -m bench.serving module:factory port
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from granian import Granian
from granian.constants import Interfaces, Loops
from granian.log import LogLevels

from bench.connection import wait_until_served
from service.settings import PREFIX, variable

ROOT: Final = Path(__file__).parent.parent
STOP_S_MAX: Final = 20


@contextmanager
def server(factory: str, environment: Mapping[str, str]) -> Iterator[int]:
    """Serve what `module:factory` makes, with these variables in its environment; gives the port on the loopback.

    Raises TimeoutError if it does not come up.
    """
    port = _free_port()
    with _running(("bench.serving", factory, str(port)), environment):
        wait_until_served(port)
        yield port


class Served(NamedTuple):
    """A server: its port on the loopback, and the process that was started (its worker is a child of it)."""

    port: int
    process: int


@contextmanager
def orgline(database_url: str) -> Iterator[int]:
    """`orgline serve` on a database; gives the port on the loopback. Raises TimeoutError if it does not come up."""
    with orgline_process(database_url) as served:
        yield served.port


@contextmanager
def orgline_process(database_url: str) -> Iterator[Served]:
    """The same, with the settings of this process; gives the process too."""
    port = _free_port()
    given = {name: value for name, value in os.environ.items() if name.startswith(PREFIX)}
    given[variable("database_url")] = database_url
    with _running(("service.cli", "serve", "--port", str(port)), given) as process:
        wait_until_served(port)
        yield Served(port, process)


def serve(factory: str, port: int) -> None:
    """Serve until SIGTERM."""
    Granian(
        factory,
        factory=True,
        address="127.0.0.1",
        port=port,
        interface=Interfaces.ASGI,
        workers=1,
        loop=Loops.asyncio,
        websockets=False,
        log_level=LogLevels.warning,
    ).serve()


@contextmanager
def _running(module: Sequence[str], environment: Mapping[str, str]) -> Iterator[int]:
    """A module with its arguments as a process, ended at the end of the block; gives its id."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("ORGLINE_")}
    path = os.pathsep.join(filter(None, (str(ROOT), own.get("PYTHONPATH"))))
    # In a process group of its own, so that its worker can be ended with it and nothing else.
    process = subprocess.Popen(
        (sys.executable, "-m", *module), env={**own, "PYTHONPATH": path, **environment}, start_new_session=True
    )
    try:
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(STOP_S_MAX)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]))

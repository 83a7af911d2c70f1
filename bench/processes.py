"""Commands of `orgline` in processes of their own, so that their time is theirs."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from tempfile import TemporaryFile
from typing import NamedTuple

from service.settings import variable


class Ran(NamedTuple):
    """What a command took, in seconds by the clock and of processors; its exit code, and what it printed."""

    seconds: float
    processor_s: float
    code: int
    told: str


def run(url: str, *arguments: str) -> Ran:
    """Run `orgline` with these arguments on a database."""
    environment = {**os.environ, variable("database_url"): url}
    command = (sys.executable, "-m", "service.cli", *arguments)
    with TemporaryFile() as told:
        begun = time.perf_counter()
        process = subprocess.Popen(command, env=environment, stdout=told, stderr=told)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begun
        told.seek(0)
        text = told.read().decode(errors="replace")
    return Ran(seconds, usage.ru_utime + usage.ru_stime, os.waitstatus_to_exitcode(status), text)

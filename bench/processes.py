"""Commands of `orgline` in processes of their own, so that their time and their memory are theirs."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from tempfile import TemporaryFile
from typing import NamedTuple

from service.settings import variable


class Ran(NamedTuple):
    """What a command took: seconds by the clock, those of processors, its peak memory in MB (as the system counts it
    for the largest of its processes); and how it ended: its exit code, and what it printed.
    """

    seconds: float
    processor_s: float
    peak_mb: float
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
    unit = 1 if sys.platform == "darwin" else 1_024
    processor_s = usage.ru_utime + usage.ru_stime
    return Ran(seconds, processor_s, usage.ru_maxrss * unit / 1_000_000, os.waitstatus_to_exitcode(status), text)

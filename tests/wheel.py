"""What `make wheel` asks of an installed Orgline: migrations and seed facts are in the wheel, and it serves.

Run in a folder without the sources; ORGLINE names the installed command.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from tempfile import TemporaryDirectory

ORGLINE = os.environ["ORGLINE"]
WAIT_S_MAX = 60


def main() -> None:
    """Serve the demo with the installed command, ask for a state, check the log."""
    with TemporaryDirectory() as folder:
        began = time.monotonic()
        output = Path(folder) / "output.txt"
        with output.open("wb") as file:
            demo = subprocess.Popen([ORGLINE, "demo", "--port", "0"], cwd=folder, stdout=file, stderr=file)
        try:
            address = wait_for_address(output, demo)
            state = json.loads(wait_for(f"{address}/organisations/nhsx?as_of=2021-11-22"))
            took = time.monotonic() - began
            for part in ("organisations/nhsx?format=html", "schema", "schema/assets/swagger-ui.css", "feeds/all.atom"):
                assert wait_for(f"{address}/{part}"), part
        finally:
            demo.send_signal(signal.SIGTERM)
            demo.wait(WAIT_S_MAX)
        assert (state["name"], state["status"], state["certainty"]) == ("NHSX", "active", "definite"), state
        (database,) = Path(folder).glob("orgline-demo-*.db")
        verified = [ORGLINE, "--database", f"sqlite:///{database.name}", "verify"]
        subprocess.run(verified, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        sys.stdout.write(f"the wheel works: the demo answered {took:.1f} s after its start, verify is clean\n")


def wait_for_address(output: Path, demo: subprocess.Popen[bytes]) -> str:
    """The address that the demo prints."""
    end = time.monotonic() + WAIT_S_MAX
    while time.monotonic() < end and demo.poll() is None:
        for word in output.read_text().split():
            if word.startswith("http://"):
                return word
        time.sleep(0.05)  # between two looks, up to WAIT_S_MAX
    raise AssertionError(output.read_text())


def wait_for(address: str) -> bytes:
    """What the address answers, once it does."""
    end = time.monotonic() + WAIT_S_MAX
    while True:
        try:
            with urllib.request.urlopen(address, timeout=WAIT_S_MAX) as answer:
                found: bytes = answer.read()
                return found
        except urllib.error.URLError:
            assert time.monotonic() < end, address
            time.sleep(0.05)  # between two looks, up to WAIT_S_MAX


if __name__ == "__main__":
    main()

"""A reader who does what a page of the documentation says, step by step, in a folder of their own.

A page has two sorts of steps, in its order. A block under the name of a file (a line that ends with "`name`:") is
written into that file. A block marked `console` has commands and what they print (see docs/_ext/orgline_docs).

`orgline serve` and `orgline demo` go on in the background until the page ends. A page that asks 127.0.0.1:8000 and
starts nothing is read by somebody who has started `make demo`. `TOKEN=…` stands for the token that was printed last.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, Self

import httpx
from orgline_docs.examples import examples

from tests.serving import ROOT, WAIT_S_MAX, environment, free_port, wait_until

DOCUMENTED = "http://127.0.0.1:8000"
SERVING = re.compile(r"^(?:\w+=\S+ )*orgline (?:--\S+ \S+ )*(?:serve|demo)\b")
TOKEN = re.compile(r"orgl_[\w-]+")
STEP = re.compile(r"(?:`([\w.-]+)`:\n\n)?^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


class Step(NamedTuple):
    """A file with its text, or a command with what it prints."""

    file: str | None
    text: str
    printed: str = ""


def steps(page: str) -> Iterator[Step]:
    """The steps of a page."""
    for file, language, text in STEP.findall(page):
        if file:
            yield Step(file, text)
        elif language == "console":
            yield from (Step(None, command, printed) for command, printed in examples(text))


class Reader:
    """Somebody at a shell. `settings`: of their environment."""

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        self.folder = folder
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.token = ""
        self._state = folder / ".state"
        self._state.touch()
        self._services: list[subprocess.Popen[bytes]] = []
        tools = folder / ".tools"
        tools.mkdir()
        for name, command in (("orgline", f"{sys.executable} -m service.cli"), ("python3", sys.executable)):
            tool = tools / name
            tool.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
            tool.chmod(0o755)
        given = environment(port=str(self.port))
        self._environment = {
            **given,
            **settings,
            "PATH": os.pathsep.join((str(tools), settings.get("PATH", given["PATH"]))),
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for service in self._services:
            os.killpg(service.pid, signal.SIGKILL)
            service.wait(WAIT_S_MAX)

    def read(self, page: str) -> int:
        """Do all that a page says; how many steps that were. Raises AssertionError where it is not as it says."""
        todo = list(steps(page))
        texts = [step.text for step in todo]
        if any(DOCUMENTED in text for text in texts) and not any(map(SERVING.match, texts)):
            self._check(Step(None, "orgline demo", "…"), self._serve("orgline demo"))
        for step in todo:
            if step.file is not None:
                (self.folder / step.file).write_text(self._own(step.text), "utf-8")
            elif SERVING.match(step.text):
                self._check(step, self._serve(self._own(step.text)))
            else:
                self._do(step)
        return len(todo)

    def _do(self, step: Step) -> None:
        command = self._own(step.text)
        script = f". ./.state\n{command}\nended=$?\nexport -p > .state\nexit $ended"
        run = subprocess.run(
            ("bash", "-c", script),
            cwd=self.folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=WAIT_S_MAX,
            check=False,
        )
        self._check(step, run.stdout.decode())
        assert step.printed or run.returncode == 0, f"{step.text}\nended with {run.returncode}"

    def _check(self, step: Step, printed: str) -> None:
        self.token = (TOKEN.findall(printed) or [self.token])[-1]
        shown = printed.replace(self.address, DOCUMENTED).strip("\n")
        assert pattern(step.printed).fullmatch(shown), f"{step.text}\nprinted\n{shown}"

    def _serve(self, command: str) -> str:
        """Start a service; what it has printed once it is ready."""
        output = self.folder / f".served-{len(self._services)}"
        with output.open("wb") as file:
            service = subprocess.Popen(
                ("bash", "-c", f". ./.state\nexec {command}"),
                cwd=self.folder,
                env=self._environment,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a process group of its own, so that nothing but it is ever killed
            )
        self._services.append(service)

        def ready() -> bool:
            assert service.poll() is None, f"{command} ended: {output.read_text()}"
            if f":{self.port}" not in output.read_text():
                return False
            return httpx.get(f"{self.address}/health/ready", timeout=WAIT_S_MAX, trust_env=False).status_code == 200

        wait_until(ready, f"{command} to be ready")
        return output.read_text()

    def _own(self, text: str) -> str:
        """A text with the address and the token that this reader has."""
        return text.replace(DOCUMENTED, self.address).replace("TOKEN=…", f"TOKEN={self.token}")


def pattern(expected: str) -> re.Pattern[str]:
    """What matches an output: `…` is anything, on a line of its own any number of lines."""
    lines = [
        r"(?:[^\n]*\n)*?" if line.strip() == "…" else ".*".join(map(re.escape, line.split("…"))) + r"\n"
        for line in expected.split("\n")
    ]
    whole = "".join(lines)
    return re.compile(whole.removesuffix(r"\n") if not whole.endswith("*?") else whole + r"[^\n]*")


def commands(page: str) -> list[str]:
    """The commands of a page."""
    return [step.text for step in steps(page) if step.file is None]


PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

"""The examples of the documentation, executed against the demo as a reader would.

In a block marked `console`, a line that begins with `$ ` is a command (further lines of it end the line before with a
backslash, or stand inside its quotes); the lines after it are what it prints, where `…` stands for anything, on a line
of its own for any number of lines.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serving import ROOT, Service

DOCUMENTED = "http://127.0.0.1:8000"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
PAGES_WITH_EXAMPLES = [page for page in PAGES if "```console" in page.read_text("utf-8")]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with Service(tmp_path_factory.mktemp("demo"), "demo") as service:
        yield service


@pytest.mark.skipif(shutil.which("curl") is None, reason="the examples use curl")
@pytest.mark.parametrize("page", PAGES_WITH_EXAMPLES, ids=lambda page: page.name)
def test_examples_print_what_the_page_says(page: Path, demo: Service) -> None:
    token = next(word for word in demo.output.split() if word.startswith("orgl_"))
    exported = f"export TOKEN={token}\n"
    examples = list(_examples(page.read_text("utf-8")))
    assert examples
    for command, expected in examples:
        if command.startswith("export TOKEN="):
            continue
        run = subprocess.run(
            ["bash", "-c", exported + _runnable(command, demo)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            cwd=ROOT,
        )
        printed = run.stdout.replace(demo.address, DOCUMENTED)
        assert _pattern(expected).fullmatch(printed.strip("\n")), f"{command}\nprinted\n{printed}{run.stderr}"


def test_the_documented_commands_are_there() -> None:
    """Every `make` target and `orgline` command that the README names exists."""
    text = (ROOT / "README.md").read_text("utf-8")
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^make ([a-z-]+)$", text, re.MULTILINE))
    assert targets == {"demo", "test"}
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in targets)
    named = set(re.findall(r"orgline ([a-z]+)", text))
    listed = subprocess.run(
        [sys.executable, "-m", "service.cli", "--help"], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout
    assert named
    assert not {name for name in named if not re.search(rf"^\s+{name}\b", listed, re.MULTILINE)}


def _runnable(command: str, demo: Service) -> str:
    return command.replace(DOCUMENTED, demo.address).replace("python3 ", f"{sys.executable} ")


def _examples(text: str) -> Iterator[tuple[str, str]]:
    """(command, what it prints) for each command of each block."""
    for block in re.findall(r"^```console\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        for example in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command: list[str] = []
            lines = example.rstrip("\n").split("\n")
            while lines:
                command.append(lines.pop(0))
                if not command[-1].endswith("\\") and "\n".join(command).count("'") % 2 == 0:
                    break
            yield "\n".join(command), "\n".join(lines)


def _pattern(expected: str) -> re.Pattern[str]:
    lines = [
        r"(?:[^\n]*\n)*?" if line.strip() == "…" else ".*".join(map(re.escape, line.split("…"))) + r"\n"
        for line in expected.split("\n")
    ]
    whole = "".join(lines)
    return re.compile(whole.removesuffix(r"\n") if not whole.endswith("*?") else whole + r"[^\n]*")

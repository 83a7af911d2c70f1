"""Deliberate faults, one at a time, in a copy of the tree: the comparison with enumeration must catch each.

    python -m tests.property.mutations [examples]

Prints a line for each fault: caught (by which tests, in how many seconds) or MISSED. Exits with 1 where one was missed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

WHOLE, DATES = "tests/property/test_whole.py", "tests/property/test_dates.py"
SECONDS_MAX = 120
FAULTS: tuple[
    tuple[str, str, str, str, str], ...
] = (  # name, module, what stands there, what is put there (once), tests
    ("an interval ends on its last day", "events/dates.py", "return day + 1", "return day", WHOLE),
    (
        "summer has two months",
        "events/dates.py",
        "str(code): (month, 3) for code, month in zip(range(21, 25)",
        "str(code): (month, 3 - (code == 22)) for code, month in zip(range(21, 25)",
        DATES,
    ),
    ("a correction ignored", "events/standing.py", "latest = amendment.id", "latest = root", WHOLE),
    ("a retraction of a retraction ignored", "events/standing.py", "if amendment.id in undone", "if False", WHOLE),
    (
        "closing not applied to posts",
        "events/vocabulary/properties.py",
        'frozenset({"posts", "appointments",',
        'frozenset({"appointments",',
        WHOLE,
    ),
    (
        "a statement known one position longer",
        "events/queries/reading.py",
        "statement.c.recorded_to > position",
        "statement.c.recorded_to >= position",
        WHOLE,
    ),
    (
        "since_latest and until_earliest of a value swapped",
        "events/state.py",
        "since_latest, until_earliest = run.definite[piece]",
        "until_earliest, since_latest = run.definite[piece]",
        WHOLE,
    ),
    ("doubt ignored", "events/state.py", "if not slot.facts[node].doubtful", "if True", WHOLE),
    (
        "undecided on its last day",
        "events/queries/answers.py",
        "if earliest <= days.last and days.first < latest",
        "if earliest <= days.last and days.first <= latest",
        WHOLE,
    ),
    (
        "inside an append known_at rounds up",
        "events/queries/question.py",
        "self._found(connection, recorded_at - 1)",
        "self._found(connection, recorded_at)",
        WHOLE,
    ),
    ("plans fulfilled by a part", "events/vocabulary/acts.py", "    if part:\n", "    if not part:\n", WHOLE),
    (
        "stages have no order",
        "events/vocabulary/initiatives.py",
        'value=f"={stage}", rank=rank',
        'value=f"={stage}"',
        WHOLE,
    ),
)


def main() -> int:
    examples = sys.argv[1] if len(sys.argv) > 1 else "1000"
    tree = Path(__file__).resolve().parents[2]
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "tree"
        shutil.copytree(
            tree, copy, ignore=shutil.ignore_patterns(".git", ".venv", "*.db", "__pycache__", ".hypothesis")
        )
        for name, module, stands, put, tests in FAULTS:
            path = copy / module
            whole = path.read_text(encoding="utf-8")
            if stands not in whole:
                say(f"STALE   {name}: {module} no longer holds {stands!r}")
                missed += 1
                continue
            path.write_text(whole.replace(stands, put, 1), encoding="utf-8")
            begun = time.monotonic()
            caught = fails(copy, tests, examples)
            missed += not caught
            say(f"{'caught ' if caught else 'MISSED '} {name} ({time.monotonic() - begun:.0f} s)")
            path.write_text(whole, encoding="utf-8")
    return 1 if missed else 0


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def fails(tree: Path, tests: str, examples: str) -> bool:
    """Whether the tests fail on an assertion in this tree; the time that shrinking takes is spared."""
    environment = {**os.environ, "PYTHONPATH": str(tree), "ORGLINE_EXAMPLES": examples, "ORGLINE_NO_SHRINK": "1"}
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", tests],
        cwd=tree,
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    assert run.returncode in (0, 1), run.stdout + run.stderr  # else the tests did not run
    return run.returncode == 1


if __name__ == "__main__":
    sys.exit(main())

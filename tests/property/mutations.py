"""Deliberate faults, one at a time, in a copy of the tree: the comparison with enumeration must catch each.

    python -m tests.property.mutations [examples [words of a name]]

For each fault it prints the assertion that failed, in which test and after how long, or MISSED. Only a failed assertion
of the tests counts: a test that crashes, or a run that takes too long, is reported as such. Exits with 1 unless all
were caught. With words, only the faults with these in their names are tried.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final, NamedTuple
from xml.etree import ElementTree

WHOLE: Final = "tests/property/test_whole.py"
SECONDS_MAX: Final = 900  # for the tests of one fault
SHOWN: Final = 240  # characters of what an assertion says


class Fault(NamedTuple):
    """A fault: what stands in a module and what is put there, once."""

    name: str
    module: str
    stands: str
    put: str
    tests: str = WHOLE


FAULTS: Final = (
    # dates
    Fault("an interval ends on its last day", "events/dates.py", "return day + 1", "return day"),
    Fault(
        "summer has two months",
        "events/dates.py",
        "str(code): (month, 3) for code, month in zip(range(21, 25)",
        "str(code): (month, 3 - (code == 22)) for code, month in zip(range(21, 25)",
        "tests/property/test_dates.py",
    ),
    # the fold
    Fault(
        "since_latest and until_earliest of a value swapped",
        "events/state.py",
        "since_latest, until_earliest = run.definite[piece]",
        "until_earliest, since_latest = run.definite[piece]",
    ),
    Fault("doubt ignored", "events/state.py", "if not slot.facts[node].doubtful", "if True"),
    Fault(
        "closing not applied to posts",
        "events/vocabulary/properties.py",
        'frozenset({"posts", "appointments",',
        'frozenset({"appointments",',
    ),
    Fault("plans fulfilled by a part", "events/vocabulary/acts.py", "    if part:\n", "    if not part:\n"),
    Fault(
        "stages have no order",
        "events/vocabulary/initiatives.py",
        'value=f"={stage}", rank=rank',
        'value=f"={stage}"',
    ),
    # corrections
    Fault("a correction ignored", "events/standing.py", "latest = amendment.id", "latest = root"),
    Fault("a retraction of a retraction ignored", "events/standing.py", "if amendment.id in undone", "if False"),
    # equations
    Fault(
        "of a chain of equations the first one says who is kept",
        "events/identities.py",
        "return max((self._equations[root]",
        "return min((self._equations[root]",
    ),
    Fault(
        "an equation that is undone still holds",
        "events/identities.py",
        "before.representative) != keep:",
        "before.representative) != keep != subject:",
    ),
    # what is known
    Fault(
        "a statement known one position longer",
        "events/queries/reading.py",
        "statement.c.recorded_to > position",
        "statement.c.recorded_to >= position",
    ),
    Fault(
        "inside an append known_at rounds up",
        "events/queries/question.py",
        ".where(event.c.recorded_at < time_of_next)",
        ".where(event.c.recorded_at <= time_of_next)",
    ),
    # answers
    Fault(
        "definite one day longer",
        "events/state.py",
        "            day = span.until_earliest\n",
        "            day = span.until_earliest + 1\n",
    ),
    Fault(
        "undecided on its last day",
        "events/queries/answers.py",
        "if earliest <= days.last and days.first < latest",
        "if earliest <= days.last and days.first <= latest",
    ),
    Fault(
        "of two days only the first is looked at",
        "events/queries/answers.py",
        "    if first < last:\n",
        "    if first + 1 < last:\n",
    ),
    Fault(
        "not closed yet on the day of the end",
        "events/queries/organisations.py",
        "if any(s.until_earliest <= day for s in lives):",
        "if any(s.until_earliest < day for s in lives):",
    ),
    Fault(
        "surely announced by drafts that may have been revised",
        "events/queries/plans.py",
        "DEFINITE in pending & creating",
        "DEFINITE in pending",
    ),
    Fault(
        "of two names the older one",
        "events/queries/names.py",
        "-pair[1].stated.since_earliest",
        "pair[1].stated.since_earliest",
    ),
    Fault(
        "trading names before brands",
        "events/naming.py",
        '("brand", "trading", "legal"',
        '("trading", "brand", "legal"',
    ),
    # counts
    Fault(
        "who holds two posts counts twice",
        "events/queries/selecting.py",
        "sa.func.count(of.distinct())",
        "sa.func.count(of)",
    ),
    Fault(
        "definite statements count as possible ones too",
        "events/queries/statements.py",
        "Count(definite, total - definite)",
        "Count(definite, total)",
    ),
    # changes
    Fault(
        "a change that may come later is definite",
        "events/queries/changes.py",
        "and self.on[1] <= window.last",
        "and self.on[0] <= window.last",
    ),
    Fault(
        "a value that follows another one is told as definite at once",
        "events/queries/changes.py",
        "yield _Transition(before, after, on, clean)",
        "yield _Transition(before, after, on, alone)",
    ),
    Fault(
        "corrections teach nothing",
        "events/queries/learned.py",
        "(roots & new).union(*(amending.get(root, ()) for root in roots))",
        "roots & new",
    ),
)


def main() -> int:
    examples, words = (sys.argv[1:2] or ["1600"])[0], " ".join(sys.argv[2:])
    tree = Path(__file__).resolve().parents[2]
    left_out = shutil.ignore_patterns(".git", ".venv", "*.db", "__pycache__", ".hypothesis")
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "tree"
        shutil.copytree(tree, copy, ignore=left_out)
        for fault in (each for each in FAULTS if words in each.name):
            begun = time.monotonic()
            outcome = tried(copy, fault, examples)
            missed += not outcome.startswith("caught")
            sys.stdout.write(f"{fault.name} ({time.monotonic() - begun:.0f} s)\n  {outcome}\n")
            sys.stdout.flush()
    return 1 if missed else 0


def tried(tree: Path, fault: Fault, examples: str) -> str:
    """What the tests say in this tree with the fault in it; the tree is as before when it returns."""
    path = tree / fault.module
    whole = path.read_text(encoding="utf-8")
    if whole.count(fault.stands) != 1:
        return f"STALE: {fault.module} does not hold this once: {fault.stands!r}"
    path.write_text(whole.replace(fault.stands, fault.put), encoding="utf-8")
    try:
        return tested(tree, fault.tests, examples)
    finally:
        path.write_text(whole, encoding="utf-8")


def tested(tree: Path, tests: str, examples: str) -> str:
    """Run tests until one fails; the time that shrinking takes is spared."""
    environment = {**os.environ, "PYTHONPATH": str(tree), "ORGLINE_EXAMPLES": examples, "ORGLINE_NO_SHRINK": "1"}
    report = tree / "report.xml"
    report.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "-q", "-x", "--tb=short", f"--junitxml={report}", "-k", "not postgresql"]
    try:
        run = subprocess.run(
            [*command, "-p", "no:cacheprovider", tests],
            cwd=tree,
            env=environment,
            capture_output=True,
            text=True,
            timeout=SECONDS_MAX,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"TOO LONG: not over after {SECONDS_MAX} s"
    if not report.exists():
        return f"CRASHED: no report\n{run.stdout}{run.stderr}"
    return judged(ElementTree.parse(report))


def judged(report: ElementTree.ElementTree[ElementTree.Element]) -> str:
    """Whether an assertion of the tests failed, which one and in which test."""
    crashed = ""
    for case in report.iter("testcase"):
        for failure in [*case.findall("failure"), *case.findall("error")]:
            said = (failure.get("message") or "").split("\n")[0]
            places = re.findall(r"^(\S+\.py):\d+: in ", failure.text or "", re.MULTILINE)
            test, place = case.get("name"), places[-1] if places else "nowhere"
            if (
                failure.tag == "failure"
                and place.startswith("tests/")
                and said.startswith(("AssertionError", "assert "))
            ):
                return f"caught by {test}, {place}: {said[:SHOWN]}"
            crashed = f"CRASHED: {test}, {place}: {said[:SHOWN]}"
    return crashed or "MISSED"


if __name__ == "__main__":
    sys.exit(main())

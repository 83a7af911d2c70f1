"""How fast dates are read, beside the package `edtf`, on the same texts in the same run.

    python -m bench.dates

Both readers take turns, so that a slow moment of the machine meets both; a rate is the best of its turns. Orgline's
`parse` also resolves the bounds and has no cache; the package only builds its objects. Its figure is for texts that
both accept. The aim is 500 times.
"""

from __future__ import annotations

import contextlib
import io
import sys
import time
from collections.abc import Callable, Sequence

from events.dates import parse

try:
    from edtf import parse_edtf
except ImportError:  # a development requirement
    parse_edtf = None

TEXTS = (
    "2019-02-19",
    "2022-02",
    "2019",
    "2021-23",
    "2013~",
    "2019?",
    "201X",
    "2004-XX",
    "1985-04-XX",
    "2015/2016",
    "2018-07/..",
    "2018/",
    "[2019-02-20..2019-04-09]",
    "[..2019-02-19]",
)
AIM = 500
TURNS = 3
TURN_SECONDS_MIN = 1.0


def main() -> int:
    if parse_edtf is None:
        print("the package edtf is not installed: install the development requirements", file=sys.stderr)
        return 2
    best = {"orgline": 0.0, "edtf": 0.0}
    for _ in range(TURNS):
        best["orgline"] = max(best["orgline"], rate(parse, TEXTS))
        with contextlib.redirect_stdout(io.StringIO()):  # the package prints what it stumbles over
            best["edtf"] = max(best["edtf"], rate(parse_edtf, TEXTS))
    ratio = best["orgline"] / best["edtf"]
    print(f"orgline  {best['orgline']:>12,.0f} dates/s")
    print(f"edtf     {best['edtf']:>12,.0f} dates/s")
    print(f"ratio    {ratio:>12,.0f} (aim: {AIM}, {'met' if ratio >= AIM else 'missed'})")
    return 0


def rate(read: Callable[[str], object], texts: Sequence[str]) -> float:
    """Dates read a second, over at least TURN_SECONDS_MIN of whole rounds through the texts."""
    for text in texts:
        read(text)
    rounds = 0
    started = time.perf_counter()
    while (elapsed := time.perf_counter() - started) < TURN_SECONDS_MIN:
        for text in texts:
            read(text)
        rounds += 1
    return rounds * len(texts) / elapsed


if __name__ == "__main__":
    sys.exit(main())

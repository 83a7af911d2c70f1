"""The garbage collector of a process that takes in facts."""

from __future__ import annotations

import gc
from typing import Final

THRESHOLD: Final = (20_000, 20, 50)


def seldom() -> None:
    """Collect less often, and leave out what is loaded by now: hardly anything that comes with facts is cyclic.

    It holds for the whole process, so entry points of processes call it, and nothing else does.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLD)

"""Corrections and retractions: what stands of one recorded fact.

An amendment (`fact.corrected`, `fact.retracted`) aims at an event below it. All that aim at one another lead to one
*root*, the event that was recorded first. An amendment stands unless a standing retraction aims at it; a standing
retraction of the root withdraws the fact; else, of the corrections that stand, the highest position takes its place.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

CORRECTED = "corrected"
RETRACTED = "retracted"
KINDS = {"fact.corrected": CORRECTED, "fact.retracted": RETRACTED}


class Amendment(msgspec.Struct, frozen=True):
    """One correction or retraction: its position and id, and the id of the event that it aims at."""

    position: int
    id: str
    event: str
    kind: str


def standing(root: str, amendments: Iterable[Amendment]) -> str | None:
    """The id of the event whose fact stands for `root`: the root's own, that of a correction, or None (withdrawn)."""
    undone: set[str] = set()
    latest = root
    for amendment in sorted(amendments, key=lambda each: each.position, reverse=True):
        if amendment.id in undone:
            continue
        if amendment.kind == RETRACTED:
            undone.add(amendment.event)
        elif latest == root:
            latest = amendment.id
    return None if root in undone else latest

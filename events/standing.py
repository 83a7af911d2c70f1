"""Corrections and retractions: what stands of one recorded fact.

An amendment (`fact.corrected`, `fact.retracted`) aims at an event below it. All that aim at one another lead to one
*root*, the event that was recorded first. An amendment stands unless a standing retraction aims at it; a standing
retraction of the root withdraws the fact; else, of the corrections that stand, the highest position takes its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

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


class Outcome(msgspec.Struct, frozen=True):
    """What became of a root and its amendments.

    `stands` is the id of the event whose fact stands: the root's own, that of a correction, or None (withdrawn).
    `undone` gives for the id of each event that a standing retraction aims at the id of the first such retraction.
    """

    stands: str | None
    undone: Mapping[str, str]

    def counts(self, amendment: Amendment) -> bool:
        """Whether the amendment has its effect: a correction whose fact stands, a retraction that is not undone."""
        if amendment.kind == RETRACTED:
            return amendment.id not in self.undone
        return amendment.id == self.stands


def outcome(root: str, amendments: Iterable[Amendment]) -> Outcome:
    """What becomes of `root` and of its amendments, which may come in any order."""
    undone: dict[str, str] = {}
    latest = root
    for amendment in sorted(amendments, key=lambda each: each.position, reverse=True):
        if amendment.id in undone:
            continue
        if amendment.kind == RETRACTED:
            undone[amendment.event] = amendment.id
        elif latest == root:
            latest = amendment.id
    return Outcome(None if root in undone else latest, undone)


def standing(root: str, amendments: Iterable[Amendment]) -> str | None:
    """The id of the event whose fact stands for `root`: the root's own, that of a correction, or None (withdrawn)."""
    return outcome(root, amendments).stands

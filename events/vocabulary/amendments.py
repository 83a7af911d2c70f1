"""Corrections and retractions: facts about the register itself, so they have no effective date."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from events.vocabulary.language import Data, EventId, Title, define


class Corrected(Data, frozen=True, kw_only=True):
    """An event and the whole fact that is to stand in its place."""

    event: EventId
    replacement: Annotated[
        Any,  # read as a plain object, then turned into a RecordedFact (events/event.py)
        Meta(
            description="The whole fact as it should have been, of any type but fact.*, without an id of its own.",
            extra={"kind": "fact"},
        ),
    ]
    reason: Title | None = None


class Retracted(Data, frozen=True, kw_only=True):
    """An event that counts no more."""

    event: EventId
    reason: Literal["error", "duplicate", "legal"]


define(
    "fact.corrected",
    Corrected,
    description="From now on another fact stands in the place of an earlier one; the earlier one is kept as it was.",
    example={
        "data": {
            "event": "981cd700-0448-549a-bf9c-9ba7dfae7b57",
            "replacement": {
                "type": "name.adopted",
                "effective": "2016-08-01",
                "data": {"organisation": "nhs-digital", "name": "NHS Digital", "kind": "trading"},
            },
            "reason": "The day is known",
        }
    },
    says="Correction",
    details="[Reason: {reason}.]",
)
define(
    "fact.retracted",
    Retracted,
    description="From now on an earlier fact counts no more; it is kept as it was.",
    example={"data": {"event": "981cd700-0448-549a-bf9c-9ba7dfae7b57", "reason": "error"}},
    says="Withdrawn",
    details="{reason}.",
    words={
        "reason": {
            "error": "It was recorded in error",
            "duplicate": "It repeats another fact",
            "legal": "It had to be withdrawn for legal reasons",
        }
    },
)

"""Initiatives: programmes, products, funds and plans of work, from announcement to end."""

from __future__ import annotations

from typing import Literal

from events.vocabulary.language import (
    Data,
    Does,
    InitiativeId,
    Name,
    OrganisationId,
    Party,
    Text,
    Title,
    Titles,
    define,
)


class Initiative(Data, frozen=True, kw_only=True):
    """An initiative at some stage, with what is known of it by then."""

    initiative: InitiativeId
    organisation: OrganisationId
    kind: Literal["programme", "product", "fund", "plan"] | None = None
    name: Name | None = None
    description: Text | None = None
    supplier: Party | None = None
    place: Name | None = None
    architecture: Title | None = None
    criteria: Titles = ()
    replaces: InitiativeId | None = None


_TERMS = ("kind", "name", "description", "supplier", "place", "architecture", "criteria", "replaces")
_DETAILS = (
    "[{description}. ][Supplier: {supplier}. ][Architecture: {architecture}. ][Criteria: {criteria}. ]"
    "[Replaces {replaces}.]"
)


def _stage(rank: int, stage: str, description: str, says: str) -> None:
    define(
        f"initiative.{stage}",
        Initiative,
        Does(does="sets", property="stage", subject="initiative", value=f"={stage}", rank=rank),
        *(Does(does="sets", property=term, subject="initiative", value=term) for term in _TERMS),
        Does(
            does="sets",
            property="organisation",
            subject="initiative",
            value="organisation",
            target=("organisation",),
        ),
        description=description,
        says=says,
        details=_DETAILS,
        distinct=(("initiative", "replaces"),),
    )


_stage(0, "announced", "An initiative is announced.", "{organisation} announced {name|initiative}[ ({place})]")
_stage(1, "commissioned", "An initiative is commissioned.", "{organisation} commissioned {name|initiative}[ ({place})]")
_stage(
    2,
    "trialled",
    "An initiative is tried out.",
    "{organisation} began a trial of {name|initiative}[ ({place})]",
)
_stage(3, "launched", "An initiative is launched.", "{organisation} launched {name|initiative}[ ({place})]")
_stage(4, "ended", "An initiative ends.", "{organisation} ended {name|initiative}[ ({place})]")

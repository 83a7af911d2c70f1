"""Initiatives: programmes, products, funds and plans of work, from announcement to end."""

from __future__ import annotations

from typing import Literal

from events.vocabulary.language import (
    Data,
    Does,
    Example,
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


def _stage(rank: int, stage: str, description: str, says: str, example: Example) -> None:
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
        example=example,
        says=says,
        details=_DETAILS,
        distinct=(("initiative", "replaces"),),
    )


_stage(
    0,
    "announced",
    "An initiative is announced.",
    "{organisation} announced {name|initiative}[ ({place})]",
    {
        "effective": {"edtf": "2020-01", "latest": "2020-01-04"},
        "data": {
            "initiative": "single-sign-on",
            "organisation": "nhsx",
            "kind": "programme",
            "name": "Single sign-on for NHS staff",
        },
    },
)
_stage(
    1,
    "commissioned",
    "An initiative is commissioned.",
    "{organisation} commissioned {name|initiative}[ ({place})]",
    {
        "effective": "2020-03",
        "data": {
            "initiative": "contact-tracing-app",
            "organisation": "nhsx",
            "kind": "product",
            "name": "COVID-19 contact tracing app",
            "supplier": "Pivotal (VMware)",
        },
    },
)
_stage(
    2,
    "trialled",
    "An initiative is tried out.",
    "{organisation} began a trial of {name|initiative}[ ({place})]",
    {
        "effective": "2020-05-05",
        "data": {
            "initiative": "contact-tracing-app",
            "organisation": "nhsx",
            "place": "Isle of Wight",
            "architecture": "Anonymised data in a central database",
        },
    },
)
_stage(
    3,
    "launched",
    "An initiative is launched.",
    "{organisation} launched {name|initiative}[ ({place})]",
    {
        "effective": {"edtf": "2020-09", "earliest": "2020-09-11"},
        "data": {"initiative": "contact-tracing-app-2", "organisation": "nhsx"},
    },
)
_stage(
    4,
    "ended",
    "An initiative ends.",
    "{organisation} ended {name|initiative}[ ({place})]",
    {"effective": "2020-06-18", "data": {"initiative": "contact-tracing-app", "organisation": "nhsx"}},
)

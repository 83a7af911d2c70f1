"""Plans: announced intentions, which change nothing until a fact fulfils them."""

from __future__ import annotations

from events.vocabulary.language import (
    Changes,
    Data,
    Does,
    EdtfDate,
    OrganisationId,
    PlanId,
    PlanIds,
    Text,
    Title,
    define,
)


class Announced(Data, frozen=True, kw_only=True):
    """A plan as it is announced."""

    plan: PlanId
    organisation: OrganisationId
    title: Title
    changes: Changes = ()
    intended: EdtfDate | None = None
    terms: Text | None = None
    replaces: PlanIds = ()


class Revised(Data, frozen=True, kw_only=True):
    """What is new about a plan; what is left out stays as it was."""

    plan: PlanId
    title: Title | None = None
    changes: Changes = ()
    intended: EdtfDate | None = None
    terms: Text | None = None
    reason: Text | None = None


class Withdrawn(Data, frozen=True, kw_only=True):
    """A plan that is given up."""

    plan: PlanId
    reason: Text | None = None


def _terms(rank: int) -> tuple[Does, ...]:
    return (
        Does(does="sets", property="title", subject="plan", value="title", rank=rank),
        Does(does="sets", property="changes", subject="plan", value="changes", target=("changes",), rank=rank),
        Does(does="sets", property="intended", subject="plan", value="intended", rank=rank),
        Does(does="sets", property="terms", subject="plan", value="terms", rank=rank),
    )


define(
    "change.announced",
    Announced,
    Does(does="sets", property="status", subject="plan", value=("status=pending",)),
    *_terms(rank=0),
    Does(does="sets", property="organisation", subject="plan", value="organisation", target=("organisation",)),
    Does(
        does="sets",
        property="status",
        subject="replaces",
        value=("replaced_by={plan}", "status=superseded"),
        each="replaces",
        rank=1,
    ),
    description="A plan is announced. It changes nothing by itself: the fact that brings it about names it in fulfils.",
    example={
        "effective": "2021-11-22",
        "data": {
            "plan": "merge-nhsx",
            "organisation": "nhsx",
            "title": "NHSX to merge with NHS Digital and into NHS England",
            "changes": [
                {
                    "change": "organisation.merged",
                    "draft": {"originals": ["nhsx", "nhs-digital"], "result": "nhs-england"},
                }
            ],
            "replaces": ["transformation-directorate"],
        },
    },
    says="Plan for {organisation} announced: {title}",
    details="[Intended: {intended}. ][Terms: {terms}. ][Replaces {replaces}.]",
    distinct=(("plan", "replaces"),),
)
define(
    "change.revised",
    Revised,
    *_terms(rank=1),
    description="A plan is revised: what is given takes the place of what was announced.",
    example={
        "effective": "2022-11-15",
        "data": {"plan": "boats-and-bells", "intended": "2023-10", "reason": "The halls are not ready"},
    },
    says="Plan revised: {title|plan}",
    details="[Intended: {intended}. ][Terms: {terms}. ][Reason: {reason}.]",
)
define(
    "change.withdrawn",
    Withdrawn,
    Does(does="sets", property="status", subject="plan", value=("status=withdrawn", "reason"), rank=1),
    description="A plan is given up.",
    example={"effective": "2023-01-10", "data": {"plan": "boats-and-bells", "reason": "The Museum of Bells closes"}},
    says="Plan withdrawn: {plan}",
    details="[Reason: {reason}.]",
)

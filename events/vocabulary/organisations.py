"""Organisations: how they begin, end, and turn into one another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from events.vocabulary.language import (
    Complaint,
    Data,
    Does,
    Name,
    OrganisationId,
    OrganisationIds,
    Reference,
    SomeOrganisationIds,
    Token,
    define,
)
from events.vocabulary.names import NameKind


class Created(Data, frozen=True, kw_only=True):
    """An organisation that begins, or begins again."""

    organisation: OrganisationId
    name: Name
    name_kind: NameKind = "legal"
    classification: Name | None = None
    scheme: Token = "default"
    created_by: Reference | None = None
    parents: OrganisationIds = ()
    from_: OrganisationIds = msgspec.field(default=(), name="from")


class Merged(Data, frozen=True, kw_only=True):
    """Organisations that become one; the result may be one of them, and is then among the survivors."""

    originals: SomeOrganisationIds
    result: OrganisationId
    survivors: OrganisationIds = ()


class Split(Data, frozen=True, kw_only=True):
    """An organisation that becomes several; if it survives it may be among the results."""

    original: OrganisationId
    results: SomeOrganisationIds
    original_survives: Annotated[bool, Meta(description="Whether the original organisation goes on.")]


class Replaced(Data, frozen=True, kw_only=True):
    """An organisation in whose place another one steps."""

    original: OrganisationId
    result: OrganisationId


class Dissolved(Data, frozen=True, kw_only=True):
    """An organisation that ends; `to` is where what it did went, if anywhere."""

    organisation: OrganisationId
    reason: Literal["ceased", "devolved", "left_government", "annulled", "other"]
    to: OrganisationId | None = None


class Reclassified(Data, frozen=True, kw_only=True):
    """An organisation's class in some scheme of classes."""

    organisation: OrganisationId
    scheme: Token
    value: Name


def _check_merged(data: Merged) -> Iterator[Complaint]:
    for index, survivor in enumerate(data.survivors):
        if survivor not in data.originals:
            yield f"/survivors/{index}", f"{survivor} is not among the originals: only these can survive"
    if data.result in data.originals and data.result not in data.survivors:
        yield (
            "/result",
            f"{data.result} cannot be merged into itself: name it in survivors too, or leave it out of originals",
        )


def _check_split(data: Split) -> Iterator[Complaint]:
    if data.original in data.results and not data.original_survives:
        index = data.results.index(data.original)
        yield (
            f"/results/{index}",
            f"{data.original} cannot follow itself: set original_survives to true, or leave it out of results",
        )


_BEGINNING = (
    Does(does="opens", property="existence", value=("created_by",)),
    Does(does="sets", property="name", value="name", when="name_kind = legal"),
    Does(does="opens", property="names", key=("name_kind", "name"), when="name_kind != legal"),
    Does(does="sets", property="classifications", key=("scheme",), value="classification"),
    Does(does="opens", property="relations", key=("=part_of", "tag:parents"), each="parents", target=("parents",)),
    Does(
        does="opens",
        property="lineage",
        subject="from",
        key=("=formed_from", "organisation"),
        each="from",
        target=("organisation",),
        lasting=True,
    ),
)
_DETAILS = "[Formed from {from}. ][Part of {parents}. ][Created by {created_by}.]"

define(
    "organisation.created",
    Created,
    *_BEGINNING,
    description="An organisation begins. Only this and organisation.reinstated bring one into existence.",
    example={
        "effective": "2011-04",
        "data": {"organisation": "gds", "name": "Government Digital Service", "classification": "unit"},
    },
    says="{name} created",
    details=_DETAILS,
    distinct=(("organisation", "parents"), ("organisation", "from"), ("organisation", "created_by")),
)
define(
    "organisation.reinstated",
    Created,
    *_BEGINNING,
    description="An organisation that had ended begins again.",
    example={"effective": "2024-05-01", "data": {"organisation": "boat-museum", "name": "Museum of Boats"}},
    says="{name} reinstated",
    details=_DETAILS,
    distinct=(("organisation", "parents"), ("organisation", "from"), ("organisation", "created_by")),
)
define(
    "organisation.merged",
    Merged,
    Does(
        does="ends",
        property="existence",
        subject="originals",
        value=("ending=merged",),
        each="originals",
        when="originals not in survivors",
    ),
    Does(
        does="opens",
        property="lineage",
        subject="originals",
        key=("=merged", "result"),
        each="originals",
        when="originals is not result",
        target=("result",),
        lasting=True,
    ),
    description="Organisations merge into one. Those that do not survive close; the result is not created by this.",
    example={"effective": "2022-02", "data": {"originals": ["nhsx"], "result": "nhs-england"}, "fulfils": "merge-nhsx"},
    says="{originals} merged into {result}",
    details="[Surviving: {survivors}.]",
    checks=(_check_merged,),
)
define(
    "organisation.split",
    Split,
    Does(
        does="ends",
        property="existence",
        subject="original",
        value=("ending=split",),
        when="original_survives = false",
    ),
    Does(
        does="opens",
        property="lineage",
        subject="original",
        key=("=split", "results"),
        each="results",
        when="results is not original",
        target=("results",),
        lasting=True,
    ),
    description="An organisation is split. It closes unless it survives; the results are not created by this.",
    example={
        "effective": "2023-02-07",
        "data": {"original": "beis", "results": ["desnz", "dsit", "dbt"], "original_survives": False},
    },
    says="{original} split into {results}",
    details="[original_survives? {original} itself went on.]",
    checks=(_check_split,),
)
define(
    "organisation.replaced",
    Replaced,
    Does(does="ends", property="existence", subject="original", value=("ending=replaced",)),
    Does(
        does="opens",
        property="lineage",
        subject="original",
        key=("=replaced", "result"),
        target=("result",),
        lasting=True,
    ),
    description="An organisation closes and another one takes its place; the result is not created by this.",
    example={"effective": "2013-10-07", "data": {"original": "soca", "result": "national-crime-agency"}},
    says="{original} replaced by {result}",
    distinct=(("original", "result"),),
)
define(
    "organisation.dissolved",
    Dissolved,
    Does(does="ends", property="existence", value=("ending=dissolved", "reason", "to")),
    description="An organisation closes and nothing follows it as a whole.",
    example={"effective": "2015-03-31", "data": {"organisation": "audit-commission", "reason": "ceased"}},
    says="{organisation} {reason}",
    details="[What it did went to {to}.]",
    words={
        "reason": {
            "ceased": "dissolved",
            "devolved": "dissolved (devolved)",
            "left_government": "left government",
            "annulled": "annulled",
            "other": "dissolved",
        }
    },
    distinct=(("organisation", "to"),),
)
define(
    "organisation.reclassified",
    Reclassified,
    Does(does="sets", property="classifications", key=("scheme",), value="value"),
    description="An organisation's classification in a scheme.",
    example={
        "effective": "2021-04-01",
        "data": {"organisation": "boat-museum", "scheme": "default", "value": "charity"},
    },
    says="{organisation} classified as {value}",
    details="[scheme != default? Scheme: {scheme}.]",
)

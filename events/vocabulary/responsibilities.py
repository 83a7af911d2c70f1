"""What organisations are responsible for, and what they put first."""

from __future__ import annotations

import msgspec

from events.vocabulary.language import Data, Does, OrganisationId, ResponsibilityId, Slug, Text, Title, define


class Responsibility(Data, frozen=True, kw_only=True):
    """A responsibility of one organisation."""

    organisation: OrganisationId
    responsibility: ResponsibilityId
    title: Title | None = None
    scope: Text | None = None


class Transfer(Data, frozen=True, kw_only=True):
    """A responsibility that passes from one organisation to another."""

    from_: OrganisationId = msgspec.field(name="from")
    to: OrganisationId
    responsibility: ResponsibilityId
    title: Title | None = None
    scope: Text | None = None


class Priority(Data, frozen=True, kw_only=True):
    """Something that an organisation puts first."""

    organisation: OrganisationId
    priority: Slug
    title: Title | None = None


_KEY = ("responsibility",)
_VALUE = ("title", "scope")
_SCOPE = "[Scope: {scope}.]"

define(
    "responsibility.gained",
    Responsibility,
    Does(does="opens", property="responsibilities", key=_KEY, value=_VALUE, target=_KEY),
    description="An organisation becomes responsible for something.",
    example={
        "effective": "[2019-02-20..2019-07-16]",
        "data": {
            "organisation": "nhsx",
            "responsibility": "industry-data-sharing",
            "title": "Managing the sharing of NHS patient data with industry",
        },
    },
    says="{organisation} gained responsibility: {title|responsibility}",
    details=_SCOPE,
)
define(
    "responsibility.ended",
    Responsibility,
    Does(does="ends", property="responsibilities", key=_KEY, target=_KEY),
    description="An organisation is responsible for something no more.",
    example={"effective": "2021-04-01", "data": {"organisation": "boat-museum", "responsibility": "historic-ships"}},
    says="{organisation} no longer responsible: {title|responsibility}",
    details=_SCOPE,
)
define(
    "responsibility.transferred",
    Transfer,
    Does(does="ends", property="responsibilities", subject="from", key=_KEY, target=_KEY),
    Does(does="opens", property="responsibilities", subject="to", key=_KEY, value=_VALUE, target=_KEY),
    description="A responsibility passes from one organisation to another.",
    example={
        "effective": "2021-04-01",
        "data": {"from": "boat-museum", "to": "harbour-office", "responsibility": "historic-ships"},
    },
    says="Responsibility passed from {from} to {to}: {title|responsibility}",
    details=_SCOPE,
    distinct=(("from", "to"),),
)
define(
    "priority.set",
    Priority,
    Does(does="opens", property="priorities", key=("priority",), value=("title",)),
    description="An organisation makes something a priority.",
    example={
        "effective": "2019-06-12",
        "data": {
            "organisation": "nhsx",
            "priority": "clinicians-time",
            "title": "Cut the time that clinicians spend inputting and accessing data in NHS systems",
        },
    },
    says="{organisation} set a priority: {title|priority}",
)
define(
    "priority.ended",
    Priority,
    Does(does="ends", property="priorities", key=("priority",)),
    description="Something is an organisation's priority no more.",
    example={"effective": "2021-04-01", "data": {"organisation": "boat-museum", "priority": "restoration"}},
    says="{organisation} ended a priority: {title|priority}",
)

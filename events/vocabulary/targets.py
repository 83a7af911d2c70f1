"""Targets: something to be reached by a date."""

from __future__ import annotations

from typing import Literal

import msgspec

from events.vocabulary.language import Data, Does, EdtfDate, OrganisationId, TargetId, Text, Title, define


class Set(Data, frozen=True, kw_only=True):
    """A target and when it is due."""

    target: TargetId
    organisation: OrganisationId | None = None
    due: EdtfDate
    name: Title | None = None
    scope: Text | None = None
    measure: Text | None = None


class Moved(Data, frozen=True, kw_only=True):
    """A target that is due at another date; `from` is the date before."""

    target: TargetId
    organisation: OrganisationId | None = None
    to: EdtfDate
    from_: EdtfDate | None = msgspec.field(default=None, name="from")
    name: Title | None = None
    scope: Text | None = None
    measure: Text | None = None


class Closed(Data, frozen=True, kw_only=True):
    """What became of a target."""

    target: TargetId
    organisation: OrganisationId | None = None
    outcome: Literal["met", "missed", "dropped"]
    name: Title | None = None
    scope: Text | None = None
    measure: Text | None = None


_TERMS = (
    Does(does="sets", property="name", subject="target", value="name"),
    Does(does="sets", property="scope", subject="target", value="scope"),
    Does(does="sets", property="measure", subject="target", value="measure"),
    Does(does="sets", property="organisation", subject="target", value="organisation", target=("organisation",)),
)
_DETAILS = "[Scope: {scope}. ][Measure: {measure}.]"

define(
    "target.set",
    Set,
    Does(does="sets", property="due", subject="target", value="due"),
    Does(does="sets", property="status", subject="target", value="=open"),
    *_TERMS,
    description="A target is set.",
    example={
        "effective": "2013",
        "data": {"target": "paperless-nhs", "organisation": "nhs", "name": "Paperless NHS", "due": "2018"},
    },
    says="Target set: {name|target} (due {due})",
    details="[Organisation: {organisation}. ]" + _DETAILS,
)
define(
    "target.moved",
    Moved,
    Does(does="sets", property="due", subject="target", value="to", former="from"),
    *_TERMS,
    description="A target becomes due at another date. Where the dates do not tell the order of moves, follows does.",
    example={
        "effective": "[2013-01-01..2018-10-15]",
        "data": {"target": "paperless-nhs", "from": "2018", "to": "2020"},
        "follows": ["ed0170f6-d733-5469-a643-2502bf68ea65"],
    },
    says="Target moved: {name|target} (now due {to}[ instead of {from}])",
    details=_DETAILS,
)
define(
    "target.closed",
    Closed,
    Does(does="sets", property="status", subject="target", value="outcome"),
    *_TERMS,
    description="A target is met, missed or dropped.",
    example={
        "effective": "2024-06",
        "data": {"target": "all-boats-listed", "organisation": "boat-museum", "outcome": "met"},
    },
    says="Target {outcome}: {name|target}",
    details=_DETAILS,
)

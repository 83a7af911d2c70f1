"""Initiatives: the stage that they have reached, and the money for them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

import msgspec
import sqlalchemy as sa

from events.queries import answers, names
from events.queries.answers import DEFINITE, POSSIBLE, Bounds, Item, Slots, Standing, Subject
from events.queries.listing import Link, Noun, gathering
from events.queries.question import Question
from events.queries.reading import Queries, Stated
from events.queries.values import one, values

STATUSES: Final = ("announced", "commissioned", "trialled", "launched", "ended", "not_yet", "unknown")


class InitiativeEntry(msgspec.Struct, kw_only=True):
    """An initiative on the days that are asked for. `stage` is the one surely reached (null: none), `possible_stage`
    the furthest that it may have reached besides, `last_stage` the same where it surely has by the last of the days.
    """

    initiative: str
    stage: str | None
    certainty: str
    since: Bounds | None
    opened_by: tuple[str, ...]
    possible_stage: str | None = None
    organisation: str | None = None
    name: str | None = None
    kind: str | None = None
    description: str | None = None
    supplier: str | None = None
    place: str | None = None
    architecture: str | None = None
    criteria: tuple[str, ...] = ()
    replaces: str | None = None
    last_stage: str | msgspec.UnsetType = msgspec.UNSET


DETAILS: Final = ("organisation", "name", "kind", "description", "supplier", "place", "architecture", "replaces")
"""The fields of an entry that each are the value of the property of that name."""


class Stage(Item, kw_only=True):
    """A stage, at any time."""

    stage: str


class Total(msgspec.Struct, frozen=True):
    """Money in one currency: decimal text, and how many awards."""

    currency: str
    committed: str
    awarded: str
    awards: int


class InitiativeState(Subject, kw_only=True):
    """One initiative."""

    initiative: InitiativeEntry | None
    stages: list[Stage]
    funding: list[Total]
    extensions: dict[str, list[answers.Extension]]
    undecided: list[str]


def state(queries: Queries, connection: sa.Connection, slug: str, question: Question) -> InitiativeState | None:
    """The initiative; None where no event that is known mentions it."""
    tag = f"initiative/{slug}"
    subject = queries.found(connection, tag, question.moment)
    if subject is None:
        return None
    statements = queries.of(connection, question.moment, [tag])
    about = queries.about(connection, question.moment, [tag], ("funding",))
    found = entry(answers.by_property(statements), slug, question)
    return InitiativeState(
        **answers.head(subject, question),
        name=names.best(names.of(statements, tag), question.as_of.last, slug),
        **_standing(statements, slug, question).head,
        initiative=found,
        stages=[Stage(**answers.item(each, question), stage=each.data) for each in _stages(statements)],
        funding=totals(answers.in_force(about, question)),
        extensions=answers.extensions(statements, question),
        undecided=answers.undecided([*statements, *about], question),
    )


def entry(slots: Slots, slug: str, question: Question) -> InitiativeEntry | None:
    """The initiative by its statements; None before any stage is possible."""
    days = question.as_of
    stages = values(slots.get("stage", ()), days.first, days.last)
    if not stages:
        return None
    first, last = stages[0], stages[-1]
    decided = len(stages) == 1 and first.certainty == DEFINITE
    # Before the first stage there is nothing: while that is possible too, no stage is surely reached.
    begun = decided or _begun(slots["stage"], question)
    stage = first if begun else None
    shown = stage or first
    return InitiativeEntry(
        initiative=slug,
        stage=stage.value if stage is not None else None,
        possible_stage=None if decided or (stage is last) else last.value,
        last_stage=_last(slots["stage"], last.value, question) if begun and stage is not last else msgspec.UNSET,
        certainty=DEFINITE if decided else POSSIBLE,
        since=answers.bounds(shown.statements[0].since_earliest, shown.statements[0].since_latest),
        opened_by=shown.opened_by,
        criteria=tuple(one(slots, "criteria", question) or ()),
        **{name: one(slots, name, question) for name in DETAILS if name in slots},
    )


def _last(stages: Sequence[Stated], stage: str, question: Question) -> str | msgspec.UnsetType:
    """A stage that is surely the one reached by the last of several days."""
    found = values(stages, question.as_of.last, question.as_of.last)
    return stage if [(each.value, each.certainty) for each in found] == [(stage, DEFINITE)] else msgspec.UNSET


def totals(funding: Sequence[Stated]) -> list[Total]:
    """The sums for each currency."""
    sums: dict[str, dict[str, Decimal | int]] = {}
    for each in funding:
        data = each.data
        held = sums.setdefault(data["currency"], {"committed": Decimal(0), "awarded": Decimal(0), "awards": 0})
        held[data["kind"]] += Decimal(data["amount"])
        held["awards"] += data.get("awards") or 0
    return [
        Total(currency, str(held["committed"]), str(held["awarded"]), int(held["awards"]))
        for currency, held in sorted(sums.items())
    ]


def _begun(stages: Sequence[Stated], question: Question) -> bool:
    """Whether some stage has surely been reached by the first day that is asked for."""
    return any(each.since_latest <= question.as_of.first for each in stages if not each.doubtful)


def _stages(statements: Sequence[Stated]) -> list[Stated]:
    found = answers.of_property(statements, "stage")
    return sorted(found, key=lambda each: (each.since_earliest, each.since_latest))


def _standing(statements: Sequence[Stated], slug: str, question: Question) -> Standing:
    slots = answers.by_property(statements)
    found, stages = entry(slots, slug, question), slots.get("stage", ())
    if found is None:
        status = "not_yet" if stages else "unknown"
        return Standing(status=status, certainty=DEFINITE, possible=(status,))
    status = found.stage or found.possible_stage or "unknown"
    others = [each.value for each in values(stages, question.as_of.first, question.as_of.last)]
    return Standing(status=status, certainty=found.certainty, possible=tuple(dict.fromkeys((status, *others))))


LISTED: Final = Noun(
    kind="initiative",
    statuses=STATUSES,
    standing=_standing,
    gather=gathering(own=("name", "stage")),
    link=Link(("organisation",)),
)

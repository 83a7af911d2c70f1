"""Organisations: the state of one on the days that are asked for, and lists of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from events import naming
from events.dates import Day
from events.queries import answers, appointments, initiatives, names, plans, targets
from events.queries.answers import (
    POSSIBLE,
    Attribute,
    Classification,
    Existence,
    Funding,
    Identifier,
    Lineage,
    Name,
    Post,
    Priority,
    Relation,
    Responsibility,
    Subject,
)
from events.queries.question import Question
from events.queries.reading import Queries, Stated
from events.queries.values import values

STATUSES: Final = ("active", "closed", "announced", "not_yet", "unknown")
SCAN: Final = 200  # organisations that a list looks at in one read


class OrganisationSummary(Subject, kw_only=True):
    """An organisation in a list. `closed_by` (merged, split, replaced, dissolved) where the status is closed."""

    closed_by: str | msgspec.UnsetType = msgspec.UNSET


class OrganisationState(OrganisationSummary, kw_only=True):
    """What an organisation looked like."""

    names: list[Name]
    appointments: list[answers.Appointment]
    existence: list[Existence]
    classifications: list[Classification]
    identifiers: list[Identifier]
    relations: list[Relation]
    posts: list[Post]
    responsibilities: list[Responsibility]
    priorities: list[Priority]
    initiatives: list[initiatives.InitiativeEntry]
    targets: list[targets.TargetEntry]
    plans: list[plans.PlanEntry]
    funding: list[Funding]
    attributes: list[Attribute]
    predecessors: list[Lineage]
    successors: list[Lineage]
    undecided: list[str]


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """What a list is limited to. `certainty`: `definite` leaves out what is only possible."""

    status: str | None = None
    classification: str | None = None  # value, or scheme:value
    part_of: str | None = None  # slug of the organisation above
    name: str | None = None  # exactly, in any case
    q: str | None = None  # part of a name or of the identifier, in any case
    identifier: str | None = None  # scheme:value
    certainty: str | None = None


class Count(msgspec.Struct, frozen=True):
    """How many items there are; the two are disjoint."""

    definite: int
    possible: int


class Listing(msgspec.Struct, frozen=True):
    """A page of a list, where the next one begins, and how many there are in all (where that was asked for)."""

    items: list[OrganisationSummary]
    next_after: str | None
    count: Count | None = None


def state(queries: Queries, connection: sa.Connection, slug: str, question: Question) -> OrganisationState | None:
    """The organisation; None where no event that is known mentions it."""
    tag = f"organisation/{slug}"
    moment = question.moment
    if not queries.mentioned(connection, tag, moment):
        return None
    own = queries.of(connection, moment, [tag])
    about = queries.about(connection, moment, [tag])
    others = {each.subject for each in about if each.subject.startswith(("plan/", "initiative/", "target/"))}
    related = answers.by_subject(queries.of(connection, moment, sorted(others)) if others else ())
    summary = _summary(queries, connection, slug, own, related, question)
    held = answers.in_force(own, question)
    towards = answers.in_force(about, question)
    return OrganisationState(
        **msgspec.structs.asdict(summary),
        names=_names(held, question),
        appointments=appointments.items(own, question),
        existence=[Existence(**answers.item(s, question), **(s.data or {})) for s in _with(held, "existence")],
        classifications=[
            Classification(**answers.item(s, question), scheme=s.key, value=s.data)
            for s in _with(held, "classifications")
        ],
        identifiers=[
            Identifier(**answers.item(s, question), scheme=s.key.split(" ", 1)[0], value=s.key.split(" ", 1)[1])
            for s in _with(held, "identifiers")
        ],
        relations=relations(held, towards, question),
        posts=[
            Post(**answers.item(s, question), organisation=slug, post=s.key, **(s.data or {}))
            for s in _with(held, "posts")
        ],
        responsibilities=[
            Responsibility(**answers.item(s, question), organisation=slug, responsibility=s.key, **(s.data or {}))
            for s in _with(held, "responsibilities")
        ],
        priorities=[
            Priority(**answers.item(s, question), priority=s.key, **(s.data or {})) for s in _with(held, "priorities")
        ],
        initiatives=_owned(related, "initiative/", slug, question, initiatives.entry),
        targets=_owned(related, "target/", slug, question, targets.entry),
        plans=[
            entry
            for subject, statements in related.items()
            if subject.startswith("plan/")
            and (entry := plans.entry(statements, subject.partition("/")[2], question)) is not None
            and _concerned(about, subject, question)
        ],
        funding=[Funding(**answers.item(s, question), **s.data) for s in _with(held, "funding")],
        attributes=attributes(held, question),
        predecessors=[
            Lineage(**answers.item(s, question), organisation=s.slug, kind=s.key.split(" ", 1)[0])
            for s in _with(towards, "lineage")
        ],
        successors=[
            Lineage(
                **answers.item(s, question), organisation=_bare(s.key.split(" ", 1)[1]), kind=s.key.split(" ", 1)[0]
            )
            for s in _with(held, "lineage")
        ],
        undecided=answers.undecided([*own, *about], question),
    )


def listing(
    queries: Queries,
    connection: sa.Connection,
    question: Question,
    filters: Filters,
    after: str | None,
    limit: int,
    count: bool,
) -> Listing:
    """The organisations that match, bytewise by identifier, after one of them."""
    items: list[OrganisationSummary] = []
    definite = possible = 0
    scanned, next_after = "" if count else (after or ""), None
    while True:
        slugs = queries.subjects(connection, question.moment, "organisation", scanned, SCAN)
        for summary in _matching(queries, connection, slugs, question, filters):
            if summary.certainty == POSSIBLE:
                possible += 1
            else:
                definite += 1
            if summary.id <= (after or ""):
                continue
            if len(items) < limit:
                items.append(summary)
            else:
                next_after = items[-1].id
                if not count:
                    return Listing(items, next_after)
        if len(slugs) < SCAN:
            return Listing(items, next_after, Count(definite, possible) if count else None)
        scanned = slugs[-1]


def relations(held: Sequence[Stated], towards: Sequence[Stated], question: Question) -> list[Relation]:
    """Relations from both ends."""
    out = [
        Relation(
            **answers.item(s, question), kind=s.key.split(" ", 1)[0], target=s.key.split(" ", 1)[1], direction="out"
        )
        for s in _with(held, "relations")
    ]
    return out + [
        Relation(**answers.item(s, question), kind=s.key.split(" ", 1)[0], target=s.subject, direction="in")
        for s in _with(towards, "relations")
    ]


def attributes(held: Sequence[Stated], question: Question) -> list[Attribute]:
    """Attributes in force."""
    return [Attribute(**answers.item(s, question), key=s.key, value=s.data) for s in _with(held, "attributes")]


def name_items(held: Sequence[Stated], question: Question) -> list[Name]:
    """Names in force: the legal one and all others."""
    return _names(held, question)


def _names(held: Sequence[Stated], question: Question) -> list[Name]:
    legal = [Name(**answers.item(s, question), name=s.data, kind="legal") for s in _with(held, "name")]
    return legal + [
        Name(**answers.item(s, question), name=s.key.split(" ", 1)[1], kind=s.key.split(" ", 1)[0])
        for s in _with(held, "names")
    ]


def _with(statements: Sequence[Stated], property_: str) -> list[Stated]:
    found = answers.of_property(statements, property_)
    return sorted(found, key=lambda each: (each.subject, each.key, each.span.since_earliest, each.span.since_latest))


def _bare(tag: str) -> str:
    return tag.removeprefix("organisation/")


def _owned(related: dict[str, list[Stated]], kind: str, slug: str, question: Question, entry: Any) -> list[Any]:
    """The entries of the initiatives or targets that are the organisation's on the days that are asked for."""
    found = []
    for subject, statements in sorted(related.items()):
        if subject.startswith(kind):
            owners = values(answers.of_property(statements, "organisation"), question.as_of.first, question.as_of.last)
            if any(owner.value == slug for owner in owners):
                made = entry(statements, subject.partition("/")[2], question)
                if made is not None:
                    found.append(made)
    return found


def _concerned(about: Sequence[Stated], plan: str, question: Question) -> bool:
    """Whether the plan named the organisation, or a draft of it did, at some time up to then."""
    return any(each.subject == plan and each.span.since_earliest <= question.as_of.last for each in about)


def _summary(
    queries: Queries,
    connection: sa.Connection,
    slug: str,
    own: Sequence[Stated],
    related: dict[str, list[Stated]],
    question: Question,
) -> OrganisationSummary:
    tag = f"organisation/{slug}"
    lives = answers.of_property(own, "existence")
    drafted = [statements for subject, statements in related.items() if subject.startswith("plan/")]
    days = answers.days_to_look_at([*lives, *(s for statements in drafted for s in statements)], question)
    status, certainty, otherwise = answers.settle([statuses_on(lives, drafted, slug, day) for day in days], STATUSES)
    return OrganisationSummary(
        **answers.head(queries, connection, tag, question),
        name=names.best(names.of(own, tag), question.as_of.last, slug),
        status=status,
        certainty=certainty,
        otherwise=otherwise,
        closed_by=_closed_by(lives, question) if "closed" in (status, otherwise) else msgspec.UNSET,
    )


def statuses_on(lives: Sequence[Stated], drafted: Sequence[Sequence[Stated]], slug: str, day: Day) -> list[str]:
    """The statuses that are possible on one day, by the lives of the organisation and the plans about it."""
    spans = [each.span for each in lives]
    certain = any(s.since_latest <= day < s.until_earliest and not s.doubtful for s in spans)
    found = []
    if any(s.since_earliest <= day < s.until_latest for s in spans):
        found.append("active")
    if certain:
        return found
    if any(s.until_earliest <= day for s in spans):
        found.append("closed")
    begun = any(s.since_latest <= day and not s.doubtful for s in spans)
    if not begun:
        announced = [s for s in drafted if plans.pending_on(s, day) and plans.brings_into_being(s, slug, day)]
        if announced:
            found.append("announced")
        surely = any(
            status.data["status"] == "pending" and status.certainty(day, day) == answers.DEFINITE
            for statements in announced
            for status in answers.of_property(statements, "status")
        )
        # Where it may have begun by then, the plan was pending until just then: nothing lies between.
        undecided_beginning = bool(found) and bool(announced)
        if any(s.since_latest > day for s in spans) and not (surely or (undecided_beginning and "active" in found)):
            found.append("not_yet")
        if not any(s.since_latest > day for s in spans) and not surely:
            found.append("unknown")
    return found


def _closed_by(lives: Sequence[Stated], question: Question) -> str | msgspec.UnsetType:
    ended = [each for each in lives if each.span.until_earliest <= question.as_of.last]
    last = max(ended, key=lambda each: (each.span.until_latest, each.span.until_earliest), default=None)
    return (last.data or {}).get("ending", msgspec.UNSET) if last is not None else msgspec.UNSET


def _matching(
    queries: Queries, connection: sa.Connection, slugs: Sequence[str], question: Question, filters: Filters
) -> list[OrganisationSummary]:
    if not slugs:
        return []
    tags = [f"organisation/{slug}" for slug in slugs]
    own = answers.by_subject(queries.of(connection, question.moment, tags, _LISTED))
    drafts = queries.about(connection, question.moment, tags, ("changes",))
    plan_tags = sorted({each.subject for each in drafts})
    drafted = answers.by_subject(queries.of(connection, question.moment, plan_tags) if plan_tags else ())
    found = []
    for slug, tag in zip(slugs, tags, strict=True):
        statements = own.get(tag, [])
        related = {each: held for each, held in drafted.items() if plans.names_organisation(held, slug)}
        summary = _summary(queries, connection, slug, statements, related, question)
        matched = _filtered(summary, statements, question, filters)
        if matched is not None:
            found.append(matched)
    return found


_LISTED: Final = ("existence", "name", "names", "classifications", "relations", "identifiers")


def _filtered(
    summary: OrganisationSummary, statements: Sequence[Stated], question: Question, filters: Filters
) -> OrganisationSummary | None:
    """The summary with the certainty of the whole combination; None where a part does not hold."""
    certainties: list[str | None] = []
    if filters.status is None:
        certainties.append(answers.DEFINITE)
    elif summary.status == filters.status:
        certainties.append(summary.certainty)
    else:
        certainties.append(POSSIBLE if summary.otherwise == filters.status else None)
    if filters.classification is not None:
        scheme, colon, value = filters.classification.rpartition(":")
        certainties.append(
            _best(
                (s for s in _with(statements, "classifications") if s.data == value and (not colon or s.key == scheme)),
                question,
            )
        )
    if filters.part_of is not None:
        key = f"part_of organisation/{filters.part_of}"
        certainties.append(_best((s for s in _with(statements, "relations") if s.key == key), question))
    if filters.identifier is not None:
        key = filters.identifier.replace(":", " ", 1)
        certainties.append(_best((s for s in _with(statements, "identifiers") if s.key == key), question))
    if filters.name is not None:
        wanted = naming.folded(filters.name)
        certainties.append(_best((s for s in _named(statements) if naming.folded(_name_of(s)) == wanted), question))
    if filters.q is not None:
        wanted = naming.folded(filters.q)
        found = _best((s for s in _named(statements) if wanted in naming.folded(_name_of(s))), question)
        certainties.append(answers.DEFINITE if wanted in summary.id else found)
    if None in certainties or (filters.certainty == answers.DEFINITE and POSSIBLE in certainties):
        return None
    if filters.status is None and not _narrowed(filters):
        return summary
    return msgspec.structs.replace(summary, certainty=POSSIBLE) if POSSIBLE in certainties else summary


def _narrowed(filters: Filters) -> bool:
    return any((filters.classification, filters.part_of, filters.identifier, filters.name, filters.q))


def _named(statements: Sequence[Stated]) -> list[Stated]:
    return [s for s in statements if s.property_ == "names" or (s.property_ == "name" and s.span.value is not None)]


def _name_of(stated: Stated) -> str:
    return str(stated.data) if stated.property_ == "name" else stated.key.split(" ", 1)[1]


def _best(statements: Any, question: Question) -> str | None:
    found = {each.certainty(question.as_of.first, question.as_of.last) for each in statements}
    return next((certainty for certainty in (answers.DEFINITE, POSSIBLE) if certainty in found), None)

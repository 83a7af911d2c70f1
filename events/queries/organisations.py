"""Organisations: the state of one on the days that are asked for, and lists of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from events.dates import Day, iso
from events.naming import OWN
from events.queries import answers, appointments, initiatives, marks, names, plans, targets
from events.queries.answers import (
    Aliases,
    Attribute,
    Classification,
    Existence,
    Extension,
    Funding,
    Identifier,
    Lineage,
    Name,
    Post,
    Priority,
    Relation,
    Responsibility,
    Slots,
    Standing,
    Subject,
)
from events.queries.concerning import OWNING
from events.queries.listing import Noun
from events.queries.question import Moment, Question
from events.queries.reading import Queries, Stated
from events.queries.values import values

OWNED: Final = ("plan/", "initiative/", "target/")
STATUSES: Final = ("active", "closed", "announced", "not_yet", "unknown")


class OrganisationSummary(Subject, kw_only=True):
    """An organisation in a list. `closed_by` (merged, split, replaced, dissolved) where the status is closed."""

    closed_by: str | msgspec.UnsetType = msgspec.UNSET


class OrganisationState(OrganisationSummary, kw_only=True):
    """What an organisation looked like. last_active: of one that is closed, the last day on which it surely was active;
    unset where there is none.
    """

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
    extensions: dict[str, list[Extension]]
    undecided: list[str]
    aliases: Aliases = msgspec.UNSET
    last_active: str | msgspec.UnsetType = msgspec.UNSET


def state(queries: Queries, connection: sa.Connection, slug: str, question: Question) -> OrganisationState | None:
    """The organisation, by any of its identifiers; None where no event that is known mentions it."""
    moment = question.moment
    subject = queries.found(connection, f"organisation/{slug}", moment)
    if subject is None:
        return None
    tag, slug = subject.tag, subject.slug
    own, about, related = statements(queries, connection, tag, moment)
    drafting = [each for subject, held in related.items() if subject.startswith("plan/") for each in held]
    slots = answers.by_property(own)
    held = answers.by_property(answers.in_force(own, question))
    towards = answers.by_property(answers.in_force(about, question))
    lives = slots.get("existence", ())
    standing = _standing([*lives, *drafting], slug, question)
    return OrganisationState(
        **answers.head(subject, question),
        name=names.best(names.of(own, tag), question.as_of.last, slug),
        **standing.head,
        last_active=_last_active(lives, question) if standing.status == "closed" else msgspec.UNSET,
        aliases=answers.aliases(queries, connection, subject, question),
        names=_names(held, question),
        appointments=appointments.items(slots, question),
        existence=[Existence(**answers.item(s, question), **(s.data or {})) for s in held.get("existence", ())],
        classifications=[
            Classification(**answers.item(s, question), scheme=s.key, value=s.data)
            for s in held.get("classifications", ())
        ],
        identifiers=[
            Identifier(**answers.item(s, question), scheme=s.key.split(" ", 1)[0], value=s.key.split(" ", 1)[1])
            for s in held.get("identifiers", ())
        ],
        relations=relations(held, towards, question),
        posts=[
            Post(**answers.item(s, question), organisation=slug, post=s.key, **(s.data or {}))
            for s in held.get("posts", ())
        ],
        responsibilities=[
            Responsibility(**answers.item(s, question), organisation=slug, responsibility=s.key, **(s.data or {}))
            for s in held.get("responsibilities", ())
        ],
        priorities=[
            Priority(**answers.item(s, question), priority=s.key, **(s.data or {})) for s in held.get("priorities", ())
        ],
        initiatives=_owned(related, "initiative/", slug, question, initiatives.entry),
        targets=_owned(related, "target/", slug, question, targets.entry),
        plans=[
            entry
            for subject, statements in related.items()
            if subject.startswith("plan/")
            and (entry := plans.entry(answers.by_property(statements), subject.partition("/")[2], question)) is not None
            and _concerned(about, subject, question)
        ],
        funding=[Funding(**answers.item(s, question), **s.data) for s in held.get("funding", ())],
        attributes=attributes(held, question),
        predecessors=[
            Lineage(**answers.item(s, question), organisation=s.slug, kind=s.key.split(" ", 1)[0])
            for s in towards.get("lineage", ())
        ],
        successors=[
            Lineage(
                **answers.item(s, question), organisation=_bare(s.key.split(" ", 1)[1]), kind=s.key.split(" ", 1)[0]
            )
            for s in held.get("lineage", ())
        ],
        extensions=answers.extensions(own, question),
        undecided=answers.undecided([*own, *about], question, chain.from_iterable(related.values())),
    )


def statements(
    queries: Queries, connection: sa.Connection, tag: str, moment: Moment
) -> tuple[list[Stated], list[Stated], dict[str, list[Stated]]]:
    """The statements of an organisation, those about it, and those of the plans, initiatives and targets among them."""

    def read() -> tuple[list[Stated], list[Stated], dict[str, list[Stated]]]:
        about = queries.about(connection, moment, [tag])
        others = sorted({each.subject for each in about if each.subject.startswith(OWNED)})
        related = answers.by_subject(queries.of(connection, moment, [tag, *others]))
        return related.pop(tag, []), about, related

    return queries.once(("organisation", tag, moment), read)


def days(queries: Queries, connection: sa.Connection, tag: str, moment: Moment) -> list[Day]:
    """The days on which something changes of what the state of an organisation tells."""
    own, about, related = statements(queries, connection, tag, moment)
    concerning = {each.subject for each in about if each.property_ in OWNING}
    return marks.among(chain(own, about, *(related.get(each, ()) for each in concerning)))


def relations(held: Slots, towards: Slots, question: Question) -> list[Relation]:
    """Relations from both ends, of statements in force."""
    out = [
        Relation(
            **answers.item(s, question), kind=s.key.split(" ", 1)[0], target=s.key.split(" ", 1)[1], direction="out"
        )
        for s in held.get("relations", ())
    ]
    return out + [
        Relation(**answers.item(s, question), kind=s.key.split(" ", 1)[0], target=s.subject, direction="in")
        for s in towards.get("relations", ())
    ]


def attributes(held: Slots, question: Question) -> list[Attribute]:
    """Attributes in force."""
    return [Attribute(**answers.item(s, question), key=s.key, value=s.data) for s in held.get("attributes", ())]


def name_items(held: Slots, question: Question) -> list[Name]:
    """Names in force: the legal one and all others."""
    return _names(held, question)


def _names(held: Slots, question: Question) -> list[Name]:
    legal = [Name(**answers.item(s, question), name=s.data, kind="legal") for s in held.get("name", ())]
    return legal + [
        Name(**answers.item(s, question), name=s.key.split(" ", 1)[1], kind=s.key.split(" ", 1)[0])
        for s in held.get("names", ())
    ]


def _bare(tag: str) -> str:
    return tag.removeprefix("organisation/")


def _owned(related: dict[str, list[Stated]], kind: str, slug: str, question: Question, entry: Any) -> list[Any]:
    """The entries of the initiatives or targets that are the organisation's on the days that are asked for."""
    found = []
    for subject, statements in sorted(related.items()):
        if subject.startswith(kind):
            slots = answers.by_property(statements)
            owners = values(slots.get("organisation", ()), question.as_of.first, question.as_of.last)
            if any(owner.value == slug for owner in owners):
                made = entry(slots, subject.partition("/")[2], question)
                if made is not None:
                    found.append(made)
    return found


def _concerned(about: Sequence[Stated], plan: str, question: Question) -> bool:
    """Whether the plan named the organisation, or a draft of it did, at some time up to then."""
    return any(each.subject == plan and each.since_earliest <= question.as_of.last for each in about)


def _standing(statements: Sequence[Stated], slug: str, question: Question) -> Standing:
    """The standing by its own statements and by those of the plans that a draft of theirs says will bring it about."""
    lives = [each for each in statements if each.property_ == "existence"]
    by_plan = answers.by_subject(each for each in statements if each.subject.startswith("plan/"))
    drafted = list(by_plan.values())
    days = answers.days_to_look_at([*lives, *(s for held in drafted for s in held)], question)
    settled = answers.settle([statuses_on(lives, drafted, slug, day) for day in days], STATUSES)
    if "closed" not in (settled.status, settled.otherwise):
        return settled
    return msgspec.structs.replace(settled, closed_by=_closed_by(lives, question))


def _gather(
    queries: Queries, connection: sa.Connection, question: Question, tags: Sequence[str]
) -> dict[str, list[Stated]]:
    """What settles the standing and the name of each: its own statements, and those of plans that name it in drafts."""
    gathered: dict[str, list[Stated]] = {tag: [] for tag in tags}
    for each in queries.of(connection, question.moment, tags, ("existence", *OWN)):
        gathered[each.subject].append(each)
    drafts = queries.concerning(connection, question.moment, tags, ("changes",))
    if drafts:
        of_plans = queries.of(connection, question.moment, {each.subject for _, each in drafts}, ("status", "changes"))
        by_plan = answers.by_subject(of_plans)
        for tag, plan in dict.fromkeys((tag, each.subject) for tag, each in drafts):
            gathered[tag].extend(by_plan[plan])
    return gathered


LISTED: Final = Noun(
    kind="organisation",
    statuses=STATUSES,
    standing=_standing,
    gather=_gather,
    held="active",
    holding=("existence",),
    summary=OrganisationSummary,
)


def statuses_on(lives: Sequence[Stated], drafted: Sequence[Sequence[Stated]], slug: str, day: Day) -> list[str]:
    """The statuses that are possible on one day, by the lives of the organisation and the plans about it."""
    certain = any(s.since_latest <= day < s.until_earliest and not s.doubtful for s in lives)
    found = []
    if any(s.since_earliest <= day < s.until_latest for s in lives):
        found.append("active")
    if certain:
        return found
    if any(s.until_earliest <= day for s in lives):
        found.append("closed")
    begun = any(s.since_latest <= day and not s.doubtful for s in lives)
    if not begun:
        announced = {plans.announces(statements, slug, day) for statements in drafted}
        if any(announced):
            found.append("announced")
        if answers.DEFINITE in announced:
            return found
        # Where it may have begun by then, the plan was pending until just then: nothing lies between.
        if any(s.since_latest > day for s in lives) and not {"active", "announced"} <= set(found):
            found.append("not_yet")
        if all(s.doubtful for s in lives):  # a beginning that is doubtful may never have been
            found.append("unknown")
    return found


def _last_life(lives: Iterable[Stated], question: Question) -> Stated | None:
    """The last of the lives that may be over by then."""
    ended = [each for each in lives if each.until_earliest <= question.as_of.last]
    return max(ended, key=lambda each: (each.until_latest, each.until_earliest), default=None)


def _last_active(lives: Iterable[Stated], question: Question) -> str | msgspec.UnsetType:
    last = _last_life(lives, question)
    if last is None or last.doubtful or last.since_latest >= last.until_earliest:
        return msgspec.UNSET
    return iso(last.until_earliest - 1) or msgspec.UNSET


def _closed_by(lives: Sequence[Stated], question: Question) -> str | msgspec.UnsetType:
    last = _last_life(lives, question)
    return (last.data or {}).get("ending", msgspec.UNSET) if last is not None else msgspec.UNSET

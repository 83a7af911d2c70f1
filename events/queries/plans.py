"""Plans: announced intentions and what became of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from events.dates import Day, parse
from events.queries import answers, names
from events.queries.answers import DEFINITE, POSSIBLE, Slots, Standing, Subject
from events.queries.listing import Link, Noun, gathering
from events.queries.question import Question
from events.queries.reading import Queries, Stated
from events.queries.values import one, values

STATUSES: Final = (
    *("pending", "overdue", "partly_fulfilled", "fulfilled", "superseded", "withdrawn"),
    *("not_yet", "unknown"),
)


class PlanEntry(msgspec.Struct, kw_only=True):
    """A plan as it stands on the days that are asked for; while undecided the earlier status, `possible`."""

    plan: str
    organisation: str | None
    title: str | None
    changes: list[Any]
    intended: str | None
    terms: str | None
    status: str
    certainty: str
    announced_by: str | None
    replaced_by: str | None
    fulfilled_by: tuple[str, ...]


class PlanState(Subject, kw_only=True):
    """One plan."""

    plan: PlanEntry
    extensions: dict[str, list[answers.Extension]]
    undecided: list[str]


def state(queries: Queries, connection: sa.Connection, slug: str, question: Question) -> PlanState | None:
    """The plan; None where no event that is known mentions it."""
    tag = f"plan/{slug}"
    subject = queries.found(connection, tag, question.moment)
    if subject is None:
        return None
    statements = queries.of(connection, question.moment, [tag])
    standing = _standing(statements, slug, question)
    found = entry(answers.by_property(statements), slug, question) or _unannounced(slug, standing.status)
    return PlanState(
        **answers.head(subject, question),
        name=names.best(names.of(statements, tag), question.as_of.last, slug),
        **standing.head,
        plan=found,
        extensions=answers.extensions(statements, question),
        undecided=answers.undecided(statements, question),
    )


def entry(slots: Slots, slug: str, question: Question) -> PlanEntry | None:
    """The plan by its statements; None before it may have been announced."""
    days = question.as_of
    all_statuses = slots.get("status", ())
    statuses = values(all_statuses, days.first, days.last)
    if not statuses:
        return None
    status, decided = statuses[0].value["status"], len(statuses) == 1 and statuses[0].certainty == DEFINITE
    parts = answers.in_force(slots.get("parts", ()), question)
    if status == "pending":
        (status, *_), unchanged = _while_pending(slots.get("intended", ()), parts, question)
        decided = decided and unchanged
    begun = [each for each in all_statuses if each.since_earliest <= days.last]
    return PlanEntry(
        plan=slug,
        organisation=one(slots, "organisation", question),
        title=one(slots, "title", question),
        changes=one(slots, "changes", question) or [],
        intended=one(slots, "intended", question),
        terms=one(slots, "terms", question),
        status=status,
        certainty=DEFINITE if decided else POSSIBLE,
        announced_by=next(iter(_by(begun, "pending")), None),
        replaced_by=next(
            (each.data["replaced_by"] for each in begun if each.data["status"] == "superseded"),
            None,
        ),
        fulfilled_by=tuple(sorted({*_by(begun, "fulfilled"), *(id_ for part in parts for id_ in part.opened_by)})),
    )


def announces(statements: Sequence[Stated], organisation: str, day: Day) -> str | None:
    """How certain it is that the plan of these statements is pending (or overdue) on a day and that its drafts, as they
    then stand, create the organisation; None where that is not possible.
    """
    pending = {
        each.certainty(day, day)
        for each in answers.of_property(statements, "status")
        if each.data["status"] == "pending"
    }
    creating = {
        each.certainty(day, day)
        for each in answers.of_property(statements, "changes")
        if _creates(each.data, organisation)
    }
    if not (any(pending) and any(creating)):
        return None
    return DEFINITE if DEFINITE in pending & creating else POSSIBLE


def _while_pending(intended: Sequence[Stated], parts: Sequence[Stated], question: Question) -> tuple[list[str], bool]:
    """The statuses that are possible for a plan that is pending, and whether the first of them is so on all days that
    are asked for and however it may be. Where it is not, the earlier one comes first.
    """
    first, last = question.as_of.first, question.as_of.last
    if any(part.certainty(first, last) == DEFINITE for part in parts):
        return ["partly_fulfilled"], True
    passed = [parse(each.data).latest + 1 for each in intended]
    days = {*answers.days_to_look_at(intended, question), *(day for day in passed if first <= day <= last)}
    possible = []
    for day in sorted(days):
        dates = values(intended, day, day)
        overdue = [parse(each.value).latest < day for each in dates]
        sure = any(each.certainty == DEFINITE for each in dates)
        possible.append(["pending"] * (not (sure and all(overdue))) + ["overdue"] * any(overdue))
    status = "overdue" if possible[0] == ["overdue"] else "pending"
    others = [each for each in ("pending", "overdue") if each != status and any(each in day for day in possible)]
    return [status, *others, *["partly_fulfilled"] * bool(parts)], not parts and all(
        each == [status] for each in possible
    )


def _creates(changes: Iterable[dict[str, Any]], organisation: str) -> bool:
    return any(
        each["change"] in ("organisation.created", "organisation.reinstated")
        and each["draft"].get("organisation") == organisation
        for each in changes
    )


def _by(statuses: Iterable[Stated], status: str) -> list[str]:
    return [id_ for each in statuses if each.data["status"] == status for id_ in each.opened_by]


def _unannounced(slug: str, status: str) -> PlanEntry:
    return PlanEntry(
        plan=slug,
        organisation=None,
        title=None,
        changes=[],
        intended=None,
        terms=None,
        status=status,
        certainty=DEFINITE,
        announced_by=None,
        replaced_by=None,
        fulfilled_by=(),
    )


def names_organisation(statements: Iterable[Stated], organisation: str) -> bool:
    """Whether a draft of the plan speaks of bringing the organisation into being, at any time."""
    return any(each.property_ == "changes" and _creates(each.data, organisation) for each in statements)


def _standing(statements: Sequence[Stated], slug: str, question: Question) -> Standing:
    slots = answers.by_property(statements)
    found, before = entry(slots, slug, question), _before(slots, question)
    if found is None:
        status = before or "unknown"
        return Standing(status=status, certainty=DEFINITE, possible=(status,))
    statuses = values(slots.get("status", ()), question.as_of.first, question.as_of.last)
    possible = [found.status]
    if statuses[0].value["status"] == "pending":
        parts = answers.in_force(slots.get("parts", ()), question)
        possible += _while_pending(slots.get("intended", ()), parts, question)[0]
    possible += [each.value["status"] for each in statuses[1:]]
    if found.certainty != DEFINITE and before is not None:
        possible.append(before)
    possible = list(dict.fromkeys(possible))
    otherwise = possible[1] if found.certainty != DEFINITE and len(possible) > 1 else msgspec.UNSET
    return Standing(status=found.status, certainty=found.certainty, possible=tuple(possible), otherwise=otherwise)


def _before(slots: Slots, question: Question) -> str | None:
    """The status that the plan has before all that is known of it, where that is possible on a day that is asked for:
    `not_yet` if it is announced later, `unknown` if no announcement is known, or only a doubtful one, which may never
    have been made. None where something has surely come of it by the first of the days.

    Announcements, and nothing else, say whose plan it is, and their days are read off there: in the slot of the status
    what became of the plan on the last possible day of its announcement leaves of the announcement less than it was.
    """
    first = question.as_of.first
    announced = slots.get("organisation", ())
    became = [each for each in slots.get("status", ()) if each.data["status"] != "pending"]
    if any(span.since_latest <= first and not span.doubtful for span in (*announced, *became)):
        return None
    sure = any(not span.doubtful for span in announced)
    later = bool(announced) and all(span.since_latest > first for span in announced)
    return "not_yet" if sure or later else "unknown"


LISTED: Final = Noun(
    kind="plan",
    statuses=STATUSES,
    standing=_standing,
    gather=gathering(own=("status", "title", "organisation", "intended", "parts")),
    link=Link(("organisation", "changes"), lasting=True),
)

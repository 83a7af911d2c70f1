"""What is to come, with its days: plans by when they are intended, open targets by when they are due.

A plan that was fulfilled is told by the days on which that was. What has no day at all is left out; so are targets
whose due date is not definite.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from events import tables
from events.dates import BEGINNING, END, Day, parse
from events.naming import OWN
from events.queries import answers, names, plans, targets
from events.queries.answers import DEFINITE
from events.queries.question import Question
from events.queries.reading import Queries, Stated

SUBJECTS_MAX: Final = 2_000
"""Those that changed last are looked at."""
STATUSES: Final = plans.STATUSES
FULFILLED: Final = "fulfilled"
OPEN: Final = "open"


class Intended(msgspec.Struct, frozen=True, kw_only=True):
    """A plan or target. `earliest` and `latest` are the bounds of its days (BEGINNING and END for none), `edtf` is as
    it was intended; `version` counts the events about it, `changed_at` is when the last change was recorded
    (microseconds since 1970 UTC).
    """

    tag: str
    title: str
    organisation: str | None
    edtf: str | None
    earliest: Day
    latest: Day
    status: str
    certainty: str
    terms: str | None
    version: int
    changed_at: int


class Calendar(msgspec.Struct, frozen=True):
    """All of it, by day; `cut` where more changed than is looked at."""

    items: list[Intended]
    cut: bool


def of(
    queries: Queries,
    connection: sa.Connection,
    question: Question,
    organisation: str | None = None,
    status: str | None = None,
) -> Calendar:
    """What is intended (of one organisation, by its slug; with one status of plans), as known at the moment."""
    moment = question.moment
    asked = None
    if organisation is not None:
        tag = queries.representative(connection, f"organisation/{organisation}", moment)
        about = queries.about(connection, moment, [tag], ("organisation", "changes"))
        asked = sorted({each.subject for each in about if each.subject.startswith(("plan/", "target/"))})
    changed = _changed(queries, connection, question, asked)
    cut = len(changed) > SUBJECTS_MAX
    changed = dict(list(changed.items())[:SUBJECTS_MAX])
    tags = sorted(changed)
    held = answers.by_subject(queries.of(connection, moment, tags, _PROPERTIES)) if tags else {}
    versions = queries.versions(connection, tags, moment)
    found = []
    for tag, statements in held.items():
        item = _item(tag, statements, question, versions.get(tag, 0), changed[tag])
        if item is not None and status in (None, item.status):
            found.append(item)
    called = _called(queries, connection, question, {each.organisation for each in found if each.organisation})
    named = [msgspec.structs.replace(each, organisation=called.get(each.organisation or "")) for each in found]
    return Calendar(sorted(named, key=lambda each: (each.earliest, each.latest, each.tag)), cut)


_PROPERTIES: Final = ("status", "title", "organisation", "intended", "terms", "parts", "due", *OWN)


def _item(tag: str, statements: Sequence[Stated], question: Question, version: int, changed: int) -> Intended | None:
    kind, _, slug = tag.partition("/")
    found = (_plan if kind == "plan" else _target)(statements, slug, question)
    if found is None or (found["earliest"], found["latest"]) == (BEGINNING, END):
        return None
    title = names.best(names.of(statements, tag), question.as_of.last, slug)
    return Intended(tag=tag, title=title, version=version, changed_at=changed, **found)


def _plan(statements: Sequence[Stated], slug: str, question: Question) -> dict[str, Any] | None:
    entry = plans.entry(answers.by_property(statements), slug, question)
    if entry is None:
        return None
    earliest, latest = BEGINNING, END
    if entry.intended:
        date = parse(entry.intended)
        earliest, latest = date.earliest, date.latest
    if entry.status == FULFILLED:
        done = [
            each
            for each in answers.of_property(statements, "status")
            if each.data["status"] == FULFILLED and each.since_earliest <= question.as_of.last
        ]
        if done:
            earliest, latest = done[-1].since_earliest, max(done[-1].since_earliest, done[-1].since_latest)
    return {
        "organisation": entry.organisation,
        "edtf": entry.intended,
        "earliest": earliest,
        "latest": latest,
        "status": entry.status,
        "certainty": entry.certainty,
        "terms": entry.terms,
    }


def _target(statements: Sequence[Stated], slug: str, question: Question) -> dict[str, Any] | None:
    entry = targets.entry(answers.by_property(statements), slug, question)
    if entry is None or entry.status != OPEN or entry.due is None:
        return None
    date = parse(entry.due)
    return {
        "organisation": entry.organisation,
        "edtf": entry.due,
        "earliest": date.earliest,
        "latest": date.latest,
        "status": entry.status,
        "certainty": DEFINITE,
        "terms": None,
    }


def _called(queries: Queries, connection: sa.Connection, question: Question, slugs: Iterable[str]) -> dict[str, str]:
    """Organisations by the names that they have on the day."""
    tags = [f"organisation/{slug}" for slug in sorted(slugs)]
    own = answers.by_subject(queries.of(connection, question.moment, tags, OWN)) if tags else {}
    return {
        tag.partition("/")[2]: names.best(names.of(own.get(tag, ()), tag), question.as_of.last, tag.partition("/")[2])
        for tag in tags
    }


def _changed(
    queries: Queries, connection: sa.Connection, question: Question, asked: Sequence[str] | None
) -> dict[str, int]:
    """Plans and targets (these, or all) with the time when the last change was recorded, the latest first; one more
    than are looked at.
    """
    database, moment = queries.database, question.moment

    def made() -> sa.Select[Any]:
        subject, event = tables.subject, tables.event
        position: sa.BindParameter[int] = sa.bindparam("position", type_=sa.BigInteger)
        last = sa.case((subject.c.changed_at < position, subject.c.changed_at), else_=position)
        selected = (
            sa.select(subject.c.kind, subject.c.id, event.c.recorded_at)
            .select_from(subject.join(event, event.c.position == last))
            .where(
                subject.c.generation == sa.bindparam("generation"),
                sa.or_(subject.c.kind == "plan", subject.c.kind == "target"),
                subject.c.mentioned_at <= position,
            )
            .order_by(event.c.recorded_at.desc(), subject.c.kind, subject.c.id)
            .limit(sa.bindparam("most"))
        )
        return selected if asked is None else selected.where(database.among(subject.c.id, "slugs"))

    name = "plans and targets by change" if asked is None else "plans and targets of these by change"
    given = {} if asked is None else {"slugs": database.listed({tag.partition("/")[2] for tag in asked})}
    rows = database.prepare(name, made).all(
        connection, generation=moment.generation, position=moment.position, most=SUBJECTS_MAX + 1, **given
    )
    found = {f"{kind}/{slug}": int(recorded_at) for kind, slug, recorded_at in rows}
    return found if asked is None else {tag: changed for tag, changed in found.items() if tag in set(asked)}

"""One organisation for people: what it looked like on the days asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import msgspec
import sqlalchemy as sa

from events.date_words import in_words
from events.dates import parse
from events.queries import Question, names
from events.queries.answers import Item as Held
from events.queries.organisations import OrganisationState
from service.node import Node
from service.pages import render as render_template
from service.pages.event import href


class Item(msgspec.Struct, frozen=True):
    """A line of a section; `fine` is what is said of it besides."""

    text: str
    href: str | None = None
    fine: str = ""


class Section(msgspec.Struct, frozen=True):
    """A heading with its lines."""

    title: str
    items: list[Item]


def render(node: Node, connection: sa.Connection, state: OrganisationState, question: Question) -> bytes:
    """The page."""
    moment, day = question.moment, question.as_of.last
    tags = sorted(set(_mentioned(state)))
    found = names.lookup(node.queries, connection, [(tag, moment.position, day) for tag in tags])
    called = {tag: found.get((tag, moment.position, day), tag.partition("/")[2]) for tag in tags}
    known_at = str(moment.position) if moment.explicit else None
    when = urlencode({"as_of": state.as_of.edtf, **({"known_at": known_at} if known_at else {})}, safe="/")
    return render_template(
        "organisation.html",
        home=node.path_prefix,
        title=f"{state.name}, {state.as_of.edtf}",
        state=state,
        sections=[section for section in _sections(state, called, when) if section.items],
        known_at=known_at,
        query=f"{when}&format=json",
        words=words,
    )


def words(code: str) -> str:
    """A code such as `not_yet` as words."""
    return code.replace("_", " ")


def _mentioned(state: OrganisationState) -> Iterator[str]:
    for appointment in state.appointments:
        yield from (f"person/{appointment.person}", f"post/{appointment.post}")
    for relation in state.relations:
        yield _tag(relation.target)
    for lineage in (*state.predecessors, *state.successors):
        yield f"organisation/{lineage.organisation}"
    for post in state.posts:
        yield f"post/{post.post}"


def _sections(state: OrganisationState, called: dict[str, str], when: str) -> Iterator[Section]:
    def line(tag: str, text: str | None, item: Held | None = None, *more: str | None) -> Item:
        fine = ", ".join(filter(None, (*more, _span(item) if item is not None else "")))
        return Item(text or called.get(tag, tag.partition("/")[2]), f"{href(tag)}?{when}", fine)

    yield Section(
        "People",
        [
            line(
                f"person/{a.person}",
                a.person_name,
                a,
                a.title or called[f"post/{a.post}"],
                "acting" if a.acting else "",
            )
            for a in state.appointments
        ],
    )
    yield Section("Names", [Item(n.name, None, f"{n.kind}, {_span(n)}") for n in state.names])
    yield Section(
        "Responsibilities",
        [line(f"responsibility/{r.responsibility}", r.title, r, r.scope) for r in state.responsibilities],
    )
    yield Section("Priorities", [Item(p.title or p.priority, None, _span(p)) for p in state.priorities])
    yield Section(
        "Initiatives",
        [
            line(f"initiative/{i.initiative}", i.name, None, _doubted(i, words(i.stage or i.possible_stage or "")))
            for i in state.initiatives
        ],
    )
    yield Section(
        "Targets",
        [
            line(f"target/{t.target}", t.name, None, _doubted(t, t.status), f"due {t.due}" if t.due else "")
            for t in state.targets
        ],
    )
    yield Section("Plans", [line(f"plan/{p.plan}", p.title, None, _doubted(p, words(p.status))) for p in state.plans])
    yield Section(
        "Relations",
        [
            line(_tag(r.target), None, r, words(r.kind) + (" (from there)" if r.direction == "in" else ""))
            for r in state.relations
        ],
    )
    yield Section("Posts", [line(f"post/{p.post}", p.title, p) for p in state.posts])
    yield Section("Classifications", [Item(c.value, None, f"{c.scheme}, {_span(c)}") for c in state.classifications])
    yield Section("Identifiers", [Item(i.value, None, f"{i.scheme}, {_span(i)}") for i in state.identifiers])
    yield Section("Funding", [Item(f"{f.amount} {f.currency}", None, f"{f.kind}, {_span(f)}") for f in state.funding])
    yield Section("Attributes", [Item(a.key, None, str(a.value)) for a in state.attributes])
    for title, lineage in (("Predecessors", state.predecessors), ("Successors", state.successors)):
        yield Section(
            title, [line(f"organisation/{each.organisation}", None, each, words(each.kind)) for each in lineage]
        )
    yield Section("Not decided by then", [Item(id_, f"/events/{id_}") for id_ in state.undecided])


def _doubted(item: Any, status: str) -> str:
    return f"possibly {status}" if item.certainty == "possible" else status


def _span(item: Any) -> str:
    since = f"since {in_words(parse(item.since.edtf))}" if item.since is not None else ""
    until = f"until {in_words(parse(item.until.edtf))}" if item.until is not None else ""
    doubt = "possibly" if item.certainty == "possible" else ""
    return ", ".join(filter(None, (doubt, since, until)))


def _tag(reference: str) -> str:
    return reference if "/" in reference else f"organisation/{reference}"

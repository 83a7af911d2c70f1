"""One organisation for people: what it looked like on the days asked for."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from events import words
from events.queries.answers import AsOf, Classification, Funding, Lineage, Post, Responsibility
from events.queries.initiatives import InitiativeEntry
from events.queries.organisations import OrganisationState
from events.queries.plans import PlanEntry
from events.queries.targets import TargetEntry
from service.pages import lines, slots, subject
from service.pages.parts import Line, date, line
from service.pages.subject import Called, Draft
from service.pages.texts import TEXTS, code, fill


def sections(state: OrganisationState) -> Iterator[Draft]:
    """Who leads it first, then what it does, whence it came and what it became, then all else."""
    yield Draft("people", lambda called: [lines.in_post(each, called) for each in state.appointments])
    yield Draft("responsibilities", lambda called: [_responsibility(each, called) for each in state.responsibilities])
    yield Draft("parents", lambda called: _relations(state, "out", called))
    yield Draft("predecessors", lambda called: [_lineage(each, "came_from", called) for each in state.predecessors])
    yield Draft("successors", lambda called: [_lineage(each, "became", called) for each in state.successors])
    yield Draft("initiatives", lambda called: [initiative(each, called) for each in state.initiatives])
    yield Draft("targets", lambda called: [target(each, called, state.as_of) for each in state.targets])
    yield Draft("plans", lambda called: [plan(each, called) for each in state.plans])
    yield lines.names(state.names)
    yield Draft("posts", lambda called: [_post(each, called) for each in state.posts])
    yield Draft("parts", lambda called: _relations(state, "in", called))
    yield Draft("priorities", lambda _: [line(each, each.title or each.priority) for each in state.priorities])
    yield Draft("classifications", lambda _: [_classification(each) for each in state.classifications])
    yield Draft("identifiers", lambda _: [line(each, each.value, each.scheme) for each in state.identifiers])
    yield Draft("funding", lambda _: [_funding(each) for each in state.funding])
    yield lines.attributes(state.attributes)
    yield lines.extensions(state.extensions)


def _responsibility(each: Responsibility, called: Called) -> Line:
    tag = f"responsibility/{each.responsibility}"
    scope = fill(TEXTS.line.scope, scope=each.scope) if each.scope else ""
    return line(each, each.title or called(tag), scope, tag=tag)


def _relations(state: OrganisationState, direction: str, called: Called) -> list[Line]:
    return [lines.relation(each, called) for each in state.relations if each.direction == direction]


def _lineage(each: Lineage, how: str, called: Called) -> Line:
    tag = f"organisation/{each.organisation}"
    return line(each, called(tag), code(how, each.kind), tag=tag)


def _post(each: Post, called: Called) -> Line:
    tag = f"post/{each.post}"
    return line(each, each.title or called(tag), tag=tag)


def _classification(each: Classification) -> Line:
    return line(each, each.value, each.scheme if each.scheme != slots.DEFAULT_SCHEME else "")


def _funding(each: Funding) -> Line:
    return line(each, words.money(each.amount, each.currency), each.kind)


def initiative(each: InitiativeEntry, called: Called) -> Line:
    """An initiative with the stage that it has reached, and the one that it may have reached besides."""
    tag = f"initiative/{each.initiative}"
    stage = code("status", each.stage or each.possible_stage or "unknown")
    told = line(each, each.name or called(tag), stage, tag=tag)
    if each.stage is None or each.possible_stage is None:
        return told
    later = TEXTS.line.last_stage if each.last_stage is not msgspec.UNSET else TEXTS.line.later_stage
    both = str(fill(later, stage=stage, later=code("status", each.possible_stage)))
    return msgspec.structs.replace(told, fine=both, possible=False)


def target(each: TargetEntry, called: Called, days: AsOf) -> Line:
    """A target with its due date."""
    tag = f"target/{each.target}"
    due = lines.due(TEXTS.line.due, each.due, each.status, days) if each.due else ""
    maybe = [lines.due(TEXTS.line.due_possibly, one.due, each.status, days) for one in each.dues if not each.due]
    return line(each, each.name or called(tag), code("status", each.status), due, *maybe, tag=tag)


def plan(each: PlanEntry, called: Called) -> Line:
    """A plan with its status."""
    tag = f"plan/{each.plan}"
    intended = fill(TEXTS.line.intended, date=date(each.intended)) if each.intended else ""
    told = line(each, each.title or called(tag), code("status", each.status), intended, tag=tag)
    return told if each.announced_by is None else msgspec.structs.replace(told, rests_on=(each.announced_by,))


render = subject.page(sections)

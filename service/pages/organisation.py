"""One organisation for people: what it looked like on the days asked for."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from events import words
from events.queries.initiatives import InitiativeEntry
from events.queries.organisations import OrganisationState
from events.queries.plans import PlanEntry
from events.queries.targets import TargetEntry
from service.pages import lines, subject
from service.pages.parts import Line, Section, date, line, section
from service.pages.subject import Called
from service.pages.texts import TEXTS, code, fill


def sections(state: OrganisationState, called: Called) -> Iterator[Section]:
    """Who leads it first, then what it does, whence it came and what it became, then all else."""
    yield section("people", [lines.in_post(each, called) for each in state.appointments])
    yield section(
        "responsibilities",
        [
            line(
                each,
                each.title or called(f"responsibility/{each.responsibility}"),
                fill(TEXTS.line.scope, scope=each.scope) if each.scope else "",
                tag=f"responsibility/{each.responsibility}",
            )
            for each in state.responsibilities
        ],
    )
    yield section("parents", [lines.relation(each, called) for each in state.relations if each.direction == "out"])
    for key, how, lineage in (
        ("predecessors", "came_from", state.predecessors),
        ("successors", "became", state.successors),
    ):
        yield section(
            key,
            [
                line(each, called(tag), code(how, each.kind), tag=tag)
                for each in lineage
                for tag in (f"organisation/{each.organisation}",)
            ],
        )
    yield section("initiatives", [initiative(each, called) for each in state.initiatives])
    yield section("targets", [target(each, called) for each in state.targets])
    yield section("plans", [plan(each, called) for each in state.plans])
    yield lines.names(state.names)
    yield section(
        "posts",
        [line(each, each.title or called(f"post/{each.post}"), tag=f"post/{each.post}") for each in state.posts],
    )
    yield section("parts", [lines.relation(each, called) for each in state.relations if each.direction == "in"])
    yield section("priorities", [line(each, each.title or each.priority) for each in state.priorities])
    yield section(
        "classifications",
        [line(each, each.value, each.scheme if each.scheme != "default" else "") for each in state.classifications],
    )
    yield section("identifiers", [line(each, each.value, each.scheme) for each in state.identifiers])
    yield section("funding", [line(each, words.money(each.amount, each.currency), each.kind) for each in state.funding])
    yield lines.attributes(state.attributes)
    yield lines.extensions(state.extensions)


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


def target(each: TargetEntry, called: Called) -> Line:
    """A target with its due date."""
    tag = f"target/{each.target}"
    due = fill(TEXTS.line.due, date=date(each.due)) if each.due else ""
    maybe = [fill(TEXTS.line.due_possibly, date=date(one.due)) for one in each.dues if not each.due]
    return line(each, each.name or called(tag), code("status", each.status), due, *maybe, tag=tag)


def plan(each: PlanEntry, called: Called) -> Line:
    """A plan with its status."""
    tag = f"plan/{each.plan}"
    intended = fill(TEXTS.line.intended, date=date(each.intended)) if each.intended else ""
    told = line(each, each.title or called(tag), code("status", each.status), intended, tag=tag)
    return told if each.announced_by is None else msgspec.structs.replace(told, rests_on=(each.announced_by,))


render = subject.page(sections)

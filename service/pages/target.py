"""One target for people: when it is due, whose it is, and how its due date was moved."""

from __future__ import annotations

from collections.abc import Iterator

from events.queries.targets import TargetState
from service.pages import lines, subject
from service.pages.parts import Line, date, line
from service.pages.subject import Called, Draft
from service.pages.texts import TEXTS, fill


def sections(state: TargetState) -> Iterator[Draft]:
    """What it is and whose, and all due dates that it ever had."""
    yield Draft("about", lambda called: list(_about(state, called)))
    yield Draft("dues", lambda _: [line(each, fill(TEXTS.line.due, date=date(each.due))) for each in state.history])
    yield lines.extensions(state.extensions)


def _about(state: TargetState, called: Called) -> Iterator[Line]:
    for each in state.dues:
        yield line(each, lines.due(TEXTS.line.due, each.due, state.status, state.as_of))
    if state.organisation is not None:
        tag = f"organisation/{state.organisation}"
        yield Line(text=called(tag), tag=tag, fine=TEXTS.line.owner)
    if state.scope:
        yield Line(text=fill(TEXTS.line.scope, scope=state.scope))
    if state.measure:
        yield Line(text=fill(TEXTS.line.measure, measure=state.measure))


render = subject.page(sections)

"""One plan for people: what was announced, and what has become of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from events import words
from events.event import Fact
from events.queries.plans import PlanEntry, PlanState
from events.vocabulary import TYPES
from service.pages import lines, subject
from service.pages.parts import Line, date
from service.pages.paths import PATHS
from service.pages.subject import Called, Draft
from service.pages.texts import TEXTS, fill


def sections(state: PlanState) -> Iterator[Draft]:
    """Whose it is, what it intends, what became of it."""
    yield Draft("about", lambda called: list(_about(state.plan, called)))
    yield Draft("intends", lambda called: [_change(each, called) for each in state.plan.changes])
    yield Draft("fulfilment", lambda called: list(_fulfilment(state.plan, called)))
    yield lines.extensions(state.extensions)


def _about(plan: PlanEntry, called: Called) -> Iterator[Line]:
    if plan.organisation is not None:
        tag = f"organisation/{plan.organisation}"
        yield Line(text=called(tag), tag=tag, fine=TEXTS.line.owner)
    if plan.intended:
        yield Line(text=fill(TEXTS.line.intended, date=date(plan.intended)))
    if plan.terms:
        yield Line(text=fill(TEXTS.line.terms, terms=plan.terms))
    if plan.announced_by:
        yield Line(text=TEXTS.line.announced_by, rests_on=(plan.announced_by,), tells=True)


def _fulfilment(plan: PlanEntry, called: Called) -> Iterator[Line]:
    if plan.fulfilled_by:
        yield Line(text=TEXTS.line.fulfilled_by, rests_on=plan.fulfilled_by, tells=True)
    if plan.replaced_by:
        tag = f"plan/{plan.replaced_by}"
        yield Line(text=called(tag), tag=tag, fine=TEXTS.line.replaced_by)


def _change(each: Mapping[str, Any], called: Called) -> Line:
    """An intended change as a sentence; a draft that says too little for one by its type and whom it names."""
    kind = TYPES.get(each["change"])
    if kind is None:
        return Line(text=each["change"])
    try:
        data = msgspec.convert(each["draft"], kind.data)
    except msgspec.ValidationError:
        named = []
        for name, value in each["draft"].items():
            of = kind.fields[name].kind if name in kind.fields else ""
            items = value if isinstance(value, list) else [value]
            named += [called(f"{of}/{item}") if of in PATHS else str(item) for item in items]
        return Line(text=kind.name.replace(".", " "), fine=", ".join(named))
    return Line(text=words.title(Fact(type=kind.name, data=data), lambda tag: called(tag)))  # noqa: PLW0108 - a Names


render = subject.page(sections)

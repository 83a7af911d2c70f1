"""One plan for people: what was announced, and what has become of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from events import words
from events.event import Fact
from events.queries.plans import PlanState
from events.vocabulary import TYPES
from service.pages import lines, subject
from service.pages.parts import Line, Section, date, section
from service.pages.paths import PATHS
from service.pages.subject import Called
from service.pages.texts import TEXTS, fill


def sections(state: PlanState, called: Called) -> Iterator[Section]:
    """Whose it is, what it intends, what became of it."""
    plan = state.plan
    about = []
    if plan.organisation is not None:
        tag = f"organisation/{plan.organisation}"
        about.append(Line(text=called(tag), tag=tag, fine=TEXTS.line.owner))
    if plan.intended:
        about.append(Line(text=fill(TEXTS.line.intended, date=date(plan.intended))))
    if plan.terms:
        about.append(Line(text=fill(TEXTS.line.terms, terms=plan.terms)))
    if plan.announced_by:
        about.append(Line(text=TEXTS.line.announced_by, rests_on=(plan.announced_by,), tells=True))
    yield section("about", about)
    yield section("intends", [_change(each, called) for each in plan.changes])
    became = []
    if plan.fulfilled_by:
        became.append(Line(text=TEXTS.line.fulfilled_by, rests_on=plan.fulfilled_by, tells=True))
    if plan.replaced_by:
        tag = f"plan/{plan.replaced_by}"
        became.append(Line(text=called(tag), tag=tag, fine=TEXTS.line.replaced_by))
    yield section("fulfilment", became)
    yield lines.extensions(state.extensions)


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

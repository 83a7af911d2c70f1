"""One initiative for people: the stages that it has reached, whose it is, the money for it."""

from __future__ import annotations

from collections.abc import Iterator

from events import words
from events.queries.initiatives import InitiativeEntry, InitiativeState, Total
from service.pages import lines, subject
from service.pages.parts import Line, line
from service.pages.subject import Called, Draft
from service.pages.texts import TEXTS, code, count, fill


def sections(state: InitiativeState) -> Iterator[Draft]:
    """What it is and whose, its stages, its money."""
    initiative = state.initiative
    if initiative is not None:
        yield Draft("about", lambda called: list(_about(initiative, called)))
    yield Draft("stages", lambda _: [line(each, code("status", each.stage)) for each in state.stages])
    yield Draft("funding", lambda _: [_money(each) for each in state.funding])
    yield lines.extensions(state.extensions)


def _about(each: InitiativeEntry, called: Called) -> Iterator[Line]:
    if each.organisation is not None:
        tag = f"organisation/{each.organisation}"
        yield Line(text=called(tag), tag=tag, fine=TEXTS.line.owner)
    if each.replaces is not None:
        tag = f"initiative/{each.replaces}"
        yield Line(text=called(tag), tag=tag, fine=TEXTS.line.replaces)
    told = (each.description, each.kind, each.supplier, each.place, each.architecture, *each.criteria)
    kinds = ("", "kind", "supplier", "place", "architecture", *("criterion" for _ in each.criteria))
    yield from (
        Line(text=text, fine=getattr(TEXTS.line, kind) if kind else "")
        for text, kind in zip(told, kinds, strict=True)
        if text
    )


def _money(each: Total) -> Line:
    sums = {name: words.money(getattr(each, name), each.currency) for name in ("committed", "awarded")}
    return Line(text=fill(TEXTS.line.money, **sums), fine=count(TEXTS.line.awards, each.awards) if each.awards else "")


render = subject.page(sections)

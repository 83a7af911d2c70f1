"""One initiative for people: the stages that it has reached, whose it is, the money for it."""

from __future__ import annotations

from collections.abc import Iterator

from events import words
from events.queries.initiatives import InitiativeEntry, InitiativeState
from service.pages import lines, subject
from service.pages.parts import Line, Section, line, section
from service.pages.subject import Called
from service.pages.texts import TEXTS, code, count, fill


def sections(state: InitiativeState, called: Called) -> Iterator[Section]:
    """What it is and whose, its stages, its money."""
    if state.initiative is not None:
        yield section("about", list(_about(state.initiative, called)))
    yield section("stages", [line(each, code("status", each.stage)) for each in state.stages])
    yield section(
        "funding",
        [
            Line(
                text=fill(
                    TEXTS.line.money,
                    committed=words.money(each.committed, each.currency),
                    awarded=words.money(each.awarded, each.currency),
                ),
                fine=count(TEXTS.line.awards, each.awards) if each.awards else "",
            )
            for each in state.funding
        ],
    )
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


render = subject.page(sections)

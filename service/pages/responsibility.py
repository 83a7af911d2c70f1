"""One responsibility for people: who holds it, and who held it when."""

from __future__ import annotations

from collections.abc import Iterator

from events.queries.answers import Responsibility
from events.queries.responsibilities import ResponsibilityState
from service.pages import lines, subject
from service.pages.parts import Line, line
from service.pages.subject import Called, Draft
from service.pages.texts import TEXTS, fill


def sections(state: ResponsibilityState) -> Iterator[Draft]:
    """Who holds it, and all who ever did."""
    yield Draft("holders", lambda called: [_holder(each, called) for each in state.holders])
    yield Draft("succession", lambda called: [_holder(each, called) for each in state.succession])
    yield lines.extensions(state.extensions)


def _holder(each: Responsibility, called: Called) -> Line:
    tag = f"organisation/{each.organisation}"
    return line(each, called(tag), fill(TEXTS.line.scope, scope=each.scope) if each.scope else "", tag=tag)


render = subject.page(sections)

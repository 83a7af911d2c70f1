"""One responsibility for people: who holds it, and who held it when."""

from __future__ import annotations

from collections.abc import Iterator

from events.queries.answers import Responsibility
from events.queries.responsibilities import ResponsibilityState
from service.pages import lines, subject
from service.pages.parts import Line, Section, line, section
from service.pages.subject import Called
from service.pages.texts import TEXTS, fill


def sections(state: ResponsibilityState, called: Called) -> Iterator[Section]:
    """Who holds it, and all who ever did."""
    yield section("holders", [_holder(each, called) for each in state.holders])
    yield section("succession", [_holder(each, called) for each in state.succession])
    yield lines.extensions(state.extensions)


def _holder(each: Responsibility, called: Called) -> Line:
    tag = f"organisation/{each.organisation}"
    return line(each, called(tag), fill(TEXTS.line.scope, scope=each.scope) if each.scope else "", tag=tag)


render = subject.page(sections)

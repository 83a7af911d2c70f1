"""One post for people: who holds it, and who held it when."""

from __future__ import annotations

from collections.abc import Iterator

from events.queries.posts import PostState
from service.pages import lines, subject
from service.pages.parts import Section, line, section
from service.pages.subject import Called


def sections(state: PostState, called: Called) -> Iterator[Section]:
    """Who holds it, where it belongs, and all who ever held it."""
    yield section("holders", [lines.in_post(each, called) for each in state.holders])
    yield section(
        "of",
        [line(each, called(tag), tag=tag) for each in state.posts for tag in (f"organisation/{each.organisation}",)],
    )
    yield section("succession", [lines.in_post(each, called) for each in state.succession])
    yield section("relations", [lines.relation(each, called) for each in state.relations])
    yield lines.extensions(state.extensions)


render = subject.page(sections)

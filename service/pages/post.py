"""One post for people: who holds it, and who held it when."""

from __future__ import annotations

from collections.abc import Iterator

from events.queries.answers import Post
from events.queries.posts import PostState
from service.pages import lines, subject
from service.pages.parts import Line, line
from service.pages.subject import Called, Draft


def sections(state: PostState) -> Iterator[Draft]:
    """Who holds it, where it belongs, and all who ever held it."""
    yield Draft("holders", lambda called: [lines.in_post(each, called) for each in state.holders])
    yield Draft("of", lambda called: [_organisation(each, called) for each in state.posts])
    yield Draft("succession", lambda called: [lines.in_post(each, called) for each in state.succession])
    yield Draft("relations", lambda called: [lines.relation(each, called) for each in state.relations])
    yield lines.extensions(state.extensions)


def _organisation(each: Post, called: Called) -> Line:
    tag = f"organisation/{each.organisation}"
    return line(each, called(tag), tag=tag)


render = subject.page(sections)

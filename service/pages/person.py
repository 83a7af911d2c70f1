"""One person for people: posts on the days asked for, names."""

from __future__ import annotations

from collections.abc import Iterator

from events.queries.people import PersonState
from service.pages import lines, subject
from service.pages.subject import Draft


def sections(state: PersonState) -> Iterator[Draft]:
    """The posts that the person holds, then all else."""
    yield Draft("appointments", lambda called: [lines.post_held(each, called) for each in state.appointments])
    yield Draft("succession", lambda called: [lines.post_held(each, called) for each in state.career])
    yield lines.names(state.names)
    yield lines.attributes(state.attributes)
    yield lines.extensions(state.extensions)


render = subject.page(sections)

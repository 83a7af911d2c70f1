"""What a search found, for people."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from events.queries.answers import DEFINITE
from events.queries.search import Hit, Hits
from service.pages import paths
from service.pages import render as render_template
from service.pages.frame import Frame
from service.pages.texts import TEXTS, fill


def render(
    frame: Frame,
    q: str | None,
    hits: Sequence[Hits],
    at_other_times: Sequence[Hits],
    near: Sequence[tuple[str, str]],
) -> bytes:
    """The page. at_other_times: what is called so on other days, where nothing is on those asked for. near: where
    nothing ever was, the tags and names of what is called almost so.
    """
    title: str | Markup = TEXTS.search.title if q is None else fill(TEXTS.search.title_of, q=q)
    return render_template(
        "found.html",
        title=title,
        frame=frame,
        q=q,
        hits=hits or at_other_times,
        on_other_days=bool(at_other_times),
        definite=DEFINITE,
        plural=plural,
        near=near,
    )


def address(frame: Frame, kind: str, hit: Hit) -> str:
    """Where the one that was found is."""
    return frame.at(paths.of(f"{kind}/{hit.id}"))


def plural(kind: str) -> str:
    """What the list of a kind is called in addresses."""
    return paths.PATHS[kind].strip("/")

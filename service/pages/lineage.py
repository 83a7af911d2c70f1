"""Lineage for people: what an organisation came from and what became of it, generation by generation."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from events.queries.answers import DEFINITE
from events.queries.lineage import Lineage, Node
from service.pages import parts
from service.pages import render as render_template
from service.pages.frame import Frame
from service.pages.texts import TEXTS, code, count, fill


class Relative(msgspec.Struct, frozen=True):
    """An organisation, how it is related, and when it existed."""

    tag: str
    name: str
    lives: str
    links: Sequence[str]
    possible: bool
    cut: bool


class Generation(msgspec.Struct, frozen=True):
    """Those who are as many links away."""

    title: str
    relatives: Sequence[Relative]


def render(found: Lineage, frame: Frame) -> bytes:
    """The page."""
    called = {node.id: node.name for node in found.nodes}
    name = called[found.id]
    return render_template(
        "lineage.html",
        title=fill(TEXTS.lineage.title, name=name),
        name=name,
        frame=frame,
        before=_generations(found, called, -1),
        after=_generations(found, called, 1),
        cut=bool(found.cut),
    )


def _generations(found: Lineage, called: dict[str, str], direction: int) -> list[Generation]:
    by_distance: dict[int, list[Relative]] = {}
    for node in found.nodes:
        if node.generation * direction > 0:
            by_distance.setdefault(abs(node.generation), []).append(_relative(node, found, called))
    return [
        Generation(count(TEXTS.lineage.generation, distance), relatives)
        for distance, relatives in sorted(by_distance.items())
    ]


def _relative(node: Node, found: Lineage, called: dict[str, str]) -> Relative:
    links = [
        fill(
            TEXTS.lineage.step,
            kind=code("lineage", link.kind),
            before=called.get(link.from_, link.from_),
            after=called.get(link.to, link.to),
            date=parts.date(link.since.edtf) if link.since is not None else "",
        )
        for link in found.links
        if (link.from_ if node.generation < 0 else link.to) == node.id
    ]
    lives = "; ".join(parts.span(life) for life in node.lives)
    return Relative(f"organisation/{node.id}", node.name, lives, links, node.certainty != DEFINITE, node.cut)

"""Lineage for people: what an organisation came from and what became of it, generation by generation."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from events.queries.answers import DEFINITE
from events.queries.lineage import Lineage, Link, Node
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


class _Step(msgspec.Struct, frozen=True):
    """A link, seen from the organisation that it is gone along from."""

    near: str
    far: str
    link: Link


def render(found: Lineage, frame: Frame) -> bytes:
    """The page."""
    called = {node.id: node.name for node in found.nodes}
    name = called[found.id]
    return render_template(
        "lineage.html",
        title=fill(TEXTS.lineage.title, name=name),
        name=name,
        frame=parts.followed(frame, f"organisation/{found.id}", name),
        before=_generations(found, called, -1),
        after=_generations(found, called, 1),
        cut=bool(found.cut),
    )


def _generations(found: Lineage, called: dict[str, str], direction: int) -> list[Generation]:
    """Who is reached by the links in one direction; an organisation may be an ancestor and a descendant."""
    nodes = {node.id: node for node in found.nodes}
    links = [
        _Step(each.from_, each.to, each) if direction > 0 else _Step(each.to, each.from_, each) for each in found.links
    ]
    reached, frontier, generations = {found.id}, [found.id], list[Generation]()
    while frontier:
        leading = [step for step in links if step.near in frontier and step.far not in reached]
        frontier = list(dict.fromkeys(step.far for step in leading))
        reached.update(frontier)
        relatives = [
            _relative(nodes[id_], [step.link for step in leading if step.far == id_], called) for id_ in frontier
        ]
        if relatives:
            generations.append(Generation(count(TEXTS.lineage.generation, len(generations) + 1), relatives))
    return generations


def _relative(node: Node, links: Sequence[Link], called: dict[str, str]) -> Relative:
    told = [
        fill(
            TEXTS.lineage.step,
            kind=code("lineage", link.kind),
            before=called.get(link.from_, link.from_),
            after=called.get(link.to, link.to),
            date=parts.date(link.since.edtf) if link.since is not None else "",
        )
        for link in links
    ]
    lives = "; ".join(parts.span(life) for life in node.lives)
    return Relative(f"organisation/{node.id}", node.name, lives, told, node.certainty != DEFINITE, node.cut)

"""What `orgline lineage` prints: what an organisation came from and what became of it, as a tree both ways."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import click

from events.date_words import edtf_in_words
from events.queries import lineage
from events.queries.answers import POSSIBLE, Bounds
from events.queries.lineage import Lineage, Link, Node
from service.cli import asking, opening, structured, tables
from service.cli.tables import Branch
from service.settings import Settings

KINDS: Final = {"formed_from": "formed from it", "merged": "merged", "split": "split", "replaced": "replaced"}
FURTHER: Final = "… further ones, beyond the limits"
UNKNOWN: Final = "unknown"  # the status, which says nothing here
ABOVE: Final = "see above"


def show(
    context: click.Context,
    settings: Settings,
    tag: str,
    as_of: str | None,
    known_at: str | None,
    depth: int,
    nodes: int,
    as_json: bool,
) -> None:
    """Print the lineage of an organisation."""
    with opening.reads(settings) as (reads, connection):
        question = asking.question(reads, connection, as_of, known_at)
        found = lineage.of(reads, connection, tag.partition("/")[2], question, depth, nodes)
        if found is None:
            asking.unknown(context, connection, tag)
    if as_json:
        structured.show(found)
        return
    tables.show_tree(_tree(found))
    if found.cut:
        click.echo(f"cut by {' and '.join(f'--{limit}' for limit in found.cut)}; a larger one shows more", err=True)


def _tree(found: Lineage) -> Branch:
    nodes = {node.id: node for node in found.nodes}
    root = Branch(_told(nodes[found.id]))
    for title, near, far in (("came from", _to, _from), ("became", _from, _to)):
        links: dict[str, list[Link]] = {}
        for link in found.links:
            links.setdefault(near(link), []).append(link)
        direction = Branch(title, dim=True)
        _grow(direction, found.id, links, nodes, far)
        if direction.branches:
            root.branches.append(direction)
    if not root.branches:
        root.grow("nothing known before or after it", dim=True)
    return root


def _grow(
    root: Branch,
    start: str,
    links: Mapping[str, Sequence[Link]],
    nodes: Mapping[str, Node],
    far: Callable[[Link], str],
) -> None:
    """Grow the branches of one direction; each organisation is followed where it is met first."""
    waiting, met = [(root, start)], {start}
    while waiting:
        branch, near = waiting.pop(0)
        for link in links.get(near, ()):
            node = nodes[far(link)]
            again = node.id in met
            grown = branch.grow(_linked(link, node) + (f"; {ABOVE}" if again else ""))
            if not again:
                met.add(node.id)
                waiting.append((grown, node.id))
        if nodes[near].cut:
            branch.grow(FURTHER, dim=True)


def _linked(link: Link, node: Node) -> str:
    doubt = "possibly " if link.certainty == POSSIBLE else ""
    how = f"{doubt}{KINDS.get(link.kind, link.kind)}"
    return f"{_told(node)}: {', '.join(filter(None, (how, _when(link.since))))}"


def _told(node: Node) -> str:
    status = "" if node.status == UNKNOWN else f", {node.status.replace('_', ' ')}"
    return f"{node.name} ({node.id}){status}"


def _when(since: Bounds | None) -> str:
    return "" if since is None else edtf_in_words(since.edtf)


def _from(link: Link) -> str:
    return link.from_


def _to(link: Link) -> str:
    return link.to

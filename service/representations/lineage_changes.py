"""What happened between the organisations of a lineage: changes, each from some to others, in the order of time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from events.queries.answers import Bounds
from events.queries.lineage import Link, Node


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One change: from which organisations to which."""

    id: str
    kind: str
    since: Bounds | None
    certainty: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    possible: frozenset[tuple[str, str]]  # the links that are only possible

    def is_possible(self, one: str | None, two: str | None) -> bool:
        """Whether all that leads from or to an organisation by this change is only possible."""
        ends = [(a, b) for a in self.before for b in self.after if one in (None, a) and two in (None, b)]
        return all(each in self.possible for each in ends)


class Edge(msgspec.Struct, frozen=True):
    """A line between an organisation and a change, or from one organisation straight to another."""

    one: str
    two: str
    possible: bool


def changes_of(links: Sequence[Link]) -> list[Change]:
    """What happened together: a merger by what it led to, a split by what it began from, on the same day."""
    grouped: dict[tuple[str, str, str, str], list[Link]] = {}
    for link in links:
        pivot = link.from_ if link.kind == "split" else link.to
        since = link.since.edtf if link.since is not None else ""
        grouped.setdefault((earliest(link.since), since, link.kind, pivot), []).append(link)
    found = []
    for (_, since, kind, pivot), held in sorted(grouped.items()):
        definite = [each for each in held if each.certainty == "definite"]
        found.append(
            Change(
                id=f"change {kind} {since} {pivot}",
                kind=kind,
                since=held[0].since,
                certainty="definite" if definite else "possible",
                before=tuple(sorted({each.from_ for each in held})),
                after=tuple(sorted({each.to for each in held})),
                possible=frozenset((each.from_, each.to) for each in held if each.certainty != "definite"),
            )
        )
    return found


def edges_of(changes: Iterable[Change]) -> Iterator[Edge]:
    """From the organisations to their change, and from there to others."""
    for change in changes:
        for each in change.before:
            yield Edge(each, change.id, change.is_possible(each, None))
        for each in change.after:
            yield Edge(change.id, each, change.is_possible(None, each))


def earliest(bounds: Bounds | None) -> str:
    """The day by which something comes in the order of time; an empty text where nothing is known."""
    return (bounds.earliest or bounds.latest or "") if bounds is not None else ""


def in_time(nodes: dict[str, Node], changes: dict[str, Change]) -> dict[str, int]:
    """The place of each organisation and change in the order of time."""
    first: dict[str, tuple[str, int]] = {}
    for change in changes.values():
        date = earliest(change.since)
        for each in change.before:
            first[each] = min(first.get(each, ("9999-99-99", 0)), (date, 0))
        for each in change.after:
            first[each] = min(first.get(each, ("9999-99-99", 2)), (date, 2))
    places: list[tuple[str, int, int, str]] = [(earliest(c.since), 1, 0, name) for name, c in changes.items()]
    for name, node in nodes.items():
        begun = earliest(node.lives[0].since) if node.lives and node.lives[0].since is not None else ""
        known = first.get(name, ("", 0))
        date, rank = min((begun, 2), known) if begun and node.lives[0].since.earliest else known  # type: ignore[union-attr]
        places.append((date, rank, node.generation, name))
    return {name: order for order, (*_, name) in enumerate(sorted(places))}

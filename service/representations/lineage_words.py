"""The words in the picture of a lineage: what an organisation came from, what became of it, and in which years."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, Literal

from events.date_words import in_words, period_shortly
from events.dates import parse
from events.queries.answers import Bounds
from events.queries.lineage import Life, Node
from events.words import listed
from service.representations.drawing import plain
from service.representations.lineage_changes import Change

VERBS: Final = {
    "formed_from": "formed",
    "merged": "merged",
    "split": "split",
    "replaced": "replaced",
}
NAMED_MAX: Final = 5


def sentences_of(root: Node, nodes: dict[str, Node], changes: dict[str, Change]) -> Iterator[str]:
    """What the organisation itself came from and what became of it."""
    for change in changes.values():
        before, after = (_named(nodes, each) for each in (change.before, change.after))
        if root.id in change.after:
            yield f"{_verb(change, 'came')} {before}{_when(change)}."
        if root.id in change.before:
            yield f"{_verb(change, 'went')} {after}{_when(change)}."


def _named(nodes: dict[str, Node], slugs: Sequence[str]) -> str:
    names = [plain(nodes[each].name) for each in slugs]
    if len(names) > NAMED_MAX:
        names = [*names[: NAMED_MAX - 1], f"{len(names) - NAMED_MAX + 1} more"]
    return listed(names)


def _verb(change: Change, way: Literal["came", "went"]) -> str:
    words = {
        ("formed_from", "came"): "Formed from",
        ("formed_from", "went"): "Gave rise to",
        ("merged", "came"): "Took in, by merger,",
        ("merged", "went"): "Merged into",
        ("split", "came"): "Split off from",
        ("split", "went"): "Split into",
        ("replaced", "came"): "Replaced",
        ("replaced", "went"): "Replaced by",
    }
    said = words.get((change.kind, way), "Came from" if way == "came" else "Became")
    return said if change.certainty == "definite" else f"Possibly {said[0].lower()}{said[1:]}"


def _when(change: Change, *, short: bool = False) -> str:
    if change.since is None:
        return ""
    date = parse(change.since.edtf)
    return f", {period_shortly(date.earliest, date.latest) if short else in_words(date)}"


def change_words(change: Change, *, short: bool = False) -> str:
    """The kind of the change and when it was."""
    possibly = "" if change.certainty == "definite" else "possibly "
    return f"{possibly}{VERBS.get(change.kind, change.kind)}{_when(change, short=short)}"


def short_change(change: Change) -> str:
    """The kind of the change and its year."""
    possibly = "" if change.certainty == "definite" else "possibly "
    year = f" {_year(change.since)}" if change.since is not None else ""
    return f"{possibly}{VERBS.get(change.kind, change.kind)}{year}"


def years_of(node: Node) -> str:
    """The years of an organisation's lives."""
    lives = [each for each in map(_life, node.lives) if each]
    if not lives:
        lives = ["years not recorded"]
    return ", ".join([*lives, *(["and more"] if node.cut else [])])


def _life(life: Life) -> str:
    if life.since is None and life.until is None:
        return ""
    if life.until is None:
        assert life.since is not None
        return f"since {_year(life.since)}"
    if life.since is None:
        return f"until {_year(life.until)}"
    since, until = _year(life.since), _year(life.until)
    return since if since == until else f"{since}–{until}" if len(since) == len(until) == 4 else f"{since} – {until}"


def _year(bounds: Bounds) -> str:
    earliest, latest = bounds.earliest, bounds.latest
    if earliest is None:
        return f"{str(latest)[:4]} or before"
    if latest is None:
        return f"{earliest[:4]} or later"
    return earliest[:4] if earliest[:4] == latest[:4] else f"between {earliest[:4]} and {latest[:4]}"

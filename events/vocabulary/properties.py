"""The properties that facts speak of, and how each behaves.

A *slot* is one property, with a key, of one subject. The key is one text: its parts, joined by one space; only the last
part may hold spaces itself.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

Behaviour: TypeAlias = Literal["switch", "value"]

PROPERTIES: Final[dict[str, Behaviour]] = {
    # of organisations, and some of persons and posts
    "existence": "switch",
    "name": "value",
    "names": "switch",
    "classifications": "value",
    "identifiers": "switch",
    "relations": "switch",
    "lineage": "switch",
    "posts": "switch",
    "appointments": "switch",
    "observations": "switch",
    "terms": "value",
    "responsibilities": "switch",
    "priorities": "switch",
    "funding": "switch",
    "attributes": "value",
    # of plans, initiatives and targets
    "organisation": "value",
    "status": "value",
    "title": "value",
    "changes": "value",
    "intended": "value",
    "parts": "switch",
    "stage": "value",
    "kind": "value",
    "description": "value",
    "supplier": "value",
    "place": "value",
    "architecture": "value",
    "criteria": "value",
    "replaces": "value",
    "due": "value",
    "scope": "value",
    "measure": "value",
}
"""Whether a property is opened and ended (a switch), or holds what the last fact set (a value)."""

KEY_PARTS: Final[dict[str, tuple[str, ...]]] = {
    "names": ("kind", "name"),
    "classifications": ("scheme",),
    "identifiers": ("scheme", "value"),
    "relations": ("kind", "target"),  # the target as a tag
    "lineage": ("kind", "organisation"),
    "posts": ("post",),
    "appointments": ("post", "person"),
    "observations": ("post", "person", "event"),
    "terms": ("post", "person"),  # of an organisation; a plan has one `terms` without key
    "responsibilities": ("responsibility",),
    "priorities": ("priority",),
    "funding": ("event",),
    "attributes": ("key",),
    "parts": ("event",),
}
"""What the parts of a key are, where a property has one."""

CLOSED_WITH_ORGANISATION: Final = frozenset({"posts", "appointments", "responsibilities", "priorities", "relations"})
"""What ends when the organisation closes; relations from both ends, and those of its posts."""

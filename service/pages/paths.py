"""Where subjects are: the paths of their pages and of the feeds about them."""

from __future__ import annotations

from typing import Final

PATHS: Final = {
    "organisation": "/organisations/",
    "person": "/people/",
    "post": "/posts/",
    "plan": "/plans/",
    "initiative": "/initiatives/",
    "target": "/targets/",
    "responsibility": "/responsibilities/",
}
FEEDS: Final = {
    "organisation": "/feeds/organisations/",
    "person": "/feeds/people/",
    "initiative": "/feeds/initiatives/",
    "target": "/feeds/targets/",
    "plan": "/feeds/plans/",
}


def of(tag: str) -> str:
    """The path of a subject's page."""
    kind, _, slug = tag.partition("/")
    return PATHS[kind] + slug


def feed(tag: str) -> tuple[str, str]:
    """The path of the feed about a subject, without a suffix, and its query: what of the feed of all bears its tag,
    where it has none of its own.
    """
    kind, _, slug = tag.partition("/")
    return (f"{FEEDS[kind]}{slug}", "") if kind in FEEDS else ("/feeds/all", f"?tag={tag}")

"""The contents of the site: which page is where. Pages that come later have their place already."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from orgline_docs.outside import ROOT
from orgline_docs.writing import sections

DOCS: Final = ROOT / "docs"
CONTENTS: Final = {
    "Begin": ("tutorial",),
    "How to": (
        *(
            "facts",
            "curating",
            "how-to/correct-a-mistake",
            "how-to/define-a-type",
            "importing",
            "following",
            "listening",
        ),
        *("how-to/postgresql", "operations", "how-to/*"),
    ),
    "Reference": (
        *("routes", "types", "errors", "settings", "command-line", "feeds", "representations", "pages", "pictures"),
        "metrics",
    ),
    "Explanation": (
        *("explanation/time", "explanation/dates", "explanation/plans", "explanation/log", "explanation/comparison"),
        *("explanation/*", "seed-timeline", "benchmarks"),
    ),
    "Decisions": ("decisions/index", "decisions/*"),
    "Project": ("contributing", "changelog"),
    "More": ("*",),
}
"""The pages under each caption, by their paths without .md; `*` are those that are not named before."""


def markdown() -> str:
    """A table of contents for each caption that has pages."""
    seen = {"index"}
    trees = []
    for caption, patterns in CONTENTS.items():
        pages = [page for pattern in patterns for page in _pages(pattern)]
        fresh = [page for page in dict.fromkeys(pages) if page not in seen]
        seen.update(fresh)
        if fresh:
            trees.append(_tree(caption, fresh))
    return sections(trees)


def _pages(pattern: str) -> list[str]:
    return sorted(str(page.relative_to(DOCS).with_suffix("")) for page in DOCS.glob(f"{pattern}.md"))


def _tree(caption: str, pages: Sequence[str]) -> str:
    return "\n".join(["```{toctree}", ":hidden:", f":caption: {caption}", "", *pages, "```"])

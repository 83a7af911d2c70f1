"""Files at the root of the repository that are pages of the site too, and the links to and from them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[3]
PAGES: Final = {"README.md": "index.md", "CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
"""Files at the root, and the pages under docs/ that have their text."""

_LINK: Final = re.compile(r"\]\((?!https?://|#|mailto:)([^)\s]+)\)")


def readme() -> str:
    """The README as a page of docs/."""
    return _moved("README.md")


def contributing() -> str:
    """How to work on Orgline."""
    return _moved("CONTRIBUTING.md")


def changelog() -> str:
    """All changes."""
    return _moved("CHANGELOG.md")


def inside(name: str, text: str) -> str:
    """A page (`name`: its path under docs/, without .md) with links to files of the root as links to their pages."""
    up = "../" * name.count("/")

    def placed(found: re.Match[str]) -> str:
        path, hash_, anchor = found[1].partition("#")
        outer = path.removeprefix(up + "../")
        return f"]({up}{PAGES[outer]}{hash_}{anchor})" if path != outer and outer in PAGES else found[0]

    return _LINK.sub(placed, text)


def _moved(file: str) -> str:
    """The text of a file at the root with links as from docs/."""

    def placed(found: re.Match[str]) -> str:
        path = found[1]
        return f"]({path.removeprefix('docs/')})" if path.startswith("docs/") else f"](../{path})"

    return _LINK.sub(placed, (ROOT / file).read_text("utf-8"))

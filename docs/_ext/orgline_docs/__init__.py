"""The documentation's Sphinx extension: parts of pages are made from the code, and links lead where they should.

A page names such a part in a comment, `<!-- made here: settings -->`, which a code-hosting site does not show. Each
part is a function without arguments that gives Markdown, in a module of this package; nothing that is made is kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from pygments.lexers.special import TextLexer

from orgline_docs import alone, contents, metrics, outside, problems, routes, settings, types
from orgline_docs.examples import Console

PARTS: Final[Mapping[str, Callable[[], str]]] = {
    "settings": settings.markdown,
    "errors": problems.markdown,
    "warnings": problems.warnings,
    "types": types.markdown,
    "routes": routes.markdown,
    "metrics": metrics.markdown,
    "readme": outside.readme,
    "contributing": outside.contributing,
    "changelog": outside.changelog,
    "contents": contents.markdown,
}
COMMENT: Final = re.compile(r"^<!-- made here: ([a-z]+) -->$", re.MULTILINE)


def completed(name: str, text: str) -> str:
    """A page (`name`: its path without .md) with its parts in place, and with links as they are in the site."""
    return outside.inside(name, COMMENT.sub(lambda found: PARTS[found[1]](), text))


def setup(app: Any) -> dict[str, bool]:
    """What Sphinx calls."""
    app.connect("source-read", _read)
    app.connect("html-page-context", _captions, priority=900)  # after the theme has made its navigation
    app.connect("build-finished", alone.check)
    app.add_lexer("console", Console)
    app.add_lexer("csv", TextLexer)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _read(_: Any, name: str, source: list[str]) -> None:
    source[0] = completed(name, source[0])


def _captions(_app: Any, _name: str, _template: str, context: dict[str, Any], _doctree: object) -> None:
    """Captions of the navigation are headings; which level they have Sphinx leaves out."""
    tree = context.get("furo_navigation_tree", "")
    context["furo_navigation_tree"] = tree.replace('role="heading"', 'role="heading" aria-level="2"')

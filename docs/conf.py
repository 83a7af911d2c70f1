"""Sphinx: how `make docs` builds the documentation into build/docs."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "docs" / "_ext")]

project = "Orgline"
author = "The authors of Orgline"
copyright = "2026, " + author  # noqa: A001 - its name in Sphinx
extensions = ["myst_parser", "sphinx_click", "orgline_docs"]
exclude_patterns = ["_ext", "_static"]

html_theme = "furo"
html_title = "Orgline"
html_copy_source = False
html_show_sphinx = False
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_theme_options = {"navigation_with_keys": True}

myst_heading_anchors = 4
smartquotes_action = "qe"  # and no dashes: options begin with two hyphens

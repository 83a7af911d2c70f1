"""Pages for people: templates by Jinja, escaped throughout; no scripts, no style but one file of our own."""

from __future__ import annotations

from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

TEMPLATES: Final = Environment(
    loader=PackageLoader("service.pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(template: str, **context: Any) -> bytes:
    """A page in UTF-8. All templates take `home` (the path before every address) and `title`."""
    return TEMPLATES.get_template(template).render(**context).encode()

"""Pages for people: templates by Jinja, escaped throughout; no scripts, no style but one file of our own."""

from __future__ import annotations

from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from service.pages import texts

TEMPLATES: Final = Environment(
    loader=PackageLoader("service.pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
TEMPLATES.globals.update(t=texts.TEXTS, code=texts.code)
TEMPLATES.filters.update(fill=texts.fill, count=texts.count)


def render(template: str, **context: Any) -> bytes:
    """A page in UTF-8. All templates take `home` (the path before every address) and `title`."""
    return TEMPLATES.get_template(template).render(**context).encode()

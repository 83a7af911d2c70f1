"""Pages for people: templates by Jinja, escaped throughout; they work without scripts and load nothing from elsewhere.

Each noun has a module that turns an answer of the API into what a template shows; `frame` is what all pages have around
their own matter, and texts.toml what they say.
"""

from __future__ import annotations

from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from service.pages import paths, spoken, texts, times

TEMPLATES: Final = Environment(
    loader=PackageLoader("service.pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
TEMPLATES.globals.update(t=texts.TEXTS, code=texts.code, status_of=texts.status_of, path_of=paths.of)
TEMPLATES.filters.update(fill=texts.fill, count=texts.count, as_typed=spoken.as_typed, moment=times.moment)


def render(template: str, **context: Any) -> bytes:
    """A page in UTF-8. All templates take `frame` and `title`."""
    return TEMPLATES.get_template(template).render(**context).encode()

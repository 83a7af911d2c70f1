"""What pages say stands in one file: templates hold no words of their own, and each text is used."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from jinja2 import nodes

from service import pages
from service.pages import texts

FOLDER = Path(pages.__file__).parent
TEMPLATES = sorted(path.name for path in (FOLDER / "templates").iterdir())
OWN_WORDS = re.compile(r"[A-Za-z]{2,}")
SPOKEN_ATTRIBUTES = re.compile(r"\b(?:aria-label|title|placeholder|alt)=\"([^\"]+)\"")


def said(template: str) -> Iterator[str]:
    """What the template itself says to people: text between tags, and in the attributes that are read aloud."""
    source = (FOLDER / "templates" / template).read_text()
    parsed = pages.TEMPLATES.parse(source)
    data = "\0".join(each.data for each in parsed.find_all(nodes.TemplateData))
    for attribute in SPOKEN_ATTRIBUTES.findall(data):
        if "\0" not in attribute:
            yield attribute
    data = re.sub(r"<(code|script|style)\b[^>]*>.*?</\1>", " ", data, flags=re.DOTALL)
    yield from re.findall(r">([^<>]*)<", f">{data}<")


@pytest.mark.parametrize("template", TEMPLATES)
def test_templates_have_no_words_of_their_own(template: str) -> None:
    # What stands within a tag, parted by something filled in, holds quotes or equals signs: it is no text.
    spoken = [text for text in said(template) if OWN_WORDS.search(text) and not re.search(r"[=\"\0]", text)]
    assert not [text for text in spoken if text.strip() not in ("organisation/nhsx", "/schema/openapi.json")]


def names(table: SimpleNamespace, prefix: str = "") -> Iterator[str]:
    for name, value in vars(table).items():
        if isinstance(value, SimpleNamespace) and {"one", "other"} != set(vars(value)):
            yield from names(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


BY_DATA = (
    *("codes.", "sections.", "formats.", "line.", "changes.", "facts.groups.", "fields.", "preview.properties."),
    "retract.reasons.",
)
"""Tables of which the data say which text is meant."""


def test_each_text_is_used() -> None:
    files = [*FOLDER.rglob("*.py"), *FOLDER.rglob("*.html"), *(FOLDER.parent / "api").glob("*.py")]
    code = "\n".join(path.read_text() for path in files)
    unused = [
        name
        for name in names(texts.TEXTS)
        if not name.startswith(BY_DATA) and not re.search(rf"\.{name.rpartition('.')[2]}\b", code)
    ]
    assert not unused


def test_words_for_all_codes() -> None:
    from events.queries import initiatives, organisations, people, plans, posts, responsibilities, targets
    from events.vocabulary import PROPERTIES

    for noun in (initiatives, organisations, people, plans, posts, responsibilities, targets):
        for status in noun.STATUSES:
            assert status in texts.RAW["codes"]["status"], status
    assert set(texts.RAW["codes"]["property"]) >= set(PROPERTIES)


def test_gaps_are_filled_with_escaped_values() -> None:
    assert texts.fill("a {b}", b="<i>") == "a &lt;i&gt;"
    forms = SimpleNamespace(one="{n} fact", other="{n} facts")
    assert (texts.count(forms, 1), texts.count(forms, 1_200)) == ("1 fact", "1,200 facts")

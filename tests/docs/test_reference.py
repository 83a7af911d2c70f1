"""The reference is made from the code: whatever is added there without words is noticed here, without a site."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click
import msgspec
import pytest
from orgline_docs import (
    COMMENT,
    PARTS,
    alone,
    completed,
    contents,
    metrics,
    outside,
    problems,
    routes,
    settings,
    types,
    writing,
)
from orgline_docs.routes import Route

from events.anomalies import DETAILS
from events.facts import decode
from events.vocabulary import TYPES, FactType
from events.words import title
from service.cli import orgline
from service.problems import KINDS, Kind
from service.settings import Settings, described
from tests.serving import ROOT

LEAST = 8
"""Characters that words have at least: less is a placeholder."""
DOCS = ROOT / "docs"


def worded(text: object) -> bool:
    return isinstance(text, str) and len(text.strip()) >= LEAST


def wordless_route(route: Route) -> Iterator[str]:
    """What of a route has no words: itself, its parameters, its answers."""
    operation = route.operation
    for part in ("summary", "description"):
        if not worded(operation.get(part)):
            yield f"{route.path}: {part}"
    for parameter in route.parameters:
        if not worded(parameter.get("description")):
            yield f"{route.path}: {parameter['name']}"
    for status, answer in operation["responses"].items():
        if not answer.get("description"):
            yield f"{route.path}: {status}"


def wordless_type(kind: FactType) -> Iterator[str]:
    """What of a type has no words: itself, its sentence, its fields, its example."""
    for part in ("description", "says"):
        if not worded(getattr(kind, part)):
            yield f"{kind.name}: {part}"
    if kind.example is None:
        yield f"{kind.name}: example"
    schema = types.data_schema(kind)
    for field in kind.fields.values():
        if not worded(types.words_of(field, schema)):
            yield f"{kind.name}: {field.name}"


def commands(group: click.Command, name: str = "orgline") -> Iterator[tuple[str, click.Command]]:
    yield name, group
    if isinstance(group, click.Group):
        context = click.Context(group)
        for each in group.list_commands(context):
            command = group.get_command(context, each)
            assert command is not None
            yield from commands(command, f"{name} {each}")


def test_every_setting_has_words() -> None:
    found = list(described())
    assert [each.field for each in found] == list(Settings.__struct_fields__)
    assert not [each.field for each in found if not worded(each.meaning)]
    assert set(settings.SECTIONS) <= {each.field for each in found}
    assert found[0].field in settings.SECTIONS


def test_every_error_and_warning_has_words() -> None:
    assert not [code for code, kind in KINDS.items() if not (worded(kind.title) and worded(kind.advice))]
    assert not [code for code, words in DETAILS.items() if not worded(words)]
    assert all(f"| `{code}` |" in problems.markdown() for code in KINDS)
    assert all(f"| `{code}` |" in problems.warnings() for code in DETAILS)


def test_every_metric_has_words() -> None:
    assert not [each.name for each in metrics.metrics() if not worded(each.help)]


@pytest.mark.parametrize("kind", TYPES.values(), ids=lambda kind: kind.name)
def test_every_type_has_words_and_a_sound_example(kind: FactType) -> None:
    assert not list(wordless_type(kind))
    fact = decode(msgspec.json.encode({"type": kind.name, **(kind.example or {})})).facts[0]
    assert worded(title(fact, lambda tag: tag))


def test_every_type_is_in_the_reference() -> None:
    text = types.markdown()
    assert all(f"### {name}\n" in text for name in TYPES)


def test_every_route_has_words() -> None:
    found = list(routes.routes())
    assert len(found) > 40
    assert not [lack for route in found for lack in wordless_route(route)]
    text = routes.markdown()
    assert all(f"### {route.method} {route.path}\n" in text for route in found)


def test_every_command_and_option_has_help() -> None:
    for name, command in commands(orgline):
        assert worded(command.help), name
        for parameter in command.params:
            if isinstance(parameter, click.Option) and "--help" not in parameter.opts:
                assert worded(parameter.help), f"{name} {parameter.name}"


def test_what_has_no_words_is_noticed() -> None:
    operation: dict[str, Any] = {
        "summary": "",
        "description": "Says something.",
        "parameters": [{"name": "q", "in": "query"}],
        "responses": {"200": {"description": ""}},
    }
    assert list(wordless_route(Route("GET", "/x", operation))) == ["/x: summary", "/x: q", "/x: 200"]
    bare = msgspec.structs.replace(TYPES["organisation.merged"], description="", example=None)
    assert list(wordless_type(bare)) == ["organisation.merged: description", "organisation.merged: example"]
    assert not worded(Kind(400, "Title enough", " ").advice)


def test_a_table_has_no_empty_column_and_no_cell_that_ends_early() -> None:
    assert writing.table(("a", "b", "c"), [["1", "", "x | y"], ["2", "", "two\nlines"]]) == (
        "| a | c |\n| --- | --- |\n| 1 | x \\| y |\n| 2 | two lines |\n"
    )
    assert not writing.table(("a",), [])


def test_pages_name_only_parts_that_there_are() -> None:
    named = {name for page in DOCS.rglob("*.md") for name in COMMENT.findall(page.read_text("utf-8"))}
    assert named <= set(PARTS)
    assert {"settings", "errors", "warnings", "types", "routes", "readme", "contents"} <= named


def test_links_between_the_root_and_docs_lead_to_pages_of_the_site() -> None:
    text = "[a](../README.md#subscribe) [b](facts.md) [c](https://a.example/README.md)"
    assert outside.inside("feeds", text) == text.replace("../README.md", "index.md")
    assert outside.inside("how-to/x", "[a](../../CONTRIBUTING.md)") == "[a](../contributing.md)"
    index = completed("index", "<!-- made here: readme -->")
    assert "](docs/" not in index
    assert "](facts.md)" in index
    assert "](contributing.md)" in index


def test_every_page_is_in_the_contents_once() -> None:
    listed = [line for line in contents.markdown().splitlines() if line and line[0] not in "`:"]
    pages = {str(page.relative_to(DOCS).with_suffix("")) for page in DOCS.rglob("*.md")} - {"index"}
    assert sorted(listed) == sorted(pages)


def test_what_a_page_would_load_from_elsewhere_is_found() -> None:
    page = (
        '<link rel="stylesheet" href="https://fonts.example/a.css"><script src="//cdn.example/a.js"></script>'
        '<style>@import "https://a.example/b.css"; b { background: url(https://a.example/c.png) }</style>'
        '<a href="https://a.example">a link</a><img src="here.svg"><link rel="canonical" href="https://a.example/d">'
    )
    assert list(alone.of_page(page)) == [
        "https://fonts.example/a.css",
        "//cdn.example/a.js",
        "https://a.example/b.css",
        "https://a.example/c.png",
    ]

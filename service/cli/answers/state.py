"""What `orgline state` prints: what a subject looked like on a day, as far as it was known at a moment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import click
import msgspec
import sqlalchemy as sa

from events import subjects
from events.log import Log
from events.queries import initiatives, organisations, people, plans, posts, responsibilities, targets
from events.queries.reading import Queries
from feeds import documents
from feeds.selections import at_positions
from service.cli import asking, opening, structured, tables
from service.settings import Settings

NOUNS: Final = {
    "organisation": organisations,
    "person": people,
    "post": posts,
    "plan": plans,
    "initiative": initiatives,
    "target": targets,
    "responsibility": responsibilities,
}
LAST_COLUMNS: Final = ("since", "until", "certainty")
HIDDEN: Final = (
    *("opened_by", "closed_by", "announced_by", "replaced_by", "fulfilled_by"),
    *("changes", "terms", "description", "architecture", "criteria", "scope", "measure", "dues"),
)
"""Members of items that are left to --json: ids of events, and what is too long for a column."""
NAMED: Final = {
    "person": "person_name",
    "post": "title",
    "responsibility": "title",
    "priority": "title",
    "plan": "title",
    "initiative": "name",
    "target": "name",
}
"""Slugs and the member that says the same in words: both go into one column."""


def show(
    context: click.Context, settings: Settings, tag: str, as_of: str | None, known_at: str | None, as_json: bool
) -> None:
    """Print the state of a subject."""
    kind, slug = subjects.split(tag)
    with opening.reads(settings) as (reads, connection):
        question = asking.question(reads, connection, as_of, known_at)
        answer = NOUNS[kind].state(reads, connection, slug, question)
        if answer is None:
            asking.unknown(context, connection, tag)
        undecided = [] if as_json else _sentences(reads, connection, answer.undecided)
    if as_json:
        structured.show(answer)
    else:
        _show({**msgspec.to_builtins(answer), "undecided": undecided})


def _sentences(reads: Queries, connection: sa.Connection, ids: Iterable[str]) -> list[str]:
    """What these events state, as the feeds tell of them, in the order in which they were recorded."""
    positions = sorted(event.position for event in Log(reads.database).by_id(connection, ids).values())
    held = at_positions(reads.database, connection, positions) if positions else []
    return [entry.title for entry in documents.entries(reads, connection, reads.register, held)]


def _show(answer: Mapping[str, Any]) -> None:
    """The head of an answer in a few lines, and a table for each list that is not empty."""
    known = answer["known_at"]
    otherwise = f", otherwise {answer['otherwise']}" if answer.get("otherwise") else ""
    click.echo(tables.printable(f"{answer['name']} ({answer['kind']}/{answer['id']})"))
    click.echo(f"{answer['status']} ({answer['certainty']}{otherwise})")
    click.echo(f"as of {answer['as_of']['edtf']}, known at position {known['position']}")
    for name, value in answer.items():
        if name not in _HEAD and isinstance(value, str | int) and not isinstance(value, bool):
            click.echo(tables.printable(f"{_words(name)}: {value}"))
    for name, items in answer.items():
        if isinstance(items, Sequence) and not isinstance(items, str) and items:
            click.echo()
            _list(name, items, answer)


def _list(name: str, items: Sequence[Any], answer: Mapping[str, Any]) -> None:
    """One list of an answer as a table."""
    rows = [_named(item) if isinstance(item, Mapping) else {name: item} for item in items]
    columns = list(_columns(rows, answer))
    cells = [[_cell(row.get(column)) for column in columns] for row in rows]
    tables.show([_words(column) for column in columns], cells, _words(name).capitalize())


_HEAD: Final = ("kind", "id", "name", "status", "certainty", "otherwise", "version", "as_of", "known_at")


def _named(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """The item with its slugs and their words in one: `Matthew Gould (matthew-gould)`."""
    words = {slug: name for slug, name in NAMED.items() if item.get(slug) and item.get(name)}
    kept = {name: value for name, value in item.items() if name not in words.values()}
    return {**kept, **{slug: f"{item[name]} ({item[slug]})" for slug, name in words.items()}}


def _columns(items: Sequence[Mapping[str, Any]], answer: Mapping[str, Any]) -> Iterator[str]:
    """The members of the items in their order, the dates last; without what only repeats the subject itself."""
    names = dict.fromkeys(name for item in items for name in item)
    if all(item.get(answer["kind"]) == answer["id"] for item in items):
        del names[answer["kind"]]
    yield from (name for name in names if name not in (*LAST_COLUMNS, *HIDDEN))
    yield from (name for name in LAST_COLUMNS if name in names)


def _cell(value: Any) -> str:
    if value is None or value is False:
        return ""
    if value is True:
        return "yes"
    if isinstance(value, Mapping):
        return str(value["edtf"]) if "edtf" in value else ", ".join(f"{k} {_cell(v)}" for k, v in value.items() if v)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "; ".join(map(_cell, value))
    return str(value)


def _words(name: str) -> str:
    return name.replace("_", " ")

"""Which events a document of a feed holds, how documents link to one another, and what their content depends on.

The events of a selection, in the order of their positions, fill archives of ARCHIVE_SIZE, of which none changes once it
is full (RFC 5005, section 4). The head document holds all events that are in no archive yet, and those of the last full
one too: so a reader that comes by seldom still finds the newest ARCHIVE_SIZE events at least, where there are so many.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from hashlib import sha256
from typing import Final

import msgspec
import sqlalchemy as sa

from events.dates import Day
from events.queries import Queries, names
from events.register import Register
from feeds import changed, entry
from feeds.entry import Entry
from feeds.selections import Held, Selection, Version

ARCHIVE_SIZE: Final = 100
"""Events of one archive. Never to be changed: it decides what archives hold."""
FORMAT_VERSION: Final = 4
"""Of how documents are written, in all formats; grows whenever the same events would give other bytes."""


class Document(msgspec.Struct, frozen=True):
    """A document of a feed, ready to be written in any format; its entries newest first.

    `links` are the addresses of documents of the same feed by their relation to this one (RFC 4287, RFC 5005). They
    lack the suffix of the format (see `suffixed`), since documents link to documents of their own format.
    """

    id: str
    title: str
    author: str
    updated: int  # microseconds since 1970 UTC
    page: str | None  # where people read what the feed is about, if there is a page
    links: tuple[tuple[str, str], ...]
    entries: tuple[Entry, ...]
    archived: bool = False  # whether it never changes any more
    register: Register | None = None  # told by heads, for those who follow all of it
    hub: str | None = None  # told by heads: the address of the hub of WebSub that hears of their news


def version(queries: Queries, connection: sa.Connection, register: Register, selection: Selection) -> Version | None:
    """How far a selection has come; None where it is about something that no event mentions. Reads no event."""
    return selection.version(queries.database, connection, register)


def head(
    queries: Queries,
    connection: sa.Connection,
    register: Register,
    selection: Selection,
    *,
    after: int | None = None,
    hub: str | None = None,
) -> Document | None:
    """The head document of a feed; None where it is about something that no event mentions.

    after: only entries with a higher number than this, where the head holds all of them. hub: see Document.
    """
    current = version(queries, connection, register, selection)
    if current is None:
        return None
    size = current.count - (first_in_head(current.count) - 1 if after is None else after)
    held = selection.newest(queries.database, connection, current.position, size) if size else []
    links = [("self", address(register, selection))]
    if archives(selection, current):
        links.append(("prev-archive", archive_address(register, selection, archives(selection, current))))
    return _document(queries, connection, register, selection, held, current.recorded_at, tuple(links), hub=hub)


def archive(
    queries: Queries, connection: sa.Connection, register: Register, selection: Selection, number: int
) -> Document | None:
    """The archive with this number, from 1 on; None where there is none, or none yet."""
    current = version(queries, connection, register, selection)
    if current is None or not 1 <= number <= archives(selection, current):
        return None
    last = selection.position(queries.database, connection, number * ARCHIVE_SIZE, current)
    held = selection.newest(queries.database, connection, last, ARCHIVE_SIZE)
    links = [("self", archive_address(register, selection, number)), ("current", address(register, selection))]
    if number > 1:
        links.append(("prev-archive", archive_address(register, selection, number - 1)))
    updated = held[0].event.recorded_at
    return _document(queries, connection, register, selection, held, updated, tuple(links), archived=True)


def archives(selection: Selection, version: Version) -> int:
    """How many archives there are of a selection that has come so far."""
    return version.count // ARCHIVE_SIZE if selection.archived else 0


def first_in_head(count: int) -> int:
    """The number of the oldest event that the head holds of a selection with so many."""
    return max(0, count // ARCHIVE_SIZE - 1) * ARCHIVE_SIZE + 1


def address(register: Register, selection: Selection) -> str:
    """Where the head document is, without the suffix of a format."""
    return f"{register.base_url}/feeds/{selection.path}"


def archive_address(register: Register, selection: Selection, number: int) -> str:
    """Where an archive is, without the suffix of a format."""
    return f"{address(register, selection)}/archive/{number}"


def suffixed(address: str, suffix: str) -> str:
    """The address of a document in the format with this suffix, which stands before the query."""
    path, mark, query = address.partition("?")
    return f"{path}{suffix}{mark}{query}"


def etag(register: Register, selection: Selection, version: Version, form: str, hub: str | None = None) -> str:
    """The strong entity tag of a head document in a format such as `atom`, with its quotes.

    It begins with the number of events, so that an old tag tells how much its owner has seen (RFC 3229).
    """
    dependencies = msgspec.json.encode((FORMAT_VERSION, register, selection.path, version, form, hub))
    return f'"{version.count}-{sha256(dependencies).hexdigest()[:32]}"'


def entries(queries: Queries, connection: sa.Connection, register: Register, held: Sequence[Held]) -> tuple[Entry, ...]:
    """The entries of some events, in their order; all that they mention is looked up at once."""
    moments = [(each.append_end, entry.naming_day(each.event, register)) for each in held]
    wanted = {
        (tag, *moment)
        for each, moment in zip(held, moments, strict=True)
        for tag in entry.subject_tags(each.event.fact)
    }
    generation = queries.moments.now(connection).generation
    found = names.lookup(queries, connection, wanted, generation)
    names_of = {each.event.id: partial(_name, found, moment) for each, moment in zip(held, moments, strict=True)}
    retracted = changed.retracted(queries, connection, held)
    changes = changed.changes(queries, connection, held, names_of, generation)
    return tuple(
        entry.make(
            each.event, names_of[each.event.id], retracted.get(each.event.id), register, changes.get(each.event.id, ())
        )
        for each in held
    )


def _document(
    queries: Queries,
    connection: sa.Connection,
    register: Register,
    selection: Selection,
    held: Sequence[Held],
    updated: int,
    links: tuple[tuple[str, str], ...],
    *,
    archived: bool = False,
    hub: str | None = None,
) -> Document:
    """The document that holds these events, newest first."""
    author = author_of(register)
    about = _about(queries, connection, register, selection, held)
    return Document(
        id=selection.urn(register),
        title=f"{author}: all changes" if about is None else f"{about} · {author}",
        author=author,
        updated=updated,
        page=f"{register.base_url}/{'' if selection.tag is None else selection.path}" if selection.paged else None,
        links=links,
        entries=entries(queries, connection, register, held),
        archived=archived,
        register=None if archived else register,
        hub=hub,
    )


def author_of(register: Register) -> str:
    """Whom feeds name as their author."""
    return register.title.strip() or "Orgline"


def _about(
    queries: Queries, connection: sa.Connection, register: Register, selection: Selection, held: Sequence[Held]
) -> str | None:
    """What a feed is about: the name of its subject as known at, and on the day of, the newest event."""
    if selection.tag is None:
        return None
    return called(queries, connection, register, [selection.tag], held[0] if held else None)[0]


def called(
    queries: Queries, connection: sa.Connection, register: Register, tags: Sequence[str], newest: Held | None
) -> list[str]:
    """What these subjects and types are called as known at, and on the day of, the newest event."""
    if newest is None:
        return [tag.partition("/")[2] for tag in tags]
    moment = (newest.append_end, register.today(newest.event.recorded_at))
    found = names.lookup(queries, connection, [(tag, *moment) for tag in tags if not tag.startswith("type/")])
    return [_name(found, moment, tag) for tag in tags]


def _name(found: dict[names.Wanted, str], moment: tuple[int, Day], tag: str) -> str:
    """The name of a subject as known at a position on a day; where it was not looked up, its id."""
    return found.get((tag, *moment)) or tag.partition("/")[2]

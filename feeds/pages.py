"""Documents of feeds that are head only: pages that lead from the newest entries back to the oldest (RFC 5005, 3).

The address of a page says up to which position of the log it goes. So what is recorded meanwhile shifts nothing, and
who goes from page to page finds each entry once. What is under an organisation is found anew for the first page only:
the addresses of the others name the day and the knowledge that it went by.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final

import msgspec
import sqlalchemy as sa

from events.queries import Queries, Question
from events.register import Register
from feeds.choices import Choice, Chosen
from feeds.documents import FORMAT_VERSION, Document, author_of, called, entries
from feeds.selections import Held, at_positions

PAGE_SIZE: Final = 100


def page(
    queries: Queries,
    connection: sa.Connection,
    register: Register,
    chosen: Chosen,
    question: Question,
    upto: int | None,
    hub: str | None = None,
) -> Document:
    """The page with the newest entries; of those up to a position, where one is given.

    question: what `chosen` was found by. hub: see Document.
    """
    choice, reached = chosen.choice, chosen.reached
    found = chosen.newest(reached.position if upto is None else upto, PAGE_SIZE)
    held = at_positions(queries.database, connection, found.positions) if found.positions else []
    pinned = choice.pinned(question)
    links = [("self", address(register, choice, upto))]
    if upto is not None:
        links += [("first", address(register, choice.live)), ("previous", _previous(register, chosen, pinned, upto))]
    if found.edge is not None:
        links.append(("next", address(register, pinned, found.edge)))
    return Document(
        id=choice.urn(register),
        title=_title(queries, connection, register, choice, held[0] if held else None),
        author=author_of(register),
        updated=held[0].event.recorded_at if held else register.created_at,
        page=None,
        links=tuple(links),
        entries=entries(queries, connection, register, held),
        register=register,
        hub=hub,
    )


def address(register: Register, choice: Choice, upto: int | None = None) -> str:
    """Where a page is, without the suffix of a format."""
    further = [] if upto is None else [("upto", upto)]
    return f"{register.base_url}/feeds/{choice.path}{choice.query(*further)}"


def etag(register: Register, chosen: Chosen, upto: int | None, form: str, hub: str | None = None) -> str:
    """The strong entity tag of a page in a format such as `atom`, with its quotes."""
    dependencies = msgspec.json.encode((FORMAT_VERSION, register, chosen.choice, chosen.reached, upto, form, hub))
    return f'"{sha256(dependencies).hexdigest()[:32]}"'


def _previous(register: Register, chosen: Chosen, pinned: Choice, upto: int) -> str:
    """The address of the page with the entries just above a position; the first page, where they would not fill one."""
    found = chosen.next_newer(upto, PAGE_SIZE)
    if found.edge is None:
        return address(register, pinned.live)
    return address(register, pinned, found.positions[-1] if len(found.positions) == PAGE_SIZE else found.edge - 1)


def _title(queries: Queries, connection: sa.Connection, register: Register, choice: Choice, newest: Held | None) -> str:
    """What the feed is about, by the names as of its newest entry."""
    under = [] if choice.part_of is None else [f"organisation/{choice.part_of}"]
    names = called(queries, connection, register, [*under, *choice.tags], newest)
    if under:
        names[0] += " and its parts"
    return f"{', '.join(names)} · {author_of(register)}"

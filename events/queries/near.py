"""Who may be meant by a name that nobody bears: those of whose names, now or once, a word is written almost so.

Only the neighbours in the index of words are looked at: next to where a word of the text would stand, there stands what
has the longest beginning in common with it. A slip in the first letters sends a word elsewhere; so texts with two
letters exchanged or one left out are looked up as they are, too. However large the register, what is read stays small.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from typing import Any, Final

import sqlalchemy as sa

from events import tables
from events.database import AFTER_ALL, Database, Prepared
from events.naming import WORD_LENGTH_MAX, folded, words
from events.queries.question import Moment
from events.queries.reading import Queries
from events.queries.selecting import known_then

TEXT_LENGTH_MAX: Final = 100
"""Characters of the text that are gone by."""
PLACES_MAX: Final = 4
"""Words of the text whose neighbours are looked at."""
NEIGHBOURS_MAX: Final = 50
"""Rows of the index that are read on either side of a word."""
LIKENESS_MIN: Final = 0.75
"""From 0, nothing in common, to 1, the same; as difflib measures it."""
BEHIND_MAX: Final = 0.15
"""How much less like it others may be than the likeliest."""
SAME_LETTERS: Final = 0.95
"""How like two texts are whose letters are the same in another order."""
GOES_ON: Final = 0.9
"""A name that goes on after what is like the text is so much less like it than one that does not."""


def near(queries: Queries, connection: sa.Connection, kind: str, text: str, moment: Moment, most: int) -> list[str]:
    """The slugs of at most so many subjects of a kind that may be meant, the likeliest first; as known at a moment."""
    wanted = _plain(folded(text)[:TEXT_LENGTH_MAX])
    likeness: dict[str, float] = {}
    for part, (name, subject, representative) in _rows(queries.database, connection, kind, wanted, moment):
        tag = representative or subject
        share = (1 + len(part) / len(wanted)) / 2
        likeness[tag] = max(likeness.get(tag, 0.0), share * _likeness(part, _plain(name)))
    least = max(LIKENESS_MIN, max(likeness.values(), default=0.0) - BEHIND_MAX)
    found = sorted((-like, tag.partition("/")[2]) for tag, like in likeness.items() if like >= least)
    return [slug for _, slug in found[:most]]


def _plain(text: str) -> str:
    """Identifiers are compared as the words that they are made of."""
    return text.replace("-", " ").strip()


def _likeness(part: str, text: str) -> float:
    """How much a part of the text is like a name that may go on."""
    beginning = " ".join(text.split()[: len(part.split())])
    matcher = SequenceMatcher(None, beginning, part, autojunk=False)
    if matcher.quick_ratio() < LIKENESS_MIN:
        return 0.0
    likeness = matcher.ratio()
    if likeness < SAME_LETTERS and sorted(beginning) == sorted(part):
        likeness = SAME_LETTERS
    return likeness if beginning == text else likeness * GOES_ON


def _rows(
    database: Database, connection: sa.Connection, kind: str, wanted: str, moment: Moment
) -> Iterator[tuple[str, Any]]:
    """The neighbours of each word of the text, with the text from that word on."""
    up, down, exact = _neighbours(database)
    given = {"generation": moment.generation, "position": moment.position, "kind": kind}
    if not wanted:
        return
    for part in words(wanted)[:PLACES_MAX]:
        around = {**given, "text": part, "first": part[0], "last": part[0] + AFTER_ALL, "most": NEIGHBOURS_MAX}
        for row in (*up.all(connection, **around), *down.all(connection, **around)):
            yield part, row
    slipped = database.listed(dict.fromkeys(_slips(wanted[:WORD_LENGTH_MAX])))
    for row in exact.all(connection, **given, texts=slipped, most=NEIGHBOURS_MAX):
        yield wanted, row


def _slips(text: str) -> Iterable[str]:
    """The text with two letters exchanged, or with one left out."""
    for n in range(len(text)):
        yield text[:n] + text[n + 1 :]
        yield text[:n] + text[n : n + 2][::-1] + text[n + 2 :]


def _neighbours(database: Database) -> tuple[Prepared, Prepared, Prepared]:
    """What is at a text or follows it in the index, what is before it, and what is one of some texts."""
    word, alias = tables.name_word, tables.alias
    text: sa.BindParameter[str] = sa.bindparam("text", type_=sa.Text)
    most: sa.BindParameter[int] = sa.bindparam("most")

    def those(*which: sa.ColumnElement[bool]) -> sa.Select[Any]:
        return (
            sa.select(word.c.text, word.c.subject, alias.c.representative)
            .select_from(word.outerjoin(alias, sa.and_(known_then(alias), alias.c.subject == word.c.subject)))
            .where(
                word.c.generation == sa.bindparam("generation"),
                word.c.kind == sa.bindparam("kind"),
                word.c.recorded_from <= sa.bindparam("position"),
                *which,
            )
            .limit(most)
        )

    def up() -> sa.Select[Any]:
        last: sa.BindParameter[str] = sa.bindparam("last", type_=sa.Text)
        return those(word.c.text >= text, word.c.text < last).order_by(word.c.text)

    def down() -> sa.Select[Any]:
        first: sa.BindParameter[str] = sa.bindparam("first", type_=sa.Text)
        return those(word.c.text < text, word.c.text >= first).order_by(word.c.text.desc())

    return (
        database.prepare("words from a text on", up),
        database.prepare("words before a text", down),
        database.prepare("words that are texts", lambda: those(database.among(word.c.text, "texts"))),
    )

"""Who may be meant by a name that nobody bears: those of whose names, now or once, a word is written almost so.

Only the neighbours in the index of words are looked at: next to where a word of the text would stand, there stands what
has the longest beginning in common with it. A slip in the first letters sends a word elsewhere; so texts with two
letters exchanged or one left out are looked up as they are, too. However large the register, what is read stays small.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any, Final

import sqlalchemy as sa

from events import tables
from events.database import AFTER_ALL, Database
from events.naming import WORD_LENGTH_MAX, folded, words
from events.prepared import Prepared
from events.queries import names
from events.queries.question import Moment, Question
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
SHOWN_MAX: Final = 6
"""Of those who may be meant."""
SAME_LETTERS: Final = 0.95
"""How like two texts are whose letters are the same in another order."""
GOES_ON: Final = 0.9
"""A name that goes on after what is like the text is so much less like it than one that does not."""


def near(
    queries: Queries, connection: sa.Connection, kinds: Sequence[str], text: str, moment: Moment, most: int
) -> list[str]:
    """The tags of at most so many subjects of these kinds that may be meant, the likeliest first; as known at a moment.
    One statement.
    """
    wanted = _plain(folded(text)[:TEXT_LENGTH_MAX])
    likeness: dict[str, float] = {}
    for part, name, tag in _rows(queries.database, connection, kinds, wanted, moment):
        share = (1 + len(part) / len(wanted)) / 2
        likeness[tag] = max(likeness.get(tag, 0.0), share * _likeness(part, _plain(name)))
    least = max(LIKENESS_MIN, max(likeness.values(), default=0.0) - BEHIND_MAX)
    found = sorted((-like, tag) for tag, like in likeness.items() if like >= least)
    return [tag for _, tag in found[:most]]


def named(
    queries: Queries, connection: sa.Connection, kinds: Sequence[str], text: str, question: Question
) -> list[tuple[str, str]]:
    """The same, a few of them, with what they are called on the last of the days that are asked for: tags and names."""
    moment, day = question.moment, question.as_of.last
    tags = near(queries, connection, kinds, text, moment, SHOWN_MAX)
    wanted = [(tag, moment.position, day) for tag in tags]
    found = names.lookup(queries, connection, wanted, moment.generation, drafts=True) if wanted else {}
    return [(tag, found[tag, moment.position, day]) for tag in tags]


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
    database: Database, connection: sa.Connection, kinds: Sequence[str], wanted: str, moment: Moment
) -> Iterator[tuple[str, str, str]]:
    """A part of the text, a name (from one of its words on) next to where that would stand, and whose it is: a tag."""
    if not wanted:
        return
    parts = words(wanted)[:PLACES_MAX]
    given: dict[str, Any] = {f"kind_{n}": kind for n, kind in enumerate(kinds)}
    for place in range(PLACES_MAX):
        part = parts[min(place, len(parts) - 1)]
        given |= {f"text_{place}": part, f"first_{place}": part[0], f"last_{place}": part[0] + AFTER_ALL}
    rows = _neighbours(database, len(kinds)).all(
        connection,
        generation=moment.generation,
        position=moment.position,
        slipped=database.listed(dict.fromkeys(_slips(wanted[:WORD_LENGTH_MAX]))),
        most=NEIGHBOURS_MAX,
        **given,
    )
    for place, name, subject, representative in rows:
        if place < len(parts):
            yield parts[place], name, representative or subject


def _slips(text: str) -> Iterable[str]:
    """The text with two letters exchanged, or with one left out."""
    for n in range(len(text)):
        yield text[:n] + text[n + 1 :]
        yield text[:n] + text[n : n + 2][::-1] + text[n + 2 :]


def _neighbours(database: Database, kinds: int) -> Prepared:
    """What stands in the index of so many kinds at each of the places and next to it, and what is one of the slips."""
    word, alias = tables.name_word, tables.alias
    most: sa.BindParameter[int] = sa.bindparam("most")

    def bound(name: str) -> sa.BindParameter[str]:
        return sa.bindparam(name, type_=sa.Text)

    def those(place: int, kind: int, *which: sa.ColumnElement[bool], order: Any = word.c.text) -> sa.Select[Any]:
        found = (
            sa.select(sa.literal_column(str(place)).label("place"), word.c.text, word.c.subject, alias.c.representative)
            .select_from(word.outerjoin(alias, sa.and_(known_then(alias), alias.c.subject == word.c.subject)))
            .where(
                word.c.generation == sa.bindparam("generation"),
                word.c.kind == bound(f"kind_{kind}"),
                word.c.recorded_from <= sa.bindparam("position"),
                *which,
            )
            .order_by(order)
            .limit(most)
        )
        return sa.select(found.subquery())

    def all_of(kind: int) -> Iterator[sa.Select[Any]]:
        for place in range(PLACES_MAX):
            text, first, last = (bound(f"{name}_{place}") for name in ("text", "first", "last"))
            yield those(place, kind, word.c.text >= text, word.c.text < last)
            yield those(place, kind, word.c.text < text, word.c.text >= first, order=word.c.text.desc())
        yield those(0, kind, database.among(word.c.text, "slipped"))

    return database.prepare(
        f"neighbours among the words of {kinds} kinds",
        lambda: sa.union_all(*(each for kind in range(kinds) for each in all_of(kind))),
    )

"""Facts as plain sentences, for feeds, pages and the command line.

The patterns stand with the types (see vocabulary/):
    {field}         the field's value in words: subjects by their names, dates, lists and money as people write them
    {a|b}           the first of these fields that is given
    {money}         amount and currency
    [text]          left out unless all fields in it are given
    [field? text]   only if the field is given (and not false); [field != value? text]: and is something else
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, Protocol

import msgspec

from events.date_words import edtf_in_words, in_words
from events.dates import narrow, parse
from events.event import Effective, Fact, RecordedFact
from events.vocabulary import FactType
from events.vocabulary.acts import reference_tag
from events.vocabulary.amendments import Corrected, Retracted
from events.vocabulary.language import SENTENCE_FIELD, SENTENCE_PART, Change, Field

DATES_CACHED: Final = 4_096


class Names(Protocol):
    """From the tag of a subject to the name by which people know it."""

    def __call__(self, tag: str) -> str: ...


def title(fact: Fact | RecordedFact, names: Names, amended: Fact | RecordedFact | None = None) -> str:
    """One line: "NHSX merged into NHS England, February 2022".

    amended: for a retraction the fact that is withdrawn, if it is at hand. (A correction is told by its replacement.)
    """
    kind = fact.kind
    if isinstance(fact.data, Corrected):
        return f"Correction: {title(fact.data.replacement, names)}"
    if isinstance(fact.data, Retracted):
        return f"Withdrawn: {'an earlier fact' if amended is None else title(amended, names)}"
    line = _rendered(kind.says, kind, fact.data, names)
    return line if fact.effective is None else f"{line}, {date_in_words(fact.effective)}"


def summary(fact: Fact | RecordedFact, names: Names, amended: Fact | RecordedFact | None = None) -> str:
    """The title as a sentence, and further sentences with what else the fact says, where it says more."""
    kind = fact.kind
    sentences = [_stopped(title(fact, names, amended))]
    if isinstance(fact.data, Corrected):
        replacement = fact.data.replacement
        sentences.append(_details(replacement.kind, replacement.data, names))
    sentences.append(_details(kind, fact.data, names))
    return " ".join(filter(None, sentences))


@lru_cache(DATES_CACHED)
def date_in_words(effective: Effective) -> str:
    """An effective date in words; the client's own words where there are any."""
    return in_words(narrow(parse(effective.edtf), effective.earliest, effective.latest), effective.text)


def listed(items: Sequence[str]) -> str:
    """A, B and C."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def money(amount: str, currency: str) -> str:
    """An amount as people write it: £40 million, €6.5 million, SEK 1,200.50."""
    number = Decimal(amount)
    unit = ""
    for size, word in _LARGE:
        if number >= size and (number / size * 100) % 1 == 0:
            number, unit = (number / size).normalize(), f" {word}"
            break
    sign = _SIGNS.get(currency)
    return f"{sign or currency + ' '}{number:,f}{unit}"


_LARGE: Final = ((Decimal(10**9), "billion"), (Decimal(10**6), "million"))
_SIGNS: Final = {"GBP": "£", "EUR": "€", "USD": "$"}

_PATTERNS_CACHED: Final = 512


def _details(kind: FactType, data: Any, names: Names) -> str:
    return _rendered(kind.details, kind, data, names).strip()


def _rendered(pattern: str, kind: FactType, data: Any, names: Names) -> str:
    text = ""
    for condition, other, optional, always in _parts(pattern):
        if condition:
            value = getattr(data, kind.fields[condition].attribute)
            if not value or (other and value == other):
                continue
        filled = _filled(optional or always, kind, data, names)
        assert filled is not None or not always, pattern
        text += filled or ""
    return text


@lru_cache(_PATTERNS_CACHED)
def _parts(pattern: str) -> tuple[tuple[str, str, str, str], ...]:
    return tuple(SENTENCE_PART.findall(pattern))


def _filled(pattern: str, kind: FactType, data: Any, names: Names) -> str | None:
    """The pattern with its fields in words; None if one is not given."""
    text, (gaps, rest) = "", _gaps(pattern)
    for before, fields in gaps:
        value = _first(fields, kind, data, names)
        if value is None:
            return None
        text = _joined(text, before) + value
    return _joined(text, rest)


@lru_cache(_PATTERNS_CACHED)
def _gaps(pattern: str) -> tuple[tuple[tuple[str, tuple[str, ...]], ...], str]:
    """The fields of a pattern, each with what stands before it; and what stands after the last one."""
    *gaps, rest = SENTENCE_FIELD.split(pattern)
    return tuple((before, tuple(fields.split("|"))) for before, fields in zip(gaps[::2], gaps[1::2], strict=True)), rest


def _joined(text: str, further: str) -> str:
    """Without a second full stop after a text that brings its own."""
    return text + (further[1:] if further.startswith(".") and text.endswith((".", "!", "?", "…")) else further)


def _stopped(text: str) -> str:
    return _joined(text, ".")


def _first(fields: Sequence[str], kind: FactType, data: Any, names: Names) -> str | None:
    for name in fields:
        if name == "money":
            return money(data.amount, data.currency)
        field = kind.fields[name]
        value = getattr(data, field.attribute)
        if field.kind == "json":
            if value is None:
                return "nothing"
            return value if isinstance(value, str) else msgspec.json.encode(value).decode()
        if value is not None and value != ():
            words = kind.words.get(name)
            items = value if isinstance(value, tuple) else (value,)
            return listed([words[item] if words else _in_words(item, field, names) for item in items])
    return None


def _in_words(item: Any, field: Field, names: Names) -> str:
    if field.kind == "edtf":
        return edtf_in_words(item)
    if field.kind == "reference":
        return names(reference_tag(item))
    if field.kind == "party":
        return names(item) if item.startswith("organisation/") else str(item)
    if field.kind == "drafts":
        assert isinstance(item, Change)
        return item.change
    if field.kind == "value":
        return item if isinstance(item, str) else msgspec.json.encode(item).decode()
    if field.kind in ("text", "identity", "other"):
        return str(item)
    return names(f"{field.kind}/{item}")

"""Which statements give a name to whom, and the words by which a search finds it: pure functions."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Final

import msgspec

KINDS: Final = ("brand", "trading", "legal", "short", "translation", "former")
"""The kinds of names, in order of preference."""

# Which statements carry the name of which kind of subject: its own, and for some kinds those about it.
OWN: Final = ("name", "names", "title")
ABOUT: Final = {
    "person": ("person_name", ("appointments", "observations")),
    "post": ("title", ("posts", "appointments", "observations")),
    "responsibility": ("title", ("responsibilities",)),
}
NAMING: Final = frozenset({*OWN, *(name for _, properties in ABOUT.values() for name in properties)})
"""The properties whose statements may give a name."""

DRAFTED: Final = ("organisation.created", "organisation.reinstated", "name.adopted")
"""The types of facts of which a draft in a plan names an organisation."""

WORD_LENGTH_MAX: Final = 60  # characters from the beginning of a word on that a search can tell apart by index
WORDS_MAX: Final = 32  # of one name
NAMES_CACHED: Final = 2_000  # of which the words are kept at hand: titles come again and again


def name_in(tag: str, subject: str, property_: str, key: str, value: Any) -> tuple[str, int] | None:
    """The name that a statement of or about the subject `tag` gives it, and its rank (lower is preferred), if it does.

    `value` is the statement's value, decoded.
    """
    if subject == tag and property_ == "names":
        kind, name = key.split(" ", 1)
        return name, KINDS.index(kind)
    if value is None:
        return None
    if subject == tag and property_ in ("name", "title") and not key:
        return value, KINDS.index("legal")
    field, properties = ABOUT.get(tag.partition("/")[0], ("", ()))
    if property_ in properties:
        name = value.get(field)
        if name:
            return name, len(KINDS) + properties.index(property_)
    return None


def drafted_in(tag: str, property_: str, value: Any) -> str | None:
    """The name that a plan's drafts (the decoded value of its `changes`) intend for the organisation `tag`, if any."""
    kind, _, slug = tag.partition("/")
    if kind != "organisation" or property_ != "changes":
        return None
    for each in value or ():
        name = each["draft"].get("name")
        if each["change"] in DRAFTED and each["draft"].get("organisation") == slug and isinstance(name, str) and name:
            return name
    return None


def named(
    subject: str, property_: str, key: str, value: str | None, targets: tuple[str, ...]
) -> Iterator[tuple[str, str]]:
    """(tag, name) of each subject to which a statement gives a name. `value` is canonical JSON."""
    if property_ in NAMING:
        data = msgspec.json.decode(value) if value is not None else None
        for tag in dict.fromkeys((subject, *targets)):
            found = name_in(tag, subject, property_, key, data)
            if found is not None:
                yield tag, found[0]


def folded(text: str) -> str:
    """A text as it is compared in searches: NFKC, without regard to case, with single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


@lru_cache(NAMES_CACHED)
def words(text: str) -> Sequence[str]:
    """A text, folded, from its beginning and from the beginning of each of its words on, cut at WORD_LENGTH_MAX."""
    plain = folded(text)
    starts = dict.fromkeys((0, *(found.start() for found in _WORDS.finditer(plain))))
    return tuple(dict.fromkeys(plain[start : start + WORD_LENGTH_MAX] for start in list(starts)[:WORDS_MAX]))


def has_word(text: str, beginning: str) -> bool:
    """Whether a word of the text, or the text itself, begins so. `beginning` is folded."""
    plain = folded(text)
    return any(
        plain.startswith(beginning, start) for start in (0, *(found.start() for found in _WORDS.finditer(plain)))
    )


_WORDS: Final = re.compile(r"[^\W_]+")

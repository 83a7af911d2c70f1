"""Slugs for the rows of a table: one for each key, the same whatever the order of the rows."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

import msgspec

from events.subjects import SLUG_LENGTH_MAX

DIGITS: Final = 8

Key = tuple[str, ...]


class _Candidate(msgspec.Struct):
    order: str
    slug: str
    distinguish: str
    known: str | None


class Slugs:
    """Collects a candidate for each row, then settles which key gets which slug."""

    def __init__(self) -> None:
        self._candidates: dict[Key, _Candidate] = {}
        self._slugs: dict[Key, str] = {}

    def add(self, key: Key, slug: str, order: str, distinguish: str, known: str | None) -> None:
        """One row; `known` is the slug that its subject bears in the register already."""
        given = _Candidate(order, slug, distinguish, known)
        held = self._candidates.get(key)
        if held is None or (order, slug, distinguish) < (held.order, held.slug, held.distinguish):
            self._candidates[key] = given

    def keep(self, key: Key, slug: str) -> None:
        """The key was given this slug before: it goes before all else, so that facts about the slug stay its own."""
        self._candidates[key].known = slug

    def settle(self) -> None:
        """Give each key its slug. Those that come to the same are told apart, by what the mapping says or by a hash."""
        groups: dict[str, list[Key]] = {}
        for key, candidate in self._candidates.items():
            groups.setdefault(candidate.slug, []).append(key)
        known = {each.known for each in self._candidates.values() if each.known is not None}
        taken = known.union(groups)
        for slug, keys in groups.items():
            named = [_joined(slug, self._candidates[key].distinguish) for key in keys]
            for key, name in zip(keys, named, strict=True):
                borne = self._candidates[key].known
                if borne is not None:
                    self._slugs[key] = borne
                elif len(keys) == 1 and slug and slug not in known:
                    self._slugs[key] = slug
                else:
                    clear = name != slug and named.count(name) == 1 and name not in taken
                    self._slugs[key] = name if clear else _joined(name, _digits(key))
        self._candidates.clear()

    def of(self, key: Key) -> str | None:
        """The slug of a key."""
        return self._slugs.get(key)


def _joined(slug: str, tail: str) -> str:
    if not slug or not tail:
        return slug or tail
    return f"{slug[: SLUG_LENGTH_MAX - len(tail) - 1].rstrip('-')}-{tail}"


def _digits(key: Key) -> str:
    return sha256("\n".join(key).encode()).hexdigest()[:DIGITS]

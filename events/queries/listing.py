"""Lists of the subjects of one kind: those that match on the days that are asked for, as known at a moment.

What narrows a list (a name, a code, an organisation, …) is looked up by index first and gives the subjects that come
into question, each with the certainty of that part. Where nothing does, a status that needs something in force is
looked up likewise, and only for the others all subjects of the kind are walked through. Whichever way, the status of
each is settled by the very function that the answer about one subject uses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, Literal

import msgspec
import sqlalchemy as sa

from events.dates import END
from events.errors import OrglineError
from events.naming import folded
from events.queries import answers, names
from events.queries.answers import DEFINITE, POSSIBLE, Standing, Subject
from events.queries.question import Question
from events.queries.reading import Queries, Stated
from events.queries.selecting import Certainties, is_sure, settled

CHUNK: Final = 1_000  # subjects that are looked at in one read
SORTED_MAX: Final = 10_000  # subjects that are sorted by name

Sort = Literal["id", "name"]
Gather = Callable[[Queries, sa.Connection, Question, Sequence[str]], Mapping[str, Sequence[Stated]]]


class TooManyToSort(OrglineError):
    """A list that is to be sorted by name is too long for that."""

    code = "too-many-to-sort"


class Link(msgspec.Struct, frozen=True):
    """How a subject belongs to an organisation.

    By statements of the organisation with these properties, whose keys name the subject as their `part`; without a
    `part` by statements of the subject itself about the organisation. `lasting`: once it belonged, it always does.
    """

    properties: tuple[str, ...]
    part: int | None = None
    lasting: bool = False


class Noun(msgspec.Struct, frozen=True, kw_only=True):
    """What lists of one kind of subjects go by.

    `held` is the status that just those have of whom one of the `holding` properties is in force (`part` of the key
    names them; None: it is their own). `gather` reads what `standing` and the name are settled by.
    """

    kind: str
    statuses: tuple[str, ...]
    standing: Callable[[Sequence[Stated], str, Question], Standing]
    gather: Gather
    link: Link | None = None
    held: str | None = None
    holding: tuple[str, ...] = ()
    part: int | None = None
    summary: type[Subject] = Subject


class Filters(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a list is limited to. `certainty`: only what is `definite`, or only what is `possible`."""

    status: str | None = None
    organisation: str | None = None  # slug of the one that it belongs to
    classification: str | None = None  # value, or scheme:value
    part_of: str | None = None  # slug of the organisation above
    name: str | None = None  # exactly, in any case
    q: str | None = None  # what a word of a name or of the identifier begins with, in any case
    identifier: str | None = None  # scheme:value
    certainty: str | None = None


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """What is wanted of a list: after which identifier, how many, in which order, and whether all are counted."""

    after: str | None = None
    limit: int
    sort: Sort = "id"
    count: bool = False


class Count(msgspec.Struct, frozen=True):
    """How many items there are in all; the two are disjoint."""

    definite: int
    possible: int


class Listing(msgspec.Struct, frozen=True):
    """A page of a list, where the next one begins, and how many there are in all (where that was asked for)."""

    items: list[Any]
    next_after: str | None
    count: Count | None = None


class Match(msgspec.Struct, frozen=True):
    """A subject that matches, and how certain the whole combination is."""

    slug: str
    standing: Standing
    certainty: str
    statements: Sequence[Stated]


def gathering(own: Iterable[str] = (), about: Iterable[str] = ()) -> Gather:
    """Reads the statements of subjects, and those about them, with these properties."""
    own, about = tuple(own), tuple(about)

    def gather(
        queries: Queries, connection: sa.Connection, question: Question, tags: Sequence[str]
    ) -> dict[str, list[Stated]]:
        found: dict[str, list[Stated]] = {tag: [] for tag in tags}
        if own:
            for each in queries.of(connection, question.moment, tags, own):
                found[each.subject].append(each)
        if about:
            for tag, each in queries.concerning(connection, question.moment, tags, about):
                found[tag].append(each)
        return found

    return gather


def listing(
    queries: Queries, connection: sa.Connection, noun: Noun, question: Question, filters: Filters, page: Page
) -> Listing:
    """The subjects that match. Raises TooManyToSort."""
    reading = _Reading(queries, connection, noun, question, filters)
    counted = reading.count() if page.count else None
    found = reading.by_name(page) if page.sort == "name" else reading.by_id(page)
    more = len(found) > page.limit
    found = found[: page.limit]
    return Listing(reading.items(found), found[-1].slug if more else None, counted)


class _Reading:
    def __init__(
        self, queries: Queries, connection: sa.Connection, noun: Noun, question: Question, filters: Filters
    ) -> None:
        self.queries, self.connection, self.noun = queries, connection, noun
        self.question, self.filters = question, filters
        self.narrowed = self._narrowed()

    def by_id(self, page: Page) -> list[Match]:
        """One more than the page holds, where there are as many."""
        found: list[Match] = []
        for slugs in self._candidates(page.after or "", page.limit + 1):
            found.extend(self._matches(slugs))
            if len(found) > page.limit:
                break
        return found[: page.limit + 1]

    def by_name(self, page: Page) -> list[Match]:
        """The same, sorted by what they are called on the last day that is asked for."""
        found: list[tuple[str, str, Match]] = []
        for slugs in self._candidates("", CHUNK):
            found.extend((folded(self._name(match)), match.slug, match) for match in self._matches(slugs))
            if len(found) > SORTED_MAX:
                raise TooManyToSort(
                    f"more than {SORTED_MAX} match, too many to sort by name: narrow the list, or take it by identifier"
                )
        found.sort(key=lambda each: each[:2])
        at = next((n + 1 for n, each in enumerate(found) if each[1] == page.after), 0)
        return [match for _, _, match in found[at : at + page.limit + 1]]

    def count(self) -> Count:
        """How many match, however many pages they fill."""
        if self.narrowed is None and self.filters.status is not None and self.filters.status == self.noun.held:
            return self._count_held()
        definite = possible = 0
        for slugs in self._candidates("", CHUNK):
            for match in self._matches(slugs):
                if match.certainty == POSSIBLE:
                    possible += 1
                else:
                    definite += 1
        return Count(definite, possible)

    def _count_held(self) -> Count:
        """The same of those of whom something is in force. Who surely holds it has that status for sure, and the
        database counts them: the rest, who may hold it, are looked at one by one.
        """
        noun, selecting, given = self.noun, self.queries.selecting, (self.connection, self.question)
        wanted = self.filters.certainty != POSSIBLE
        definite, possible = selecting.surely_held(*given, noun.holding, noun.part) if wanted else 0, 0
        perhaps = sorted(selecting.perhaps_held(*given, noun.holding, noun.part))
        for slugs in _chunks(perhaps, CHUNK):
            for match in self._matches(slugs):
                held = (each for each in match.statements if each.property_ in noun.holding)
                if any(is_sure(each, self.question) for each in held):
                    continue  # is counted
                if match.certainty == POSSIBLE:
                    possible += 1
                else:
                    definite += 1
        return Count(definite, possible)

    def items(self, matches: Sequence[Match]) -> list[Subject]:
        """What the list says of each."""
        tags = [f"{self.noun.kind}/{match.slug}" for match in matches]
        versions = self.queries.versions(self.connection, tags, self.question.moment)
        return [
            self.noun.summary(
                **answers.head_of(tag, versions.get(tag, 0), self.question),
                name=self._name(match),
                **{**match.standing.head, "certainty": match.certainty},
            )
            for tag, match in zip(tags, matches, strict=True)
        ]

    def _name(self, match: Match) -> str:
        tag = f"{self.noun.kind}/{match.slug}"
        return names.best(names.of(match.statements, tag), self.question.as_of.last, match.slug)

    def _candidates(self, after: str, size: int) -> Iterator[Sequence[str]]:
        """The slugs that come into question, in order, so many at a time."""
        if self.narrowed is not None:
            wanted = sorted(slug for slug in self.narrowed if slug > after)
            for slugs in _chunks(wanted, min(size, CHUNK)):
                known = self.queries.selecting.known(self.connection, self.question.moment, self.noun.kind, slugs)
                yield [slug for slug in slugs if slug in known]
            return
        while True:
            slugs = self._next(after, size)
            yield slugs
            if len(slugs) < size:
                return
            after = slugs[-1]

    def _next(self, after: str, size: int) -> list[str]:
        noun, selecting = self.noun, self.queries.selecting
        if noun.held is None or self.filters.status != noun.held:
            return selecting.subjects(self.connection, self.question.moment, noun.kind, after, size)
        page = {"after": after, "most": size}
        return selecting.holders(
            self.connection, self.question, noun.kind, noun.holding, own=noun.part is None, page=page
        )

    def _matches(self, slugs: Sequence[str]) -> Iterator[Match]:
        if not slugs:
            return
        noun, filters = self.noun, self.filters
        gathered = noun.gather(self.queries, self.connection, self.question, [f"{noun.kind}/{slug}" for slug in slugs])
        for slug in slugs:
            statements = gathered.get(f"{noun.kind}/{slug}", ())
            standing = noun.standing(statements, slug, self.question)
            if filters.status is not None and filters.status not in standing.possible:
                continue
            sure = standing.certainty == DEFINITE and (self.narrowed is None or self.narrowed[slug] == DEFINITE)
            certainty = DEFINITE if sure else POSSIBLE
            if filters.certainty in (None, certainty):
                yield Match(slug, standing, certainty, statements)

    def _narrowed(self) -> Certainties | None:
        """What all filters but the status leave; None where there are none."""
        filters, kind = self.filters, self.noun.kind
        selecting, given = self.queries.selecting, (self.connection, self.question)
        parts: list[Certainties] = []
        if filters.identifier is not None:
            key = filters.identifier.replace(":", " ", 1)
            parts.append(selecting.slot(*given, kind, "identifiers", key, None))
        if filters.name is not None:
            parts.append(selecting.called(*given, kind, filters.name))
        if filters.part_of is not None:
            key = f"part_of {self._tag(filters.part_of)}"
            parts.append(selecting.slot(*given, kind, "relations", key, None))
        if filters.organisation is not None:
            parts.append(self._linked(self._tag(filters.organisation)))
        if filters.classification is not None:
            scheme, _, value = filters.classification.rpartition(":")
            parts.append(selecting.slot(*given, kind, "classifications", scheme or None, value))
        if filters.q is not None:
            parts.append(selecting.searched(*given, kind, filters.q))
        if not parts:
            return None
        left = set(parts[0]).intersection(*parts[1:])
        return {slug: DEFINITE if all(part[slug] == DEFINITE for part in parts) else POSSIBLE for slug in left}

    def _linked(self, tag: str) -> Certainties:
        link, prefix = self.noun.link, f"{self.noun.kind}/"
        assert link is not None, "the parameter is not offered"
        moment = self.question.moment
        if link.part is None:
            about = self.queries.about(self.connection, moment, [tag], link.properties)
            found = [(each.slug, each) for each in about if each.subject.startswith(prefix)]
        else:
            own = self.queries.of(self.connection, moment, [tag], link.properties)
            found = [(each.key.split(" ")[link.part], each) for each in own]
        return settled(((slug, _days(each, link)) for slug, each in found), self.question)

    def _tag(self, slug: str) -> str:
        return self.queries.representative(self.connection, f"organisation/{slug}", self.question.moment)


def _days(stated: Stated, link: Link) -> tuple[int, int, int, int, bool]:
    since = stated.since_earliest, stated.since_latest
    until = (END, END) if link.lasting else (stated.until_earliest, stated.until_latest)
    return *since, *until, stated.doubtful


def _chunks(slugs: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for at in range(0, len(slugs), size):
        yield slugs[at : at + size]

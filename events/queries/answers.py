"""What answers are made of. Field names are those of the facts; every item says since, until and how certain it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from events.dates import BEGINNING, END, Day, edtf_of, iso
from events.event import instant
from events.queries.question import Moment, Question
from events.queries.reading import Found, Queries, Stated
from events.state import Dated

BOUNDS_CACHED: Final = 4_096
DEFINITE = "definite"
POSSIBLE = "possible"


class Bounds(msgspec.Struct, frozen=True):
    """The days between which something lies (inclusive; null for no bound), and the same in EDTF."""

    edtf: str
    earliest: str | None
    latest: str | None


class AsOf(msgspec.Struct, frozen=True):
    """The days that an answer is about."""

    edtf: str
    earliest: str
    latest: str


class KnownAt(msgspec.Struct, frozen=True):
    """The state of knowledge that an answer is given from: a position, and when it was recorded."""

    position: int
    recorded_at: str | None


class Item(msgspec.Struct, kw_only=True):
    """What every item of a list says besides its own data: `until` is the first day on which it no longer holds."""

    since: Bounds | None
    until: Bounds | None
    certainty: str | None
    opened_by: tuple[str, ...]
    closed_by: tuple[str, ...]


class Existence(Item, kw_only=True):
    """A life of an organisation."""

    created_by: str | None = None
    ending: str | None = None
    reason: str | None = None
    to: str | None = None


class Name(Item, kw_only=True):
    """A name that is in force."""

    name: str
    kind: str


class Classification(Item, kw_only=True):
    """What the organisation is, in one scheme."""

    scheme: str
    value: str


class Identifier(Item, kw_only=True):
    """A code of a scheme."""

    scheme: str
    value: str


class Relation(Item, kw_only=True):
    """A relation to another subject (a tag); `direction` is out where it starts here, in where it ends here."""

    kind: str
    target: str
    direction: str


class Post(Item, kw_only=True):
    """A post of an organisation."""

    organisation: str
    post: str
    title: str | None = None
    rank: int | None = None


class Appointment(Item, kw_only=True):
    """A person in a post; `observed` where only seen there on a day."""

    organisation: str
    post: str
    person: str
    person_name: str | None = None
    title: str | None = None
    acting: bool | None = None
    share: str | None = None
    reason: str | None = None
    observed: bool = False


class Responsibility(Item, kw_only=True):
    """A responsibility of an organisation."""

    organisation: str
    responsibility: str
    title: str | None = None
    scope: str | None = None


class Priority(Item, kw_only=True):
    """A priority of an organisation."""

    priority: str
    title: str | None = None


class Attribute(Item, kw_only=True):
    """Anything else, by its key."""

    key: str
    value: Any


class Extension(Item, kw_only=True):
    """What users' own types say, under their own property."""

    key: str
    value: Any


class Funding(Item, kw_only=True):
    """Money committed or awarded."""

    kind: str
    amount: str
    currency: str
    initiative: str | None = None
    round: str | None = None
    awards: int | None = None
    recipients: tuple[str, ...] = ()


class Lineage(Item, kw_only=True):
    """A predecessor or successor, and how it became one."""

    organisation: str
    kind: str


class Subject(msgspec.Struct, kw_only=True):
    """The head of every answer about one subject. `certainty` is definite only if the status holds in every completion
    on every day asked for; else `otherwise` is the next status that is possible, where there is one.
    """

    kind: str
    id: str
    name: str
    status: str
    certainty: str
    version: int
    as_of: AsOf
    known_at: KnownAt
    otherwise: str | msgspec.UnsetType = msgspec.UNSET


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What settles the head of an answer: `possible` are all statuses that are, on some day, the shown one first."""

    status: str
    certainty: str
    possible: tuple[str, ...]
    otherwise: str | msgspec.UnsetType = msgspec.UNSET
    closed_by: str | msgspec.UnsetType = msgspec.UNSET

    @property
    def head(self) -> dict[str, Any]:
        """As arguments for the struct of the answer."""
        shown = {"status": self.status, "certainty": self.certainty, "otherwise": self.otherwise}
        return shown if self.closed_by is msgspec.UNSET else {**shown, "closed_by": self.closed_by}


Aliases = list[str] | msgspec.UnsetType
"""The identifiers for which a subject answers, where there are any."""


def aliases(queries: Queries, connection: sa.Connection, subject: Found, question: Question) -> Aliases:
    """The identifiers for which a subject answers; unset where there are none."""
    if not subject.has_aliases:
        return msgspec.UNSET
    return [each.partition("/")[2] for each in queries.aliases(connection, subject.tag, question.moment)]


def head(found: Found, question: Question) -> dict[str, Any]:
    """What every answer says besides name and status, as arguments for its struct."""
    return head_of(found.tag, found.version, question)


def head_of(tag: str, version: int, question: Question) -> dict[str, Any]:
    """The same, where the version is known already."""
    kind, _, slug = tag.partition("/")
    return {
        "kind": kind,
        "id": slug,
        "version": version,
        "as_of": as_of(question),
        "known_at": known_at(question.moment),
    }


def item(stated: Stated, question: Question) -> dict[str, Any]:
    """What every item says, as arguments for its struct; `certainty` is None where it does not hold then."""
    days = question.as_of
    return {
        "since": bounds(stated.since_earliest, stated.since_latest),
        "until": until(stated),
        "certainty": stated.certainty(days.first, days.last),
        "opened_by": stated.opened_by,
        "closed_by": stated.closed_by,
    }


def in_force(statements: Iterable[Stated], question: Question) -> list[Stated]:
    """Those that are definite or possible on a day that is asked for."""
    days = question.as_of
    return [each for each in statements if each.certainty(days.first, days.last) is not None]


def until(stated: Dated) -> Bounds | None:
    """The first day on which a statement no longer holds; None where it may hold for ever."""
    return None if stated.until_earliest >= END else bounds(stated.until_earliest, stated.until_latest)


@lru_cache(BOUNDS_CACHED)
def bounds(earliest: Day, latest: Day) -> Bounds | None:
    """The bounds of a day; None where nothing is known of it."""
    if earliest <= BEGINNING and latest >= END:
        return None
    if latest < earliest:  # a statement that is definite on no day
        latest = earliest
    return Bounds(edtf_of(earliest, latest), iso(earliest), iso(latest))


def as_of(question: Question) -> AsOf:
    """The days of the question, for the answer."""
    days = question.as_of
    return AsOf(days.edtf, str(iso(days.first)), str(iso(days.last)))


def known_at(moment: Moment) -> KnownAt:
    """The moment of the question, for the answer."""
    return KnownAt(moment.position, instant(moment.recorded_at) if moment.position else None)


def extensions(statements: Iterable[Stated], question: Question) -> dict[str, list[Extension]]:
    """What statements say by users' own properties on the days that are asked for."""
    found: dict[str, list[Extension]] = {}
    for each in in_force([each for each in statements if each.property_.startswith("x.")], question):
        said = Extension(**item(each, question), key=each.key, value=each.data)
        found.setdefault(each.property_, []).append(said)
    return found


class Undecided(list[str]):
    """Ids of undecided facts. `idle` are those that change nothing on the days that are asked for: what is said is the
    same whether they have taken effect or not. An answer does not tell them apart; a page leaves them out.
    """

    idle: frozenset[str] = frozenset()


def undecided(statements: Iterable[Stated], question: Question, related: Iterable[Stated] = ()) -> Undecided:
    """The facts of these statements of which it is open whether they have taken effect on a day that is asked for.

    related: further statements that the answer tells of.
    """
    statements = list(statements)
    found = Undecided(sorted(_open_roots(statements, question)))
    if found:
        found.idle = frozenset(found) - _open_roots(_telling([*statements, *related], question), question)
    return found


def _open_roots(statements: Iterable[Stated], question: Question) -> set[str]:
    days = question.as_of
    return {
        root
        for each in statements
        for root, earliest, latest in each.undecided
        if earliest <= days.last and days.first < latest
    }


def _telling(statements: Sequence[Stated], question: Question) -> list[Stated]:
    """Those that are not certain on all days that are asked for, without observations of who is surely in that post."""
    first, last = question.as_of.first, question.as_of.last
    serving = {
        (each.subject, *each.key.split(" ")[:2])
        for each in statements
        if each.property_ == "appointments" and each.certainty(first, last) == DEFINITE
    }
    return [
        each
        for each in statements
        if each.certainty(first, last) != DEFINITE
        and (each.property_ != "observations" or (each.subject, *each.key.split(" ")[:2]) not in serving)
    ]


def of_property(statements: Sequence[Stated], property_: str) -> list[Stated]:
    """Those of one property."""
    return [each for each in statements if each.property_ == property_]


Slots = Mapping[str, Sequence[Stated]]
"""Statements by their properties."""


def by_property(statements: Iterable[Stated]) -> Slots:
    """The statements of each property, in order."""
    grouped: dict[str, list[Stated]] = defaultdict(list)
    for each in statements:
        grouped[each.property_].append(each)
    return grouped


def by_subject(statements: Iterable[Stated]) -> dict[str, list[Stated]]:
    """The statements of each subject, in order."""
    grouped: dict[str, list[Stated]] = defaultdict(list)
    for each in statements:
        grouped[each.subject].append(each)
    return grouped


def days_to_look_at(statements: Iterable[Stated], question: Question) -> list[Day]:
    """The first day that is asked for, and those after it on which something about the statements changes."""
    first, last = question.as_of.first, question.as_of.last
    days = {first}
    if first < last:
        for each in statements:
            days.update((each.since_earliest, each.since_latest, each.until_earliest, each.until_latest))
    return sorted(day for day in days if first <= day <= last)


def settle(possible: Iterable[Sequence[str]], order: Sequence[str]) -> Standing:
    """The standing by the statuses that are possible on each of the days, in the order given."""
    sets = [set(each) for each in possible]
    found = tuple(status for status in order if any(status in each for each in sets))
    if all(each == {found[0]} for each in sets):
        return Standing(status=found[0], certainty=DEFINITE, possible=found)
    otherwise = found[1] if len(found) > 1 else msgspec.UNSET
    return Standing(status=found[0], certainty=POSSIBLE, possible=found, otherwise=otherwise)


def settle_held(statements: Sequence[Stated], question: Question, held: str, not_held: str) -> Standing:
    """As `settle`, of two statuses: whether any of the statements is in force."""
    possible = []
    for day in days_to_look_at(statements, question):
        certainties = {each.certainty(day, day) for each in statements}
        possible.append([held] * any(certainties) + [not_held] * (DEFINITE not in certainties))
    return settle(possible, (held, not_held))

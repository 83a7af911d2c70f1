"""What happened, told by the facts: each as it stands with all that amended it, in a sentence with the names known now.

Feeds tell of an event as it was recorded (see subject.sentences); a page that asks what changed wants what holds of it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from functools import partial
from typing import TypeVar

import msgspec
import sqlalchemy as sa

from events import words
from events.dates import Day, day
from events.event import Event, RecordedFact
from events.facts import tags_of
from events.queries import history, names
from events.queries.question import Question
from events.standing import KINDS, RETRACTED
from service.node import Node
from service.pages.texts import TEXTS, fill

Key = TypeVar("Key", bound=Hashable)


class Account(msgspec.Struct, frozen=True):
    """A fact that is to be told, the event that says it, and in which words: a text with the gap {fact}."""

    event: Event
    fact: RecordedFact
    told: str = "{fact}"


class Records(msgspec.Struct, frozen=True):
    """Events by their ids, and of those that amend a fact the id of the one that was recorded first: the root."""

    events: Mapping[str, Event]
    roots: Mapping[str, str]

    def root(self, id_: str) -> str:
        """The root of the fact that an event states or amends."""
        return self.roots.get(id_, id_)

    def by_root(self, ids: Iterable[str]) -> dict[str, list[Event]]:
        """The events with these ids by their roots, each list in the order of positions."""
        grouped: dict[str, list[Event]] = {}
        for event in sorted((self.events[id_] for id_ in set(ids)), key=lambda event: event.position):
            grouped.setdefault(self.root(event.id), []).append(event)
        return grouped

    def standing(self, members: Sequence[Event]) -> Account:
        """The fact that the last of these events, which all state the same one, puts in place."""
        return Account(members[-1], members[-1].stated)

    def lesson(self, members: Sequence[Event], before: Collection[str], after: Collection[str]) -> Account:
        """What the last of these events, which are all about one fact, taught.

        before, after: ids of what stood before them, and stands now.
        """
        last, root = members[-1], self.root(members[-1].id)
        if members[0].id == root:  # all of the fact is new
            stating = self._stating(root, after) or self._stating(root, [each.id for each in members])
            return self.standing(stating)
        if KINDS[last.type] != RETRACTED:
            return Account(last, last.stated, TEXTS.changes.corrected)
        aim = self.events[last.fact.data.event]
        if KINDS.get(aim.type) == RETRACTED:
            return Account(last, self._stated(root, after), TEXTS.changes.again)
        if aim.id == root:
            return Account(last, self._stated(root, before), TEXTS.changes.withdrawn)
        return Account(last, aim.stated, TEXTS.changes.undone)

    def _stated(self, root: str, ids: Collection[str]) -> RecordedFact:
        """A fact as the last of some events has it that state it; as it was recorded first, where none of them does."""
        return (self._stating(root, ids) or [self.events[root]])[-1].stated

    def _stating(self, root: str, ids: Collection[str]) -> list[Event]:
        """Those of some events that state a fact."""
        members = self.by_root(ids).get(root, [])
        return [event for event in members if KINDS.get(event.type) != RETRACTED]


def read(node: Node, connection: sa.Connection, ids: Collection[str], question: Question) -> Records:
    """The events with these ids, with their roots and what they retract."""
    events, roots = history.with_roots(node.queries, connection, ids, question.moment.generation)
    aims = {event.fact.data.event for event in events.values() if KINDS.get(event.type) == RETRACTED}
    if aims - events.keys():
        events |= node.log.by_id(connection, aims - events.keys())
    return Records(events, roots)


def sentences(
    node: Node, connection: sa.Connection, told: Mapping[Key, Account], tags: Iterable[str], question: Question
) -> tuple[dict[Key, str], Callable[[str], str]]:
    """These accounts in words, and what these subjects are called on the last day that is asked for: one read."""
    position, last = question.moment.position, question.as_of.last
    days = {key: _naming_day(node, each) for key, each in told.items()}
    wanted = {(tag, position, last) for tag in tags}
    for key, each in told.items():
        wanted |= {(tag, position, days[key]) for tag in tags_of(each.fact) if not tag.startswith("type/")}
    found = names.lookup(node.queries, connection, wanted, question.moment.generation, drafts=True)

    def called(on: Day, tag: str) -> str:
        return found.get((tag, position, on), tag.partition("/")[2])

    spoken: dict[Key, str] = {
        key: fill(each.told, fact=words.title(each.fact, partial(called, days[key]))) for key, each in told.items()
    }
    return spoken, partial(called, last)


def _naming_day(node: Node, account: Account) -> Day:
    """The first day on which the fact may have taken effect, or what comes next to that."""
    effective = account.fact.effective
    bound = None if effective is None else effective.earliest or effective.latest
    return node.register.today(account.event.recorded_at) if bound is None else day(bound)

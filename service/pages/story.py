"""The story of a fact for people: what each of its events says, which of them stands, and what can be done about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec
import sqlalchemy as sa

from events import words
from events.event import Event
from events.queries import Question, history
from events.queries.history import Chain
from events.queries.names import Wanted
from events.standing import KINDS as AMENDING
from service.node import Node
from service.pages import parts
from service.pages.frame import Link
from service.pages.texts import TEXTS

WITHDRAWAL: Final = "fact.retracted"


class State(msgspec.Struct, frozen=True):
    """Whether an event counts, in words; the event that undid it, where one did, told by why; and the fact that stands
    in its place (None where it is its own, or where nothing of it stands).
    """

    words: str
    counts: bool
    undone: Link | None
    stands: Link | None
    nothing_stands: bool


class Story:
    """The story of one fact in sentences, with the names of the days on which the facts took effect."""

    def __init__(
        self,
        node: Node,
        connection: sa.Connection,
        chain: Chain,
        question: Question,
        roots: Iterable[str] = (),
        also: Iterable[Wanted] = (),
    ) -> None:
        """`roots`: further facts that are told, by the ids of their roots; `also`: further names that are wanted."""
        self.chain = chain
        self._events = {each.event.id: each.event for each in chain.members}
        self._others = history.standing(node.queries, connection, roots, question.moment)
        events = (*self._events.values(), *self._others.values())
        self.called = parts.named(node, connection, (), events, question, also)

    def fact(self, id_: str) -> Link:
        """The fact that an event of the story states, of a correction the one that it puts in place."""
        return _link(self._events[id_], self.called.sentence(self._events[id_]))

    def event(self, id_: str) -> Link:
        """An event of the story: its fact, or what it corrects or withdraws, and that it does. Of a withdrawal of the
        whole fact that is what stood until then.
        """
        event = self._events[id_]
        if event.type == WITHDRAWAL:
            aim = event.fact.data.event
            stood = self.before(id_) if aim == self.chain.root else None
            told = (stood or self.event(aim)).title
        else:
            told = self.called.sentence(event)
        return _link(event, f"{event.fact.kind.says}: {told}" if event.type in AMENDING else told)

    def other(self, root: str) -> Link:
        """One of the further facts, as it stands."""
        event = self._others[root]
        return _link(event, self.called.sentence(event))

    def details(self, id_: str) -> str:
        """What the fact that an event states says besides its sentence."""
        event = self._events[id_]
        if event.type == WITHDRAWAL:
            return ""
        called = self.called.of(event)
        return besides(words.summary(event.stated, called), words.title(event.stated, called))

    def before(self, id_: str) -> Link | None:
        """The fact that stood before a correction or withdrawal was recorded; None where it was withdrawn."""
        return self._stood(self._events[id_].position - 1)

    def after(self, id_: str) -> Link | None:
        """The fact that stood once it was recorded."""
        return self._stood(self._events[id_].position)

    def now(self) -> Link | None:
        """The fact that stands."""
        return None if self.chain.stands is None else self.fact(self.chain.stands)

    def once_retracted(self, id_: str) -> Link | None:
        """The fact that would stand if an event were withdrawn now."""
        stands = self.chain.once_retracted(id_)
        return None if stands is None else self.fact(stands)

    def state(self, id_: str) -> State:
        """Whether an event counts."""
        chain, texts, member = self.chain, TEXTS.event, self.chain.member(id_)
        undone_by = member.undone_by
        if id_ == chain.stands:
            said = texts.stands
        elif member.event.type == WITHDRAWAL:
            said = texts.withdrawal_undone if undone_by else texts.withdrawal_stands
        elif undone_by:
            said = texts.withdrawn_since if member.aims_at is None else texts.undone
        elif chain.stands is None:
            said, undone_by = texts.gone, chain.member(chain.root).undone_by
        else:
            said = texts.corrected_since
        return State(
            words=said,
            counts=member.stands,
            undone=None if undone_by is None else _link(self._events[undone_by], reason(self._events[undone_by])),
            stands=self.now() if id_ != chain.stands else None,
            nothing_stands=chain.stands is None,
        )

    def _stood(self, position: int) -> Link | None:
        stands = self.chain.stood(position)
        return None if stands is None else self.fact(stands)


def besides(summary: str, title: str) -> str:
    """What a summary says besides the title that it begins with."""
    return summary.removeprefix(title).lstrip(".").strip()


def reason(event: Event) -> str:
    """Why a fact was corrected or withdrawn, in words; empty where that is not said."""
    fact = event.fact
    given = (fact.data.reason or "") if event.type in AMENDING else ""
    spoken: Mapping[str, str] = fact.kind.words.get("reason", {})
    return spoken.get(given, given)


def offers(id_: str, chain: Chain) -> Iterator[Link]:
    """What can be done about a fact from the page of one of its events: only what changes what stands."""
    if id_ == chain.stands:
        yield Link(f"/events/{id_}/correct", TEXTS.correct.link)
    withdrawal = chain.member(chain.root).undone_by
    for each in dict.fromkeys((id_, chain.root, withdrawal)):
        if each is not None and chain.once_retracted(each) != chain.stands:
            yield Link(f"/events/{each}/retract", _offered(each, chain))


def _offered(id_: str, chain: Chain) -> str:
    texts = TEXTS.retract
    if id_ != chain.root:
        is_withdrawal = chain.member(id_).event.type == WITHDRAWAL
        return str(texts.link_withdrawal if is_withdrawal else texts.link_correction)
    return str(texts.link if len(chain.members) == 1 else texts.link_whole)


def _link(event: Event, title: str) -> Link:
    return Link(f"/events/{event.id}", title)

"""What facts did to the slots, and what the slots said, from the first recording on: over all positions at once.

An append folds what it changes at the head of the log. Here all of the log is already there, so each fact, and then
each slot, is gone through by itself, in whatever order suits, by as many processes as there are. What stands, what a
fact does and what a slot says are the very functions that appends use (`standing`, `effects`, `says`); only the walk
over the positions is another one.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple, TypeAlias

import msgspec

from events.changes import Changes
from events.event import RecordedFact
from events.folding import says
from events.held import POSTS, Held, Misfit, Reader, Slot, Statement, inputs, owner_slots, target_of
from events.standing import Amendment, standing
from events.state import SlotFact, Span
from events.vocabulary import Effect, effects
from events.vocabulary.renaming import renamed

Amendments: TypeAlias = Sequence[tuple[Amendment, int]]
"""All amendments of a root, each with the end of the append that it came in."""

Aliases: TypeAlias = Mapping[str, Sequence[tuple[int, int | None, str]]]
"""For subjects that ever were aliases: from which position, until before which one, who answered for them."""

NO_AMENDMENTS: Final[Amendments] = ()


class Done(NamedTuple):
    """An effect on a slot: which of those of its fact, and from which position until before which one it stood."""

    effect: Effect
    part: int
    since: int
    until: int | None

    def stands(self, position: int) -> bool:
        """Whether it does so as known at a position."""
        return self.since <= position and (self.until is None or position < self.until)


def done_by(
    root: str,
    at: int,
    amendments: Amendments,
    fact_of: Callable[[str], RecordedFact],
    roots: Mapping[str, str],
    aliases: Aliases,
) -> list[Done]:
    """What a root, recorded by an append that ends at `at`, and its amendments ever did to slots.

    `fact_of` gives the fact of an event (of a correction: the replacement), `roots` what `effects` wants to know.
    """
    if not amendments and not aliases:  # nearly every fact
        return [
            Done(effect, part, at, None) for part, effect in enumerate(effects(fact_of(root), root, (root,), roots))
        ]
    pieces: list[tuple[list[Effect], int, int | None]] = []
    for by, since, until in _stood(root, at, amendments):
        ids = (root,) if by == root else (root, by)
        for fact, begin, end in _represented(fact_of(by), since, until, aliases):
            does = effects(fact, root, ids, roots)
            if pieces and pieces[-1][0] == does and pieces[-1][2] == begin:
                pieces[-1] = (does, pieces[-1][1], end)
            else:
                pieces.append((does, begin, end))
    return [Done(effect, part, since, until) for does, since, until in pieces for part, effect in enumerate(does)]


def _stood(root: str, at: int, amendments: Amendments) -> Iterator[tuple[str, int, int | None]]:
    """The ids of the events whose fact stood for a root, one after another, from which position until before which."""
    ends: list[int | None] = [*sorted({at, *(end for _, end in amendments)}), None]
    for since, until in pairwise(ends):
        assert since is not None
        by = standing(root, [amendment for amendment, end in amendments if end <= since])
        if by is not None:
            yield by, since, until


def _represented(
    fact: RecordedFact, since: int, until: int | None, aliases: Aliases
) -> Iterator[tuple[RecordedFact, int, int | None]]:
    """A fact as it read from one position until another, where others came to answer for the subjects that it names."""
    named = [tag for tag in aliases if fact.effective is not None]
    moves = {position for tag in named for begin, end, _ in aliases[tag] for position in (begin, end)}
    cuts = sorted(each for each in moves if each is not None and since < each and (until is None or each < until))
    for begin, end in pairwise([since, *cuts, until]):
        assert begin is not None
        answering = {
            tag: who for tag in named for start, stop, who in aliases[tag] if start <= begin and not _past(stop, begin)
        }
        yield (
            msgspec.structs.replace(fact, data=renamed(fact.kind, fact.data, answering)) if answering else fact,
            begin,
            end,
        )


def _past(stop: int | None, position: int) -> bool:
    return stop is not None and stop <= position


class History:
    """What one slot ever held: all that was done to it, and since when it held what."""

    def __init__(self, done: Sequence[Done]) -> None:
        self.ends: dict[int, Mapping[str, SlotFact]] = {}  # what its ends imply, by place, as far as it was asked for
        if len(done) == 1 and done[0].until is None:  # most of them
            only = done[0]
            self.since = [only.since]
            self.targets = {target_of(only.effect)}
            self._held = [Held({(only.effect.fact.root, only.part): (only.effect, only.since)})]
            return
        ends = {each.until for each in done if each.until is not None}
        self.since = sorted({each.since for each in done} | ends)
        self.targets = {target_of(each.effect) for each in done}
        self._held = [
            Held({(one.effect.fact.root, one.part): (one.effect, one.since) for one in done if one.stands(position)})
            for position in self.since
        ]

    def at(self, position: int) -> Held:
        """What it held as known at a position."""
        place = self.place(position)
        return self._held[place - 1] if place else _NOTHING

    def place(self, position: int) -> int:
        """Which of the things it held one after another that was, from 1 on; 0 for none yet."""
        return bisect_right(self.since, position)


_NOTHING: Final = Held()


class Past(Reader):
    """All that slots ever held, read as known at one position after another.

    What is not at hand is asked for: `done` gives what was ever done to a slot, `posts` the slots that ever said of a
    post (a tag) where it is.
    """

    def __init__(
        self, done: Callable[[Slot], Sequence[Done]], posts: Callable[[str], Sequence[Slot]], kept_max: int
    ) -> None:
        self._ask_done, self._ask_posts, self._kept_max = done, posts, kept_max
        self._histories: dict[Slot, History] = {}
        self._posts: dict[str, Sequence[Slot]] = {}
        self._position = 0

    def __getitem__(self, slot: Slot) -> Held:
        return self.history(slot).at(self._position)

    def slots_towards(self, target: str, property_: str) -> Iterable[Slot]:
        """The slots that ever said of a post where it is: all that is asked for while a slot is read."""
        assert property_ == POSTS
        return self._posts_towards(target)

    def ends_of(self, slot: Slot) -> Mapping[str, SlotFact]:
        """The ends that follow for others from the ends of a slot."""
        history = self.history(slot)
        place = history.place(self._position)
        found = history.ends.get(place)
        if found is None:
            found = history.ends[place] = super().ends_of(slot)
        return found

    def know(self, slot: Slot, done: Sequence[Done]) -> None:
        """What was ever done to a slot, so that it need not be asked for."""
        if len(self._histories) >= self._kept_max:
            self._histories.clear()
        self._histories[slot] = History(done)

    def history(self, slot: Slot) -> History:
        """What a slot ever held."""
        found = self._histories.get(slot)
        if found is None:
            self.know(slot, self._ask_done(slot))
            found = self._histories[slot]
        return found

    def tell(self, slot: Slot, changes: Changes) -> None:
        """Collect what a slot ever said, and what was odd about it. Something was done to it."""
        own = self.history(slot)
        first = own.since[0]
        moments = set(own.since)
        for other in inputs(slot, own.targets, self._posts_towards):
            moments.update([position for position in self.history(other).since if position > first])
        told: dict[tuple[Span, tuple[str, ...]], Statement] = {}
        odd: dict[Misfit, int] = {}
        for self._position in sorted(moments):
            position = self._position
            said, misfits = says(self, slot)
            gone = [each for each in told if each not in said]
            new = [each for each in said if each not in told]
            for each in gone:
                changes.end_statement(slot, told.pop(each), position)
            for span, towards in new:
                told[span, towards] = changes.statement(slot, span, towards, position)
            if gone or new:
                for owner in owner_slots(slot[0]):
                    for _, towards in says(self, owner)[0]:
                        changes.concern(towards, position)
            if odd or misfits:
                for misfit in odd.keys() - set(misfits):
                    changes.end_misfit(slot, misfit, odd.pop(misfit), position)
                for misfit in misfits:
                    if misfit not in odd:
                        odd[misfit] = position
                        changes.misfit(slot, misfit, position)

    def _posts_towards(self, post: str) -> Sequence[Slot]:
        found = self._posts.get(post)
        if found is None:
            if len(self._posts) >= self._kept_max:
                self._posts.clear()
            found = self._posts[post] = self._ask_posts(post)
        return found

"""What facts did to the slots, and what the slots said, from the first recording on: over all positions at once.

An append folds what it changes at the head of the log. Here all of the log is already there, so each fact, and then
each slot, is gone through by itself, in whatever order suits, by as many processes as there are. What stands, what a
fact does and what a slot says are the very functions that appends use (`standing`, `effects`, `says`); only the walk
over the positions is another one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple, TypeAlias

import msgspec

from events.changes import Changes
from events.event import RecordedFact
from events.folding import says
from events.slots import Held, Misfit, Nothing, Slot, Slots, Statement, inputs, owner_slots, target_of
from events.standing import Amendment, standing
from events.state import Span
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
            msgspec.structs.replace(fact, data=renamed(fact.type, fact.data, answering)) if answering else fact,
            begin,
            end,
        )


def _past(stop: int | None, position: int) -> bool:
    return stop is not None and stop <= position


class Past:
    """All that facts ever did to slots; `done` and `posts` are asked for what is not at hand.

    done: what was ever done to a slot. posts: the slots that ever said of a post (a tag) where it is.
    """

    def __init__(
        self, done: Callable[[Slot], Sequence[Done]], posts: Callable[[str], Sequence[Slot]], kept_max: int
    ) -> None:
        self._ask_done, self._ask_posts, self._kept_max = done, posts, kept_max
        self._done: dict[Slot, Sequence[Done]] = {}
        self._posts: dict[str, Sequence[Slot]] = {}

    def done(self, slot: Slot) -> Sequence[Done]:
        """What was ever done to a slot."""
        found = self._done.get(slot)
        if found is None:
            self._make_room(self._done)
            found = self._done[slot] = self._ask_done(slot)
        return found

    def posts(self, post: str) -> Sequence[Slot]:
        """The slots that ever said of a post where it is."""
        found = self._posts.get(post)
        if found is None:
            self._make_room(self._posts)
            found = self._posts[post] = self._ask_posts(post)
        return found

    def tell(self, slot: Slot, done: Sequence[Done], changes: Changes) -> None:
        """Collect what a slot ever said and what was odd about it, by all that was `done` to it."""
        first = min(each.since for each in done)
        targets = {target_of(each.effect) for each in done}
        seen = [self.done(other) for other in inputs(slot, targets, self.posts)]
        moments = {position for each in (done, *seen) for one in each for position in one[2:]}
        told: dict[tuple[Span, tuple[str, ...]], Statement] = {}
        odd: dict[Misfit, int] = {}
        for position in sorted(each for each in moments if each is not None and each >= first):
            slots = Slots(_At(self, position, slot, done))
            said, misfits = says(slots, slot)
            gone = [each for each in told if each not in said]
            new = [each for each in said if each not in told]
            for each in gone:
                changes.end_statement(slot, told.pop(each), position)
            for span, towards in new:
                told[span, towards] = changes.statement(slot, span, towards, position)
            if gone or new:
                for owner in owner_slots(slot[0]):
                    for _, towards in says(slots, owner)[0]:
                        changes.concern(towards, position)
            for misfit in odd.keys() - set(misfits):
                changes.end_misfit(slot, misfit, odd.pop(misfit), position)
            for misfit in misfits:
                if misfit not in odd:
                    odd[misfit] = position
                    changes.misfit(slot, misfit, position)

    def _make_room(self, kept: dict[Slot, Sequence[Done]] | dict[str, Sequence[Slot]]) -> None:
        if len(kept) >= self._kept_max:
            kept.clear()


class _At(Nothing):
    """What slots held as known at one position."""

    def __init__(self, past: Past, position: int, slot: Slot, done: Sequence[Done]) -> None:
        self._past, self._position, self._slot, self._done = past, position, slot, done

    def held(self, slots: Iterable[Slot]) -> dict[Slot, Held]:
        """What these slots held."""
        return {slot: self._held(self._done if slot == self._slot else self._past.done(slot)) for slot in slots}

    def slots_towards(self, target: str, property_: str) -> Iterable[Slot]:
        """The slots that say of a post where it is: what is asked for while a slot is folded."""
        return self._past.posts(target)

    def _held(self, done: Sequence[Done]) -> Held:
        standing_ = (each for each in done if each.stands(self._position))
        return Held({(each.effect.fact.root, each.part): (each.effect, each.since) for each in standing_})

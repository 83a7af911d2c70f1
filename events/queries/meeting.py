"""Which intervals of days meet others: counted, or listed one after another, in steps that are logarithmic each."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from events.dates import BEGINNING, Day

Days = tuple[Day, Day]
"""From a first day to a last one, both included."""


def meet(one: Days, other: Days) -> bool:
    """Whether there is a day in both."""
    return one[0] <= other[1] and other[0] <= one[1]


def union(intervals: Sequence[Days]) -> list[Days]:
    """The days that are in any of these, as intervals that do not meet, in their order."""
    found: list[Days] = []
    for first, last in sorted(intervals):
        if found and first <= found[-1][1]:
            found[-1] = found[-1][0], max(last, found[-1][1])
        else:
            found.append((first, last))
    return found


class Meeting:
    """Intervals, of which one can ask which meet some days."""

    def __init__(self, intervals: Sequence[Days]) -> None:
        self._order = sorted(range(len(intervals)), key=intervals.__getitem__)
        self._firsts = [intervals[place][0] for place in self._order]
        self._lasts = sorted(last for _, last in intervals)
        # A tree over the intervals in their order: each node holds the latest last day of all below it. Node n has the
        # children 2n and 2n + 1; the intervals themselves begin at `_size`.
        self._size = 1 << len(intervals).bit_length()
        self._latest = [BEGINNING - 1] * (2 * self._size)
        for leaf, place in enumerate(self._order, self._size):
            self._latest[leaf] = intervals[place][1]
        for node in range(self._size - 1, 0, -1):
            self._latest[node] = max(self._latest[2 * node], self._latest[2 * node + 1])

    def count(self, days: Days) -> int:
        """How many meet these days: those that have begun by the last one, but those that are over by the first."""
        return bisect_right(self._firsts, days[1]) - bisect_left(self._lasts, days[0])

    def of(self, days: Days) -> Iterator[int]:
        """The places of those that meet these days in what was given at first, in the order of the intervals."""
        stop = bisect_right(self._firsts, days[1])
        found = self._next(0, days[0])
        while found < stop:
            yield self._order[found]
            found = self._next(found + 1, days[0])

    def _next(self, start: int, day: Day) -> int:
        """The first interval in the order, from `start` on, that is not over by a day; `_size` where there is none."""
        node = start + self._size
        while self._latest[node] < day:
            while node % 2:  # a right child: what follows it follows its parent
                node //= 2
            if not node:
                return self._size
            node += 1
        while node < self._size:
            node = 2 * node if self._latest[2 * node] >= day else 2 * node + 1
        return node - self._size

"""Which subjects are one: the equations that stand, the classes that they form, and who answers for whom.

Equations that share a subject belong together, chains of them too. Of the equations of a class the one that was first
recorded last (the highest position of its root) says who represents it: its `keep`. Whatever facts say of any member is
folded as said of the representative.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Protocol

import msgspec


class Equation(msgspec.Struct, frozen=True):
    """An equation that stands: its root with that one's position, its subjects (tags, `keep` among them).

    `since` is the position from which it has stood so.
    """

    root: str
    position: int
    members: tuple[str, ...]
    keep: str
    since: int


class Alias(msgspec.Struct, frozen=True):
    """Who answers for a subject, and the position since when."""

    representative: str
    since: int


class Source(Protocol):
    """What was recorded before."""

    def equations(self, subjects: Collection[str]) -> list[Equation]:
        """All equations that stand and name one of these subjects."""
        ...

    def aliases(self, subjects: Collection[str]) -> dict[str, Alias]:
        """Those of these subjects that are aliases."""
        ...


class Identities:
    """A working copy of equations and aliases, as far as they were asked for.

    equated: whether there ever was an equation; as long as there was none, nothing is asked.
    """

    def __init__(self, source: Source, *, equated: bool) -> None:
        self._source = source
        self.equated = equated
        self._alias: dict[str, Alias | None] = {}
        self._equations: dict[str, Equation] = {}
        self._naming: dict[str, set[str]] = {}  # subject to the roots of the equations that name it, once asked for

    def load(self, subjects: Iterable[str]) -> None:
        """Make sure that it is known of these subjects whether they are aliases."""
        if self.equated:
            missing = {subject for subject in subjects if subject not in self._alias}
            if missing:
                self._alias.update(dict.fromkeys(missing), **self._source.aliases(missing))

    def of(self, subjects: Iterable[str]) -> dict[str, str]:
        """Who answers for those of these subjects that are aliases."""
        if not self.equated:
            return {}
        subjects = list(subjects)
        self.load(subjects)
        return {subject: alias.representative for subject in subjects if (alias := self._alias[subject]) is not None}

    def alias(self, subject: str) -> Alias | None:
        """Who answers for a subject, since when; None where it is itself."""
        self.load((subject,))
        return self._alias.get(subject)

    def drop(self, root: str, subjects: Iterable[str]) -> Equation:
        """An equation, which names these subjects, stands no more."""
        self._join(subjects)
        equation = self._equations.pop(root)
        for subject in equation.members:
            self._naming[subject].discard(root)
        return equation

    def add(self, equation: Equation) -> None:
        """An equation stands."""
        self._join(equation.members)
        self._equations[equation.root] = equation
        for subject in equation.members:
            self._naming[subject].add(equation.root)

    def settle(self, subjects: Iterable[str], position: int) -> dict[str, Alias | None]:
        """Find anew who answers for these subjects and for all that are one with them.

        Returns those for whom somebody else answers now, with what held before.
        """
        self.equated = True
        settled: dict[str, str] = {}
        for subject in subjects:
            if subject not in settled:
                members = self._class_of(subject)
                keep = self._representative(members)
                settled.update(dict.fromkeys(members, keep))
        self.load(settled)
        moved = {}
        for subject, keep in sorted(settled.items()):
            before = self._alias[subject]
            if (subject if before is None else before.representative) != keep:
                moved[subject] = before
                self._alias[subject] = None if keep == subject else Alias(keep, position)
        return moved

    def _class_of(self, subject: str) -> set[str]:
        found = {subject}
        waiting = [subject]
        while waiting:
            self._join(waiting)
            roots = {root for each in waiting for root in self._naming[each]}
            waiting = [each for root in roots for each in self._equations[root].members if each not in found]
            found.update(waiting)
        return found

    def _representative(self, members: set[str]) -> str:
        roots = {root for each in members for root in self._naming[each]}
        if not roots:
            (alone,) = members
            return alone
        return max((self._equations[root] for root in roots), key=lambda each: each.position).keep

    def _join(self, subjects: Iterable[str]) -> None:
        """Make sure that all equations that name these subjects are in the working copy."""
        missing = {subject for subject in subjects if subject not in self._naming}
        if not missing:
            return
        self._naming.update((subject, set()) for subject in missing)
        for equation in self._source.equations(missing):
            self._equations.setdefault(equation.root, equation)
            for subject in missing.intersection(equation.members):
                self._naming[subject].add(equation.root)

"""What a fold wants written, as rows of the state's tables, and how spans and effects look in them."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Sequence
from hashlib import blake2b
from itertools import chain
from typing import Any, Final

import msgspec

from events.canonical import canonical
from events.dates import Day
from events.held import Misfit, Slot, Statement, target_of
from events.identities import Alias, Equation
from events.naming import named, words
from events.standing import Amendment
from events.state import SlotFact, Span
from events.vocabulary import Effect

SPAN_COLUMNS: Final = (
    "value",
    "since_earliest",
    "since_latest",
    "until_earliest",
    "until_latest",
    "doubtful",
    "opened_by",
    "closed_by",
    "undecided",
)


_UNDECIDED: Final = msgspec.json.Decoder(tuple[tuple[str, Day, Day], ...]).decode


class Changes:
    """What a fold wants written."""

    def __init__(self, statements: int) -> None:
        self.statements = statements  # the highest statement id given so far
        self.amendments: list[tuple[str, Amendment]] = []
        self._equations: dict[tuple[str, int], tuple[Equation, int | None]] = {}
        self.ended_equations: list[tuple[int, str, int]] = []
        self._aliases: dict[tuple[str, int], tuple[str, int | None]] = {}
        self.ended_aliases: list[tuple[int, str, int]] = []
        self._mentioned: dict[str, int] = {}
        self._changed: dict[str, int] = {}
        self._effects: dict[tuple[str, str, str, str, int, int], tuple[Effect, int | None]] = {}
        self.ended_effects: list[tuple[int, str, str, str, str, int, int]] = []
        self._statements: dict[int, tuple[Slot, Statement, int | None]] = {}
        self._ended_statements: dict[int, tuple[Slot, Statement, int]] = {}
        self._misfits: dict[tuple[Slot, Misfit, int], int | None] = {}
        self.ended_misfits: list[tuple[int, str, int, str]] = []  # to, concerns, from, id

    def mention(self, tags: Iterable[str], position: int) -> None:
        """An event that bears these tags was recorded."""
        self.concern((tag for tag in tags if not tag.startswith("type/")), position)

    def effect(self, effect: Effect, part: int, position: int) -> None:
        """An effect came into being."""
        key = (effect.subject, effect.property, effect.key, effect.fact.root, part, position)
        self._effects[key] = (effect, None)

    def end_effect(self, effect: Effect, part: int, since: int, position: int) -> None:
        """An effect, there since `since`, is no more."""
        key = (effect.subject, effect.property, effect.key, effect.fact.root, part, since)
        if key not in self._effects:
            self.ended_effects.append((position, *key))
        elif since == position:
            del self._effects[key]
        else:
            self._effects[key] = (effect, position)

    def statement(self, slot: Slot, span: Span, targets: tuple[str, ...], position: int) -> Statement:
        """A new statement."""
        self.statements += 1
        statement = Statement(self.statements, span, targets, position)
        self._statements[statement.id] = (slot, statement, None)
        self.concern((slot[0], *targets), position)
        return statement

    def end_statement(self, slot: Slot, statement: Statement, position: int) -> None:
        """A statement no longer holds."""
        self.concern((slot[0], *statement.targets), position)
        if statement.id not in self._statements:
            self._ended_statements[statement.id] = (slot, statement, position)
        elif statement.recorded_from == position:
            del self._statements[statement.id]
        else:
            self._statements[statement.id] = (slot, statement, position)

    def misfit(self, slot: Slot, misfit: Misfit, position: int) -> None:
        """Something is odd about a slot."""
        self._misfits[slot, misfit, position] = None

    def end_misfit(self, slot: Slot, misfit: Misfit, since: int, position: int) -> None:
        """Something, there since `since`, is odd no more."""
        key = (slot, misfit, since)
        if key not in self._misfits:
            id_ = _misfit_id(slot, misfit)
            self.ended_misfits.extend((position, tag, since, id_) for tag in misfit.concerns)
        elif since == position:
            del self._misfits[key]
        else:
            self._misfits[key] = position

    def equation(self, equation: Equation) -> None:
        """An equation stands."""
        self._equations[equation.root, equation.since] = (equation, None)

    def end_equation(self, equation: Equation, position: int) -> None:
        """An equation no longer stands."""
        key = (equation.root, equation.since)
        if key in self._equations:
            self._equations[key] = (equation, position)
        else:
            self.ended_equations.append((position, *key))

    def alias(self, subject: str, alias: Alias) -> None:
        """Another subject answers for this one."""
        self._aliases[subject, alias.since] = (alias.representative, None)

    def end_alias(self, subject: str, alias: Alias, position: int) -> None:
        """It no longer does."""
        key = (subject, alias.since)
        if key in self._aliases:
            self._aliases[key] = (alias.representative, position)
        else:
            self.ended_aliases.append((position, *key))

    def concern(self, tags: Iterable[str], position: int) -> None:
        """What is to be said about these subjects changed. Positions may come in any order."""
        for tag in tags:
            if position < self._mentioned.setdefault(tag, position):
                self._mentioned[tag] = position
            if position > self._changed.setdefault(tag, position):
                self._changed[tag] = position

    def effect_rows(self, generation: int) -> list[tuple[Any, ...]]:
        """The rows of `effect`, in the order of its columns."""
        return [
            (generation, *effect_columns(effect, key[4], key[5], until))
            for key, (effect, until) in self._effects.items()
        ]

    def statement_rows(self, generation: int) -> list[tuple[Any, ...]]:
        """The rows of `statement`, in the order of its columns."""
        return [
            (generation, each.id, *slot, *span_columns(each.span), each.recorded_from, until)
            for slot, each, until in self._statements.values()
        ]

    def ended_statement_rows(self, generation: int) -> list[tuple[int, int, int]]:
        """Which rows of `statement` that were there before have ended: until, generation, id."""
        return [(until, generation, id_) for id_, (_, _, until) in self._ended_statements.items()]

    def differences(self) -> dict[Slot, tuple[list[Statement], list[Statement]]]:
        """What each slot that has changed no longer says of what it said before, and what it says now in its place."""
        found: dict[Slot, tuple[list[Statement], list[Statement]]] = {}
        for slot, each, _ in self._ended_statements.values():
            found.setdefault(slot, ([], []))[0].append(each)
        for slot, each, until in self._statements.values():
            if until is None:
                found.setdefault(slot, ([], []))[1].append(each)
        return found

    def target_rows(self, generation: int) -> list[tuple[Any, ...]]:
        """The rows of `statement_target`."""
        return [(generation, target, each.id) for _, each, _ in self._statements.values() for target in each.targets]

    def subject_rows(self, generation: int) -> list[tuple[Any, ...]]:
        """The rows of `subject`; `mentioned_at` counts only where the subject is new."""
        return [
            (generation, *tag.split("/", 1), self._mentioned[tag], changed) for tag, changed in self._changed.items()
        ]

    def name_rows(self, generation: int, known: Container[str]) -> list[tuple[Any, ...]]:
        """The rows of `name_word`, each once: of the new statements, and of the tags not `known` before."""
        names = (
            (tag, name, each.recorded_from)
            for (subject, property_, key), each, _ in self._statements.values()
            for tag, name in named(subject, property_, key, each.span.value, each.targets)
        )
        identifiers = ((tag, tag.partition("/")[2], self._mentioned[tag]) for tag in self._changed if tag not in known)
        return word_rows(generation, chain(names, identifiers))

    def concerns(self) -> list[tuple[str, int, int]]:
        """Each subject that was mentioned, or of which something changed: first at which position, and last."""
        return [(tag, self._mentioned[tag], changed) for tag, changed in self._changed.items()]

    def number_from(self, statements: int) -> None:
        """Let the ids of the new statements follow on this one, where they were counted from 0."""
        for _, each, _ in self._statements.values():
            each.id += statements

    def tags(self) -> Collection[str]:
        """The subjects that were mentioned, or of which something changed."""
        return self._changed.keys()

    def anomaly_rows(self, generation: int) -> list[tuple[Any, ...]]:
        """The rows of `anomaly`."""
        return [
            (
                generation,
                tag,
                since,
                _misfit_id(slot, misfit),
                *slot,
                misfit.code,
                " ".join(misfit.roots),
                misfit.earliest,
                misfit.latest,
                until,
            )
            for (slot, misfit, since), until in self._misfits.items()
            for tag in misfit.concerns
        ]

    def amendment_rows(self, generation: int) -> list[tuple[Any, ...]]:
        """The rows of `amendment`."""
        return [(generation, root, a.position, a.id, a.event, a.kind) for root, a in self.amendments]

    def equation_rows(self, generation: int) -> list[tuple[Any, ...]]:
        """The rows of `equation`."""
        return [
            (generation, member, root, since, until, each.keep, each.position)
            for (root, since), (each, until) in self._equations.items()
            for member in each.members
        ]

    def alias_rows(self, generation: int) -> list[tuple[Any, ...]]:
        """The rows of `alias`."""
        return [
            (generation, subject, since, until, representative)
            for (subject, since), (representative, until) in self._aliases.items()
        ]


def word_rows(generation: int, names: Iterable[tuple[str, str, int]]) -> list[tuple[Any, ...]]:
    """The rows of `name_word`, each once, for what subjects are called: (tag, name, position from which on)."""
    since: dict[tuple[str, str, str], int] = {}
    for tag, name, position in names:
        kind = tag.partition("/")[0]
        for word in words(name):
            if position < since.setdefault((kind, word, tag), position):
                since[kind, word, tag] = position
    return [(generation, *key, position) for key, position in since.items()]


def span_of(row: Sequence[Any]) -> Span:
    """The span of a row of `statement`: its columns from `value` to `undecided`."""
    return Span(
        row[0],
        row[1],
        row[2],
        row[3],
        row[4],
        bool(row[5]),
        ids_of(row[6]),
        ids_of(row[7]),
        undecided_of(row[8]),
    )


def undecided_of(text: str | None) -> tuple[tuple[str, Day, Day], ...]:
    """The undecided facts of a statement, from the column that tells of them."""
    return () if text is None else _UNDECIDED(text)


def _misfit_id(slot: Slot, misfit: Misfit) -> str:
    """Tells apart what is odd at one time: the same for the same, however often it is made anew."""
    told = "\n".join((*slot, misfit.code, *misfit.roots))
    return blake2b(told.encode(), digest_size=16).hexdigest()


def ids_of(text: str) -> tuple[str, ...]:
    """The ids of events in a column of a statement."""
    return tuple(text.split(" ")) if text else ()


def span_columns(span: Span) -> tuple[Any, ...]:
    """What `span_of` reads."""
    undecided = canonical([list(each) for each in span.undecided]).decode() if span.undecided else None
    return (
        span.value,
        span.since_earliest,
        span.since_latest,
        span.until_earliest,
        span.until_latest,
        span.doubtful,
        " ".join(span.opened_by),
        " ".join(span.closed_by),
        undecided,
    )


def effect_columns(effect: Effect, part: int, since: int, until: int | None) -> tuple[Any, ...]:
    """The columns of `effect` but the generation."""
    kept = _KEPT.encode((effect.fact, effect.targets))
    root = effect.fact.root
    return effect.subject, effect.property, effect.key, root, part, since, until, target_of(effect), kept


def effect_of(slot: Slot, kept: bytes) -> Effect:
    """The effect on a slot that a row of `effect` keeps."""
    fact, targets = _READ.decode(kept)
    return Effect(*slot, targets, fact)


_KEPT = msgspec.msgpack.Encoder()
_READ = msgspec.msgpack.Decoder(tuple[SlotFact, tuple[str, ...]])

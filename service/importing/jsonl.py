"""Reads JSON Lines of plain facts: one fact a line, each either ready to be recorded or told apart with its faults.

A fact without an id gets one that follows from what the line states (a UUID of version 5 of its canonical JSON), so
that reading the same file twice gives the same ids, and equal lines are one fact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import IO, Final
from uuid import UUID, uuid5

import msgspec

from events import facts
from events.canonical import MalformedJson, canonical, parse
from events.errors import Fault
from events.event import Fact
from events.vocabulary.defined import BUILT_IN, DEFINED_TYPE, Types

BATCH_LINES_MAX: Final = 500
LINE_BYTES_MAX: Final = 1 << 20
LINE_NAMESPACE: Final = UUID("2f0d1f0e-5a0c-5c53-8f43-0f2f4f6f1d8c")
"""Of the ids that are derived from a line. Never to be changed."""


class Line(msgspec.Struct, frozen=True):
    """One line: its number (from 1 on), where it ends (bytes from the file's start), and its fact or its faults.

    `place` is where facts come from that were made from the row of a table (`appointment.csv:12`); `more` are those
    besides the first, recorded in one append with it.
    """

    number: int
    end: int
    fact: Fact | None = None
    faults: tuple[Fault, ...] = ()
    place: str = ""
    more: tuple[Fact, ...] = ()


def read(file: IO[bytes], types: Callable[[], Types] = lambda: BUILT_IN) -> Iterator[Line]:
    """The lines of a file in their order; blank ones are passed over. `types` gives those of the register by now."""
    end = 0
    for number, (text, size) in enumerate(_texts(file), 1):
        end += size
        if text and not text.isspace():
            yield _line(number, end, text, types())


def batches(lines: Iterable[Line], size: int = BATCH_LINES_MAX) -> Iterator[list[Line]]:
    """The lines in groups of at most `size`; one that defines a type ends its group, since the next may rest on it."""
    batch: list[Line] = []
    for line in lines:
        batch.append(line)
        if len(batch) == size or defines(line):
            yield batch
            batch = []
    if batch:
        yield batch


def defines(line: Line) -> bool:
    """Whether the line defines a type."""
    return line.fact is not None and line.fact.type == DEFINED_TYPE


def id_of_line(text: bytes) -> str:
    """The id of a fact that states none. Raises MalformedJson."""
    return str(uuid5(LINE_NAMESPACE, canonical(parse(text)).decode()))


_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


def _texts(file: IO[bytes]) -> Iterator[tuple[bytes, int]]:
    """Each line, cut after LINE_BYTES_MAX + 1 bytes, and its whole size."""
    text = file.readline(LINE_BYTES_MAX + 1).removeprefix(_BYTE_ORDER_MARK)
    while text:
        size = len(text)
        rest = text
        while not rest.endswith(b"\n") and (rest := file.readline(LINE_BYTES_MAX)):
            size += len(rest)
        yield text, size
        text = file.readline(LINE_BYTES_MAX + 1)


def _line(number: int, end: int, text: bytes, types: Types) -> Line:
    if len(text) > LINE_BYTES_MAX:
        return _faulty(number, end, f"the line is longer than {LINE_BYTES_MAX} bytes")
    try:
        request = facts.decode(text, types)
        if not request.single:
            return _faulty(number, end, "a line holds one fact by itself, not a request with several")
        (fact,) = request.facts
        if fact.id is None and fact.type != DEFINED_TYPE:  # whose id follows from what it says
            fact = msgspec.structs.replace(fact, id=id_of_line(text))
    except MalformedJson as error:
        return _faulty(number, end, error.message)
    except facts.InvalidFacts as error:
        return Line(number, end, faults=tuple(error.faults))
    return Line(number, end, fact)


def _faulty(number: int, end: int, detail: str) -> Line:
    return Line(number, end, faults=(Fault("", detail),))

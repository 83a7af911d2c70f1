"""What of a fact's envelope fits its type and the other facts of a request, and its date with bounds resolved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Final

from events.dates import DateFault, iso, narrow, parse
from events.errors import Fault
from events.event import Bounds, Effective, Fact, Source, Stated, StatedDate
from events.vocabulary import FactType
from events.vocabulary.acts import may_hold_through
from events.vocabulary.amendments import Corrected, Retracted
from events.vocabulary.faults import date_fault
from events.vocabulary.language import UNDATED
from events.vocabulary.plans import Announced

_DATES_CACHED: Final = 16_384


def effective_of(given: str | StatedDate) -> Effective:
    """A date as a client states it, with its bounds resolved. Raises DateFault."""
    if isinstance(given, str):
        return _resolved(given, None, None, None)
    return _resolved(given.edtf, given.earliest, given.latest, given.text)


def misfits(kind: FactType, stated: Stated, data: Any) -> Iterator[Fault]:
    """What of the envelope does not fit the type, or the data (None if these are not known to be sound)."""
    if not kind.dated:
        for name in UNDATED:
            if getattr(stated, name):
                yield Fault(f"/{name}", f"{kind.name} is about the register, not the world: leave it out")
    elif stated.effective is None:
        yield Fault("/effective", "this field is required: add it")
    else:
        yield from _misdated(kind, stated.effective, data)
    if stated.ends is not None and not kind.ends_something:
        yield Fault("/ends", f"{kind.name} ends nothing: leave it out")
    if stated.fulfils is not None and isinstance(data, Announced):
        given = stated.fulfils
        plan, pointer = (given, "/fulfils") if isinstance(given, str) else (given.plan, "/fulfils/plan")
        if plan == data.plan:
            words = (
                "a plan is not brought about by its own announcement: leave it out, or name the plan that it fulfils"
            )
            yield Fault(pointer, words)
    for index, source in enumerate(stated.sources):
        yield from _missourced(source, f"/sources/{index}")


def misordered(facts: Sequence[Fact | None], *, single: bool) -> Iterator[Fault]:
    """Ids that are given twice, and facts that come before themselves, in one request. None: a fact that is faulty."""
    places: dict[str, int] = {}
    before: dict[int, tuple[str, ...]] = {}
    for index, fact in enumerate(facts):
        if fact is None:
            continue
        pointer = "" if single else f"/facts/{index}"
        if fact.id is not None and places.setdefault(fact.id, index) != index:
            yield Fault(f"{pointer}/id", f"fact {places[fact.id]} of this request has the same id: give each its own")
        if fact.follows or fact.ends is not None:
            before[index] = fact.follows if fact.ends is None else (*fact.follows, fact.ends)
            if len(set(fact.follows)) < len(fact.follows):
                yield Fault(f"{pointer}/follows", "names an event twice: leave one out")
        elif isinstance(fact.data, (Corrected, Retracted)) and fact.data.event == fact.id:
            yield Fault(f"{pointer}/data/event", "a fact cannot be about itself: name an earlier event")
    if not before:
        return
    links = {index: [places[event] for event in ids if event in places] for index, ids in before.items()}
    for index in _in_cycles(links):
        pointer = "" if single else f"/facts/{index}"
        given = facts[index]
        name = "follows" if given is not None and given.follows else "ends"
        yield Fault(
            f"{pointer}/{name}", "the fact would come before itself, by itself or in a circle: name earlier ones"
        )


@lru_cache(_DATES_CACHED)
def _resolved(edtf: str, earliest: str | None, latest: str | None, text: str | None) -> Effective:
    date = parse(edtf)
    if earliest is not None or latest is not None:
        date = narrow(date, earliest, latest)
    until = None
    if date.until_earliest is not None and date.until_latest is not None:
        until = Bounds(iso(date.until_earliest), iso(date.until_latest))
    return Effective(edtf, iso(date.earliest), iso(date.latest), until, text)


def _misdated(kind: FactType, given: str | StatedDate, data: Any) -> Iterator[Fault]:
    try:
        edtf = effective_of(given).edtf
    except DateFault as fault:
        yield Fault("/effective", fault.message)
        return
    if "/" not in edtf:
        return
    pointer = "/effective" if isinstance(given, str) else "/effective/edtf"
    if not kind.opens_something:
        yield Fault(pointer, date_fault(edtf) or "write one date")
    elif data is not None and not may_hold_through(kind, data):
        yield Fault(pointer, "this fact opens nothing that could end, so it takes no interval: write when it began")


def _missourced(source: Source, pointer: str) -> Iterator[Fault]:
    if source.title is None and source.url is None:
        yield Fault(f"{pointer}/title", "a source needs a title or a url: add one")
    for name, text in (("published", source.published), ("accessed", source.accessed)):
        if text is not None and (fault := date_fault(text)):
            yield Fault(f"{pointer}/{name}", fault)


def _in_cycles(before: dict[int, list[int]]) -> list[int]:
    """Which facts come, by some way, before themselves; what comes only before or after a circle is not in it."""
    after: dict[int, list[int]] = {}
    for index, earlier in before.items():
        for other in earlier:
            after.setdefault(other, []).append(index)
    held = {*before, *after}
    for links, back in ((before, after), (after, before)):
        waiting = {index: len(held.intersection(links.get(index, ()))) for index in held}
        free = [index for index, count in waiting.items() if count == 0]
        while free:
            index = free.pop()
            held.discard(index)
            for other in set(back.get(index, ())):
                if other in held:
                    waiting[other] -= 1
                    if waiting[other] == 0:
                        free.append(other)
    return sorted(held)

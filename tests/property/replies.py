"""What there is to answer about subjects on some days, from the naive statements: standing, names, lists, undecided."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from typing import Any

import msgspec

from tests.property.naive import Statement
from tests.property.oracle import NEVER_AFTER, NEVER_BEFORE, Known, closings
from tests.property.table import SlotName

STATUSES = ("active", "closed", "announced", "not_yet", "unknown")
NAME_KINDS = ("brand", "trading", "legal", "short", "translation", "former")
GIVEN_BY_OTHERS = {
    "person": ("person_name", ("appointments", "observations")),
    "post": ("title", ("posts", "appointments", "observations")),
    "responsibility": ("title", ("responsibilities",)),
}

Days = Sequence[int]
Held = tuple[SlotName, Statement]


class Standing(msgspec.Struct):
    """`otherwise`: the next status that is possible, where the shown one is not definite; `possible`: all that are."""

    status: str
    certainty: str
    otherwise: str | None
    possible: list[str]


def certainty(statements: Iterable[Statement], days: Days) -> str | None:
    """Whether on each of these days one of the statements surely holds, or on some day one perhaps does."""
    statements = list(statements)
    if all(any(day in each.definite for each in statements) for day in days):
        return "definite"
    return "possible" if any(day in each.possible for each in statements for day in days) else None


def of(found: Known, tag: str) -> list[Held]:
    """The statements of a subject."""
    return [(slot, each) for slot, statements in found.statements.items() if slot[0] == tag for each in statements]


def about(found: Known, tag: str) -> list[Held]:
    """The statements of others that concern a subject."""
    return [
        (slot, each)
        for slot, statements in found.statements.items()
        for each in statements
        if tag in found.concerns(slot, each)
    ]


def in_force(held: Iterable[Held], property_: str, days: Days) -> list[tuple[str, str]]:
    """(key, certainty) of each statement of a property that is in force."""
    sure = [(slot[2], certainty([each], days)) for slot, each in held if slot[1] == property_]
    return sorted((key, each) for key, each in sure if each is not None)


def values_in_force(held: Iterable[Held], property_: str, days: Days) -> list[tuple[Any, str]]:
    """(value, certainty) of each value of a property without key: all statements of one value are taken together."""
    by_value: dict[str, list[Statement]] = {}
    for slot, each in held:
        if slot[1] == property_ and each.value is not None:
            by_value.setdefault(each.value, []).append(each)
    sure = [(json.loads(value), certainty(each, days)) for value, each in by_value.items()]
    return sorted((value, each) for value, each in sure if each is not None)


def undecided(found: Known, tag: str, days: Days) -> set[str]:
    """The facts that open, end or set a statement of or about a subject, and may or may not have come on a day."""
    return {
        fact.root
        for slot, statement in {id(each): (slot, each) for slot, each in of(found, tag) + about(found, tag)}.values()
        for fact in [*found.facts[slot], *closings(found, slot)]
        if fact.earliest > NEVER_BEFORE and fact.latest < NEVER_AFTER
        if any(fact.earliest <= day < fact.latest for day in days)
        if (fact.effect != "end" and fact.root in statement.opened_by)
        or (fact.effect != "open" and fact.root in statement.closed_by)
    }


# Standing


def settled(possible: Sequence[set[str]], order: Sequence[str]) -> Standing:
    """From the statuses that are possible on each day."""
    found = [status for status in order if any(status in each for each in possible)]
    if all(each == {found[0]} for each in possible):
        return Standing(found[0], "definite", None, found)
    return Standing(found[0], "possible", found[1] if len(found) > 1 else None, found)


def held(found: Known, slots: Iterable[SlotName], on: str, off: str, days: Days) -> Standing:
    """Of two statuses: whether one of some on/off slots is on."""
    statements = [each for slot in slots for each in found.statements[slot]]
    possible = []
    for day in days:
        sure = certainty(statements, [day])
        possible.append({on} if sure == "definite" else {on, off} if sure else {off})
    return settled(possible, (on, off))


def organisation(found: Known, tag: str, days: Days) -> Standing:
    """The standing of an organisation."""
    return settled([set(statuses(found, tag, day)) for day in days], STATUSES)


def statuses(found: Known, tag: str, day: int) -> set[str]:
    """The statuses that an organisation has in some completion: its lives in each, then what plans say of it."""
    lives = found.statements.get((tag, "existence", ""), [])
    possible: set[str] = set()
    plans = [plan for plan, property_, _ in found.statements if property_ == "status" and plan.startswith("plan/")]
    told = [announces(found, plan, tag, day) for plan in plans]
    for spells in completed(lives):
        if any(since <= day < until for since, until in spells):
            possible.add("active")
        elif any(until <= day for _, until in spells):
            possible.add("closed")
        else:
            possible |= {"announced"} if any(told) else set()
            if "definite" not in told:
                possible.add("not_yet" if spells else "unknown")
    # The plan was pending until just then.
    return possible - {"not_yet"} if {"active", "announced"} <= possible else possible


def completed(lives: Sequence[Statement]) -> Iterator[list[tuple[int, int]]]:
    """The lives in every completion; what rests on doubtful openings alone may also never have been."""
    for number in range(len(lives[0].spells) if lives else 1):
        ways: list[list[tuple[int, int] | None]] = []
        for life in lives:
            since, until = life.spells[number]
            ways.append([(since, until)])
            if life.doubtful:
                ways[-1].append(None)
            if life.sure_from is not None:
                ways[-1].append((min(max(since, life.sure_from[1]), until), until))
        for way in product(*ways):
            yield [spell for spell in way if spell is not None]


def announces(found: Known, plan: str, tag: str, day: int) -> str | None:
    """How certain it is that a plan is pending on a day and that its drafts bring an organisation into being."""
    pending = certainty(
        [each for each in found.statements[plan, "status", ""] if json.loads(each.value or "")["status"] == "pending"],
        [day],
    )
    drafts = found.statements.get((plan, "changes", ""), [])
    creating = certainty([each for each in drafts if creates(each.value, tag)], [day])
    if pending is None or creating is None:
        return None
    return "definite" if pending == creating == "definite" else "possible"


def before(found: Known, tag: str, day: int) -> str | None:
    """The status of a plan before all that is known of it, where that is possible on a day. That something has come is
    sure from the last day on that a fact has which is not doubtful, whatever the others do.
    """
    announced = found.facts.get((tag, "organisation", ""), [])
    became = [each for each in found.facts.get((tag, "status", ""), ()) if "pending" not in (each.value or "")]
    if any(each.latest <= day and not each.doubtful for each in [*announced, *became]):
        return None
    surely = [each for each in announced if not each.doubtful]
    return "not_yet" if surely or (announced and all(day < each.latest for each in announced)) else "unknown"


def creates(changes: str | None, tag: str) -> bool:
    """Whether drafts create an organisation."""
    return any(
        each["change"] in ("organisation.created", "organisation.reinstated")
        and f"organisation/{each['draft']['organisation']}" == tag
        for each in json.loads(changes or "[]")
    )


def closed_by(found: Known, tag: str, days: Days) -> str | None:
    """How the last of the lives that may be over by the last day ended."""
    over = [each for each in found.statements.get((tag, "existence", ""), []) if each.until[0] <= days[-1]]
    last: str | None = json.loads(over[-1].value or "{}").get("ending") if over else None
    return last


# Names


def name(found: Known, tag: str, day: int) -> str:
    """What a subject is called on a day."""
    named = list(names(found, tag))
    now = [(certainty([each], [day]), rank, name, each) for name, rank, each in named]
    now = [each for each in now if each[0] is not None]
    if now:
        return min(now, key=lambda each: (each[0] == "possible", each[1], -each[3].since[0], each[2].encode()))[2]
    was = [each for each in named if each[2].until[1] <= day]
    if was:
        return min(was, key=lambda each: (-each[2].until[1], each[1], each[0].encode()))[0]
    if named:
        return min(named, key=lambda each: (each[2].since[0], each[1], each[0].encode()))[0]
    return tag.partition("/")[2]


def names(found: Known, tag: str) -> Iterator[tuple[str, int, Statement]]:
    """The names that statements of and about a subject give it at any time, each with its place in the preference."""
    for (_, property_, key), each in of(found, tag):
        if property_ == "names":
            kind, called = key.split(" ", 1)
            yield called, NAME_KINDS.index(kind), each
        elif property_ in ("name", "title"):
            yield json.loads(each.value or ""), NAME_KINDS.index("legal"), each
    field, properties = GIVEN_BY_OTHERS.get(tag.partition("/")[0], ("", ()))
    for (_, property_, _), each in about(found, tag):
        given = json.loads(each.value or "{}").get(field) if property_ in properties else None
        if given:
            yield given, len(NAME_KINDS) + properties.index(property_), each


def members(found: Known, kind: str) -> list[str]:
    """The tags of the subjects of a kind that a list may hold: mentioned, and no aliases."""
    return sorted(tag for tag in found.mentioned if tag.startswith(f"{kind}/") and found.representative(tag) == tag)

"""The whole model done by brute force: what stands at a position, what it does to which slot, what each slot says.

Written from the rules, over plain lists of plain facts; it shares no code with the vocabulary, the fold or the queries.
Each slot is given to `naive`, which writes out every completion. Days are those of naive's window: DAY_ONE is day 1.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, TypeAlias

import msgspec

from events.state import SlotFact
from tests.property import naive

DAY_ONE = date(2020, 2, 26)  # so that the window runs over a leap day and the end of a month
NEVER_BEFORE, NEVER_AFTER = -1_000, 1_000  # sides without bound

Plain: TypeAlias = dict[str, Any]
SlotName: TypeAlias = tuple[str, str, str]  # subject, property, key

CLOSED_WITH_ORGANISATION = ("posts", "appointments", "responsibilities", "priorities", "relations")
VALUE_PROPERTIES = {
    *("name", "classifications", "terms", "attributes", "organisation", "status", "title", "changes", "intended"),
    *("stage", "kind", "description", "supplier", "place", "architecture", "criteria", "replaces"),
    *("due", "scope", "measure"),
}
INITIATIVE_TERMS = ("kind", "name", "description", "supplier", "place", "architecture", "criteria", "replaces")
STAGES = ("announced", "commissioned", "trialled", "launched", "ended")


class Dates(msgspec.Struct, frozen=True):
    """The bounds of a date in days of the window; `until` those of the first day after an interval with an end."""

    earliest: int
    latest: int
    until: tuple[int, int] | None
    doubtful: bool
    interval: bool


class Act(msgspec.Struct, frozen=True):
    """What one fact does to one slot. `lasts`: the end of an interval does not end it; `momentary`: a day's worth."""

    slot: SlotName
    effect: str
    value: Any = None
    rank: int = 0
    lasts: bool = False
    momentary: bool = False


class Known(msgspec.Struct):
    """What is known at a position: by slot its facts, and what each says."""

    facts: dict[SlotName, list[SlotFact]]
    statements: dict[SlotName, list[naive.Statement]]
    slots: dict[SlotName, naive.Slot]


def day_text(day: int) -> str:
    return (DAY_ONE + timedelta(days=day - 1)).isoformat()


def day_number(text: str) -> int:
    return (date.fromisoformat(text) - DAY_ONE).days + 1


def read_date(text: str) -> Dates:
    """Days, `[a..b]`, `[a..]`, `[..b]`, each perhaps with `?`; and `A/B`, `A/..`, `A/` of days."""
    start, slash, end = text.partition("/")
    doubtful = start.endswith(("?", "%"))
    start = start.rstrip("?%")
    if start.startswith("["):
        first, _, last = start[1:-1].partition("..")
        earliest = day_number(first) if first else NEVER_BEFORE
        latest = day_number(last) if last else NEVER_AFTER
    else:
        earliest = latest = day_number(start)
    until = None
    if slash and end != "..":
        until = (day_number(end) + 1,) * 2 if end else (earliest + 1, NEVER_AFTER)
    return Dates(earliest, latest, until, doubtful, bool(slash))


# What stands


def standing(events: Sequence[Plain]) -> Iterator[tuple[str, tuple[str, ...], Plain]]:
    """Of each root: its id, the ids to name, and the fact that stands for it; `events` are all that is known."""

    def stands(event: Plain) -> bool:
        return not any(
            other["type"] == "fact.retracted" and other["data"]["event"] == event["id"] and stands(other)
            for other in events
        )

    roots = roots_of(events)
    for event in events:
        if event["type"].startswith("fact.") or not stands(event):
            continue
        corrections = [
            other
            for other in events
            if other["type"] == "fact.corrected" and roots[other["id"]] == event["id"] and stands(other)
        ]
        if corrections:
            yield event["id"], (event["id"], corrections[-1]["id"]), corrections[-1]["data"]["replacement"]
        else:
            yield event["id"], (event["id"],), event


def roots_of(events: Sequence[Plain]) -> dict[str, str]:
    """The event that was recorded first, of each."""
    roots: dict[str, str] = {}
    for event in events:
        amends = event["type"].startswith("fact.")
        roots[event["id"]] = roots[event["data"]["event"]] if amends else event["id"]
    return roots


# What facts do


def acts(fact: Plain, root: str) -> list[Act]:
    """The table of types."""
    kind, data = fact["type"], fact["data"]
    found = list(_acts(kind, data, root))
    fulfils = fact.get("fulfils")
    if fulfils is not None:
        plan = {"plan": fulfils} if isinstance(fulfils, str) else fulfils
        subject = f"plan/{plan['plan']}"
        if plan.get("part"):
            found.append(Act((subject, "parts", root), "open", lasts=True))
        else:
            found.append(Act((subject, "status", ""), "set", {"status": "fulfilled"}, 1))
    return found


def _given(data: Plain, *names: str, **more: str) -> Plain | None:
    return {**more, **{name: data[name] for name in names if data.get(name) not in (None, [])}} or None


def _tag(text: str) -> str:
    return text if "/" in text else f"organisation/{text}"


def _owner(data: Plain) -> str:
    return next(f"{kind}/{data[kind]}" for kind in ("organisation", "person", "post") if kind in data)


def _each(subject: str, data: Plain, names: Sequence[str], rank: int = 0) -> Iterator[Act]:
    for name in names:
        if data.get(name) not in (None, []):
            yield Act((subject, name, ""), "set", data[name], rank)


def _acts(kind: str, data: Plain, root: str) -> Iterator[Act]:
    family, _, word = kind.partition(".")
    own = f"organisation/{data['organisation']}" if "organisation" in data else ""
    if kind in ("organisation.created", "organisation.reinstated"):
        yield Act((own, "existence", ""), "open", _given(data, "created_by"))
        if data.get("name_kind", "legal") == "legal":
            yield Act((own, "name", ""), "set", data["name"])
        else:
            yield Act((own, "names", f"{data['name_kind']} {data['name']}"), "open")
        if "classification" in data:
            yield Act((own, "classifications", data.get("scheme", "default")), "set", data["classification"])
        for parent in data.get("parents", ()):
            yield Act((own, "relations", f"part_of organisation/{parent}"), "open")
        for former in data.get("from", ()):
            yield Act((f"organisation/{former}", "lineage", f"formed_from {data['organisation']}"), "open", lasts=True)
    elif kind == "organisation.merged":
        for original in data["originals"]:
            if original not in data.get("survivors", ()):
                yield Act((f"organisation/{original}", "existence", ""), "end", {"ending": "merged"})
            if original != data["result"]:
                yield Act((f"organisation/{original}", "lineage", f"merged {data['result']}"), "open")
    elif kind == "organisation.split":
        original = f"organisation/{data['original']}"
        if not data["original_survives"]:
            yield Act((original, "existence", ""), "end", {"ending": "split"})
        for result in data["results"]:
            if result != data["original"]:
                yield Act((original, "lineage", f"split {result}"), "open")
    elif kind == "organisation.replaced":
        original = f"organisation/{data['original']}"
        yield Act((original, "existence", ""), "end", {"ending": "replaced"})
        yield Act((original, "lineage", f"replaced {data['result']}"), "open")
    elif kind == "organisation.dissolved":
        yield Act((own, "existence", ""), "end", _given(data, "reason", "to", ending="dissolved"))
    elif kind == "organisation.reclassified":
        yield Act((own, "classifications", data["scheme"]), "set", data["value"])
    elif family == "name":
        if data["kind"] == "legal":
            yield Act((_owner(data), "name", ""), "set", data["name"] if word == "adopted" else None)
        else:
            slot = (_owner(data), "names", f"{data['kind']} {data['name']}")
            yield Act(slot, "open" if word == "adopted" else "end")
    elif family == "identifier":
        yield Act((own, "identifiers", f"{data['scheme']} {data['value']}"), "open" if word == "assigned" else "end")
    elif family == "relation":
        slot = (_owner(data), "relations", f"{data['kind']} {_tag(data['target'])}")
        yield Act(slot, "open" if word == "started" else "end")
    elif family == "post":
        value = _given(data, "title", "rank")
        yield Act((own, "posts", data["post"]), "open" if word == "created" else "end", value)
    elif family == "appointment":
        key = f"{data['post']} {data['person']}"
        if word == "started":
            yield Act((own, "appointments", key), "open", _given(data, "person_name", "title"))
        if word == "ended":
            yield Act((own, "appointments", key), "end", _given(data, "reason"))
        if word in ("started", "changed"):
            yield Act((own, "terms", key), "set", _given(data, "acting", "share"))
        if word == "observed":
            value = _given(data, "person_name", "title", "acting", "share")
            yield Act((own, "observations", f"{key} {root}"), "open", value, momentary=True)
    elif family == "responsibility":
        value, key = _given(data, "title", "scope"), data["responsibility"]
        if word == "transferred":
            yield Act((f"organisation/{data['from']}", "responsibilities", key), "end")
            yield Act((f"organisation/{data['to']}", "responsibilities", key), "open", value)
        elif word == "gained":
            yield Act((own, "responsibilities", key), "open", value)
        else:
            yield Act((own, "responsibilities", key), "end")
    elif family == "priority":
        opened = word == "set"
        yield Act((own, "priorities", data["priority"]), "open" if opened else "end", opened and _given(data, "title"))
    elif family == "change":
        plan = f"plan/{data['plan']}"
        terms = ("title", "changes", "intended", "terms")
        if word == "announced":
            yield Act((plan, "status", ""), "set", {"status": "pending"})
            yield from _each(plan, data, (*terms, "organisation"))
            for former in data.get("replaces", ()):
                value = {"status": "superseded", "replaced_by": data["plan"]}
                yield Act((f"plan/{former}", "status", ""), "set", value, 1)
        elif word == "revised":
            yield from _each(plan, data, terms, 1)
        else:
            yield Act((plan, "status", ""), "set", _given(data, "reason", status="withdrawn"), 1)
    elif family == "initiative":
        subject = f"initiative/{data['initiative']}"
        yield Act((subject, "stage", ""), "set", word, STAGES.index(word))
        yield from _each(subject, data, (*INITIATIVE_TERMS, "organisation"))
    elif family == "funding":
        names = ("initiative", "amount", "currency", "round", "awards", "recipients")
        yield Act((own, "funding", root), "open", _given(data, *names, kind=word))
    elif family == "target":
        subject = f"target/{data['target']}"
        if word != "closed":
            yield Act((subject, "due", ""), "set", data["due"] if word == "set" else data["to"])
        if word != "moved":
            yield Act((subject, "status", ""), "set", "open" if word == "set" else data["outcome"])
        yield from _each(subject, data, ("name", "scope", "measure", "organisation"))
    elif kind == "attribute.set":
        yield Act((_owner(data), "attributes", data["key"]), "set", data["value"])
    else:
        assert kind in ("statement.made", "finding.published"), kind


def effects(root: str, ids: tuple[str, ...], fact: Plain, roots: Mapping[str, str]) -> Iterator[tuple[SlotName, Any]]:
    """The facts that a standing fact gives to slots."""
    dates = read_date(fact["effective"])
    follows = tuple(roots[event] for event in fact.get("follows", ()))
    for act in acts(fact, root):
        value = None if act.value in (None, False) else json.dumps(act.value)
        ends = roots[fact["ends"]] if act.effect == "end" and "ends" in fact else None
        own = SlotFact(
            root, act.effect, dates.earliest, dates.latest, ids, value, act.rank, dates.doubtful, follows, ends
        )
        yield act.slot, own
        if act.effect != "open" or act.lasts or act.slot[1] == "lineage":
            continue
        until = dates.until
        if act.momentary and not dates.interval:
            until = dates.earliest + 1, dates.latest + 1
        if until is not None:
            yield act.slot, SlotFact(root, "end", *until, ids, None, act.rank, False, follows, root)


# What the slots say


def known(events: Sequence[Plain]) -> Known:
    """What these events, all that is known, amount to."""
    roots = roots_of(events)
    facts: dict[SlotName, list[SlotFact]] = {}
    for root, ids, fact in standing(events):
        for slot, own in effects(root, ids, fact, roots):
            facts.setdefault(slot, []).append(own)
    found = Known(facts, {}, {})
    for slot in facts:
        solve(found, slot)
    return found


def solve(found: Known, slot: SlotName) -> list[naive.Statement]:
    """The statements of one slot, by all completions."""
    if slot not in found.statements:
        facts = list(found.facts[slot])
        if slot[1] in VALUE_PROPERTIES:
            arranged = naive.arrange(facts)
            statements = naive.value_statements(naive.value_lasts(arranged))
        else:
            arranged = naive.arrange(facts + closings(found, slot))
            statements = naive.switch_statements(arranged)
        found.slots[slot], found.statements[slot] = arranged, statements
    return found.statements[slot]


def closings(found: Known, slot: SlotName) -> list[SlotFact]:
    """The ends that come with the end of something else, each fact once."""
    subject, property_, key = slot
    if property_ not in CLOSED_WITH_ORGANISATION:
        return []
    reaching = ends_of(found, (subject, "existence", ""))
    if property_ == "appointments":
        reaching += ends_of(found, (subject, "posts", key.split(" ")[0]))
    if property_ == "relations":
        target = key.split(" ", 1)[1]
        reaching += ends_of(found, (target, "existence", ""))
        for end in (subject, target):
            if end.startswith("post/"):
                reaching += post_ends(found, end.removeprefix("post/"))
    by_root = {fact.root: fact for fact in reaching}
    return [msgspec.structs.replace(fact, value=None, implied=True, ends=None) for fact in by_root.values()]


def ends_of(found: Known, slot: SlotName) -> list[SlotFact]:
    return [fact for fact in found.facts.get(slot, ()) if fact.effect == "end"]


def post_ends(found: Known, post: str) -> list[SlotFact]:
    """The abolitions of a post, and the closings of an organisation that found the post open on it."""
    ends: list[SlotFact] = []
    for slot in [slot for slot in found.facts if slot[1:] == ("posts", post)]:
        ends += ends_of(found, slot)
        for statement in solve(found, slot):
            for closing in ends_of(found, (slot[0], "existence", "")):
                if closing.root in statement.closed_by and naive.into_window(closing.earliest) <= statement.until[1]:
                    ends.append(closing)
    return ends


def undecided(found: Known, slots: Sequence[SlotName], day: int) -> set[str]:
    """The facts that open, end or set a statement of these slots, and may or may not have come by then."""
    return {
        fact.root
        for slot in slots
        for statement in found.statements[slot]
        for fact in [*found.facts[slot], *closings(found, slot)]
        if NEVER_BEFORE < fact.earliest <= day < fact.latest < NEVER_AFTER
        and (
            (fact.effect != "end" and fact.root in statement.opened_by)
            or (fact.effect != "open" and fact.root in statement.closed_by)
        )
    }


def certainty(statements: Sequence[naive.Statement], day: int) -> str | None:
    """Whether one of these statements holds on a day."""
    if any(day in statement.definite for statement in statements):
        return "definite"
    return "possible" if any(day in statement.possible for statement in statements) else None

"""The whole model done by brute force: what stands at a position, what it does to which slot, what each slot says.

Written from the rules, over plain lists of plain facts; it shares no code with the vocabulary, the fold or the queries.
Each slot is given to `naive`, which writes out every completion. Days are those of naive's window: DAY_ONE is day 1.
All that is said of an alias is said of the subject that answers for it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

import msgspec

from events.state import SlotFact
from tests.property import naive
from tests.property.equations import mentioned, renamed, representatives
from tests.property.table import Plain, SlotName, acts

DAY_ONE = date(2020, 2, 26)  # so that the window runs over a leap day and the end of a month
NEVER_BEFORE, NEVER_AFTER = -1_000, 1_000  # sides without bound

CLOSED_WITH_ORGANISATION = ("posts", "appointments", "responsibilities", "priorities", "relations")
SWITCH_PROPERTIES = {
    *CLOSED_WITH_ORGANISATION,
    *("existence", "names", "identifiers", "lineage", "observations", "funding", "parts"),
}
VALUE_PROPERTIES = {
    *("name", "classifications", "terms", "attributes", "organisation", "status", "title", "changes", "intended"),
    *("stage", "kind", "description", "supplier", "place", "architecture", "criteria", "replaces"),
    *("due", "scope", "measure"),
}


class Dates(msgspec.Struct, frozen=True):
    """The bounds of a date in days of the window; `until` those of the first day after an interval with an end."""

    earliest: int
    latest: int
    until: tuple[int, int] | None
    doubtful: bool
    interval: bool


class Known(msgspec.Struct):
    """What is known at a position: by slot its facts, and what each says.

    `about`: by slot and event, the tags of whom else concerns what it opens. `keeps`: who answers for whom, of those
    whom an equation names. `mentioned`: the tags of all subjects that an event names.
    """

    facts: dict[SlotName, list[SlotFact]]
    about: dict[tuple[SlotName, str], set[str]]
    keeps: dict[str, str]
    mentioned: set[str]
    statements: dict[SlotName, list[naive.Statement]]
    values: dict[SlotName, naive.Values]  # of value slots, the last facts by day

    def representative(self, tag: str) -> str:
        """The tag of the subject that answers for this one."""
        return self.keeps.get(tag, tag)

    def aliases(self, tag: str) -> list[str]:
        """The tags for which this one answers."""
        return sorted(alias for alias, keep in self.keeps.items() if keep == tag != alias)

    def concerns(self, slot: SlotName, statement: naive.Statement) -> set[str]:
        """The tags of whom a statement concerns besides its subject."""
        return set().union(*(self.about.get((slot, event), set()) for event in statement.opened_by))


def day_after(day: int) -> int:
    """The next day; a side without bound stays so."""
    return day if day in (NEVER_BEFORE, NEVER_AFTER) else day + 1


def plain(text: str | None) -> str:
    """A value as text that can be compared."""
    return "" if text is None else json.dumps(json.loads(text), sort_keys=True)


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


def effects(
    root: str, ids: tuple[str, ...], fact: Plain, roots: Mapping[str, str]
) -> Iterator[tuple[SlotName, SlotFact, set[str]]]:
    """The facts that a standing fact gives to slots, each with whom else it concerns."""
    dates = read_date(fact["effective"])
    follows = tuple(roots[event] for event in fact.get("follows", ()))
    for act in acts(fact, root):
        value = None if act.value in (None, False) else json.dumps(act.value)
        ends = roots[fact["ends"]] if act.effect == "end" and "ends" in fact else None
        own = SlotFact(
            root, act.effect, dates.earliest, dates.latest, ids, value, act.rank, dates.doubtful, follows, ends
        )
        yield act.slot, own, set(act.about)
        if act.effect != "open" or act.lasts:
            continue
        until = dates.until
        if act.momentary and not dates.interval:
            until = day_after(dates.earliest), day_after(dates.latest)
        if until is not None:
            yield act.slot, SlotFact(root, "end", *until, ids, None, act.rank, False, follows, root), set(act.about)


# What the slots say


def known(events: Sequence[Plain]) -> Known:
    """What these events, all that is known, amount to."""
    roots = roots_of(events)
    facts = list(standing(events))
    keeps = representatives([fact["data"] for _, _, fact in facts if fact["type"] == "identity.equated"])
    found = Known({}, {}, keeps, mentioned(events), {}, {})
    for root, ids, fact in facts:
        if fact["type"] == "identity.equated":
            continue
        for slot, own, about in effects(root, ids, renamed(fact, keeps), roots):
            found.facts.setdefault(slot, []).append(own)
            for event in ids:
                found.about.setdefault((slot, event), set()).update(about)
    for slot in found.facts:
        solve(found, slot)
    return found


def solve(found: Known, slot: SlotName) -> list[naive.Statement]:
    """The statements of one slot, by all completions."""
    if slot not in found.statements:
        facts = list(found.facts[slot])
        if slot[1] in VALUE_PROPERTIES:
            found.values[slot] = naive.value_lasts(naive.arrange(facts))
            found.statements[slot] = naive.value_statements(found.values[slot])
        else:
            found.statements[slot] = naive.switch_statements(naive.arrange(facts + closings(found, slot)))
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

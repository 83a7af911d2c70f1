"""The table of fact types, written from the rules over plain facts: what each opens, ends, sets, and whom it concerns.

It shares no code with the vocabulary.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

import msgspec

Plain: TypeAlias = dict[str, Any]
SlotName: TypeAlias = tuple[str, str, str]  # subject, property, key

INITIATIVE_TERMS = ("kind", "name", "description", "supplier", "place", "architecture", "criteria", "replaces")
STAGES = ("announced", "commissioned", "trialled", "launched", "ended")


class Act(msgspec.Struct, frozen=True):
    """What one fact does to one slot. `about`: the tags of whom else a statement that it opens concerns.

    `lasts`: the end of an interval does not end it; `momentary`: a day's worth.
    """

    slot: SlotName
    effect: str
    value: Any = None
    rank: int = 0
    about: tuple[str, ...] = ()
    lasts: bool = False
    momentary: bool = False


def acts(fact: Plain, root: str) -> list[Act]:
    """All that a fact does; `root` is the id under which it was first recorded."""
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


def tag(reference: str) -> str:
    """A bare slug means an organisation."""
    return reference if "/" in reference else f"organisation/{reference}"


def bodies(changes: Sequence[Plain]) -> set[str]:
    """The tags of the organisations that a plan's drafts name."""
    found: set[str] = set()
    for change in changes:
        draft = change["draft"]
        for name in ("organisation", "original", "result"):
            found |= {f"organisation/{draft[name]}"} if name in draft else set()
        for name in ("originals", "results", "parents"):
            found |= {f"organisation/{slug}" for slug in draft.get(name, ())}
    return found


def _given(data: Plain, *names: str, **more: str) -> Plain | None:
    return {**more, **{name: data[name] for name in names if data.get(name) not in (None, [])}} or None


def _owner(data: Plain) -> str:
    return next(f"{kind}/{data[kind]}" for kind in ("organisation", "person", "post") if kind in data)


def _each(subject: str, data: Plain, names: Sequence[str], rank: int = 0) -> Iterator[Act]:
    for name in names:
        if data.get(name) not in (None, []):
            about = {f"organisation/{data[name]}"} if name == "organisation" else set()
            about |= bodies(data[name]) if name == "changes" else set()
            yield Act((subject, name, ""), "set", data[name], rank, tuple(sorted(about)))


def _lineage(former: str, kind: str, later: str) -> Act:
    slot = (f"organisation/{former}", "lineage", f"{kind} {later}")
    return Act(slot, "open", about=(f"organisation/{later}",), lasts=True)


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
            above = f"organisation/{parent}"
            yield Act((own, "relations", f"part_of {above}"), "open", about=(above,))
        for former in data.get("from", ()):
            yield _lineage(former, "formed_from", data["organisation"])
    elif kind == "organisation.merged":
        for original in data["originals"]:
            if original not in data.get("survivors", ()):
                yield Act((f"organisation/{original}", "existence", ""), "end", {"ending": "merged"})
            if original != data["result"]:
                yield _lineage(original, "merged", data["result"])
    elif kind == "organisation.split":
        if not data["original_survives"]:
            yield Act((f"organisation/{data['original']}", "existence", ""), "end", {"ending": "split"})
        for result in data["results"]:
            if result != data["original"]:
                yield _lineage(data["original"], "split", result)
    elif kind == "organisation.replaced":
        yield Act((f"organisation/{data['original']}", "existence", ""), "end", {"ending": "replaced"})
        yield _lineage(data["original"], "replaced", data["result"])
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
        target = tag(data["target"])
        slot = (_owner(data), "relations", f"{data['kind']} {target}")
        yield Act(slot, "open" if word == "started" else "end", about=(target,))
    elif family == "post":
        value = _given(data, "title", "rank")
        effect = "open" if word == "created" else "end"
        yield Act((own, "posts", data["post"]), effect, value, about=(f"post/{data['post']}",))
    elif family == "appointment":
        key, both = f"{data['post']} {data['person']}", (f"post/{data['post']}", f"person/{data['person']}")
        if word == "started":
            yield Act((own, "appointments", key), "open", _given(data, "person_name", "title"), about=both)
        if word == "ended":
            yield Act((own, "appointments", key), "end", _given(data, "reason"), about=both)
        if word in ("started", "changed"):
            yield Act((own, "terms", key), "set", _given(data, "acting", "share"), about=both)
        if word == "observed":
            value = _given(data, "person_name", "title", "acting", "share")
            yield Act((own, "observations", f"{key} {root}"), "open", value, about=both, momentary=True)
    elif family == "responsibility":
        value, key = _given(data, "title", "scope"), data["responsibility"]
        about = (f"responsibility/{key}",)
        if word == "transferred":
            yield Act((f"organisation/{data['from']}", "responsibilities", key), "end", about=about)
            yield Act((f"organisation/{data['to']}", "responsibilities", key), "open", value, about=about)
        elif word == "gained":
            yield Act((own, "responsibilities", key), "open", value, about=about)
        else:
            yield Act((own, "responsibilities", key), "end", about=about)
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
        concerned = (f"initiative/{data['initiative']}",) if "initiative" in data else ()
        yield Act((own, "funding", root), "open", _given(data, *names, kind=word), about=concerned)
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

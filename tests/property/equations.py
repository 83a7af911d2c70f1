"""Equations done plainly: who answers for whom, and facts as if said of the one that is kept; whom events mention."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from tests.property.table import Plain, bodies, tag

# Which fields of the data name subjects, and of which kind; the others hold references (`kind/slug`) or text.
FIELDS: dict[str, tuple[str, ...]] = {
    "organisation": (
        "organisation",
        "result",
        "original",
        "originals",
        "results",
        "survivors",
        "parents",
        "from",
        "to",
    ),
    "person": ("person", "speaker"),
    "post": ("post",),
    "plan": ("plan",),
    "initiative": ("initiative",),
    "target": ("target",),
    "responsibility": ("responsibility",),
}
REFERENCES = ("created_by", "about")
PARTIES = ("supplier", "recipients")  # text, or an organisation as a tag


def representatives(equations: Sequence[Plain]) -> dict[str, str]:
    """Who answers for whom: of the equations of a class, in the order in which they were recorded, the last one says.

    `equations` are data of standing ones. Whom none names is not among the keys.
    """
    classes: list[tuple[set[str], str]] = []
    for data in equations:
        keep = f"{data['kind']}/{data['keep']}"
        members = {keep, *(f"{data['kind']}/{slug}" for slug in data["same"])}
        for joined in [each for each in classes if each[0] & members]:
            classes.remove(joined)
            members |= joined[0]
        classes.append((members, keep))
    return {member: keep for members, keep in classes for member in members}


def renamed(fact: Plain, keeps: Mapping[str, str]) -> Plain:
    """The fact with each alias replaced by the one that answers for it; of a list each is named once."""
    return {**fact, "data": _data(fact["type"], fact["data"], keeps)} if keeps else fact


def mentioned(events: Iterable[Plain]) -> set[str]:
    """The tags of all subjects that these events name, whether or not they still stand."""
    found: set[str] = set()
    for event in events:
        fulfils = event.get("fulfils")
        if fulfils is not None:
            found.add(f"plan/{fulfils if isinstance(fulfils, str) else fulfils['plan']}")
        data = event["data"]
        if event["type"] == "fact.corrected":
            found |= mentioned([data["replacement"]])
        elif event["type"] == "identity.equated":
            found |= {f"{data['kind']}/{slug}" for slug in (data["keep"], *data["same"])}
        else:
            found.update(_named(event["type"], data))
    return found


def _named(kind: str, data: Plain) -> Iterator[str]:
    for name, value in data.items():
        subject = _kind_of(kind, name)
        for each in value if isinstance(value, list) else [value]:
            if subject is not None:
                yield f"{subject}/{each}"
            elif _refers(kind, name):
                yield tag(each)
    if kind.startswith("change."):
        yield from bodies(data.get("changes", ()))
        yield from (f"plan/{slug}" for slug in data.get("replaces", ()))


def _data(kind: str, data: Plain, keeps: Mapping[str, str]) -> Plain:
    def of_kind(subject: str) -> Callable[[str], str]:
        return lambda slug: keeps.get(f"{subject}/{slug}", f"{subject}/{slug}").partition("/")[2]

    def reference(text: str) -> str:
        kept = keeps.get(tag(text), tag(text))
        return kept if "/" in text else kept.removeprefix("organisation/")

    found: Plain = {}
    for name, value in data.items():
        subject = _kind_of(kind, name)
        if subject is not None:
            found[name] = _every(value, of_kind(subject))
        elif _refers(kind, name):
            found[name] = _every(value, reference)
        elif name in PARTIES:
            found[name] = _every(value, lambda text: keeps.get(text, text))
        elif name == "changes":
            found[name] = [{**each, "draft": _data(each["change"], each["draft"], keeps)} for each in value]
        else:
            found[name] = value
    return found


def _every(value: Any, rename: Callable[[str], str]) -> Any:
    return list(dict.fromkeys(map(rename, value))) if isinstance(value, list) else rename(value)


def _kind_of(kind: str, name: str) -> str | None:
    """The kind of the subjects that a field names by their slugs."""
    family = kind.partition(".")[0]
    if (family, name) in (("relation", "target"), ("target", "from"), ("target", "to")):
        return None  # a reference, and dates
    return next((subject for subject, names in FIELDS.items() if name in names), None)


def _refers(kind: str, name: str) -> bool:
    return name in REFERENCES or (kind.startswith("relation.") and name == "target")

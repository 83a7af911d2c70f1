"""Small histories for tests, and answers about them in few words.

A certainty of `possible` is a question mark behind the item: `["digital?"]` may be in force, `["digital"]` surely is.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid5

from events.verifying import verify
from tests.registers import TestRegister, fact, without_recording

# Where a fact starts in STARTS and ends in ENDS: a day before, one inside the bounds of the start, one surely after it,
# one inside the bounds of the end, one surely after that.
BEFORE, STARTING, HELD, ENDING, OVER = "2018-12-31", "2019-06-01", "2020-06-01", "2021-05-10", "2021-06-01"
STARTS, ENDS = "2019", "2021-05"

NAMESPACE = UUID("6f1b8a52-7d3c-4c55-9d5e-2d5f0f7c1a10")


def uid(name: str) -> str:
    """The event id that tests know by this name."""
    return str(uuid5(NAMESPACE, name))


def told(event: str, type_: str, effective: Any = None, /, **data: Any) -> dict[str, Any]:
    """A fact whose event id has a name; `from_` stands for `from`."""
    if "from_" in data:
        data["from"] = data.pop("from_")
    return fact(type_, effective, uid(event), **data)


def created(slug: str, effective: str = "2010-01-01", **more: Any) -> dict[str, Any]:
    """The creation of an organisation; its event is known as `created-<slug>`."""
    return told(f"created-{slug}", "organisation.created", effective, **{"organisation": slug, "name": slug, **more})


def corrected(event: str, aim: str, replacement: dict[str, Any]) -> dict[str, Any]:
    """A correction of the event with this name."""
    plain = {key: value for key, value in replacement.items() if key != "id"}
    return told(event, "fact.corrected", None, event=uid(aim), replacement=plain)


def retracted(event: str, aim: str, reason: str = "error") -> dict[str, Any]:
    """A retraction of the event with this name."""
    return told(event, "fact.retracted", None, event=uid(aim), reason=reason)


def equated(event: str, keep: str, *same: str, kind: str = "organisation") -> dict[str, Any]:
    """An equation."""
    return told(event, "identity.equated", None, kind=kind, same=list(same), keep=keep)


def state(register: TestRegister, tag: str, as_of: str | None = None, known_at: str | None = None) -> dict[str, Any]:
    """The state of a subject that is mentioned."""
    found = register.state(tag, as_of, known_at)
    assert found is not None, tag
    plain: dict[str, Any] = json.loads(json.dumps(found))
    return plain


def listed(register: TestRegister, tag: str, as_of: str, what: str, known_at: str | int | None = None) -> list[str]:
    """The items of one list: `posts.post`, or with several fields `relations.kind,target`."""
    name, _, fields = what.partition(".")
    items = state(register, tag, as_of, None if known_at is None else str(known_at))[name]
    return [
        " ".join(str(item[field]) for field in fields.split(",")) + ("?" if item["certainty"] == "possible" else "")
        for item in items
    ]


def over_time(register: TestRegister, tag: str, what: str) -> list[list[str]]:
    """The items of one list on each of the five days."""
    return [listed(register, tag, day, what) for day in (BEFORE, STARTING, HELD, ENDING, OVER)]


def status(register: TestRegister, tag: str, as_of: str, known_at: str | int | None = None) -> str:
    """`active` where it is definite, else `active? or closed`, or `active?` where no other status is possible."""
    found = state(register, tag, as_of, None if known_at is None else str(known_at))
    if found["certainty"] == "definite":
        assert "otherwise" not in found
        return str(found["status"])
    return f"{found['status']}? or {found['otherwise']}" if "otherwise" in found else f"{found['status']}?"


def consistent(register: TestRegister) -> None:
    """What was kept append by append is what the log says."""
    assert verify(register.database) == []


def answers(register: TestRegister, tags: Sequence[str], days: Sequence[str]) -> dict[tuple[str, str], Any]:
    """All answers, without positions and recorded times."""
    return {(tag, day): without_recording(register.state(tag, day)) for tag in tags for day in days}

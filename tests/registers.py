"""A register for tests: append plain facts, ask for answers as plain data."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from events import facts
from events.database import Database
from events.dcb import Append, Appended
from events.errors import OrglineError
from events.log import Log, microseconds
from events.projection import Projection
from events.queries import (
    Queries,
    anomalies,
    initiatives,
    organisations,
    people,
    plans,
    posts,
    responsibilities,
    targets,
    timeline,
)
from events.queries.listing import Filters, Page, Sort, listing
from events.recording import Ahead, Recorder, same_fact
from events.register import Register

STATES: dict[str, Callable[..., Any]] = {
    "organisation": organisations.state,
    "person": people.state,
    "post": posts.state,
    "plan": plans.state,
    "initiative": initiatives.state,
    "target": targets.state,
    "responsibility": responsibilities.state,
}
LISTED = {
    module.LISTED.kind: module.LISTED
    for module in (organisations, people, posts, plans, initiatives, targets, responsibilities)
}
NOW = 1_800_000_000_000_000


class TestRegister:
    """One register on a migrated database."""

    __test__ = False

    def __init__(self, database: Database, clock: Callable[[], int] = microseconds) -> None:
        self.database = database
        self.register = Register(
            "0192aaaa-0000-7000-8000-00000000000f", "A register", "https://register.example", "Europe/London", 0
        )
        self.projection = Projection(database)
        self.log = Log(database, follower=self.projection, clock=clock, same_content=same_fact)
        self.recorder = Recorder(database)
        self.queries = Queries(database, self.register)

    def prepare(
        self,
        *given: dict[str, Any],
        strict: bool = False,
        expect: dict[str, int] | None = None,
        ahead: Ahead | None = None,
    ) -> Append:
        body = json.dumps({"facts": given, "strict": strict, "expect": expect or {}}).encode()
        with self.database.snapshot() as connection:
            types = self.recorder.definitions.refresh(connection)
            return self.recorder.prepare(facts.decode(body, types), "tester", connection, ahead=ahead)

    def append(self, *given: dict[str, Any], strict: bool = False, expect: dict[str, int] | None = None) -> Appended:
        """Append facts in one append."""
        (outcome,) = self.log.commit([self.prepare(*given, strict=strict, expect=expect)])
        if isinstance(outcome, OrglineError):
            raise outcome
        return outcome

    def state(self, tag: str, as_of: str | None = None, known_at: str | None = None) -> dict[str, Any] | None:
        """The state of one subject as plain data."""
        kind, _, slug = tag.partition("/")
        with self.database.snapshot() as connection:
            question = self.queries.question(connection, as_of, known_at, NOW)
            found = STATES[kind](self.queries, connection, slug, question)
        return msgspec.to_builtins(found) if found is not None else None

    def timeline(self, tag: str, known_at: str | None = None) -> list[dict[str, Any]]:
        """The timeline of one subject as plain data."""
        with self.database.snapshot() as connection:
            question = self.queries.question(connection, None, known_at, NOW)
            found = timeline.of(self.queries, connection, tag, question.moment, 0, 1_000)
        assert found is not None
        entries: list[dict[str, Any]] = msgspec.to_builtins(found.items)
        return entries

    def anomalies(self, known_at: str | None = None) -> Sequence[tuple[str, ...]]:
        """All that is odd: slot, code and facts, in an order of their own."""
        with self.database.snapshot() as connection:
            question = self.queries.question(connection, anomalies.EVER, known_at, NOW)
            found = anomalies.listing(self.queries, connection, question, Page(limit=1_000))
        return sorted((each.subject, each.property, each.key, each.code, *each.events) for each in found.items)

    def list(
        self,
        as_of: str | None = None,
        *,
        kind: str = "organisation",
        limit: int = 100,
        known_at: str | None = None,
        sort: Sort = "id",
        **filters: Any,
    ) -> list[str]:
        """The identifiers of the subjects of a kind that match."""
        page = Page(limit=limit, sort=sort)
        return [each["id"] for each in self.listing(kind, page, as_of, known_at, **filters)["items"]]

    def listing(
        self, kind: str, page: Page, as_of: str | None = None, known_at: str | None = None, **filters: Any
    ) -> dict[str, Any]:
        """A page of a list as plain data."""
        with self.database.snapshot() as connection:
            question = self.queries.question(connection, as_of, known_at, NOW)
            noun = LISTED[kind]
            found: dict[str, Any] = msgspec.to_builtins(
                listing(self.queries, connection, noun, question, Filters(**filters), page)
            )
        return found


def fact(type_: str, effective: Any = None, id_: str | None = None, **data: Any) -> dict[str, Any]:
    """A plain fact; keys of the envelope are given with an underscore before them (`_fulfils`)."""
    envelope = {name[1:]: data.pop(name) for name in list(data) if name.startswith("_")}
    made = {"type": type_, "effective": effective, "id": id_, "data": data, **envelope}
    return {name: value for name, value in made.items() if value is not None}


def without_recording(state: Any) -> Any:
    """An answer without positions, versions and recorded times."""
    if isinstance(state, dict):
        return {k: without_recording(v) for k, v in state.items() if k not in ("version", "known_at")}
    return [without_recording(each) for each in state] if isinstance(state, list) else state


def names_of(items: Iterable[dict[str, Any]], field: str) -> Sequence[tuple[Any, Any]]:
    """(field, certainty) of each item."""
    return [(each[field], each["certainty"]) for each in items]

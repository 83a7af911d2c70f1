"""States, lists and counts of a register on some days, held against the naive ones."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec

from events.queries import statements
from events.queries.listing import Page
from tests.property import oracle, replies
from tests.property.comparing import in_text, same
from tests.property.naive import Statement
from tests.property.oracle import Known, plain
from tests.property.replies import Days
from tests.property.table import Plain, SlotName
from tests.property.worlds import KINDS, NARROWED, Asked
from tests.registers import NOW, TestRegister

# The lists of an organisation, and of what the key of a statement is made of there.
LISTS: Final = {
    "existence": (),
    "classifications": ("scheme",),
    "identifiers": ("scheme", "value"),
    "posts": ("post",),
    "responsibilities": ("responsibility",),
    "priorities": ("priority",),
    "attributes": ("key",),
}
ALL: Final = Page(limit=1_000, count=True)


class Answers:
    """What the register answers about some days, as known at a position, beside the naive answer."""

    def __init__(self, register: TestRegister, found: Known, days: Days, position: int) -> None:
        self.register, self.found, self.days, self.known_at = register, found, days, str(position)
        first, last = oracle.day_text(days[0]), oracle.day_text(days[-1])
        self.as_of = first if first == last else f"{first}/{last}"

    def compare_states(self, *kinds: str) -> None:
        """The state of each subject of these kinds."""
        for kind in kinds:
            for slug in KINDS[kind]:
                tag = f"{kind}/{slug}"
                state = self.register.state(tag, self.as_of, self.known_at)
                kept = self.found.representative(tag)
                self.same("mentioned", tag, state is not None, kept in self.found.mentioned)
                if state is None:
                    continue
                self.same("identifier", tag, f"{kind}/{state['id']}", kept)
                self.same("name", tag, state["name"], replies.name(self.found, kept, self.days[-1]))
                self.same("undecided", tag, set(state["undecided"]), replies.undecided(self.found, kept, self.days))
                if kind in ("organisation", "person"):
                    aliases = [each.partition("/")[2] for each in self.found.aliases(kept)]
                    self.same("aliases", tag, state.get("aliases", []), aliases)
                if kind == "organisation":
                    self.compare_organisation(kept, state)
                elif kind in ("person", "responsibility"):
                    self.compare_standing(tag, state, self.standing(kept))
                elif kind == "plan":
                    self.compare_plan(kept, state)
                elif kind == "target":
                    dues = sorted((each["due"], each["certainty"]) for each in state["dues"])
                    held = replies.of(self.found, kept)
                    self.same("dues", tag, dues, replies.values_in_force(held, "due", self.days))

    def compare_plan(self, tag: str, state: Plain) -> None:
        """What the status of a plan is while nothing has come of it, and whether it still may be that nothing has."""
        told = replies.of(self.found, tag)
        if not any(replies.certainty([each], self.days) for slot, each in told if slot[1] == "status"):
            own = (state["status"], state["certainty"], state["plan"]["status"])
            before = replies.before(self.found, tag, self.days[0])
            self.same("status", tag, own, (before, "definite", before))
        facts = [self.found.facts.get((tag, property_, ""), []) for property_ in ("organisation", "status")]
        if any(each.follows for of_slot in facts for each in of_slot) or len(facts[0]) > 1 or len(facts[1]) > 3:
            return  # where more facts order one another, statements do not tell each by itself
        for status in ("not_yet", "unknown"):
            listed = self.register.listing("plan", ALL, self.as_of, self.known_at, status=status)
            may_be = replies.before(self.found, tag, self.days[0]) == status
            self.same(f"may be {status}", tag, state["id"] in [each["id"] for each in listed["items"]], may_be)

    def compare_organisation(self, tag: str, state: Plain) -> None:
        """What only the state of an organisation has."""
        standing = self.standing(tag)
        self.compare_standing(tag, state, standing)
        if "closed" in (standing.status, standing.otherwise):
            self.same("closed_by", tag, state.get("closed_by"), replies.closed_by(self.found, tag, self.days))
        own, about = replies.of(self.found, tag), replies.about(self.found, tag)
        told: dict[str, Iterable[Any]] = {
            name: [(" ".join(item[part] for part in parts), item["certainty"]) for item in state[name]]
            for name, parts in LISTS.items()
        }
        expected: dict[str, list[Any]] = {name: replies.in_force(own, name, self.days) for name in LISTS}
        related = [(each["direction"], each["kind"], each["target"], each["certainty"]) for each in state["relations"]]
        told["relations"], expected["relations"] = related, self.relations(own, about)
        for name, direction in (("successors", own), ("predecessors", about)):
            told[name] = [(each["kind"], each["organisation"], each["certainty"]) for each in state[name]]
            expected[name] = [
                (kind, (later if name == "successors" else slot[0].partition("/")[2]), sure)
                for slot, each in direction
                if slot[1] == "lineage" and (sure := replies.certainty([each], self.days))
                for kind, later in [slot[2].split(" ")]
            ]
        told["names"] = [(each["name"], each["kind"], each["certainty"]) for each in state["names"]]
        expected["names"] = [
            (name, replies.NAME_KINDS[rank], sure)
            for name, rank, each in replies.names(self.found, tag)
            if (sure := replies.certainty([each], self.days))
        ]
        for name, items in told.items():
            self.same(name, tag, sorted(items), sorted(expected[name]))

    def relations(self, own: Sequence[replies.Held], about: Sequence[replies.Held]) -> list[tuple[str, str, str, str]]:
        """(direction, kind, the other end, certainty) of each relation in force."""
        found = []
        for direction, held in (("out", own), ("in", about)):
            for (subject, property_, key), each in held:
                sure = replies.certainty([each], self.days) if property_ == "relations" else None
                if sure is not None:
                    kind, target = key.split(" ")
                    found.append((direction, kind, target if direction == "out" else subject, sure))
        return found

    def standing(self, tag: str) -> replies.Standing:
        """The naive standing."""
        kind, _, slug = tag.partition("/")
        if kind == "organisation":
            return replies.organisation(self.found, tag, self.days)
        if kind == "responsibility":
            slots = [slot for slot in self.found.statements if slot[1:] == ("responsibilities", slug)]
            return replies.held(self.found, slots, "held", "not_held", self.days)
        served = [slot for slot in self.found.statements if slot[1] in ("appointments", "observations")]
        slots = [slot for slot in served if slot[2].split(" ")[1] == slug]
        return replies.held(self.found, slots, "in_post", "not_in_post", self.days)

    def compare_standing(self, tag: str, state: Plain, standing: replies.Standing) -> None:
        """Status, certainty and otherwise."""
        told = (state["status"], state["certainty"], state.get("otherwise"))
        self.same("status", tag, told, (standing.status, standing.certainty, standing.otherwise))

    def compare_lists(self, asked: Asked) -> None:
        """Lists with their counts: by status, by status and something else, and of statements."""
        self.compare_list("organisation", "active")
        self.compare_list("organisation", asked.status, **{asked.filter: NARROWED[asked.filter]})
        for kind, status in (("person", asked.in_post), ("responsibility", asked.held)):
            self.compare_list(kind, status)
        self.compare_statements()
        self.compare_statements(property=asked.property)
        self.compare_statements(**{asked.role: asked.subject}, certainty=asked.certainty)

    def compare_list(self, kind: str, status: str, **filters: str) -> None:
        """A list of subjects: who is on it, called what, how certainly; and the count."""
        expected = []
        for tag in replies.members(self.found, kind):
            standing = self.standing(tag)
            narrowed = [self.narrowed(tag, name, value) for name, value in filters.items()]
            if status in standing.possible and None not in narrowed:
                sure = standing.certainty == "definite" and all(each == "definite" for each in narrowed)
                called = replies.name(self.found, tag, self.days[-1])
                expected.append((tag.partition("/")[2], called, standing.status, "definite" if sure else "possible"))
        listed = self.register.listing(kind, ALL, self.as_of, self.known_at, status=status, **filters)
        told = [(each["id"], each["name"], each["status"], each["certainty"]) for each in listed["items"]]
        what = " ".join([kind, status, *(f"{name}={value}" for name, value in filters.items())])
        self.same("list", what, told, expected)
        self.same("count", what, listed["count"], count(each[3] for each in expected))

    def narrowed(self, tag: str, name: str, value: str) -> str | None:
        """How certain it is that an organisation meets one more condition."""
        held: list[Statement]
        if name in ("name", "q"):
            if name == "q" and tag.partition("/")[2].startswith(value):
                return "definite"
            named = [(called.casefold(), each) for called, _, each in replies.names(self.found, tag)]
            held = [each for called, each in named if called == value or (name == "q" and called.startswith(value))]
        else:
            wanted = {
                "identifier": ("identifiers", value.replace(":", " ", 1)),
                "part_of": ("relations", f"part_of {self.found.representative(f'organisation/{value}')}"),
                "classification": ("classifications", "default"),
            }[name]
            held = [each for slot, each in replies.of(self.found, tag) if slot[1:] == wanted]
            if name == "classification":
                held = [each for each in held if json.loads(each.value or "") == value]
        return replies.certainty(held, self.days)

    def compare_statements(self, **wanted: str) -> None:
        """The statements in force: which, of whom, how certain; and the count."""
        tags = {name: self.found.representative(wanted[name]) for name in ("subject", "target") if name in wanted}
        expected: list[tuple[str, ...]] = []
        for slot, held in self.found.statements.items():
            for each in held:
                sure = replies.certainty([each], self.days)
                fits = wanted.get("property", slot[1]) == slot[1] and tags.get("subject", slot[0]) == slot[0]
                fits = fits and ("target" not in tags or tags["target"] in self.found.concerns(slot, each))
                if fits and sure in ((wanted["certainty"],) if wanted.get("certainty") else ("definite", "possible")):
                    targets = " ".join(sorted(self.found.concerns(slot, each)))
                    expected.append((*slot, plain(each.value), str(sure), targets))
        with self.register.database.snapshot() as connection:
            question = self.register.queries.question(connection, self.as_of, self.known_at, NOW)
            asked = statements.Wanted(**wanted)
            listed = statements.listing(self.register.queries, connection, question, asked, ALL)
        told = [
            (*slot_of(each), in_text(each.value), each.certainty, " ".join(sorted(set(each.targets))))
            for each in listed.items
        ]
        what = " ".join(f"{name}={value}" for name, value in wanted.items()) or "all"
        self.same("statements", what, sorted(told), sorted(expected))
        assert listed.count is not None
        self.same("count of statements", what, msgspec.to_builtins(listed.count), count(each[4] for each in expected))

    def same(self, what: str, about: str, told: Any, expected: Any) -> None:
        """As `same`, with the question."""
        same(f"{what} of {about} on {self.as_of} as known at {self.known_at}", told, expected)


def slot_of(told: statements.StatementItem) -> SlotName:
    """The slot that a statement is of."""
    return told.subject, told.property, told.key


def count(certainties: Iterable[str]) -> dict[str, int]:
    """How many are definite, and how many only possible."""
    found = list(certainties)
    return {"definite": found.count("definite"), "possible": found.count("possible")}

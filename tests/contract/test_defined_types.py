"""Users' own types of facts: defined, stated, folded, read, corrected, and known wherever their facts are."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import pytest

import migrations
from events import facts
from events.database import Database
from events.dcb import IdConflict, UnknownEvent
from events.errors import OrglineError
from events.facts import InvalidFacts
from events.rebuilding import rebuild
from events.verifying import verify
from events.vocabulary.defined import DEFINED
from feeds import atom, documents
from feeds.selections import Selection
from service.importing import export, jsonl
from service.importing.resume import Import
from tests.histories import consistent
from tests.registers import TestRegister, fact

RATED = "x.audit.rated"
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "organisation": {"type": "string"},
        "auditor": {"type": "string"},
        "rating": {"type": "string", "pattern": "^[A-E]$"},
        "score": {"type": "number", "minimum": 0},
    },
    "required": ["organisation", "rating"],
}
SETS = [{"does": "sets", "property": "x.audit.rating", "value": ["rating", "score"], "target": ["auditor"]}]


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[TestRegister]:
    """Another register in the same process."""
    database = Database(f"sqlite:///{tmp_path}/elsewhere.db")
    migrations.upgrade(database)
    register = TestRegister(database)
    yield register
    consistent(register)
    database.close()


def defined(name: str = RATED, **changes: Any) -> dict[str, Any]:
    data = {
        "name": name,
        "json_schema": SCHEMA,
        "subjects": {"organisation": "organisation", "auditor": "organisation"},
        "sets": SETS,
        "says": "{organisation} rated {rating}[ by {auditor}]",
    }
    return {"type": "type.defined", "data": {**data, **changes}}


def rated(rating: str, effective: str = "2020", organisation: str = "a", **more: Any) -> dict[str, Any]:
    return fact(RATED, effective, organisation=organisation, rating=rating, **more)


def ratings(register: TestRegister, as_of: str = "2020-06-01", known_at: str | None = None) -> list[Any]:
    state = register.state("organisation/a", as_of, known_at)
    return [(each["value"], each["certainty"]) for each in (state or {})["extensions"].get("x.audit.rating", [])]


def feed(register: TestRegister, selection: Selection) -> bytes:
    with register.database.snapshot() as connection:
        document = documents.head(register.queries, connection, register.register, selection)
    assert document is not None
    return atom.render(document)


def test_facts_of_an_own_type_go_with_an_equation_of_those_whom_they_name(on_both: TestRegister) -> None:
    on_both.append(defined())
    on_both.append(rated("B", organisation="b", auditor="nao"))  # position 2
    on_both.append({"type": "identity.equated", "data": {"kind": "organisation", "same": ["b"], "keep": "a"}})
    equated = on_both.append(
        {"type": "identity.equated", "data": {"kind": "organisation", "same": ["nao"], "keep": "auditors"}}
    )
    on_both.append(rated("A", "2021", organisation="b", auditor="nao"))  # of aliases in both fields
    assert ratings(on_both, "2020-12-31") == [({"rating": "B"}, "definite")]
    assert ratings(on_both, "2022") == [({"rating": "A"}, "definite")]
    assert on_both.state("organisation/a", "2022", "2") is None
    seen = on_both.state("organisation/auditors", "2022")
    assert seen is not None
    assert seen["aliases"] == ["nao"]
    assert verify(on_both.database) == []
    on_both.append(fact("fact.retracted", None, event=equated.events[0].id, reason="error"))
    assert ratings(on_both, "2022") == [({"rating": "A"}, "definite")]
    rebuild(on_both.database)
    assert ratings(on_both, "2022") == [({"rating": "A"}, "definite")]
    assert verify(on_both.database) == []


def faults(refused: pytest.ExceptionInfo[InvalidFacts]) -> dict[str, str]:
    return {fault.pointer: fault.detail for fault in refused.value.faults}


def test_a_fact_of_an_own_type_is_folded_and_shown(on_both: TestRegister) -> None:
    definition = on_both.append(defined()).events[0]
    event = on_both.append(rated("B", score=2.5, auditor="nao")).events[0]
    on_both.append(rated("A", "2021"))
    body = msgspec.json.decode(event.body)
    assert body["definition"] == definition.id
    assert body["schema"] == f"{RATED}/1"
    assert set(body["tags"]) == {f"type/{RATED}", "organisation/a", "organisation/nao"}
    assert ratings(on_both, "2020-12-31") == [({"rating": "B", "score": 2.5}, "definite")]
    assert ratings(on_both, "2022") == [({"rating": "A"}, "definite")]
    assert [each["data"]["rating"] for each in on_both.timeline("organisation/a")] == ["B", "A"]
    shown = feed(on_both, Selection("organisations", "a")).decode()
    assert "a rated B by nao, 2020" in shown
    assert "Type defined: x.audit.rated" in feed(on_both, Selection("types", RATED)).decode()
    assert on_both.append(defined()).known, "the same definition again is the one that is there"


def test_switches_interval_correction_and_retraction(on_both: TestRegister) -> None:
    schema = {
        "type": "object",
        "properties": {"person": {"type": "string"}, "areas": {"type": "array", "items": {"type": "string"}}},
        "required": ["person", "areas"],
    }
    opens = {"does": "opens", "property": "x.watch.areas", "subject": "person", "each": "areas", "key": ["areas"]}
    given = {"json_schema": schema, "subjects": {"person": "person", "areas": "responsibility"}, "says": None}
    on_both.append(defined("x.watch.begun", **given, sets=[opens]))
    on_both.append(defined("x.watch.over", **given, sets=[{**opens, "does": "ends"}]))
    began = on_both.append(
        fact("x.watch.begun", "2019-01-01/2021-12-31", person="eve", areas=["roads", "rail"])
    ).events[0]
    on_both.append(fact("x.watch.over", "2020", person="eve", areas=["rail"]))

    def watched(as_of: str, known_at: str | None = None) -> list[tuple[str, str]]:
        state = on_both.state("person/eve", as_of, known_at)
        assert state is not None
        return [(each["key"], each["certainty"]) for each in state["extensions"].get("x.watch.areas", [])]

    assert watched("2019") == [("rail", "definite"), ("roads", "definite")]
    assert watched("2021-06-01") == [("roads", "definite")]
    assert watched("2022-06-01") == []
    known = str(on_both.log.head().position)
    replacement = fact("x.watch.begun", "2019-01-01/2021-12-31", person="eve", areas=["ports"])
    on_both.append(fact("fact.corrected", event=began.id, replacement=replacement))
    assert watched("2021-06-01") == [("ports", "definite")]
    assert watched("2021-06-01", known) == [("roads", "definite")]
    on_both.append(fact("fact.retracted", event=began.id, reason="error"))
    assert watched("2021-06-01") == []


def test_the_next_version_leaves_recorded_facts_as_they_were_and_shows_its_defaults(on_both: TestRegister) -> None:
    on_both.append(defined())
    first = rated("B", id_="0192f0c4-6d3c-7000-8000-00000000000a")
    on_both.append(first)
    before = on_both.state("organisation/a", "2020-12-31"), str(on_both.log.head().position)
    schema = {
        **SCHEMA,
        "properties": {**SCHEMA["properties"], "basis": {"enum": ["desk", "visit"]}},
        "required": [*SCHEMA["required"], "basis"],
    }
    with pytest.raises(InvalidFacts) as refused:
        on_both.append(defined(json_schema=schema))
    assert "say in defaults" in faults(refused)["/facts/0/data/json_schema/properties/basis"]
    on_both.append(defined(json_schema=schema, defaults={"basis": "desk"}, sets=[{**SETS[0], "value": "rating"}]))
    with pytest.raises(InvalidFacts) as refused:
        on_both.append(rated("A", "2021"))
    assert faults(refused) == {"/facts/0/data/basis": "this field is required: add it"}
    on_both.append(rated("C", "2022", basis="visit"))
    assert [each["data"]["basis"] for each in on_both.timeline("organisation/a")] == ["desk", "visit"]
    assert [each["data"] for each in on_both.timeline("organisation/a", before[1])] == [
        {"organisation": "a", "rating": "B"}
    ]
    assert on_both.state("organisation/a", "2020-12-31", before[1]) == before[0]
    again = on_both.append({**first, "schema": f"{RATED}/1"})
    assert again.known, "a fact of the first version can still be stated as one"
    assert on_both.append(rated("E", "2023", _schema=f"{RATED}/1")).events[0].fact.schema == f"{RATED}/1"


BREAKING: list[tuple[dict[str, Any], str, str]] = [
    ({"json_schema": {**SCHEMA, "properties": {"organisation": {"type": "string"}}, "required": []},
      "subjects": {"organisation": "organisation"}, "sets": [], "says": None},
     "/json_schema/properties/auditor", "keep it"),
    ({"subjects": {"organisation": "organisation", "auditor": "person"}}, "/subjects/auditor", "keep its kind"),
    ({"subjects": {"organisation": "organisation"}, "sets": []}, "/subjects/auditor", "keep its kind"),
    ({"json_schema": {**SCHEMA, "properties": {**SCHEMA["properties"], "score": {"type": "string"}}}},
     "/json_schema/properties/score", "may hold"),
    ({"sets": [{"does": "opens", "property": "x.audit.rating"}]}, "/sets/0/does", "is set"),
    ({"version": 1, "says": "{organisation}"}, "/version", "next version"),
    ({"version": 3}, "/version", "next version"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "pointer", "words"), BREAKING)
def test_what_would_break_recorded_facts_is_refused(
    register: TestRegister, changes: dict[str, Any], pointer: str, words: str
) -> None:
    register.append(defined())
    with pytest.raises(InvalidFacts) as refused:
        register.append(defined(**changes))
    assert words in faults(refused)[f"/facts/0/data{pointer}"]
    assert register.log.head().position == 1


def test_types_of_one_namespace_agree_on_a_property(register: TestRegister) -> None:
    register.append(defined())
    with pytest.raises(InvalidFacts) as refused:
        register.append(defined("x.audit.other", sets=[{"does": "ends", "property": "x.audit.rating"}]))
    assert "is set" in faults(refused)["/facts/0/data/sets/0/does"]


def test_a_definition_stays_as_it_is(register: TestRegister) -> None:
    event = register.append(defined()).events[0]
    for amendment in (
        fact("fact.retracted", event=event.id, reason="error"),
        fact(
            "fact.corrected", event=event.id, replacement=fact("priority.set", "2019", organisation="a", priority="b")
        ),
    ):
        with pytest.raises(InvalidFacts) as refused:
            register.append(amendment)
        assert "define its next version" in faults(refused)["/facts/0/data/event"]
    with pytest.raises(InvalidFacts) as refused:
        register.append({**defined(says="{organisation}"), "id": "0192f0c4-6d3c-7000-8000-00000000000b"})
    assert "follows from what it says" in faults(refused)["/facts/0/id"]
    replacement = defined("x.audit.more")
    rated_event = register.append(rated("A")).events[0]
    with pytest.raises(InvalidFacts):
        register.append(fact("fact.corrected", event=rated_event.id, replacement=replacement))


def test_a_type_and_a_fact_of_it_in_one_request_are_refused_with_the_reason(register: TestRegister) -> None:
    with pytest.raises(InvalidFacts) as refused:
        register.append(defined(), rated("A"))
    assert "record its definition first" in faults(refused)["/facts/1/type"]
    with pytest.raises(InvalidFacts) as refused:
        register.append(defined(), defined("x.audit.other"))
    assert "by themselves" in faults(refused)["/facts/1/type"]


def test_two_registers_of_one_process_have_their_own_types(on_both: TestRegister, elsewhere: TestRegister) -> None:
    one, other = on_both, elsewhere
    one.append(defined())
    other.append(defined(sets=[{"does": "opens", "property": "x.audit.rating", "key": ["rating"]}], says="Other"))
    for register in (one, other):
        register.append(rated("B", "2020"))
        register.append(rated("C", "2021"))
    assert ratings(one, "2022") == [({"rating": "C"}, "definite")]
    assert ratings(other, "2022") == [(None, "definite"), (None, "definite")]
    assert b"a rated C, 2021" in feed(one, Selection("all"))
    assert b"Other, 2021" in feed(other, Selection("all"))


def test_what_another_process_defines_is_known_before_it_is_needed(on_both: TestRegister) -> None:
    late = TestRegister(on_both.database)
    assert late.timeline is not None
    on_both.append(defined())
    event = on_both.append(rated("B")).events[0]
    DEFINED.clear()  # as in a process that has read nothing yet
    assert late.log.read().records[-1].fact.data.rating_ == "B"
    DEFINED.clear()
    assert late.timeline("organisation/a")[0]["data"]["rating"] == "B"
    DEFINED.clear()
    assert b"a rated B" in feed(late, Selection("organisations", "a"))
    DEFINED.clear()
    assert late.append(rated("C", "2021")).events[0].fact.kind.version == 1
    DEFINED.clear()
    late.append(fact("fact.corrected", event=event.id, replacement=rated("D")))
    assert ratings(late, "2020-12-31") == [({"rating": "D"}, "definite")]
    DEFINED.clear()
    assert verify(on_both.database) == []
    DEFINED.clear()
    rebuild(on_both.database)
    assert ratings(late, "2020-12-31") == [({"rating": "D"}, "definite")]


def test_two_nodes_that_define_the_next_version_at_once_do_not_both_succeed(on_both: TestRegister) -> None:
    one, other = on_both.prepare(defined()), on_both.prepare(defined(says="{organisation}"))
    outcomes = on_both.log.commit([one, other])
    assert [isinstance(each, OrglineError) for each in outcomes] == [False, True]
    assert on_both.append(defined(says="{organisation}")).events[0].fact.data.version == 2


def test_a_fact_whose_definition_is_not_recorded_is_refused(register: TestRegister, elsewhere: TestRegister) -> None:
    elsewhere.append(defined())
    with elsewhere.database.snapshot() as connection:
        types = elsewhere.recorder.definitions.refresh(connection)
    asked = facts.decode(msgspec.json.encode(rated("A")), types)
    with register.database.snapshot() as connection:
        (outcome,) = register.log.commit([register.recorder.prepare(asked, "tester", connection)])
    assert isinstance(outcome, UnknownEvent)


def test_export_and_import_round_trip(on_both: TestRegister, elsewhere: TestRegister) -> None:
    on_both.append(defined())
    on_both.append(rated("B"))
    schema = {**SCHEMA, "properties": {**SCHEMA["properties"], "basis": {"enum": ["desk", "visit"]}}}
    on_both.append(defined(json_schema=schema, defaults={"basis": "desk"}))
    on_both.append(rated("C", "2021", basis="visit"))
    with on_both.database.snapshot() as connection:
        lines = b"".join(line for _, line in export.lines(on_both.log, connection) if line is not None)

    def imported() -> tuple[int, int, int]:
        run = Import(
            elsewhere.log, elsewhere.recorder, recorded_by="tester", refuse=lambda _, fault: told.append(fault)
        )
        outcome = run.run(jsonl.read(BytesIO(lines), lambda: elsewhere.recorder.definitions.types))
        return outcome.recorded, outcome.known, outcome.refused

    told: list[object] = []
    assert imported() == (4, 0, 0), told
    assert [event.body for event in elsewhere.log.read().records] == [
        event.body for event in on_both.log.read().records
    ]
    assert imported() == (0, 4, 0), told
    assert ratings(elsewhere, "2020-12-31") == ratings(on_both, "2020-12-31") == [({"rating": "B"}, "definite")]


def test_an_id_means_one_definition(register: TestRegister) -> None:
    first = register.append(defined()).events[0]
    with pytest.raises((IdConflict, InvalidFacts)):
        register.append({**defined("x.audit.more"), "id": first.id})

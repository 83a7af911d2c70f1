"""Users' own types over HTTP: scopes, the vocabulary and its ETag, state, feed, and another node's definitions."""

from __future__ import annotations

import string
from random import Random
from typing import Any
from urllib.parse import urlsplit

import jsonschema
import pytest

from events.vocabulary.language import KEY_BYTES_MAX
from tests.contract.test_defined_types import RATED, SCHEMA, defined, rated
from tests.http.conftest import Serve, Served, problem
from tests.registers import fact


def test_only_the_scope_define_types_defines(app: Served) -> None:
    append = app.make_token("append", "correct")
    assert problem(app.post(defined(), token=append), 403, "forbidden")["detail"].endswith("--scope define-types")
    definer = app.make_token("define-types")
    assert app.post(defined(), token=definer).status_code == 201
    problem(app.post(rated("A"), token=definer), 403, "forbidden")
    assert app.post(rated("A"), token=append).status_code == 201


def test_the_vocabulary_shows_own_types_and_its_etag_follows_them(app: Served) -> None:
    before = app.get("/types").headers["etag"]
    event = app.post(defined(), token=app.make_token("define-types")).json()["events"][0]
    listed = app.get("/types", headers={"if-none-match": before})
    assert listed.status_code == 200
    (item,) = [each for each in listed.json()["items"] if each["type"] == RATED]
    assert (item["schema"], item["definition"]) == (f"{RATED}/1", event["id"])
    schema = app.json(f"/types/{RATED}")
    jsonschema.Draft202012Validator.check_schema(schema)
    fits = jsonschema.Draft202012Validator(schema).is_valid
    assert fits(rated("A"))
    assert not fits(rated("F"))
    assert not fits(rated("A", auditor="No Slug"))
    more = {**SCHEMA, "properties": {**SCHEMA["properties"], "basis": {"type": "string"}}}
    app.post(defined(json_schema=more), token=app.make_token("define-types"))
    assert app.json(f"/types/{RATED}")["$id"] != schema["$id"]
    assert app.json(f"/types/{RATED}?version=1") == schema
    problem(app.get(f"/types/{RATED}?version=3"), 404, "not-found")


def test_state_events_and_feed_show_facts_of_own_types(app: Served) -> None:
    app.post(defined(), token=app.make_token("define-types"))
    fact_ = rated("B", score=1.5)
    first = app.post(fact_, idempotency_key="k")
    assert (first.status_code, app.post(fact_, idempotency_key="k").status_code) == (201, 200)
    state = app.json("/organisations/a?as_of=2021")
    assert state["extensions"]["x.audit.rating"][0]["value"] == {"rating": "B", "score": 1.5}
    assert app.json("/organisations/a?as_of=2019")["extensions"] == {}
    (event,) = app.json(f"/events?type={RATED}")["items"]
    assert event["definition"] == app.json("/events?type=type.defined")["items"][0]["id"]
    assert "a rated B, 2020" in app.get("/feeds/organisations/a.atom").text
    assert "a rated B, 2020" in app.get(f"/feeds/types/{RATED}.atom").text
    assert "a rated B, 2020" in app.get(f"/events/{event['id']}", headers={"accept": "text/html"}).text
    told = problem(app.post(rated("F", organisation="No")), 422, "invalid-facts")["errors"]
    assert [each["pointer"] for each in told] == ["/data/organisation"]
    told = problem(app.post(rated("F", score=-1)), 422, "invalid-facts")["errors"]
    assert {each["pointer"] for each in told} == {"/data/rating", "/data/score"}


def test_what_one_node_defines_another_takes_at_once(serve: Serve) -> None:
    with serve() as one, serve() as other:
        assert problem(other.post(rated("A")), 422, "invalid-facts")["errors"][0]["pointer"] == "/type"
        one.post(defined(), token=one.make_token("define-types"))
        assert other.post(rated("A")).status_code == 201
        more = {**SCHEMA, "properties": {**SCHEMA["properties"], "basis": {"type": "string"}}}
        one.post(defined(json_schema=more), token=one.make_token("define-types"))
        stated = other.post(rated("B", "2021", basis="desk"))
        assert stated.json()["events"][0]["schema"] == f"{RATED}/2"


BOMBS: list[tuple[dict[str, Any], str]] = [
    ({"json_schema": {**SCHEMA, "$ref": "http://127.0.0.1:9/s"}}, "/data/json_schema/$ref"),
    ({"json_schema": {"type": "object", "properties": {"organisation": {"pattern": "(?=a)"}}}}, "/data/json_schema/"),
    ({"name": "x.Audit.Rated"}, "/data/name"),
    ({"name": "organisation.rated"}, "/data/name"),
    ({"subjects": {}}, "/data/subjects"),
    ({"subjects": {"organisation": "planet"}}, "/data/subjects/organisation"),
    ({"subjects": {"nobody": "person"}}, "/data/subjects/nobody"),
    ({"sets": [{"does": "does", "property": "x.audit.rating"}]}, "/data/sets/0/does"),
    ({"sets": [{"does": "sets", "property": "responsibilities"}]}, "/data/sets/0/property"),
    ({"sets": [{"does": "sets", "property": "x.other.rating"}]}, "/data/sets/0/property"),
    ({"sets": [{"does": "sets", "property": "x.audit.rating", "subject": "rating"}]}, "/data/sets/0/subject"),
    ({"sets": [{"does": "sets", "property": "x.audit.rating", "value": "nothing"}]}, "/data/sets/0/value"),
    ({"sets": [{"does": "sets", "property": "x.audit.rating", "key": ["score"]}]}, "/data/sets/0/key/0"),
    ({"sets": [{"does": "sets", "property": "x.audit.rating", "when": "a b c"}]}, "/data/sets/0/when"),
    ({"sets": [{"does": "sets", "property": "x.audit.rating", "when": 'rating != "B"'}]}, "/data/sets/0/when"),
    ({"sets": [{"does": "sets", "property": "x.audit.rating", "odd": 1}]}, "/data/sets/0/odd"),
    ({"says": "{nothing}"}, "/data/says"),
    ({"says": "{auditor}"}, "/data/says"),
    ({"says": "[{auditor}"}, "/data/says"),
    ({"defaults": {"score": -1}}, "/data/defaults/score"),
    ({"defaults": {"auditor": "nao"}}, "/data/defaults/auditor"),
]


@pytest.mark.parametrize(("changes", "pointer"), BOMBS)
def test_a_faulty_definition_is_refused_where_it_is(app: Served, changes: dict[str, Any], pointer: str) -> None:
    told = problem(app.post(defined(**changes), token=app.make_token("define-types")), 422, "invalid-facts")["errors"]
    assert any(each["pointer"].startswith(pointer) for each in told), told
    assert app.json("/log")["size"] == 0


def test_statements_and_changes_know_own_properties(app: Served) -> None:
    wanted = "/statements?property=x.audit.rating&as_of=2022"
    problem(app.get(wanted), 400, "invalid-parameter")
    app.post(defined(), token=app.make_token("define-types"))
    assert app.json(wanted)["items"] == []
    app.post(rated("B", "2020", auditor="nao"))
    app.post(rated("C", "2021-05"))
    assert [each["value"] for each in app.json(wanted)["items"]] == [{"rating": "C"}]
    changes = app.json("/organisations/a/changes?from=2021-01-01&to=2021-12-31")["items"]
    assert [each["property"] for each in changes] == ["x.audit.rating"]


KEYED: dict[str, Any] = {
    "name": "x.audit.keyed",
    "json_schema": {
        "type": "object",
        "properties": {name: {"type": "string"} for name in ("organisation", "first", "second")},
        "required": ["organisation", "first", "second"],
    },
    "subjects": {"organisation": "organisation"},
    "sets": [{"does": "opens", "property": f"x.audit.{'p' * 64}", "key": ["first", "second"]}],
    "says": None,
}
RANDOM = "".join(Random(1).choices(string.ascii_letters, k=KEY_BYTES_MAX))  # which PostgreSQL cannot compress
LONGEST = {"letters": RANDOM, "ships": "\U0001f6a2" * (KEY_BYTES_MAX // 4), "controls": "\x01" * KEY_BYTES_MAX}


@pytest.mark.parametrize("text", LONGEST.values(), ids=LONGEST)
def test_lists_page_over_the_longest_keys_and_longer_ones_are_refused(
    serve: Serve, database_url: str, text: str
) -> None:
    with serve(database_url=database_url) as app:
        assert app.post(defined(**KEYED), token=app.make_token("define-types")).status_code == 201

        def keyed(organisation: str, first: str, second: str) -> dict[str, Any]:
            return fact(KEYED["name"], "2020", organisation=organisation, first=first, second=second)

        rest = text.encode()[: KEY_BYTES_MAX - len(" abcd")].decode(errors="ignore")
        second = "x" * (KEY_BYTES_MAX - len(f"{rest} ".encode()))
        refused = problem(app.post(keyed("a", rest, f"{second}x")), 422, "invalid-facts")
        assert [each["pointer"] for each in refused["errors"]] == ["/data/first"]
        subjects = [f"{n}{'o' * 127}" for n in range(3)]
        answer = app.post({"facts": [keyed(each, rest, second) for each in subjects]})
        assert answer.status_code == 201, answer.text
        found, path = [], "/statements?as_of=2021&limit=1"
        while path:
            page = app.json(path)
            found += [(each["subject"], each["key"]) for each in page["items"]]
            path = page["next"] and "?".join(urlsplit(page["next"])[2:4])
        assert found == [(f"organisation/{each}", f"{rest} {second}") for each in subjects]


def test_no_key_of_a_built_in_type_needs_the_limit(serve: Serve, database_url: str) -> None:
    """The longest of them are names and identifiers, of 300 characters of at most four bytes."""
    with serve(database_url=database_url) as app:
        longest = "".join(map(chr, Random(2).sample(range(0x20000, 0x2A000), 300)))
        given = [
            fact("name.adopted", "2020", organisation="o" * 128, name=longest, kind="translation"),
            fact("identifier.assigned", "2020", organisation="o" * 128, scheme="s" * 128, value=longest),
        ]
        answer = app.post({"facts": given})
        assert answer.status_code == 201, answer.text
        items = app.json("/statements?as_of=2021&subject=" + "o" * 128)["items"]
        assert [each["key"] for each in items] == [f"{'s' * 128} {longest}", f"translation {longest}"]
        assert max(len(each["key"].encode()) for each in items) < KEY_BYTES_MAX

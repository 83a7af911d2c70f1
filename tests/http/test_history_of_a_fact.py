"""The story of a fact over HTTP: corrections and retractions, from any event of it, as known before each."""

from __future__ import annotations

from typing import Any

from tests.contract.test_defined_types import RATED, defined, rated
from tests.histories import corrected, created, equated, retracted, told, uid
from tests.http.conftest import Serve, Served, problem

SOLD = told("sold", "name.adopted", "2020", organisation="a", name="Sold", kind="legal")


def renamed(name: str) -> dict[str, Any]:
    return told("", "name.adopted", "2021", organisation="a", name=name, kind="legal")


STEPS = [
    (created("a"), None),
    (SOLD, ["sold"]),
    (corrected("c1", "sold", renamed("One")), ["c1"]),
    (corrected("c2", "c1", renamed("Two")), ["c2"]),
    (corrected("c3", "sold", renamed("Three")), ["c3"]),
    (retracted("r1", "c3", "duplicate"), ["c2", "r1"]),
    (retracted("r2", "sold"), ["r1", "r2"]),
    (retracted("r3", "r1"), ["r2", "r3"]),
    (retracted("r4", "r2"), ["c3", "r3", "r4"]),
]
NAMES = {uid(name): name for name in ("sold", "c1", "c2", "c3", "r1", "r2", "r3", "r4")}


def record(app: Served, *given: dict[str, Any]) -> int:
    answer = app.post({"facts": list(given)})
    assert answer.status_code == 201, answer.text
    return int(answer.headers["orgline-position"])


def test_every_member_tells_the_same_story_as_it_was_known(serve: Serve, database_url: str) -> None:
    with serve(database_url=database_url) as app:
        positions = [record(app, given) for given, _ in STEPS]
        for (_, stand), position in zip(STEPS[1:], positions[1:], strict=True):
            members = list(NAMES)[: position - 1]
            stories = [app.json(f"/events/{id_}/history?known_at={position}") for id_ in members]
            assert all(story == stories[0] for story in stories)
            story, items = stories[0], stories[0]["items"]
            assert story["root"] == uid("sold")
            assert story["known_at"] == {"position": position, "recorded_at": items[-1]["recorded_at"]}
            assert [each["id"] for each in items] == members
            assert [NAMES[each["id"]] for each in items if each["stands"]] == stand
            facts = [each["id"] for each in items if each["stands"] and each["type"] != "fact.retracted"]
            assert story["stands"] == (facts[0] if facts else None)
            for id_ in list(NAMES)[position - 1 :]:
                told_ = problem(app.get(f"/events/{id_}/history?known_at={position}"), 404, "not-found")
                assert f"up to position {position}" in told_["detail"]
        problem(app.get(f"/events/{uid('sold')}/history?known_at=2000-01-01"), 404, "not-found")
        now = app.json(f"/events/{uid('c1')}/history")
        assert now == app.json(f"/events/{uid('r4').upper()}/history")
        undone = {NAMES[each["id"]]: NAMES[each["undone_by"]] for each in now["items"] if each["undone_by"]}
        assert undone == {"r1": "r3", "r2": "r4"}


def test_what_a_step_says(serve: Serve, database_url: str) -> None:
    with serve(database_url=database_url) as app:
        # What is recorded in one append is known at once.
        wrong = corrected("c1", "sold", renamed("One"))
        wrong["data"]["reason"] = "The day was wrong."
        record(app, created("a"), SOLD, wrong, retracted("r1", "c1"), retracted("r2", "sold", "duplicate"))
        problem(app.get(f"/events/{uid('sold')}/history?known_at=4"), 404, "not-found")
        found = app.json(f"/events/{uid('c1')}/history?known_at=5")
        assert (found["stands"], found["known_at"]["position"]) == (None, 5)
        said = [(each["aims_at"], each["reason"], each["undone_by"], each["title"]) for each in found["items"]]
        assert said == [
            (None, None, uid("r2"), "Now called Sold (legal name), 2020"),
            (uid("sold"), "The day was wrong.", uid("r1"), "Correction: Now called One (legal name), 2021"),
            (uid("c1"), "error", None, "Withdrawn: Correction: Now called One (legal name), 2021"),
            (uid("sold"), "duplicate", None, "Withdrawn: Now called Sold (legal name), 2020"),
        ]
        for each in found["items"]:
            event = app.json(f"/events/{each['id']}")
            assert {name: each[name] for name in ("position", "recorded_at", "recorded_by", "type")} == {
                name: event[name] for name in ("position", "recorded_at", "recorded_by", "type")
            }
            assert each["href"].endswith(f"/events/{each['id']}")
            assert each["title"] in app.get("/feeds/all.atom").text


def test_equations_and_users_types_have_histories_too(serve: Serve, database_url: str) -> None:
    with serve(database_url=database_url) as app:
        record(app, created("a"), created("b"), equated("same", "a", "b"))
        record(app, corrected("other", "same", equated("", "b", "a")))
        record(app, retracted("undone", "same"))
        assert app.json(f"/events/{uid('other')}/history?known_at=4")["stands"] == uid("other")
        assert app.json(f"/events/{uid('undone')}/history")["stands"] is None
        answer = app.post(defined(), token=app.make_token("define-types"))
        definition = answer.json()["events"][0]["id"]
        alone = app.json(f"/events/{definition}/history")
        assert (alone["root"], alone["stands"]) == (definition, definition)
        assert [(each["id"], each["stands"]) for each in alone["items"]] == [(definition, True)]
        record(app, {**rated("A"), "id": uid("rated")})
        record(app, corrected("better", "rated", rated("B")))
    with serve(database_url=database_url) as app:  # another node, which has not read the definition yet
        found = app.json(f"/events/{uid('rated')}/history")
        assert [each["type"] for each in found["items"]] == [RATED, "fact.corrected"]
        assert found["items"][1]["title"] == "Correction: a rated B, 2020"


def test_it_is_asked_again_cheaply_and_what_is_no_event_is_not_found(app: Served) -> None:
    record(app, created("a"), SOLD)
    path = f"/events/{uid('sold')}/history"
    etag = app.get(path).headers["etag"]
    assert app.get(path, headers={"if-none-match": etag}).status_code == 304
    record(app, retracted("r1", "sold"))
    assert app.get(path, headers={"if-none-match": etag}).status_code == 200
    assert "UUID" in problem(app.get("/events/nonsense/history"), 404, "not-found")["detail"]
    problem(app.get(f"/events/{uid('nobody')}/history"), 404, "not-found")
    problem(app.get(f"{path}?known_at=77"), 400, "invalid-known-at")
    problem(app.get(f"{path}?as_of=2020"), 400, "unknown-parameter")

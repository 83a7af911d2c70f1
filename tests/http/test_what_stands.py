"""Pages lead to the fact that stands, and say what stood before it, what stands now, and what withdrawing would do."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest

from tests.histories import corrected, created, retracted, told, uid
from tests.http.conftest import Serve, Served
from tests.http.curating import Curator, Page
from tests.http.test_walking_pages import BROWSER, STATEMENTS_MAX

VAGUE = told("wells", "responsibility.gained", "2020-23", organisation="a", responsibility="wells", title="The wells")
FIRST, SECOND, THIRD = "autumn 2020", "10 November 2020", "11 November 2020"
SENTENCE = "a gained responsibility: The wells, {}"


def exact(event: str, day: str, source: str = "The gazette") -> dict[str, Any]:
    replacement = {**VAGUE, "effective": day, "sources": [{"title": source}]}
    return corrected(event, "wells", replacement)


def record(app: Served, *facts: dict[str, Any]) -> None:
    answer = app.post({"facts": list(facts)})
    assert answer.status_code == 201, answer.text


def page_of(curator: Curator, event: str, more: str = "") -> Page:
    return curator.open(f"/events/{uid(event)}{more}")


def rows(page: Page) -> dict[str, str]:
    """What the lists on a page say under each label."""
    found = {}
    for label in page.find("//main//dt"):
        found[label.text_content().strip()] = " ".join(label.getnext().text_content().split())
    return found


def offered(page: Page) -> list[str]:
    return [each.text_content() for each in page.find('//*[@class="curating"]//a')]


def top(page: Page) -> str:
    return " ".join(page.find('//main//p[contains(@class, "status")]')[0].text_content().split())


def test_pages_lead_to_the_fact_that_stands(serve: Serve, database_url: str) -> None:
    with serve(database_url=database_url) as app:
        record(app, created("a"), {**VAGUE, "sources": [{"title": "A rumour"}]})
        record(app, exact("c1", "2020-11-10"), exact("c2", "2020-11-11"), retracted("r2", "c2"))
        for path in (
            "/organisations/a?as_of=2021",
            "/organisations/a/timeline",
            "/organisations/a/changes?from=2020&to=2021",
            "/responsibilities/wells?as_of=2021",
            "/statements?subject=organisation/a&as_of=2021",
        ):
            text = app.get(path, headers=BROWSER).text
            assert f'/events/{uid("c1")}"' in text, path
            assert not [other for other in ("wells", "c2") if f'/events/{uid(other)}"' in text], path
            assert "A rumour" not in text, path
        assert "The gazette" in app.get("/organisations/a?as_of=2021", headers=BROWSER).text
        then = app.get("/organisations/a?as_of=2021&known_at=2", headers=BROWSER).text
        assert f'/events/{uid("wells")}"' in then
        assert "A rumour" in then
        open_ = app.get("/organisations/a?as_of=2020-10&known_at=2", headers=BROWSER).text
        assert f'<a href="/events/{uid("wells")}">{SENTENCE.format(FIRST)}</a>' in open_
        record(app, exact("c3", "2020-23", "The bell"))
        open_ = app.get("/organisations/a?as_of=2020-10", headers=BROWSER).text
        assert f'<a href="/events/{uid("c3")}">{SENTENCE.format(FIRST)}</a>' in open_
        found = app.json("/organisations/a?as_of=2021")["responsibilities"][0]["opened_by"]
        assert found == sorted([uid("wells"), uid("c3")]), "for programs both are named"


def test_an_event_says_at_its_top_what_stands(app: Served) -> None:
    curator = Curator(app)
    record(app, created("a"), VAGUE)
    page = page_of(curator, "wells")
    assert top(page) == "This fact stands."
    assert offered(page) == ["Correct this fact", "Withdraw this fact"]
    record(app, exact("c1", "2020-11-10"))
    page = page_of(curator, "wells")
    assert top(page) == f"This no longer stands: it was corrected. What stands now: {SENTENCE.format(SECOND)}"
    (link,) = page.find('//main//p[contains(@class, "status")]//a')
    assert link.get("href") == f"/events/{uid('c1')}"
    assert offered(page) == ["Withdraw the whole fact, with its corrections"]
    page = page_of(curator, "c1")
    assert top(page) == "This fact stands."
    assert offered(page) == [
        "Correct this fact",
        "Withdraw this correction only",
        "Withdraw the whole fact, with its corrections",
    ]
    record(app, exact("c2", "2020-11-11"))
    page = page_of(curator, "c1")
    assert top(page).endswith(f"it was corrected. What stands now: {SENTENCE.format(THIRD)}")
    assert offered(page) == ["Withdraw the whole fact, with its corrections"], "withdrawing it would change nothing"
    record(app, retracted("r2", "c2"))
    page = page_of(curator, "c2")
    assert top(page) == (
        "This correction no longer counts: it was withdrawn. It was recorded in error. "
        f"What stands now: {SENTENCE.format(SECOND)}"
    )
    page = page_of(curator, "r2")
    assert top(page) == f"This withdrawal stands. What stands now: {SENTENCE.format(SECOND)}"
    assert offered(page) == ["Undo the withdrawal", "Withdraw the whole fact, with its corrections"]


def test_a_withdrawal_tells_what_stood_before_it_and_can_be_undone(app: Served) -> None:
    curator = Curator(app)
    record(app, created("a"), VAGUE, exact("c1", "2020-11-10"))
    feed = app.get("/feeds/organisations/a.atom").text
    record(app, retracted("r1", "wells"))
    page = page_of(curator, "r1")
    said = rows(page)
    assert page.find("//h1/text()") == [f"Withdrawn: {SENTENCE.format(SECOND)}"], "as it was corrected"
    assert said["Withdraws"] == SENTENCE.format(FIRST)
    assert said["Before"] == SENTENCE.format(SECOND), "as it was corrected"
    assert said["After"] == "nothing: the fact was withdrawn"
    assert said["Why"] == "It was recorded in error"
    assert "an earlier fact" not in page.text
    assert ": error" not in page.text
    for event in ("wells", "c1"):
        page = page_of(curator, event)
        assert "was withdrawn. It was recorded in error. Nothing of the fact stands now." in top(page)
        assert offered(page) == ["Undo the withdrawal"]
        assert [each.get("href") for each in page.find('//*[@class="curating"]//a')] == [f"/events/{uid('r1')}/retract"]
    record(app, retracted("r2", "r1", "duplicate"))
    page = page_of(curator, "r2")
    said = rows(page)
    assert said["Before"] == "nothing: the fact was withdrawn"
    assert said["After"] == SENTENCE.format(SECOND)
    assert said["Why"] == "It repeats another fact"
    assert said["Withdraws"] == f"Withdrawn: {SENTENCE.format(SECOND)}"
    assert top(page_of(curator, "r1")).startswith("This withdrawal no longer counts: it was itself withdrawn.")
    old = feed[feed.index("<entry>") : feed.rindex("</entry>")]
    assert old in app.get("/feeds/organisations/a.atom").text, "feeds say what they said"


def test_forms_name_the_fact_and_what_withdrawing_would_do(app: Served) -> None:
    curator = Curator(app)
    record(app, created("a"), VAGUE)
    assert rows(page_of(curator, "wells", "/retract")) == {
        "What is withdrawn": SENTENCE.format(FIRST),
        "What stands then": "Nothing of this fact.",
    }
    record(app, exact("c1", "2020-11-10"))
    assert rows(page_of(curator, "wells", "/correct"))["The fact as it stands"] == SENTENCE.format(SECOND)
    page = page_of(curator, "wells", "/retract")
    expected = {
        "What is withdrawn": SENTENCE.format(SECOND),
        "What stands then": "Nothing of this fact: it goes as a whole, with all its corrections.",
    }
    assert rows(page) == expected
    preview = page.fill(reason="error").press("preview")
    assert preview.status == 200
    assert rows(preview)["The fact"].startswith(f"Withdrawn: {SENTENCE.format(SECOND)}.")
    assert rows(preview).items() >= expected.items()
    page = page_of(curator, "c1", "/retract")
    assert rows(page)["What is undone"] == f"Correction: {SENTENCE.format(SECOND)}"
    assert rows(page)["What stands then"] == SENTENCE.format(FIRST)
    record(app, exact("c2", "2020-11-11"))
    assert rows(page_of(curator, "c1", "/retract"))["What stands then"] == (
        f"{SENTENCE.format(THIRD)}, as now: withdrawing this changes nothing."
    )
    record(app, retracted("r1", "wells"))
    assert "as now: withdrawing this changes nothing" in page_of(curator, "wells", "/retract").text
    assert rows(page_of(curator, "r1", "/retract"))["What stands then"] == SENTENCE.format(THIRD)


def test_the_start_page_tells_what_counts_no_more(app: Served) -> None:
    record(app, created("a"), VAGUE, exact("c1", "2020-11-10"), exact("c2", "2020-11-11"), retracted("r1", "c2"))
    page = Curator(app).open("/")
    lately = page.find('//section[@aria-labelledby="lately"]//li')
    told_so = {
        each.find(".//a").get("href").rpartition("/")[2]: "no longer counts" in each.text_content() for each in lately
    }
    assert told_so == {
        uid("created-a"): False,
        uid("wells"): True,
        uid("c1"): False,
        uid("c2"): True,
        uid("r1"): False,
    }


def test_labels_have_something_behind_them(nhsx: Served) -> None:
    text = nhsx.get("/plans/merge-nhsx", headers=BROWSER).text
    assert "fulfilled by: <a" in " ".join(text.split())
    assert ">NHSX merged into NHS England, February 2022</a>" in text
    assert ">Plan for NHSX announced: " in text
    target = nhsx.get("/targets/paperless-nhs", headers=BROWSER).text
    assert ">Target set: Paperless NHS (due 2024), June 2019</a>" in target, "two facts of one line are told apart"


def test_the_page_of_a_fact_is_for_people(nhsx: Served) -> None:
    curator = Curator(nhsx)
    (merged,) = nhsx.json("/events?type=organisation.merged")["items"]
    page = curator.open(f"/events/{merged['id']}")
    said = rows(page)
    assert said["Status of the plan"] == "before: pending; after: fulfilled"
    assert said["Fulfils"] == "NHSX to merge with NHS Digital and into NHS England"
    (time,) = page.find("//main//time")
    assert time.get("datetime") == merged["recorded_at"]
    assert "." not in time.text
    assert time.text.endswith(f"{merged['recorded_at'][11:19]} UTC")
    feeds = page.find("//footer//a[contains(@href, '.atom')]")
    assert len(page.find("//footer//details//a[contains(@href, '.atom')]")) == len(feeds) > 1, "folded"
    tagged = told("after", "organisation.created", "2023", organisation="late", name="Late")
    nhsx.post({**tagged, "follows": [merged["id"]]})
    assert rows(curator.open(f"/events/{uid('after')}"))["Came after"] == "NHSX merged into NHS England, February 2022"


@pytest.mark.parametrize("event", ["wells", "c2", "r2", "r3"])
def test_the_page_of_an_event_takes_few_statements(app: Served, event: str) -> None:
    if app.node.database.dialect != "sqlite":
        pytest.skip("statements are counted by SQLite")
    wells = {**VAGUE, "follows": [uid("created-a")]}
    record(app, created("a"), wells, exact("c1", "2020-11-10"), exact("c2", "2020-11-11"))
    record(app, retracted("r2", "c2"), retracted("r3", "wells"))
    app.get(f"/events/{uid('c1')}", headers=BROWSER)  # what is read once
    statements: list[str] = []
    with app.node.database.snapshot() as connection:
        raw = connection.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        raw.set_trace_callback(statements.append)
    assert app.get(f"/events/{uid(event)}", headers=BROWSER).status_code == 200
    raw.set_trace_callback(None)
    asked = [each for each in statements if each.lstrip().upper().startswith(("SELECT", "WITH"))]
    assert 0 < len(asked) <= STATEMENTS_MAX, asked

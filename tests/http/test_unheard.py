"""Subjects of which nothing was known at the moment asked for: since when they are known is said, and the way there."""

from __future__ import annotations

import re

import pytest
from lxml import html

from tests.http.conftest import Served, created

BROWSER = {"accept": "text/html"}


@pytest.fixture
def late(app: Served) -> Served:
    """A register that heard of Late third and fourth, in one append."""
    for body in (created("early", "Early"), {"facts": [created("other", "Other"), created("late", "Late")]}):
        assert app.post(body).status_code == 201
    return app


VIEWS = ("", "/timeline", "/lineage", "/anomalies", "/changes?from=2020&to=2022")


@pytest.mark.parametrize("view", VIEWS)
def test_the_page_keeps_its_place_and_says_since_when(late: Served, view: str) -> None:
    sign = "&" if "?" in view else "?"
    answer = late.get(f"/organisations/late{view}{sign}known_at=1", headers=BROWSER)
    assert answer.status_code == 404
    text = answer.text
    assert "<h1>Late</h1>" in text
    assert "Nothing was known of Late by facts 1 to 1" in text
    assert "The first fact that mentions it is fact 3, recorded on" in text
    assert 'name="known_at" value="1"' in text
    assert text.count("/organisations/late/") >= 4, "the tabs"
    way = f"/organisations/late{view}{sign}known_at=3".replace("&", "&amp;")
    assert f'href="{way}"' in text
    for href in re.findall(r'href="(/[^"]*)"', text.split("unknown", 1)[1].split("<footer")[0]):
        assert late.get(href.replace("&amp;", "&"), headers=BROWSER).status_code == 200, href


def test_the_day_can_be_asked_for_again(late: Served) -> None:
    text = late.get("/organisations/late?as_of=2021-06-01&known_at=1", headers=BROWSER).text
    assert re.search(r'name="as_of" value="[^"]*2021', text)
    assert 'href="/organisations/late?as_of=2021-06-01&amp;known_at=3"' in text


@pytest.mark.parametrize("view", [*VIEWS, "/timeline.svg", "/changes?known_from=0"])
def test_programs_are_told_the_same(late: Served, view: str) -> None:
    name = "known_to" if "known_from" in view else "known_at"
    answer = late.get(f"/organisations/late{view}{'&' if '?' in view else '?'}{name}=1")
    assert answer.status_code == 404
    assert answer.json()["type"].endswith("not-found")
    detail = answer.json()["detail"]
    assert "nothing was known of the organisation late up to position 1 of the log" in detail
    assert "at position 3, recorded on" in detail


def test_other_kinds_too(late: Served) -> None:
    late.post({"type": "name.adopted", "effective": "2020", "data": {"person": "ann", "name": "Ann", "kind": "legal"}})
    page = late.get("/people/ann?known_at=3", headers=BROWSER).text
    assert "Nothing was known of Ann" in page
    assert "fact 4" in page


def test_what_no_event_mentions_at_all_is_just_not_there(late: Served) -> None:
    for view in ("", "/timeline"):
        detail = late.get(f"/organisations/nope{view}?known_at=1").json()["detail"]
        assert detail.startswith("no event mentions the organisation nope")


def test_the_control_says_what_a_position_is(late: Served) -> None:
    text = late.get("/organisations/late?known_at=3", headers=BROWSER).text
    assert "the number of a fact, such as 20" in text
    hint = text[text.index('id="known_at-hint"') :]
    assert 'href="/events"' in hint[: hint.index("</p>")]


def test_what_was_learned_since_is_a_link_away(late: Served) -> None:
    for view in ("", "/changes?from=2020&known_at=1"):
        page = late.get(f"/organisations/late{view or '?known_at=1'}", headers=BROWSER).text
        document = html.fromstring(page)
        (way,) = document.xpath("//main//a[. = 'What was learned of it since']/@href")
        assert way.startswith("/organisations/late/changes?known_from=1&as_of=2019-01-01/")
        assert "Late created" in late.get(way, headers=BROWSER).text
        (tab,) = document.xpath("//nav[@class='tabs']//a[contains(@href, '/changes')]/@href")
        assert "from=2019-01-01" in tab
        assert "0000" not in page


def test_of_what_has_no_day_at_all_the_way_leads_to_what_was_learned(app: Served) -> None:
    about = {"type": "statement.made", "effective": "2020", "data": {"organisation": "abc", "text": "Hear, hear"}}
    assert app.post(about).status_code == 201
    document = html.fromstring(app.get("/organisations/abc", headers=BROWSER).text)
    (tab,) = document.xpath("//nav[@class='tabs']//a[contains(@href, '/changes')]/@href")
    assert tab == "/organisations/abc/changes?known_from=0"
    assert app.get(tab, headers=BROWSER).status_code == 200

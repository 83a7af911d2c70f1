"""The feeds there are, as a list and as OPML; how readers find them from other answers."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from feeds.catalogue import KINDS
from service.api import feed_list
from tests.http.conftest import Served, created, problem


def items(app: Served, query: str = "") -> list[dict[str, Any]]:
    """All items, over all pages."""
    found, path = [], f"/feeds?{query}"
    while path:
        page = app.json(path)
        found += page["items"]
        path = (page["next"] or "").removeprefix(app.node.register.base_url)
    return found


def outlines(app: Served) -> dict[str, list[dict[str, str]]]:
    """The feeds of an OPML document by their groups."""
    answer = app.get("/feeds.opml")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/x-opml; charset=utf-8"
    root = ET.fromstring(answer.content)
    assert (root.tag, root.get("version")) == ("opml", "2.0")
    assert root.findtext("head/title")
    return {group.attrib["text"]: [each.attrib for each in group] for group in root.findall("body/outline")}


def test_every_feed_that_is_listed_is_there(nhsx: Served) -> None:
    found = items(nhsx, "limit=7")
    places = [(each["kind"], each["id"]) for each in found]
    assert len(set(places)) == len(places) > 40
    assert [*dict.fromkeys(kind for kind, _ in places)] == list(KINDS)
    assert found == items(nhsx)
    base = nhsx.node.register.base_url
    for each in found:
        for form in ("atom", "json"):
            assert nhsx.get(each[form].removeprefix(base)).status_code == 200, each
        if each["page"] is not None:
            assert nhsx.get(each["page"].removeprefix(base), headers={"accept": "text/html"}).status_code == 200
    named = {(each["kind"], each["id"]): each["title"] for each in found}
    assert named["organisations", "nhsx"] == "NHSX"
    assert named["people", "matthew-gould"] == "Matthew Gould"
    assert named["all", None] == "All changes"


def test_a_list_may_be_narrowed(nhsx: Served) -> None:
    assert [each["id"] for each in items(nhsx, "kind=people&q=gould")] == ["matthew-gould"]
    assert {each["kind"] for each in items(nhsx, "kind=types")} == {"types"}
    assert ("types", "organisation.merged") in [(each["kind"], each["id"]) for each in items(nhsx, "q=merged")]
    assert [each["kind"] for each in items(nhsx, "q=Come%20into")] == ["effective"]
    assert len(items(nhsx, "q=nhs&limit=2")) == len(items(nhsx, "q=nhs")) > 2
    problem(nhsx.get("/feeds?kind=person"), 400, "invalid-parameter")
    problem(nhsx.get("/feeds?after=zzz"), 400, "invalid-cursor")


def test_an_empty_register_has_two_feeds(app: Served) -> None:
    assert [each["kind"] for each in items(app)] == ["all", "effective"]
    assert [len(each) for each in outlines(app).values()] == [2, 0, 0, 0]


def test_opml_has_all_of_them_in_groups(nhsx: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = ("all", "effective", "types", "organisations", "people")
    listed = [each["atom"] for kind in kinds for each in items(nhsx, f"kind={kind}")]
    whole = outlines(nhsx)
    assert list(whole) == ["Everything", "Types of facts", "Organisations", "People"]
    assert [each["xmlUrl"] for group in whole.values() for each in group] == listed
    assert all(each["type"] == "rss" and each["text"] == each["title"] for group in whole.values() for each in group)
    assert whole["Organisations"][0]["htmlUrl"].startswith(nhsx.node.register.base_url)
    monkeypatch.setattr(feed_list, "AT_ONCE", 3)
    assert outlines(nhsx) == whole


def test_names_that_xml_would_not_hold(app: Served) -> None:
    app.post(created("abc", 'A <"b"> & \uffff'))
    (feed,) = outlines(app)["Organisations"]
    assert feed["text"] == 'A <"b"> & \ufffd'


def test_opml_is_asked_for_conditionally(app: Served) -> None:
    app.post(created())
    etag = app.get("/feeds.opml").headers["etag"]
    assert app.get("/feeds.opml", headers={"if-none-match": etag}).status_code == 304
    assert app.client.head("/feeds.opml").headers["etag"] == etag
    app.post(created("other"))
    assert app.get("/feeds.opml", headers={"if-none-match": etag}).status_code == 200


@pytest.mark.parametrize("accept", ["text/html", "application/json", "application/ld+json"])
def test_answers_about_organisations_and_people_lead_to_their_feeds(nhsx: Served, accept: str) -> None:
    base = nhsx.node.register.base_url
    for path in ("organisations/nhsx", "people/matthew-gould"):
        answer = nhsx.get(f"/{path}", headers={"accept": accept})
        link = f'<{base}/feeds/{path}.atom>; rel="alternate"; type="application/atom+xml"'
        assert answer.headers["link"] == link
        again = nhsx.get(f"/{path}", headers={"accept": accept, "if-none-match": answer.headers["etag"]})
        assert again.status_code == 304
        assert "link" not in again.headers
    assert f"{base}/feeds/plans/merge-nhsx.atom" in nhsx.get("/plans/merge-nhsx").headers["link"]
    assert "link" not in nhsx.get("/posts/nhsx-chief-executive").headers


@pytest.mark.parametrize("path", ["/", "/organisations/nhsx"])
def test_pages_lead_to_feeds_in_both_formats(nhsx: Served, path: str) -> None:
    text = nhsx.get(path, headers={"accept": "text/html"}).text
    feeds = ["/feeds/all", *([f"/feeds{path}"] if path != "/" else [])]
    for feed in feeds:
        assert f'<link rel="alternate" type="application/atom+xml" href="{feed}.atom"' in text
        assert f'<link rel="alternate" type="application/feed+json" href="{feed}.json"' in text

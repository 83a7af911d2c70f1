"""Who gets HTML, what the pages say, and that they load nothing from elsewhere."""

from __future__ import annotations

import re
import threading
from typing import Any

import pytest
from litestar import Litestar
from lxml import html

from events.queries import organisations
from service import reads
from tests.http.conftest import Served, created

PLANNED = {"nhs-england-transformation-directorate": "NHS England transformation directorate"}
"""What no fact names: pages call it as a plan does."""
BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.mark.parametrize(
    ("accept", "html"),
    [
        (BROWSER["accept"], True),
        ("text/html", True),
        ("*/*", False),
        ("", False),
        ("application/json", False),
        ("text/html;q=0.5, application/json", False),
        ("application/json;q=0.5, text/html", True),
        ("application/json, text/html", False),
        ("text/html;q=0", False),
        ("text/html;q=nonsense", False),
    ],
)
def test_who_gets_html(nhsx: Served, accept: str, html: bool) -> None:
    for path in ("/", "/organisations/nhsx?as_of=2021-06-01"):
        kind = nhsx.get(path, headers={"accept": accept}).headers["content-type"]
        assert kind == ("text/html; charset=utf-8" if html else "application/json")


def test_format_overrides_accept(nhsx: Served) -> None:
    assert nhsx.get("/organisations/nhsx?format=html").text.startswith("<!doctype html>")
    assert nhsx.get("/organisations/nhsx?format=json", headers=BROWSER).json()["id"] == "nhsx"


def test_the_page_of_an_organisation(nhsx: Served) -> None:
    answer = nhsx.get("/organisations/nhsx?as_of=2021-06-01", headers=BROWSER)
    assert answer.headers["cache-control"] == "private, no-cache"
    text = answer.text
    assert "<h1>NHSX</h1>" in text
    assert "Matthew Gould" in text
    head = text[text.index('<p class="kind">') : text.index("<h1>")]
    assert '<a href="/facts/new?organisation=nhsx">Add a fact about NHSX</a>' in head
    assert 'type="application/atom+xml" href="/feeds/organisations/nhsx.atom"' in text
    etag = answer.headers["etag"]
    same = {**BROWSER, "if-none-match": etag}
    assert nhsx.get("/organisations/nhsx?as_of=2021-06-01", headers=same).status_code == 304
    nhsx.post(created("unrelated", "Unrelated"))
    assert nhsx.get("/organisations/nhsx?as_of=2021-06-01", headers=same).status_code == 200


@pytest.mark.parametrize("as_of", ["2018-12-31", "2019-02-25", "2020-05-06", "2021-11-22", "2022-06-01"])
def test_every_organisation_has_a_page(nhsx: Served, as_of: str) -> None:
    for each in nhsx.json(f"/organisations?as_of={as_of}")["items"]:
        answer = nhsx.get(f"/organisations/{each['id']}?as_of={as_of}", headers=BROWSER)
        assert answer.status_code == 200
        assert f"<h1>{PLANNED.get(each['name'], each['name'])}</h1>" in answer.text


def test_every_event_has_a_page(nhsx: Served) -> None:
    for event in nhsx.json("/events?limit=1000")["items"]:
        answer = nhsx.get(f"/events/{event['id']}", headers=BROWSER)
        assert answer.status_code == 200
        assert f"as fact {event['position']}" in answer.text
    assert nhsx.get("/events/" + event["id"]).headers["content-type"] == "application/json"


def test_text_is_escaped(app: Served) -> None:
    sources = [{"title": "<b>bold</b>", "url": "https://example.org/?a=1&b=<i>"}]
    (event,) = app.post(created(name="<script>alert(1)</script>", note="<img>", sources=sources)).json()["events"]
    for path in ("/", "/organisations/abc", f"/events/{event['id']}"):
        text = app.get(path, headers=BROWSER).text
        assert "<script>" not in text
        assert "<img>" not in text
        assert "<b>" not in text


def test_the_start_page_names_addresses_that_work(nhsx: Served) -> None:
    for link in nhsx.json("/")["links"]:
        assert nhsx.get(link["href"]).status_code == 200
    for href in re.findall(r'href="([^"]+)"', nhsx.get("/", headers=BROWSER).text):
        assert nhsx.get(href).status_code == 200, href


def test_the_links_of_pages_work(nhsx: Served) -> None:
    seen = set()
    event = nhsx.json("/events?type=organisation.merged")["items"][0]["id"]
    for page in ("/organisations/nhsx?as_of=2021-06-01", f"/events/{event}"):
        seen.update(re.findall(r'href="(/[^"]*)"', nhsx.get(page, headers=BROWSER).text.replace("&amp;", "&")))
    assert len(seen) > 20
    for href in seen:
        assert nhsx.get(href).status_code == 200, href


def test_the_page_of_the_schema_loads_nothing_from_elsewhere(app: Served) -> None:
    page = app.get("/schema", headers=BROWSER)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    addresses = re.findall(r'(?:src|href|data-url)="([^"]+)"', page.text)
    assert any(address.endswith("swagger-ui-bundle.js") for address in addresses)
    for address in addresses:
        if address == "#main":
            continue
        assert address.startswith("/")
        assert not address.startswith("//")
        answer = app.get(address)
        assert answer.status_code == 200
        assert answer.headers["content-type"].partition(";")[0] in (
            "text/css",
            "text/javascript",
            "text/html",
            "image/svg+xml",
            "application/json",
            "application/atom+xml",
            "application/feed+json",
            "application/vnd.oai.openapi+json",
        )
        if "/static/" in address or "/assets/" in address:
            assert answer.headers["cache-control"].startswith("public, max-age=")
            etag = {"if-none-match": answer.headers["etag"]}
            assert app.get(address, headers=etag).status_code == 304
    for style in (each for each in addresses if each.endswith(".css")):
        assert not re.search(r"url\(\s*[\"']?(https?:)?//|@import", app.get(style).text)
    own = app.get("/static/schema.js").text
    assert "validatorUrl: null" in own
    assert "http" not in own.replace("https://", "")


def test_the_description_is_openapi_3_1_and_names_every_route(app: Served) -> None:
    description = app.json("/schema/openapi.json")
    assert description["openapi"].startswith("3.1")
    ids = [operation["operationId"] for path in description["paths"].values() for operation in path.values()]
    assert len(ids) == len(set(ids))
    assert {
        "/",
        "/events",
        "/events/stream",
        "/events/{event_id}",
        "/types",
        "/types/{name}",
        "/organisations",
        "/organisations/{slug}",
        "/organisations/{slug}/timeline",
        "/people/{slug}",
        "/posts/{slug}",
        "/plans/{slug}",
        "/initiatives/{slug}",
        "/targets/{slug}",
        "/responsibilities/{slug}",
        "/feeds/{document}",
        "/log",
        "/health/live",
        "/health/ready",
    } <= set(description["paths"])
    parameters = {each["name"]: each for each in description["paths"]["/organisations/{slug}"]["get"]["parameters"]}
    assert {"slug", "as_of", "at", "date", "on", "known_at", "min_position", "format"} <= set(parameters)
    assert all(each.get("description") for each in parameters.values())


def test_the_examples_of_appending_can_be_sent_as_they_stand(nhsx: Served) -> None:
    operation = nhsx.json("/schema/openapi.json")["paths"]["/events"]["post"]
    assert operation["security"] == [{"token": []}]
    content = operation["requestBody"]["content"]
    bodies = [("application/json", each["value"]) for each in content["application/json"]["examples"].values()]
    bodies += [(name, content[name]["example"]) for name in content if name.startswith("application/cloudevents")]
    assert len(bodies) == 6
    for media_type, body in bodies:
        assert nhsx.post(body, content_type=media_type).status_code in (200, 201), body


def test_the_examples_of_reading_can_be_tried_as_they_stand(nhsx: Served) -> None:
    description = nhsx.json("/schema/openapi.json")
    assert description["servers"] == [{"url": "/"}]
    tried = set()
    for path, operations in description["paths"].items():
        operation = operations.get("get")
        if (
            operation is None or path == "/events/stream" or "/archive/" in path
        ):  # one never ends, of the others is none
            continue
        examples = (
            {each["name"]: each["example"] for each in operation["parameters"] if "example" in each}
            if ("parameters" in operation)
            else {}
        )
        query = {name: value for name, value in examples.items() if f"{{{name}}}" not in path}
        answer = nhsx.get(path.format(**examples), params=query)
        assert answer.status_code == 200, (path, examples, answer.text)
        tried.add(operation["operationId"])
    assert {"read_organisation", "read_event", "read_changes", "feed_people", "read_type"} <= tried


def test_every_route_says_what_its_problems_are(app: Served) -> None:
    for operations in app.json("/schema/openapi.json")["paths"].values():
        for operation in operations.values():
            problems = [each for code, each in operation["responses"].items() if code in ("400", "default")]
            assert problems
            assert all(list(each["content"]) == ["application/problem+json"] for each in problems)


def test_the_application_is_litestar(app: Served) -> None:
    assert isinstance(app.client.app, Litestar)


@pytest.mark.parametrize(
    ("asked", "tidy"),
    [
        ("/organisations?q=&as_of=autumn+2021&status=", "/organisations?as_of=2021-23"),
        ("/organisations/nhsx?as_of=1+June+2021&known_at=", "/organisations/nhsx?as_of=2021-06-01"),
        ("/organisations/nhsx?as_of=&known_at=", "/organisations/nhsx"),
        ("/organisations/nhsx/changes?from=june+2019&to=", "/organisations/nhsx/changes?from=2019-06"),
    ],
)
def test_what_a_form_sends_is_put_in_the_terms_of_the_api(nhsx: Served, asked: str, tidy: str) -> None:
    answer = nhsx.get(asked, headers=BROWSER, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (302, tidy)
    assert nhsx.get(tidy, headers=BROWSER).status_code == 200
    assert nhsx.get(asked).status_code == 400  # programs are told what is wrong


def test_the_control_says_what_it_understood(nhsx: Served) -> None:
    page = nhsx.get("/organisations/nhsx?as_of=autumn+2021", headers=BROWSER).text
    assert "autumn 2021: 1 September 2021 to 30 November 2021" in page
    head = nhsx.json("/log")["size"]
    page = nhsx.get(f"/organisations/nhsx?as_of=2021-06-01&known_at={head}", headers=BROWSER).text
    assert f"by facts 1 to {head}" in page
    assert 'href="/organisations/nhsx?as_of=2021-06-01"' in page
    assert f'href="/organisations?as_of=2021-06-01&amp;known_at={head}"' in page


def test_what_is_possible_says_so(nhsx: Served) -> None:
    page = nhsx.get("/organisations/nhsx?as_of=2019-02-25", headers=BROWSER).text
    assert "25 February 2019: possibly active; otherwise announced" in page
    line = page.index("Matthew Gould")
    assert 'class="possibly"' in page[line - 300 : line]
    assert 'class="possibly"' not in nhsx.get("/organisations/nhsx?as_of=2021-12-31", headers=BROWSER).text


def test_every_line_names_its_source(nhsx: Served) -> None:
    page = nhsx.get("/organisations/nhsx?as_of=2021-06-01", headers=BROWSER).text
    lines = re.findall(r"<li[^>]*>(.*?)</li>", page[page.index('class="sections"') : page.index("<footer")], re.DOTALL)
    assert len(lines) > 30
    assert all("Source:" in each and "/events/" in each for each in lines if "fulfilled by" not in each)


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/organisations/nhsx?as_of=soon", 400, "2021-23"),
        ("/organisations/nhsx?as_of=soon", 400, 'href="/organisations/nhsx"'),
        ("/organisations/nhsx?known_at=9999", 400, "beyond the head"),
        ("/organisations/nope", 404, "All organisations"),
        ("/nowhere", 404, "start page"),
        ("/events/nope", 404, "a UUID such as"),
    ],
)
def test_problems_are_pages_that_lead_on(nhsx: Served, path: str, status: int, words: str) -> None:
    answer = nhsx.get(path, headers=BROWSER)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert words in answer.text
    assert 'role="search"' in answer.text


def test_the_start_page_tells_what_is_new_and_what_is_to_come(app: Served) -> None:
    assert "Nothing is recorded yet" in app.get("/", headers=BROWSER).text
    app.post(created("abc", "Abc"))
    later = {"type": "name.adopted", "effective": "2999-04-01"}
    app.post({**later, "data": {"organisation": "abc", "name": "Abc of tomorrow", "kind": "legal"}})
    page = app.get("/", headers=BROWSER).text
    soon = page[page.index('id="soon"') :]
    assert "Abc of tomorrow" in soon[: soon.index("</section>")]
    assert "Abc created" in page


def test_an_organisation_may_be_ancestor_and_descendant(nhsx: Served) -> None:
    page = nhsx.get("/organisations/nhsx/lineage?as_of=2022-06-01", headers=BROWSER).text
    before, after = page.split("<h2>Became</h2>")
    assert "NHS England → NHSX: formed from" in before
    assert "NHSX → NHS England: merged, February 2022" in after
    assert (
        "NHS England"
        not in nhsx.get("/organisations/nhsx/lineage?as_of=2021-06-01", headers=BROWSER)
        .text.split("<h2>Became</h2>")[1]
        .partition("<footer>")[0]
    )


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/organisations/nhsx?as_of=2026-11-26", "26 November 2026: closed, merged into NHS England, February 2022"),
        ("/organisations/nhs-england?as_of=2023", "was formed from it"),
        ("/people/matthew-gould?as_of=2026-01-01", "Chief Executive"),  # what he was, though he is no more
        ("/plans/merge-nhsx?as_of=2021-12-01", "merged into NHS England"),
        ("/organisations/nhsx/changes?from=2020-01&to=2020-12", "£40 million"),
        ("/organisations/nhsx/changes?known_from=0&as_of=2010", "Nothing was learned about 2010"),
        ("/organisations/nhsx?as_of=2021-06-01&known_at=0", "Nothing was known of NHSX before anything was recorded"),
        ("/plans/merge-nhsx?as_of=2019-02-25", "25 February 2019: not yet announced"),
        ("/plans/merge-nhsx?as_of=2022-02-10", "possibly pending; otherwise fulfilled"),
        ("/targets/paperless-nhs?as_of=2026-11-26", "26 November 2026: open, past its due date"),
        ("/targets/paperless-nhs?as_of=2026-11-26", "due 2024, which has passed"),
        ("/targets/paperless-nhs?as_of=2024-12-31", "31 December 2024: open</p>"),
        ("/organisations/nhsx?as_of=2026-11-26", "due 2024, which has passed"),
        ("/organisations/nhsx?as_of=31+June+2021", 'value="31 June 2021"'),  # as typed, to be mended
    ],
)
def test_pages_say_what_one_comes_for(nhsx: Served, path: str, words: str) -> None:
    assert words in nhsx.get(path, headers=BROWSER).text


def test_a_closed_organisation_leads_to_its_last_certain_day(nhsx: Served) -> None:
    page = html.fromstring(nhsx.get("/organisations/nhsx?as_of=2026-11-26&known_at=79", headers=BROWSER).text)
    (way,) = page.xpath("//main/p/a[contains(., 'on 31 January 2022, the last day')]/@href")
    assert way == "/organisations/nhsx?as_of=2022-01-31&known_at=79"
    assert "31 January 2022: active" in nhsx.get(way, headers=BROWSER).text
    assert nhsx.json("/organisations/nhsx?as_of=2026")["last_active"] == "2022-01-31"
    for day in ("2018", "2021", "2022-02-10"):  # not there yet, active, perhaps still so
        assert "last_active" not in nhsx.json(f"/organisations/nhsx?as_of={day}")
        assert "the last day on which" not in nhsx.get(f"/organisations/nhsx?as_of={day}", headers=BROWSER).text


def test_an_organisation_that_perhaps_never_existed_has_no_last_certain_day(app: Served) -> None:
    gone = {"organisation": "abc", "reason": "ceased"}
    facts = [created("abc", "Abc", "2001?"), {"type": "organisation.dissolved", "effective": "2010", "data": gone}]
    assert app.post({"facts": facts}).status_code == 201
    assert app.json("/organisations/abc?as_of=2020")["status"] == "closed"
    assert "last_active" not in app.json("/organisations/abc?as_of=2020")


def test_the_timeline_keeps_the_day(nhsx: Served) -> None:
    page = html.fromstring(nhsx.get("/organisations/nhsx?as_of=2021-06-01", headers=BROWSER).text)
    (tab,) = page.xpath("//nav[@class='tabs']//a[contains(@href, '/timeline')]/@href")
    assert tab == "/organisations/nhsx/timeline?as_of=2021-06-01"
    page = html.fromstring(nhsx.get(tab, headers=BROWSER).text)
    ways = page.xpath("//nav[@class='tabs']//a/@href")
    assert {"/organisations/nhsx?as_of=2021-06-01", "/organisations/nhsx/lineage?as_of=2021-06-01"} <= set(ways)
    assert page.xpath("//input[@id='as_of']/@value") == ["1 June 2021"]
    assert "Facts after 1 June 2021 are left out" in page.text_content()
    (whole,) = page.xpath("//p[@class='notice']/a/@href")
    assert whole == "/organisations/nhsx/timeline"
    assert "are left out" not in nhsx.get(whole, headers=BROWSER).text


def test_of_two_closings_the_last_one_is_told(app: Served) -> None:
    def merged(result: str, year: str) -> dict[str, object]:
        return {"type": "organisation.merged", "effective": year, "data": {"originals": ["abc"], "result": result}}

    again = {"organisation": "abc", "name": "Abc"}
    facts = [
        *(created(name, name.title(), "2001") for name in ("abc", "first", "second")),
        merged("first", "2010"),
        {"type": "organisation.reinstated", "effective": "2015", "data": again},
        merged("second", "2020"),
    ]
    assert app.post({"facts": facts}).status_code == 201
    page = app.get("/organisations/abc?as_of=2022", headers=BROWSER).text
    assert "closed, merged into Second, 2020" in page
    assert "merged into First" not in page


def test_how_to_subscribe_is_told_with_whole_addresses(nhsx: Served) -> None:
    page = nhsx.get("/organisations/nhsx?as_of=2021-06-01", headers=BROWSER).text
    base = nhsx.node.register.base_url
    addresses = re.findall(r'<input id="[^"]+" class="address" value="([^"]+)" readonly>', page)
    assert addresses == [f"{base}/feeds/organisations/nhsx.atom", f"{base}/plans.ics?organisation=nhsx"]
    assert all(nhsx.get(each.removeprefix(base)).status_code == 200 for each in addresses)
    plans = nhsx.get("/plans?organisation=nhsx&status=pending&as_of=2021-12-01", headers=BROWSER).text
    assert "/plans.ics?organisation=nhsx&amp;status=pending" in plans


@pytest.mark.parametrize("accept", [BROWSER["accept"], "application/json"])
def test_what_much_is_said_of_is_read_off_the_event_loop(
    nhsx: Served, monkeypatch: pytest.MonkeyPatch, accept: str
) -> None:
    names: list[str] = []
    read = organisations.state

    def noting(*asked: Any) -> Any:
        names.append(threading.current_thread().name)
        return read(*asked)

    monkeypatch.setattr(organisations, "state", noting)
    nhsx.get("/organisations/nhsx?as_of=2021-06-01", headers={"accept": accept})
    monkeypatch.setattr(reads, "MUCH_EVENTS", 10)
    nhsx.get("/organisations/nhsx?as_of=2021-06-02", headers={"accept": accept})
    assert [name.startswith("orgline-read") for name in names] == [nhsx.node.database.dialect != "sqlite", True]

"""All pages: every link of every page leads somewhere, and no page costs more the more there is to say."""

from __future__ import annotations

import re
from collections import deque
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import pytest
from lxml import html

from tests.http.conftest import Served, created, statements_of

BROWSER = {"accept": "text/html"}
PAGES_MAX = 600
STATEMENTS_MAX = 12


def shape(path: str) -> str:
    """Pages of one kind have one shape: of each a few are enough."""
    parts = path.strip("/").split("/")
    return "/".join([parts[0], *("*" for _ in parts[1:2]), *parts[2:]])


def test_every_link_of_every_page_leads_somewhere(nhsx: Served) -> None:
    waiting, seen, pages = deque(["/", "/organisations/nhsx?as_of=2019-02-25&known_at=79"]), set[str](), 0
    visited: dict[str, int] = {}
    while waiting and pages < PAGES_MAX:
        address = waiting.popleft()
        answer = nhsx.get(address, headers=BROWSER)
        assert answer.status_code == 200, address
        pages += 1
        if answer.headers["content-type"].partition(";")[0] != "text/html":
            continue
        document = html.document_fromstring(answer.text)
        assert document.findtext(".//h1") or "/schema" in address, address
        ids = [each.get("id") for each in document.iter() if each.get("id")]
        assert len(ids) == len(set(ids)), address
        for link in document.iter("a", "link"):
            target = unescape(link.get("href")).removeprefix(nhsx.node.register.base_url)
            if target.startswith("#"):
                assert target[1:] in ids, (address, target)
            elif target.startswith("/") and target.partition("#")[0] not in seen:
                seen.add(target.partition("#")[0])
                of = shape(urlsplit(target).path) + re.sub(r"=[^&]*", "", urlsplit(target).query)
                visited[of] = visited.get(of, 0) + 1
                if visited[of] <= 2:
                    waiting.append(target)
    assert not waiting
    assert {"organisations/*", "people/*", "posts/*", "plans/*", "targets/*", "initiatives/*", "events/*"} <= {
        shape(urlsplit(each).path) for each in seen
    }


def much(many: int) -> list[dict[str, Any]]:
    """Facts about one organisation, so many of each type."""
    facts = [
        created("abc", "Abc"),
        {"type": "initiative.launched", "effective": "2020", "data": {"organisation": "abc", "initiative": "app"}},
    ]
    for n in range(many):
        facts.append(
            {
                "type": "appointment.started",
                "effective": f"20{n % 20:02}-05",
                "data": {"organisation": "abc", "post": f"abc-{n}", "person": f"person-{n}", "person_name": f"P {n}"},
                "sources": [{"title": f"Source {n}"}],
            }
        )
        facts.append(
            {
                "type": "responsibility.gained",
                "effective": "[2021-01-01..2021-12-31]",
                "data": {"organisation": "abc", "responsibility": f"duty-{n}", "title": f"Duty {n}"},
            }
        )
    return facts


@pytest.mark.parametrize("many", [1, 60])
def test_the_page_of_an_organisation_takes_few_statements(app: Served, many: int) -> None:
    assert app.post({"facts": much(many)}).status_code == 201
    with statements_of(app) as asked:
        assert app.get("/organisations/abc?as_of=2021-06", headers=BROWSER).status_code == 200
    assert 0 < len(asked) <= STATEMENTS_MAX, asked


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/", 16),
        ("/organisations/abc/timeline", STATEMENTS_MAX),
        ("/organisations/abc/changes?from=1999&to=2022", STATEMENTS_MAX),
        ("/organisations/abc/changes?known_from=2", STATEMENTS_MAX),
        ("/organisations/abc/lineage", STATEMENTS_MAX),
        ("/organisations/abc/anomalies", STATEMENTS_MAX),
        ("/people", STATEMENTS_MAX),
        ("/search?q=p", STATEMENTS_MAX),
        ("/events", STATEMENTS_MAX),
        ("/feeds", STATEMENTS_MAX),
    ],
)
def test_pages_of_much_take_no_more_statements(app: Served, path: str, most: int) -> None:
    assert app.post({"facts": much(60)}).status_code == 201
    with statements_of(app) as asked:
        assert app.get(path, headers=BROWSER).status_code == 200
    assert 0 < len(asked) <= most, len(asked)

"""Pages leave nothing behind in circles, which would stay until the collector comes by, and let everybody wait then."""

from __future__ import annotations

import gc

import pytest

from tests.http.conftest import Served, created

OURS = ("service", "events", "feeds", "jinja2")


def left_behind(served: Served, address: str) -> list[str]:
    """The types of what is made for a page, of our own and the templates', that only the collector can free."""
    for _ in range(2):  # what stays at hand for the next page is made by then
        assert served.get(address, headers={"accept": "text/html"}).status_code == 200, address
    gc.collect()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        served.get(address, headers={"accept": "text/html"})
        gc.collect()
        types = {type(each) for each in gc.garbage}
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
    return sorted(f"{each.__module__}.{each.__name__}" for each in types if each.__module__.partition(".")[0] in OURS)


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/organisations",
        "/organisations/nhsx?as_of=2021-06-01",
        "/organisations/nhsx/timeline",
        "/organisations/nhsx/changes?from=2019&to=2021",
        "/organisations/nhsx/changes?known_from=30&known_to=79",
        "/organisations/nhsx/lineage",
        "/organisations/nhsx/anomalies",
        "/people/matthew-gould",
        "/targets/paperless-nhs",
        "/plans/merge-nhsx",
        "/statements",
        "/search?q=nhs",
        "/types/organisation.created",
        "/log",
        "/sign-in",
    ],
)
def test_a_page_leaves_nothing_behind(nhsx: Served, address: str) -> None:
    assert left_behind(nhsx, address) == []


def test_the_page_of_an_event_leaves_nothing_behind(app: Served) -> None:
    fact = app.post({"facts": [created("abc", "Abc")]}).json()["events"][0]
    assert left_behind(app, f"/events/{fact['id']}") == []

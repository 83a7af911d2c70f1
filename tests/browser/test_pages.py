"""All kinds of pages in a real browser: at three widths, light and dark, with and without scripts; and what axe finds.

ORGLINE_SCREENSHOTS names a folder for pictures of all of them (`make browser` does).
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import STEP_MS_MAX
from tests.serving import Service

PAGES = {
    "home": "/",
    "organisation": "/organisations/nhsx?as_of=2021-06-01",
    "organisation-possible": "/organisations/nhsx?as_of=2019-02-25",
    "organisation-autumn": "/organisations/nhsx?as_of=2021-23",
    "timeline": "/organisations/nhsx/timeline",
    "changes": "/organisations/nhsx/changes?from=2019&to=2022-03",
    "learned": "/organisations/nhsx/changes?known_from=0&as_of=2021-06-01",
    "lineage": "/organisations/nhsx/lineage?as_of=2022-06-01",
    "oddities-of": "/organisations/nhsx/anomalies",
    "organisations": "/organisations?as_of=2021-06-01",
    "found": "/search?q=nhs",
    "found-nothing": "/search?q=zzz",
    "search": "/organisations?q=nhs",
    "nothing": "/organisations?q=zzz",
    "people": "/people",
    "person": "/people/matthew-gould?as_of=2020-01-01",
    "posts": "/posts?as_of=2021-06-01",
    "post": "/posts/nhsx-chief-executive?as_of=2021-06-01",
    "responsibilities": "/responsibilities?as_of=2021-06-01",
    "initiatives": "/initiatives",
    "initiative": "/initiatives/contact-tracing-app?as_of=2020-06-01",
    "targets": "/targets",
    "target": "/targets/paperless-nhs?as_of=2019-12-31",
    "plans": "/plans?as_of=2021-12-01",
    "plan": "/plans/merge-nhsx?as_of=2021-12-01",
    "statements": "/statements?property=appointments&as_of=2021-06-01",
    "events": "/events",
    "event": "/events?type=organisation.merged",
    "oddities": "/anomalies",
    "types": "/types",
    "type": "/types/organisation.merged",
    "feeds": "/feeds",
    "log": "/log",
    "sign-in": "/sign-in",
    "bad-date": "/organisations/nhsx?as_of=soon",
    "not-found": "/organisations/nshx",
}
REFUSED = ("bad-date", "not-found")
WIDTHS = (360, 768, 1_440)
HEIGHT = 900
SCHEMES = ("light", "dark")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The NHSX example, served."""
    with Service(tmp_path_factory.mktemp("demo"), "demo") as service:
        yield service


@pytest.fixture(scope="module")
def page(chromium: Any) -> Iterator[Any]:
    """A page that all are opened in."""
    context = chromium.new_context()
    context.set_default_timeout(STEP_MS_MAX)
    yield context.new_page()
    context.close()


def shot(page: Any, name: str) -> None:
    folder = os.environ.get("ORGLINE_SCREENSHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def address_of(demo: Service, name: str) -> str:
    return f"{demo.address}{PAGES[name]}"


@pytest.mark.parametrize("name", PAGES)
def test_every_page_at_every_width_and_what_axe_finds(demo: Service, page: Any, name: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed here").Axe()
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    answer = page.goto(address_of(demo, name))
    if name == "event":
        page.locator("ol.lines a").first.click()
        page.wait_for_load_state()
    assert answer.status == (200 if name not in REFUSED else 400 if name == "bad-date" else 404)
    assert all(each.startswith(demo.address) for each in asked)
    assert not said or name in REFUSED  # the browser tells of the status
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": HEIGHT})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (scheme, width)
            shot(page, f"{name}-{scheme}-{width}")
        found = axe.run(page)
        assert not found.response["violations"], found.generate_report()


@pytest.mark.parametrize("name", ["home", "organisation", "timeline", "changes", "organisations", "event"])
def test_pages_do_without_scripts(demo: Service, opened: Callable[..., Any], name: str) -> None:
    page = opened(java_script_enabled=False)
    assert page.goto(address_of(demo, name)).status == 200
    assert page.locator("main a").count() >= 3
    assert page.locator(".slider:visible").count() == 0
    if name == "organisation":
        page.get_by_label("On the day").fill("autumn 2021")
        page.get_by_role("button", name="Show").click()
        page.wait_for_url(re.compile(r"as_of=2021-23$"))
        assert page.get_by_text("Shown: autumn 2021: 1 September 2021 to 30 November 2021").is_visible()
        page.get_by_role("link", name="Next change").click()
        page.wait_for_url(re.compile(r"as_of=2022-02-01"))


def test_a_day_is_chosen_with_the_keyboard(demo: Service, opened: Callable[..., Any]) -> None:
    page = opened()
    page.goto(address_of(demo, "organisation"))
    slider = page.get_by_label("Drag to another day")
    slider.focus()
    loads = []
    page.on("request", lambda request: loads.append(request.url) if "known_at=" in request.url else None)
    with page.expect_navigation():
        for _ in range(5):
            page.keyboard.press("ArrowRight")
    assert page.url.endswith("as_of=2021-06-06")
    assert len(loads) == 1, "the form was sent once the keys rested"
    page.wait_for_load_state()
    assert page.locator(":focus").get_attribute("aria-valuetext") == "6 June 2021"
    page.keyboard.press("ArrowLeft")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.url.endswith("as_of=2021-06-05")


def test_the_keyboard_reaches_the_content_first(demo: Service, opened: Callable[..., Any]) -> None:
    page = opened()
    page.goto(address_of(demo, "organisation"))
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Skip to the content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.locator("main :focus").count() == 1


def test_a_narrow_window_shows_all_of_the_menu_and_the_whole_table_of_feeds(demo: Service, page: Any) -> None:
    page.set_viewport_size({"width": 360, "height": HEIGHT})
    page.goto(address_of(demo, "feeds"))
    for seen in (".top ul", ".wide"):
        inside, shown = page.locator(seen).evaluate("each => [each.scrollWidth, each.clientWidth]")
        assert inside == shown, seen


def test_fields_in_a_narrow_window_are_as_wide_on_changes_as_elsewhere(demo: Service, page: Any) -> None:
    page.set_viewport_size({"width": 360, "height": HEIGHT})
    widths = []
    for name in ("timeline", "changes"):
        page.goto(address_of(demo, name))
        fields = "[...document.querySelectorAll('.when input, .when button')]"
        widths.append(set(page.evaluate(f"{fields}.map(each => each.getBoundingClientRect().width)")))
    assert widths[0] == widths[1]
    assert len(widths[0]) == 1

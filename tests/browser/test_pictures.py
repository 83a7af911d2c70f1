"""Pictures in a real browser: nothing lies on anything else with the fonts that are there, and nothing is refused."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from tests.serving import Service

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed here")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium (Debian's package chromium) is not installed here")

TIMELINE, LINEAGE = "/organisations/nhsx/timeline.svg?as_of=2021-06-01", "/organisations/nhsx/lineage.svg"
TEXTS = """[...document.querySelectorAll('text')].map(each => {
  const {left, right, top, bottom} = each.getBoundingClientRect();
  return [each.textContent, left, right, top, bottom];
})"""
GROUND = "getComputedStyle(document.querySelector('.f-paper')).fill"


@pytest.fixture
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def test_pictures_alone_and_as_images(tmp_path: Path, browser: Any) -> None:
    with Service(tmp_path, "demo") as service:
        for path in (TIMELINE, LINEAGE):
            for width, scheme, ground in ((360, "light", "rgb(255, 255, 255)"), (1440, "dark", "rgb(22, 25, 31)")):
                page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
                said: list[str] = []
                page.on("console", lambda message, said=said: said.append(message.text))
                asked: list[str] = []
                page.on("request", lambda request, asked=asked: asked.append(request.url))
                page.goto(f"{service.address}{path}")
                _legible(page.evaluate(TEXTS), width)
                assert page.evaluate(GROUND) == ground
                assert said == []
                assert [each for each in asked if not each.endswith("favicon.ico")] == [f"{service.address}{path}"]
                page.close()
        page = browser.new_page(viewport={"width": 360, "height": 800})
        page.set_content(f'<body style="margin:0"><img style="width:100%" src="{service.address}{TIMELINE}">')
        page.wait_for_function("document.images[0].complete && document.images[0].naturalWidth > 0")
        box = page.evaluate("(({width, height}) => [width, height])(document.images[0].getBoundingClientRect())")
        assert box[0] == 360
        assert box[1] > 700  # as high as its viewBox says


def _legible(texts: list[tuple[str, float, float, float, float]], width: int) -> None:
    assert len(texts) > 5
    for words, left, right, top, bottom in texts:
        assert left >= 0, words
        assert right <= width, words
        assert bottom - top >= 9, words  # CSS pixels from top to bottom of a line
    for one, other in combinations(texts, 2):
        across = min(one[2], other[2]) - max(one[1], other[1])
        down = min(one[4], other[4]) - max(one[3], other[3])
        assert across <= 0 or down <= 4, (one[0], other[0])  # line boxes touch, letters do not

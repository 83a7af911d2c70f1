"""What a subscriber sees who opens an entry: the event's page, in a real browser."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import feedparser
import pytest
from lxml import html

from tests.serving import Service

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
OPENING_S_MAX = 120
OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium (Debian's package chromium) is not installed here")


def opened(address: str, folder: Path) -> html.HtmlElement:
    """The page as the browser has it once it is loaded."""
    assert CHROMIUM is not None
    done = subprocess.run(
        (CHROMIUM, *OPTIONS, f"--user-data-dir={folder / 'profile'}", "--dump-dom", address),
        capture_output=True,
        timeout=OPENING_S_MAX,
        check=True,
    )
    return html.document_fromstring(done.stdout.decode())


def test_the_alternate_of_an_entry_is_the_page_of_its_event(tmp_path: Path) -> None:
    with Service(tmp_path, "demo") as service:
        entries = feedparser.parse(f"{service.address}/feeds/all.atom").entries
        merged = next(entry for entry in entries if "merged" in entry.title)
        for entry in (merged, entries[0]):
            (alternate,) = [link.href for link in entry.links if link.rel == "alternate"]
            page = opened(alternate, tmp_path)
            assert " ".join(page.findtext(".//h1").split()) == entry.title
            assert entry.id.removeprefix("urn:uuid:") in alternate
            linked = {each.get("href") for each in page.iter("a")}
            for source in (link.href for link in entry.links if link.rel == "via"):
                assert source in linked

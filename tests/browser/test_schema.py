"""/schema in a real browser: its examples work when somebody presses the button, and no other host is asked."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.docs.reader import TOKEN
from tests.serving import Service

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
WAIT_MS_MAX = 60_000

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium (Debian's package chromium) is not installed here")
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed here")


class Browsing:
    """The page /schema of a demo, open in a browser; what it asked for."""

    def __init__(self, page: playwright.Page, service: Service) -> None:
        self.page = page
        self.service = service
        self.asked: list[str] = []
        page.set_default_timeout(WAIT_MS_MAX)
        page.on("request", lambda request: self.asked.append(request.url))
        page.goto(f"{service.address}/schema")

    def try_out(self, operation: str, method: str) -> tuple[int, str, str]:
        """Press the buttons of an operation as it stands there; status, address and body of the answer."""
        place = self.page.locator(f"[id$='-{operation}']")
        place.locator(".opblock-summary-control").click()
        place.get_by_role("button", name="Try it out").click()
        with self.page.expect_response(lambda answer: answer.request.method == method) as got:
            place.get_by_role("button", name="Execute").click()
        shown = place.locator(".live-responses-table td.response-col_status")
        shown.filter(has_text=str(got.value.status)).first.wait_for()
        return got.value.status, got.value.url, got.value.text()


@pytest.fixture(scope="module")
def browsing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browsing]:
    with (
        Service(tmp_path_factory.mktemp("demo"), "demo") as service,
        playwright.sync_playwright() as started,
        started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"]) as browser,
    ):
        yield Browsing(browser.new_page(), service)


def test_an_organisation_can_be_read(browsing: Browsing) -> None:
    status, address, body = browsing.try_out("read_organisation", "GET")
    assert status == 200
    assert urlsplit(address).path == "/organisations/nhsx"
    assert parse_qs(urlsplit(address).query) == {"as_of": ["2021-06-01"]}
    assert '"name":"NHSX"' in body


def test_a_fact_can_be_sent_with_a_token_and_changes_nothing_unless_one_says_so(browsing: Browsing) -> None:
    page = browsing.page
    page.get_by_role("button", name="Authorize").first.click()
    page.get_by_label("auth-bearer-value").fill(TOKEN.findall(browsing.service.output)[-1])
    page.get_by_role("button", name="Apply credentials").click()
    page.get_by_role("button", name="Close").click()
    status, address, body = browsing.try_out("append_events", "POST")
    assert status == 200
    assert parse_qs(urlsplit(address).query) == {"dry_run": ["true"]}
    assert '"changes":[{' in body
    assert '"warnings":[]' in body


def test_nothing_is_asked_of_other_hosts(browsing: Browsing) -> None:
    hosts = {urlsplit(address).netloc for address in browsing.asked if not address.startswith(("data:", "blob:"))}
    assert hosts == {urlsplit(browsing.service.address).netloc}

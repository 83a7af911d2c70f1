"""A real browser, and a register of its own that it is shown."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.serving import Service, command

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
STEP_MS_MAX = 30_000


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """The browser."""
    if CHROMIUM is None:
        pytest.skip("Chromium (Debian's package chromium) is not installed here")
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed here")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium: Any) -> Iterator[Callable[..., Any]]:
    """Opens pages with a browser profile of its own; arguments are those of the profile."""
    contexts = []

    def opening(**options: Any) -> Any:
        context = chromium.new_context(**options)
        context.set_default_timeout(STEP_MS_MAX)
        contexts.append(context)
        return context.new_page()

    yield opening
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """An empty register that is served."""
    with Service(tmp_path_factory.mktemp("register")) as service:
        yield service


@pytest.fixture(scope="module")
def token(register: Service) -> str:
    """A token of a curator there."""
    scopes = [part for scope in ("read", "append", "correct", "define-types") for part in ("--scope", scope)]
    made = command("token", "create", "curator", *scopes, folder=register.folder)
    return made.stdout.decode().splitlines()[-1]

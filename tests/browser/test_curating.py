"""The story of a curator in a real browser: by the keyboard alone, without scripts, and with hostile texts."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import httpx
from axe_playwright_python.sync_playwright import Axe

from tests.serving import Service

TABS_MAX = 150
ATTACKS = ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "'-alert(1)-'", "<svg/onload=alert(1)>")


def tab_to(page: Any, name: str) -> None:
    """Press Tab until the element with this accessible name, or this id, has the focus."""
    for _ in range(TABS_MAX):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            """() => {
                const at = document.activeElement;
                const label = at.labels && at.labels.length ? at.labels[0].innerText : at.innerText;
                return [at.id, (label || "").trim()];
            }"""
        )
        if name in focused:
            return
    raise AssertionError(f"{name} cannot be reached by the keyboard")


def typed(page: Any, name: str, text: str) -> None:
    tab_to(page, name)
    page.keyboard.press("Control+A")
    page.keyboard.type(text)


def sign_in(page: Any, register: Service, token: str) -> None:
    page.goto(f"{register.address}/sign-in")
    page.fill("#token", token)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/$"))


def event_of(page: Any) -> str:
    page.wait_for_url(re.compile(r"/events/[0-9a-f-]{36}$"))
    return str(page.url.rpartition("/")[2])


def test_a_curator_with_nothing_but_a_keyboard(opened: Callable[..., Any], register: Service, token: str) -> None:
    page = opened()
    page.goto(f"{register.address}/facts/new")
    typed(page, "token", token)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Add a fact").wait_for()
    tab_to(page, "An organisation begins")
    page.keyboard.press("Enter")
    page.wait_for_url("**/organisation.created")
    typed(page, "f-sources-0-title", "Press release")
    typed(page, "f-sources-0-url", "https://example.org/unit")
    typed(page, "f-effective-edtf", "autumn 2021")
    told = page.locator("#f-effective-edtf-told")
    told.filter(has_text="autumn 2021: 1 September 2021 to 30 November 2021").wait_for()
    page.keyboard.press("Enter")
    page.locator(".summary:focus").wait_for()
    assert page.locator(".summary li").count() == 2
    tab_to(page, "Name: this field is required: add it")
    page.keyboard.press("Enter")
    page.locator("#f-data-name:focus").wait_for()
    page.keyboard.type("Unit of Kyes")
    page.keyboard.press("Shift+Tab")
    page.keyboard.type("unit-of-keys")
    page.keyboard.press("Enter")
    page.locator("h1#preview:focus").wait_for()
    assert "Unit of Kyes created, autumn 2021." in page.inner_text("main")
    page.keyboard.press("Enter")
    assert page.locator("h1#preview:focus").count() == 1, "Enter once more records nothing"
    tab_to(page, "Record")
    page.keyboard.press("Enter")
    event = event_of(page)
    assert "Recorded. Everybody who follows the register hears of it." in page.inner_text("main")
    assert "Unit of Kyes created, autumn 2021" in httpx.get(f"{register.address}/feeds/all.atom").text

    tab_to(page, "Correct this fact")
    page.keyboard.press("Enter")
    page.wait_for_url("**/correct")
    typed(page, "f-reason", "A slip of the finger")
    typed(page, "f-data-name", "Unit of Keys")
    page.keyboard.press("Enter")
    page.locator("h1#preview:focus").wait_for()
    tab_to(page, "Record")
    page.keyboard.press("Enter")
    correction = event_of(page)
    assert correction != event
    assert "Correction: Unit of Keys created, autumn 2021" in page.inner_text("h1")
    history = httpx.get(f"{register.address}/events/{event}/history").json()
    assert [(each["id"], each["stands"]) for each in history["items"]] == [(event, False), (correction, True)]
    state = f"{register.address}/organisations/unit-of-keys"
    assert httpx.get(state).json()["name"] == "Unit of Keys"
    before = httpx.get(state, params={"known_at": history["items"][0]["position"]}).json()
    assert before["name"] == "Unit of Kyes"
    page.goto(state)
    assert "Unit of Keys" in page.inner_text("h1")
    tab_to(page, "Signed in as curator")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Sign in").wait_for()
    tab_to(page, "Sign out")
    page.keyboard.press("Enter")
    page.locator("#token").wait_for()


def test_a_curator_without_scripts(opened: Callable[..., Any], register: Service, token: str) -> None:
    page = opened(java_script_enabled=False)
    sign_in(page, register, token)
    page.goto(f"{register.address}/facts/new/organisation.merged?organisation=first-unit")
    page.fill("#f-sources-0-title", "The gazette")
    page.click("button[value='add:/data/originals']")
    page.fill("#f-data-originals-1", "second-unit")
    page.fill("#f-data-result", "Third Unit")
    page.fill("#f-effective-edtf", "autumn 2021")
    page.click("main form.fact p button[value=preview]")
    page.click(".summary a")
    assert page.url.endswith("#f-data-result")
    assert page.input_value("#f-data-originals-0") == "first-unit"
    assert "autumn 2021: 1 September 2021 to 30 November 2021" in page.inner_text("#f-effective-edtf-told")
    page.click("button[value='new:/data/result third-unit']")
    assert page.input_value("#f-data-result") == "third-unit"
    page.locator("#f-data-result:focus").wait_for()
    page.click("main form.fact p button[value=preview]")
    assert "What is odd about it" in page.inner_text("main")
    page.click("button[value=edit]")
    page.fill("#f-effective-edtf", "between May 2021 and July 2021")
    page.click("main form.fact p button[value=preview]")
    page.click("button[value=record]")
    event = event_of(page)
    told = httpx.get(f"{register.address}/events/{event}").json()
    assert told["data"] == {"originals": ["first-unit", "second-unit"], "result": "third-unit"}
    assert told["effective"]["edtf"] == "[2021-05..2021-07]"
    page.click("text=Withdraw this fact")
    page.check("#f-reason-1")
    page.click("main form.fact p button[value=preview]")
    page.click("button[value=record]")
    withdrawal = event_of(page)
    history = httpx.get(f"{register.address}/events/{event}/history").json()
    assert (history["stands"], history["items"][0]["undone_by"]) == (None, withdrawal)


def test_hostile_texts_stay_texts(opened: Callable[..., Any], register: Service, token: str) -> None:
    page = opened()
    alarms: list[str] = []
    page.on("dialog", lambda dialog: (alarms.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda asked: None if asked.url.startswith(register.address) else alarms.append(asked.url))
    page.on("console", lambda said: alarms.append(said.text) if "Content Security" in said.text else None)
    sign_in(page, register, token)
    hostile = " ".join(ATTACKS)
    page.goto(f"{register.address}/facts/new/organisation.created?organisation=hostile&effective=2021")
    for field in ("f-data-name", "f-data-classification", "f-sources-0-title", "f-sources-0-publisher"):
        page.fill(f"#{field}", hostile)
    page.fill("#f-sources-0-quote", f"</textarea>{hostile}")
    page.fill("#f-sources-0-url", "javascript:alert(1)")
    page.click("main form.fact p button[value=preview]")
    page.locator(".summary:focus").wait_for()
    assert page.input_value("#f-sources-0-url") == "javascript:alert(1)"
    assert page.input_value("#f-data-name") == hostile
    assert page.input_value("#f-sources-0-quote") == f"</textarea>{hostile}"
    page.fill("#f-sources-0-url", 'https://example.org/"><script>alert(1)</script>')
    page.click("summary:has-text('More about this fact')")
    page.fill("#f-note", hostile)
    page.click("main form.fact p button[value=preview]")
    page.locator("h1#preview:focus").wait_for()
    assert hostile in page.inner_text("#sentence")
    page.click("button[value=record]")
    event = event_of(page)
    for path in (f"/events/{event}", "/organisations/hostile", "/", f"/events/{event}/correct", "/facts/new"):
        answer = page.goto(f"{register.address}{path}")
        assert answer.status == 200
        policy = answer.headers["content-security-policy"]
        assert "script-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert page.locator("main img, main script, main svg, [onerror], [onload]").count() == 0
    assert alarms == []


def test_names_are_found_as_one_types_and_what_is_typed_survives_a_look_elsewhere(
    opened: Callable[..., Any], register: Service, token: str
) -> None:
    fact = {"type": "organisation.created", "effective": "2020", "data": {"organisation": "abc", "name": "Alphabet"}}
    answer = httpx.post(f"{register.address}/events", json=fact, headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == 201
    page = opened()
    sign_in(page, register, token)
    page.goto(f"{register.address}/facts/new/priority.set")
    found = page.locator("#known-organisation option[value=abc]")
    found.wait_for(state="attached")
    page.locator("#f-data-organisation").press_sequentially("nobody")
    found.wait_for(state="detached")
    page.fill("#f-data-organisation", "alph")
    found.wait_for(state="attached")
    page.fill("#f-data-title", "Half a sentence")
    page.click("text=Leave without recording")
    page.get_by_role("heading", name="Add a fact").wait_for()
    page.go_back()
    page.locator("#f-data-title").wait_for()
    assert page.input_value("#f-data-title") == "Half a sentence"
    assert page.input_value("#f-data-organisation") == "alph"


def test_types_are_found_as_one_types_and_who_goes_back_hears_that_it_is_recorded(
    opened: Callable[..., Any], register: Service, token: str
) -> None:
    page = opened()
    sign_in(page, register, token)
    page.goto(f"{register.address}/facts/new?q=zebra")
    page.get_by_text("No type of fact says that.").wait_for()
    page.fill("#type", "priority end")
    page.get_by_text("No type of fact says that.").wait_for(state="detached")
    assert page.locator("#types li:visible").count() == 1
    assert page.locator("#types section:visible").count() == 1
    page.goto(f"{register.address}/facts/new/priority.set?organisation=abc&priority=calm&effective=2020")
    page.click("main form.fact p button[value=preview]")
    page.locator("#not-yet").wait_for()
    page.click("button[value=record]")
    event = event_of(page)
    page.go_back()
    notice = page.locator("[data-recorded]")
    notice.wait_for(state="visible")
    position = httpx.get(f"{register.address}/events/{event}").json()["position"]
    assert notice.inner_text() == f"This was recorded before, as fact {position}: the fact as it was recorded"
    assert page.locator("#not-yet").is_hidden()
    page.click("button[value=record]")
    assert event_of(page) == event
    assert "This was recorded already" in page.inner_text("main")


def test_the_forms_are_accessible(opened: Callable[..., Any], register: Service, token: str) -> None:
    fact = {
        "type": "organisation.created",
        "effective": "2020",
        "data": {"organisation": "tide-office", "name": "Tides"},
    }
    answer = httpx.post(f"{register.address}/events", json=fact, headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == 201
    page = opened(bypass_csp=True)  # for the script that looks, which is none of the page's
    page.goto(f"{register.address}/sign-in")
    found = {"sign-in": Axe().run(page)}
    sign_in(page, register, token)
    for name in ("/facts/new?organisation=abc", "/facts/new/change.announced", "/facts/new/type.defined"):
        page.goto(f"{register.address}{name}")
        found[name] = Axe().run(page)
    page.click("main form.fact p button[value=preview]")
    page.locator(".summary:focus").wait_for()
    found["faults"] = Axe().run(page)
    page.goto(f"{register.address}/facts/new/priority.set?organisation=tide-offcie&priority=speed&effective=2020")
    page.click("main form.fact p button[value=preview]")
    page.locator("h1#preview:focus").wait_for()
    assert page.locator(".suggestions button").count()
    found["preview"] = Axe().run(page)
    told = {name: result.generate_report() for name, result in found.items() if result.violations_count}
    assert told == {}

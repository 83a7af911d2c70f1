"""A curator with a browser that runs no script: signs in, fills in forms by their fields, presses buttons."""

from __future__ import annotations

from typing import Any, Final, Self

from lxml import html

from tests.http.conftest import Served

HOST: Final = "http://testserver.local"
OWN: Final = {"origin": HOST, "sec-fetch-site": "same-origin", "accept": "text/html"}


class Page:
    """A page as it came, and the form on it."""

    def __init__(self, curator: Curator, answer: Any, path: str) -> None:
        self.curator, self.answer, self.path = curator, answer, path
        self.status: int = answer.status_code
        self.html = html.document_fromstring(answer.text) if answer.text else None

    @property
    def text(self) -> str:
        """What people read."""
        assert self.html is not None
        return " ".join(" ".join(self.html.itertext()).split())

    @property
    def form(self) -> Any:
        """The main form."""
        return self.find("//main//form")[0]

    def find(self, path: str) -> list[Any]:
        """The elements that an XPath names."""
        assert self.html is not None
        found: list[Any] = self.html.xpath(path)
        return found

    @property
    def fields(self) -> dict[str, str]:
        """The fields of the form as a browser would send them, without the buttons."""
        found: dict[str, str] = {}
        for each in self.form.xpath(".//input | .//select | .//textarea"):
            if each.tag == "textarea":  # HTML leaves out one line feed at its beginning
                value = (each.text or "").removeprefix("\n")
            elif each.tag == "select":
                value = next(
                    (option.get("value") for option in each.findall("option") if "selected" in option.attrib), ""
                )
            elif each.get("type") == "radio" and "checked" not in each.attrib:
                continue
            else:
                value = each.get("value", "")
            found[each.get("name")] = value.replace("\n", "\r\n")
        return found

    @property
    def faults(self) -> list[tuple[str, str]]:
        """The summary of what is wrong: anchors and words."""
        found = []
        for item in self.find('//*[@class="summary"]//li'):
            (link,) = item.findall("a") or [None]
            found.append((link.get("href") if link is not None else "", item.text_content()))
        return found

    def fill(self, **texts: str) -> Filled:
        """The form with these fields filled in; `__` stands for the slash, and the data need not be named."""
        names = {str(name) for name in self.form.xpath(".//@name")}
        return Filled(self, {_pointer(name, names): text for name, text in texts.items()})

    def press(self, do: str, **fields: str) -> Page:
        """Press a button of the form as it is."""
        return Filled(self, fields).press(do)


class Filled:
    """A form that is filled in."""

    def __init__(self, page: Page, texts: dict[str, str]) -> None:
        self.page, self.texts = page, texts

    def press(self, do: str) -> Page:
        """Send it by a button."""
        sent = {**self.page.fields, **self.texts, "do": do}
        return self.page.curator.post(self.page.form.get("action"), sent)


class Curator:
    """Whoever is signed in."""

    def __init__(self, app: Served, *scopes: str) -> None:
        self.app = app
        token = app.make_token(*(scopes or ("read", "append", "correct", "define-types")), name="curator")
        self.token = token
        self.sign_in(token)

    def sign_in(self, token: str) -> Self:
        answer = self.app.client.post("/sign-in", data={"token": token}, headers=OWN, follow_redirects=False)
        assert answer.status_code == 303, answer.text
        return self

    def open(self, path: str) -> Page:
        """Open a page."""
        return Page(self, self.app.client.get(path, headers=OWN, follow_redirects=False), path)

    def post(self, path: str, fields: dict[str, str], **headers: str) -> Page:
        """Send a form."""
        answer = self.app.client.post(path, data=fields, headers={**OWN, **headers}, follow_redirects=False)
        return Page(self, answer, path)


def _pointer(name: str, names: set[str]) -> str:
    pointer = "/" + name.replace("__", "/")
    return f"/data{pointer}" if f"/data{pointer}" in names else pointer
